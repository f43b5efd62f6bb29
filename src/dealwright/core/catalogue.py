"""Catalogue: an account's own lists, and what pickers offer of them."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from enum import StrEnum
from typing import Any, Final, NamedTuple, cast

import msgspec

from dealwright.core.action import Choice
from dealwright.core.matchfields import match_choices
from dealwright.core.record import (
    ActivityType,
    Currency,
    FieldDefinition,
    LeadLabel,
    Member,
    Pipeline,
    RecordKind,
    Stage,
    User,
)
from dealwright.core.schema import FIELD_TYPES, Schema


class AccountList(StrEnum):
    """One list of an account. Each is asked for by itself and costs tokens."""

    PERSON_FIELDS = "person_fields"
    ORGANIZATION_FIELDS = "organization_fields"
    DEAL_FIELDS = "deal_fields"
    ACTIVITY_FIELDS = "activity_fields"
    PIPELINES = "pipelines"
    STAGES = "stages"
    ACTIVITY_TYPES = "activity_types"
    USERS = "users"
    LEAD_LABELS = "lead_labels"
    CURRENCIES = "currencies"
    ME = "me"


#: What each list is; the keys are in the order in which people read them.
TYPES: Final[Mapping[AccountList, Any]] = {
    AccountList.PERSON_FIELDS: tuple[FieldDefinition, ...],
    AccountList.ORGANIZATION_FIELDS: tuple[FieldDefinition, ...],
    AccountList.DEAL_FIELDS: tuple[FieldDefinition, ...],
    AccountList.ACTIVITY_FIELDS: tuple[FieldDefinition, ...],
    AccountList.PIPELINES: tuple[Pipeline, ...],
    AccountList.STAGES: tuple[Stage, ...],
    AccountList.ACTIVITY_TYPES: tuple[ActivityType, ...],
    AccountList.USERS: tuple[Member, ...],
    AccountList.LEAD_LABELS: tuple[LeadLabel, ...],
    AccountList.CURRENCIES: tuple[Currency, ...],
    AccountList.ME: User,
}

#: The list of a kind's fields; leads have the deal's, notes none of their own.
FIELD_LISTS: Final[Mapping[RecordKind, AccountList]] = {
    RecordKind.PERSON: AccountList.PERSON_FIELDS,
    RecordKind.ORGANIZATION: AccountList.ORGANIZATION_FIELDS,
    RecordKind.DEAL: AccountList.DEAL_FIELDS,
    RecordKind.LEAD: AccountList.DEAL_FIELDS,
    RecordKind.ACTIVITY: AccountList.ACTIVITY_FIELDS,
}


class Catalogue(msgspec.Struct, frozen=True, kw_only=True):
    """The lists of an account by their names; None for one that was not read yet."""

    person_fields: tuple[FieldDefinition, ...] | None = None
    organization_fields: tuple[FieldDefinition, ...] | None = None
    deal_fields: tuple[FieldDefinition, ...] | None = None
    activity_fields: tuple[FieldDefinition, ...] | None = None
    pipelines: tuple[Pipeline, ...] | None = None
    stages: tuple[Stage, ...] | None = None
    activity_types: tuple[ActivityType, ...] | None = None
    users: tuple[Member, ...] | None = None
    lead_labels: tuple[LeadLabel, ...] | None = None
    currencies: tuple[Currency, ...] | None = None
    me: User | None = None

    def schema(self, kind: RecordKind) -> Schema | None:
        """The fields of a kind, with the users; None when they were not read yet."""
        named = FIELD_LISTS.get(kind)
        fields = cast("tuple[FieldDefinition, ...] | None", getattr(self, named)) if named else None
        return None if fields is None else Schema(fields=fields, users=self.users or ())


class Offer(NamedTuple):
    """What a picker offers: of which lists, and how it is made of the Catalogue."""

    lists: tuple[AccountList, ...]
    made: Callable[[Catalogue], Iterable[Choice]]


def choices(dynamic: str, catalogue: Catalogue) -> tuple[Choice, ...]:
    """What a picker offers for a field with `dynamic` (`ActionField.dynamic`).

    Nothing while the list that it is of was not read. Raises KeyError for a name without an Offer:
    a defect of the Action.
    """
    return tuple(OFFERS[dynamic].made(catalogue))


def _match_offers(kind: RecordKind) -> Offer:
    def made(catalogue: Catalogue) -> Iterable[Choice]:
        schema = catalogue.schema(kind)
        return () if schema is None else match_choices(kind, schema.fields)

    return Offer((FIELD_LISTS[kind],), made)


def _custom_offers(kind: RecordKind, *, types: frozenset[str] | None = None) -> Offer:
    def made(catalogue: Catalogue) -> Iterator[Choice]:
        schema = catalogue.schema(kind)
        for entry in schema.fields if schema else ():
            writable = entry.is_custom_field and entry.field_type in (types or FIELD_TYPES)
            if writable:
                yield Choice(value=entry.field_code, label=entry.field_name)

    return Offer((FIELD_LISTS[kind],), made)


def _label_offers(kind: RecordKind) -> Offer:
    def made(catalogue: Catalogue) -> Iterator[Choice]:
        schema = catalogue.schema(kind)
        for key, name in (schema.labels() if schema else {}).items():
            yield Choice(value=str(key), label=name)

    return Offer((FIELD_LISTS[kind],), made)


def _lead_labels(catalogue: Catalogue) -> Iterator[Choice]:
    return (Choice(value=one.id, label=one.name) for one in catalogue.lead_labels or ())


def _pipelines(catalogue: Catalogue) -> Iterator[Choice]:
    return (Choice(value=str(one.id), label=one.name) for one in _in_order(catalogue))


def _stages(catalogue: Catalogue) -> Iterator[Choice]:
    stages = sorted(catalogue.stages or (), key=lambda stage: stage.order_nr)
    for pipeline in _in_order(catalogue):
        for stage in stages:
            if stage.pipeline_id == pipeline.id and not stage.is_deleted:
                yield Choice(value=str(stage.id), label=f"{pipeline.name}: {stage.name}")


def _in_order(catalogue: Catalogue) -> list[Pipeline]:
    there = [one for one in catalogue.pipelines or () if not one.is_deleted]
    return sorted(there, key=lambda pipeline: pipeline.order_nr)


def _activity_types(catalogue: Catalogue) -> Iterator[Choice]:
    active = (one for one in catalogue.activity_types or () if one.active_flag)
    for one in sorted(active, key=lambda kind: kind.order_nr):
        yield Choice(value=one.key_string, label=one.name)


def _users(catalogue: Catalogue) -> Iterator[Choice]:
    for one in catalogue.users or ():
        if one.active_flag:
            # An address survives a copy of the Mapping to another account; a number does not.
            yield Choice(value=one.email or str(one.id), label=one.name)


def _currencies(catalogue: Catalogue) -> Iterator[Choice]:
    for one in catalogue.currencies or ():
        if one.active_flag:
            yield Choice(value=one.code, label=one.name)


#: What is offered under each name that an ActionField may have as `dynamic`.
OFFERS: Final[Mapping[str, Offer]] = {
    "person_match_fields": _match_offers(RecordKind.PERSON),
    "organization_match_fields": _match_offers(RecordKind.ORGANIZATION),
    "deal_match_fields": _match_offers(RecordKind.DEAL),
    "person_custom_fields": _custom_offers(RecordKind.PERSON),
    "organization_custom_fields": _custom_offers(RecordKind.ORGANIZATION),
    "deal_custom_fields": _custom_offers(RecordKind.DEAL),
    "deal_date_fields": _custom_offers(RecordKind.DEAL, types=frozenset({"date"})),
    "pipelines": Offer((AccountList.PIPELINES,), _pipelines),
    "stages": Offer((AccountList.PIPELINES, AccountList.STAGES), _stages),
    "activity_types": Offer((AccountList.ACTIVITY_TYPES,), _activity_types),
    "users": Offer((AccountList.USERS,), _users),
    "person_labels": _label_offers(RecordKind.PERSON),
    "organization_labels": _label_offers(RecordKind.ORGANIZATION),
    "deal_labels": _label_offers(RecordKind.DEAL),
    "lead_labels": Offer((AccountList.LEAD_LABELS,), _lead_labels),
    "currencies": Offer((AccountList.CURRENCIES,), _currencies),
}

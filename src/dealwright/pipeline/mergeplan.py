"""Mergeplan: what merging duplicates would do, before anything is done; costs no token.

It is made of the mirror. Pipedrive's merge keeps the value of the record that stays wherever both
have one; what only the other has, and all that hangs on it, goes over.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, cast

import msgspec
import sqlalchemy as sa

from dealwright.core import identifier
from dealwright.core.correction import CorrectionKind, Merging
from dealwright.core.errors import ConfigError, DealwrightError
from dealwright.core.match import Reference
from dealwright.core.record import FieldDefinition, Labelled, Record, RecordId, RecordKind
from dealwright.pipedrive.costs import price
from dealwright.pipeline.duplicates import not_in_group
from dealwright.pipeline.estimate import read_price
from dealwright.pipeline.explainlore import Lore
from dealwright.pipeline.explainvalues import in_words
from dealwright.pipeline.mirrored import key_name, record_of
from dealwright.pipeline.route import lanes_of
from dealwright.pipeline.verify import tie
from dealwright.store.corrections import Correction, NewCorrection, Part, queue_correction
from dealwright.store.duplicates import Duplicates, group_of, links_to
from dealwright.store.mirror import by_keys, records

_PLURAL: Final = {
    RecordKind.PERSON: "persons",
    RecordKind.ORGANIZATION: "organizations",
    RecordKind.DEAL: "deals",
}
#: What is no value of a record, but of its having been made.
_NOT_SHOWN: Final = frozenset({"id", "add_time", "update_time", "is_deleted", "custom_fields"})
_TIES: Final = (RecordKind.PERSON, RecordKind.DEAL, RecordKind.LEAD)


class DuplicatesChanged(DealwrightError):
    """Records of a group are no more since it was found: look anew."""

    code = "duplicates_changed"
    status = 409


class Fate(StrEnum):
    """What becomes of a value of a record that goes."""

    LOST = "lost"
    TAKEN_OVER = "taken_over"
    ADDED = "added"


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldFate:
    """A field in which a record that goes differs; `before` and `after` are those of who stays."""

    field: str
    gone: str
    before: str
    after: str
    fate: Fate


@dataclass(frozen=True, slots=True, kw_only=True)
class Twin:
    """One record of a group: how many Links name it, and what hangs on it as the mirror has it."""

    record_id: int
    name: str
    made: str
    links: int
    hanging: int
    fields: tuple[FieldFate, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class MergePlan:
    """What a merge does: each of `going` becomes part of `into`; `tokens` is the price of it."""

    group: Duplicates
    into: Twin
    going: tuple[Twin, ...]
    tokens: int

    @property
    def lost(self) -> int:
        """How many values are gone for good."""
        return sum(one.fate is Fate.LOST for twin in self.going for one in twin.fields)

    @property
    def links(self) -> int:
        """How many Links move to the record that stays."""
        return sum(twin.links for twin in self.going)


def merge_price(kind: RecordKind) -> int:
    """Tokens of merging two records: both are read once more before."""
    return 2 * read_price(kind) + price(f"PUT /api/v1/{_PLURAL[kind]}/{{id}}/merge")


def plan_merge(
    db: sa.Connection, group_id: int, *, into: int | None = None, only: Sequence[int] = ()
) -> MergePlan:
    """What merging a group would do; `only` are the records that go, else all but `into`.

    Without `into` the one stays that most Links name, then on which most hangs, then the oldest.
    Raises NotFound, ConfigError (`not_in_group`, `nothing_to_merge`), and DuplicatesChanged
    where a record is no longer there.
    """
    found = group_of(db, group_id)
    for one in (*only, *(() if into is None else (into,))):
        if one not in found.group.ids:
            raise not_in_group(group_id, one)
    there = _there(db, found)
    twins = {one: _twin(db, found, record) for one, record in there.items()}
    stays = min(twins.values(), key=_order).record_id if into is None else into
    going = [one for one in (only or twins) if one != stays]
    if not going:
        raise ConfigError("Name a record besides the one that stays.", code="nothing_to_merge")
    named = Lore(db=db).fields(found.connection_id, found.kind)
    # One after the other: what the first has brought is there when the next one comes.
    keeper, told = _values(there[stays]), list[Twin]()
    for one in going:
        fates = tuple(_fates(keeper, _values(there[one]), named))
        keeper = _after(keeper, _values(there[one]))
        told.append(_with(twins[one], fates))
    tokens = len(going) * merge_price(found.kind)
    return MergePlan(group=found, into=twins[stays], going=tuple(told), tokens=tokens)


def queue_merge(db: sa.Connection, plan: MergePlan, *, made_by: str, now_ms: int) -> Correction:
    """Have a merge done as it was planned, each record by a Delivery of its own."""
    kind, into = plan.group.kind, plan.into.record_id
    keeper = _lane(kind, into)
    parts = [
        Part(kind, twin.record_id, (), "\n".join(sorted({keeper, _lane(kind, twin.record_id)})))
        for twin in plan.going
    ]
    going = ", ".join(str(twin.record_id) for twin in plan.going)
    new = NewCorrection(
        connection_id=plan.group.connection_id,
        kind=CorrectionKind.MERGE,
        summary=f"{kind} {going} into {into}",
        body=msgspec.json.encode(Merging(into=into, group=plan.group.id)),
        made_by=made_by,
    )
    return queue_correction(db, new, parts, now_ms=now_ms)


def _there(db: sa.Connection, found: Duplicates) -> dict[int, Record]:
    rows = records(db, found.connection_id, found.kind, found.group.ids)
    there = {int(one): record_of(row) for one, row in rows.items() if not row.deleted}
    if len(there) < len(found.group.ids):
        raise DuplicatesChanged(
            "Some of these records are no longer there: look anew, `dealwright duplicates find`."
        )
    return {int(one): there[int(one)] for one in found.group.ids}


def _twin(db: sa.Connection, found: Duplicates, record: Record) -> Twin:
    key = key_name(tie(found.kind, int(record.id)))
    hanging = [
        by_keys(db, found.connection_id, kind, [key]).get(key, ())
        for kind in _TIES
        if kind is not found.kind
    ]
    return Twin(
        record_id=int(record.id),
        name=str(getattr(record, "name", "") or getattr(record, "title", "")),
        made=record.add_time or "",
        links=links_to(db, found.connection_id, found.kind, record.id),
        hanging=sum(len(ids) for ids in hanging),
    )


def _order(twin: Twin) -> tuple[int, int, str, int]:
    return -twin.links, -twin.hanging, twin.made or "9999", twin.record_id


def _with(twin: Twin, fates: tuple[FieldFate, ...]) -> Twin:
    return Twin(
        record_id=twin.record_id,
        name=twin.name,
        made=twin.made,
        links=twin.links,
        hanging=twin.hanging,
        fields=fates,
    )


def _values(record: Record) -> dict[str, Any]:
    own = {key: getattr(record, key) for key in record.__struct_fields__ if key not in _NOT_SHOWN}
    return {**own, **getattr(record, "custom_fields", {})}


def _is_none(value: Any) -> bool:
    return value is None or value in ("", (), [])


def _fates(keeper: dict[str, Any], gone: dict[str, Any], named: Any) -> Iterator[FieldFate]:
    after = _after(keeper, gone)
    for key, value in gone.items():
        stood = keeper.get(key)
        if _is_none(value) or value == stood:
            continue
        if _is_none(stood):
            fate = Fate.TAKEN_OVER
        elif after[key] == stood:
            fate = Fate.LOST
        else:
            fate = Fate.ADDED
        if fate is Fate.LOST and _is_points(value):
            continue
        field: FieldDefinition | None = named.get(key)
        shown = (_shown(one, field) for one in (value, stood, after[key]))
        gone_text, before, then = shown
        yield FieldFate(
            field=key if field is None else field.field_name,
            gone=gone_text,
            before=before,
            after=then,
            fate=fate,
        )


def _after(keeper: dict[str, Any], gone: dict[str, Any]) -> dict[str, Any]:
    """The values of the record that stays, afterwards."""
    after = dict(keeper)
    for key, value in gone.items():
        if _is_none(keeper.get(key)):
            after[key] = value
        elif _is_points(value):
            known = {point.value.casefold() for point in keeper[key]}
            more = (point for point in value if point.value.casefold() not in known)
            after[key] = (*keeper[key], *more)
    return after


def _is_points(value: Any) -> bool:
    items = cast("tuple[Any, ...]", value) if isinstance(value, tuple) else ()
    return bool(items) and isinstance(items[0], Labelled)


def _shown(value: Any, field: FieldDefinition | None) -> str:
    if _is_points(value):
        return ", ".join(point.value for point in cast("tuple[Labelled, ...]", value))
    return "" if _is_none(value) else in_words(value, field).strip("“”")


def _lane(kind: RecordKind, record_id: RecordId) -> str:
    key = identifier.record_id(str(record_id))
    keys: Iterable[identifier.Identifier] = () if key is None else (key,)
    reference = Reference(role=kind.value, kind=kind, keys=tuple(keys))
    return lanes_of((reference,), subject="", source_id=0).strip("\n")

"""Schema: the account's custom fields, by name or key; what a Mapping gives them, as values.

Nothing given here can reach the record's own fields: those are the action's, and refused.
"""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from enum import StrEnum
from typing import Any, Final, NamedTuple, cast

from dealwright.core import fieldtypes
from dealwright.core.errors import MappingError, NoSuchOption
from dealwright.core.fieldtype import FieldContext, FieldType, UnknownOption, is_empty
from dealwright.core.question import folded_label
from dealwright.core.record import FieldDefinition, Member, RecordKind
from dealwright.core.registry import discover
from dealwright.core.scalars import Misfit, shown
from dealwright.core.standins import NewOption
from dealwright.core.taught import NO_OPTIONS, TaughtOptions, with_taught

#: The 16 types, by Pipedrive's word for each; read once, since importing blocks.
FIELD_TYPES: Final[Mapping[str, FieldType]] = discover(fieldtypes, "FIELD_TYPE", FieldType)

#: Pipedrive's keys of custom fields; random in every account.
FIELD_KEY: Final = re.compile(r"[0-9a-f]{40}")

# https://pipedrive.readme.io/docs/core-api-concepts-custom-fields: v1 spells parts as suffixes.
_PART_KEY: Final = re.compile(
    r"([0-9a-f]{40})_(currency|until|timezone_id|timezone_name|country|admin_area_level_[12]"
    r"|locality|sublocality|route|street_number|subpremise|postal_code|formatted_address)"
)

# https://developers.pipedrive.com/docs/api/v1/PersonFields (options: label, 1 to 255 characters)
LONGEST_LABEL: Final = 255

_ADVICE: Final = (
    ("use the field “owner”", "owner_id user_id"),
    (
        "use the match fields of the action, which link records",
        "org_id organization_id person_id deal_id lead_id",
    ),
    ("use the field “labels”", "label label_ids labels"),
    (
        "use the action's field of that name",
        "name title email emails phone phones visible_to add_time value amount currency stage_id "
        "pipeline_id status probability lost_reason expected_close_date content subject",
    ),
    (
        "it is one of Pipedrive's own fields and cannot be written from here; use a custom field",
        "address website linkedin industry annual_revenue employee_count first_name last_name im "
        "ims job_title birthday postal_address notes marketing_status custom_fields is_archived "
        "is_deleted active_flag won_time lost_time close_time channel channel_id origin_id "
        "was_seen done type note",
    ),
    (
        "Pipedrive sets it itself; leave it out",
        "id update_time creator_user_id stage_change_time origin picture_id",
    ),
)

#: Keys of the records themselves, v1's and v2's, and what to do instead.
_SYSTEM: Final[Mapping[str, str]] = {
    key: advice for advice, keys in _ADVICE for key in keys.split()
}

#: Pipedrive's own fields that records of a kind can be found by; leads, activities and notes are
#: found by their ids only.
FOUND_BY: Final[Mapping[RecordKind, frozenset[str]]] = {
    RecordKind.PERSON: frozenset({"id", "name", "email", "emails", "phone", "phones"}),
    RecordKind.ORGANIZATION: frozenset({"id", "name"}),
    RecordKind.DEAL: frozenset({"id", "title"}),
}


class UnknownLabel(StrEnum):
    """What becomes of a label that an enum or set field does not have."""

    REFUSE = "refuse"
    DROP = "drop"
    CREATE = "create"


class NewLabel(NamedTuple):
    """A label, folded, that may be added to the field of a key."""

    field: str
    label: str


class _Rule(NamedTuple):
    """How values are read, and what becomes of labels that are not there."""

    unknown: UnknownLabel
    zone: str
    addable: Collection[NewLabel]

    def adds(self, key: str, labels: Iterable[str]) -> bool:
        """Whether labels are to be added to a field."""
        if self.unknown is UnknownLabel.CREATE:
            return True
        return bool(self.addable) and all(
            NewLabel(key, folded_label(label)) in self.addable for label in labels
        )


@dataclass(slots=True, kw_only=True)
class Fitted:
    """Values by field key in v2's form (None clears), and what was left out."""

    values: dict[str, Any] = field(default_factory=dict[str, Any])
    warnings: list[str] = field(default_factory=list[str])


@dataclass(frozen=True, slots=True, kw_only=True)
class Schema:
    """The fields of one kind of record (a lead has the deal's), and the account's users.

    `taught`: what people said that labels mean, by the key of the field.
    """

    fields: tuple[FieldDefinition, ...]
    users: tuple[Member, ...] = ()
    taught: TaughtOptions = field(default_factory=lambda: NO_OPTIONS)
    # What was looked up before: an account may have hundreds of fields.
    _known: dict[str, FieldDefinition] = field(
        default_factory=dict[str, FieldDefinition], init=False, repr=False, compare=False
    )

    def field(self, named: str) -> FieldDefinition:
        """The custom field of a key or a name; of names neither case nor white space count.

        Raises MappingError: `unknown_field`, `ambiguous_field`, `system_field`.
        """
        known = self._known.get(named)
        if known is None:
            known = self._known[named] = self._looked_up(named)
        return known

    def _looked_up(self, named: str) -> FieldDefinition:
        custom = [entry for entry in self.fields if entry.is_custom_field]
        by_key = [entry for entry in custom if entry.field_code == named.lower()]
        exact = by_key or [entry for entry in custom if entry.field_name == named]
        if not exact and named.strip().lower() in _SYSTEM:
            raise _refused(named, _SYSTEM[named.strip().lower()], code="system_field")
        folded = _folded(named)
        found = exact or [entry for entry in custom if _folded(entry.field_name) == folded]
        if len(found) > 1:
            keys = " or ".join(entry.field_code for entry in found)
            advice = f"{len(found)} fields are called that; use the key of the one, {keys}"
            raise _refused(named, advice, code="ambiguous_field")
        if not found:
            raise _refused(named, _advice(named, custom), code="unknown_field")
        return found[0]

    def key_of(self, named: str) -> str:
        """The key of the field that a Mapping names, parts too; else the name, folded."""
        written = named.lower()
        part = _PART_KEY.fullmatch(written)
        if part is not None or FIELD_KEY.fullmatch(written):
            return part[1] if part else written
        try:
            return self.field(named).field_code
        except MappingError:
            return _folded(named)

    def fit(
        self,
        given: Mapping[str, Any],
        *,
        unknown: UnknownLabel = UnknownLabel.REFUSE,
        droppable: Iterable[str] = (),
        zone: str = "",
        addable: Collection[NewLabel] = (),
    ) -> Fitted:
        """Make values of what a Mapping gives; v1 spelling is understood.

        `droppable` are keys or names that are left out, with a warning, where they do not fit;
        "*" means all. `zone` is that of days and times without one. Labels that are `addable` are
        added to their field. Raises MappingError (`invalid_value`, and those of `field`) otherwise.
        """
        fitted = Fitted()
        may_drop, rule = set(droppable), _Rule(unknown, zone, addable)
        for named, raw in _gathered(given).items():
            try:
                self._fit_one(named, raw, fitted, rule)
            except MappingError as error:
                error.named = named
                if not may_drop & {"*", named}:
                    raise
                fitted.warnings.append(f"{error} It was left out.")
        return fitted

    def type_of(self, key: str) -> FieldType | None:
        """The type of the field with a key; None where the account has no such field."""
        for entry in self.fields:
            if entry.is_custom_field and entry.field_code == key:
                return FIELD_TYPES.get(entry.field_type)
        return None

    def labels(self) -> dict[int | str, str]:
        """The labels of this kind of record, by id."""
        for entry in self.fields:
            # Which of the two the field is called is not documented.
            if entry.field_code in {"label_ids", "label"}:
                return {_whole(option.id): option.label for option in entry.options or ()}
        return {}

    def names_users(self, given: Mapping[str, Any]) -> bool:
        """Whether any of the fields given is one that holds a user."""
        keys = {_folded(named) for named in given}
        return any(
            entry.field_type == "user"
            and entry.is_custom_field
            and keys & {entry.field_code, _folded(entry.field_name)}
            for entry in self.fields
        )

    def _fit_one(self, named: str, raw: Any, fitted: Fitted, rule: "_Rule") -> None:
        definition = self.field(named)
        key = definition.field_code
        kind = FIELD_TYPES.get(definition.field_type)
        if kind is None:
            advice = f"its type, {definition.field_type}, cannot be written"
            raise _refused(named, advice, code="system_field")
        if is_empty(raw):
            fitted.values[key] = kind.clear
            return
        context = FieldContext(field=definition, users=self.users, zone=rule.zone)
        try:
            fitted.values[key] = self._parsed(kind, raw, context, fitted)
        except UnknownOption as misfit:
            if rule.adds(key, misfit.labels) and _may_be_labels(raw, misfit.labels):
                new = [
                    NewOption(field=key, name=definition.field_name, label=label)
                    for label in misfit.labels
                ]
                fitted.values[key] = new[0] if misfit.known is None else [*misfit.known, *new]
                return
            self._miss(definition, misfit, fitted, unknown=rule.unknown)
        except Misfit as misfit:
            raise MappingError(
                f"custom_fields: {definition.field_name}: expected {misfit.wish or kind.wish}, "
                f"got {shown(raw)}.",
                code="invalid_value",
                path="custom_fields",
            ) from None

    def _parsed(self, kind: FieldType, raw: Any, context: FieldContext, fitted: Fitted) -> Any:
        """The value; where labels are unknown, as people said that they are meant."""
        definition = context.field
        taught = self.taught.get(definition.field_code, ())
        try:
            return kind.parse(raw, context)
        except UnknownOption as misfit:
            meant = with_taught(definition, taught)
            if meant is definition:
                raise
            labels = {folded_label(label) for label in misfit.labels}
        value = kind.parse(raw, replace(context, field=meant))
        fitted.warnings += (
            f"custom_fields: {definition.field_name}: {shown(one.label)} means option "
            f"{one.option_id}, as {one.by} taught (teaching {one.teaching})."
            for one in taught
            if folded_label(one.label) in labels
        )
        return value

    def _miss(
        self,
        definition: FieldDefinition,
        misfit: UnknownOption,
        fitted: Fitted,
        *,
        unknown: UnknownLabel,
    ) -> None:
        labels = ", ".join(shown(label) for label in misfit.labels)
        if unknown is not UnknownLabel.DROP:
            there = ", ".join(option.label for option in (definition.options or ())[:20])
            raise NoSuchOption(
                f"custom_fields: {definition.field_name} has no option {labels}. There are: "
                f"{there or 'none'}. Add it in Pipedrive, or let unknown labels be added or "
                "dropped.",
                field=definition.field_code,
                name=definition.field_name,
                labels=misfit.labels,
            )
        if misfit.known:
            fitted.values[definition.field_code] = misfit.known
        fitted.warnings.append(
            f"custom_fields: {definition.field_name} has no option {labels}; left out."
        )


def _may_be_labels(raw: Any, labels: Iterable[str]) -> bool:
    """Whether options of these labels may be added; a bare number is an id, not a label."""
    items = cast("list[Any]", raw) if isinstance(raw, list | tuple) else [raw]
    numbers = any(isinstance(item, int | float) for item in items)
    return not numbers and all(0 < len(label) <= LONGEST_LABEL for label in labels)


def _gathered(given: Mapping[str, Any]) -> dict[str, Any]:
    gathered: dict[str, Any] = {}
    parts: dict[str, dict[str, Any]] = {}
    for named, raw in given.items():
        hit = _PART_KEY.fullmatch(named.lower())
        if hit is not None:
            parts.setdefault(hit[1], {})[hit[2]] = raw
        else:
            gathered[named.lower() if FIELD_KEY.fullmatch(named.lower()) else named] = raw
    for key, rest in parts.items():
        value = gathered.get(key)
        if not isinstance(value, Mapping):
            # Without its value a part says nothing; where that is cleared, so are the parts.
            cleared = key in gathered and is_empty(value)
            gathered[key] = None if cleared else {"value": value, **rest}
    return gathered


def _whole(option_id: int | str) -> int | str:
    # Built-in fields have ids as text.
    return int(option_id) if isinstance(option_id, str) and option_id.isdecimal() else option_id


def _folded(name: str) -> str:
    return " ".join(name.split()).casefold()


def _advice(named: str, custom: Iterable[FieldDefinition]) -> str:
    names = {_folded(entry.field_name): entry.field_name for entry in custom}
    close = get_close_matches(_folded(named), names, n=1)
    if close:
        return f"the account has no such custom field; “{names[close[0]]}” is near"
    return "the account has no such custom field; use its name or its 40-digit key"


def _refused(named: str, advice: str, *, code: str) -> MappingError:
    return MappingError(
        f"custom_fields: {shown(named)}: {advice}.", code=code, path="custom_fields"
    )

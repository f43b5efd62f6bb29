"""Upsert: what persons and organizations have in common when they are created or updated."""

import re
from collections.abc import Callable, Collection, Generator, Iterable, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, NoReturn, cast

from dealwright.core.action import Account, Values
from dealwright.core.errors import MappingError, NeedsChoice
from dealwright.core.fieldtype import is_empty
from dealwright.core.identifier import Identifier
from dealwright.core.match import Ambiguous, Found
from dealwright.core.matchkey import fit_key, is_custom, key_text
from dealwright.core.ours import Ours
from dealwright.core.plan import Change, Create, Link, Plan, Update, differing
from dealwright.core.record import Labelled, RecordKind
from dealwright.core.reference import readable
from dealwright.core.schema import FIELD_KEY, NewLabel, Schema, UnknownLabel
from dealwright.core.visibility import visibility


@dataclass(slots=True, kw_only=True)
class Draft:
    """A record as it is wanted, before it is compared with what is there.

    `values` are v2 fields without `custom_fields`, whose write rule is `rule`. `left` are fields
    that the write rules leave as they are, `kept` those of them that people wrote. `addable` are
    labels that may be added to their fields.
    """

    kind: RecordKind
    values: dict[str, Any]
    custom_fields: dict[str, Any] = field(default_factory=dict[str, Any])
    external_id: str = ""
    schema: Schema | None = None
    rule: str = "always"
    ours: Ours = field(default_factory=Ours)
    warnings: list[str] = field(default_factory=list[str])
    left: set[str] = field(default_factory=set[str])
    kept: list[str] = field(default_factory=list[str])
    addable: frozenset[NewLabel] = frozenset()

    def keeps(self, key: str, held: Any) -> bool:
        """Whether the write rule of custom fields leaves this one, and its value, alone."""
        if self.rule == "keep_edits" and self.ours.edited(key):
            self.keep(key, named=f"custom_fields: {self._name(key)}")
        elif self.rule == "only_new" or (self.rule == "if_empty" and held is not None):
            self.left.add(key)
        return key in self.left

    def _name(self, key: str) -> str:
        return self.schema.field(key).field_name if self.schema else key

    def agreed(self, written: Collection[str]) -> tuple[str, ...]:
        """The fields that hold what is wanted already, if these were written."""
        wanted = (*self.values, *self.custom_fields)
        return tuple(key for key in wanted if key not in written and key not in self.left)

    def keep(self, key: str, *, named: str) -> None:
        """Leave to people what they wrote into a field."""
        self.left.add(key)
        self.kept.append(key)
        self.warnings.append(f"{named}: not what we wrote there; left as it is.")


def draft(kind: RecordKind, values: Values, account: Account, *, external_id: str) -> Draft:
    """Begin a Draft with the fields that several kinds have, without `add_time`.

    Raises MappingError for what the account has no such field, option, user or level.
    """
    schema = account.schema or account.keyed.get(kind)
    made = Draft(
        kind=kind,
        values={},
        external_id=external_id,
        schema=schema,
        ours=account.ours,
        addable=account.addable,
    )
    made.warnings += values.get("dropped", ())
    if "name" in values:
        made.values["name"] = values["name"]
    if "visible_to" in values:
        with letting_go("visible_to", values, made.warnings):
            made.values["visible_to"] = visibility(values["visible_to"], account.plan)
    put_custom_fields(made, values)
    return made


@contextmanager
def letting_go(key: str, values: Values, warnings: list[str]) -> Generator[None]:
    """Turn the fault of a field into a warning, where the Mapping lets the field go."""
    try:
        yield
    except MappingError as error:
        if not {"*", key} & set(values.get("drop_if_invalid", ())):
            raise
        warnings.append(f"{error} It was left out.")


def put_custom_fields(made: Draft, values: Values) -> None:
    """Take custom fields by name or key, as the Schema reads them.

    Where no Schema was asked for, only keys are known, and values go out as they came.
    """
    given = cast("Mapping[str, Any]", values.get("custom_fields", {}))
    if made.schema is not None:
        fitted = made.schema.fit(
            given,
            unknown=UnknownLabel(values.get("unknown_labels", UnknownLabel.REFUSE)),
            droppable=values.get("drop_if_invalid", ()),
            zone=values.get("zone", ""),
            addable=made.addable,
        )
        made.custom_fields |= fitted.values
        made.warnings += fitted.warnings
        return
    for key, value in given.items():
        if FIELD_KEY.fullmatch(key.lower()):
            # Pipedrive refuses "" and []; null is how a custom field is cleared.
            made.custom_fields[key.lower()] = None if is_empty(value) else value
        else:
            made.warnings.append(
                f"custom_fields: “{key[:60]}” is no key of a custom field (40 hexadecimal digits) "
                "and was left out."
            )


def write_match_key(made: Draft, *, match_field: str, value: str) -> None:
    """Have a custom field that the record is matched by hold the value that it is matched by.

    Raises MappingError for a field by which nothing can be found, and a value it cannot hold.
    """
    if not is_custom(match_field):
        return
    key, fitted = fit_key(made.schema, match_field, value)
    mapped = made.custom_fields.get(key, fitted)
    if mapped != fitted:
        made.warnings.append(f"custom_fields: {key} is the match field and keeps the match value.")
    made.custom_fields[key] = fitted


def write_external_id(made: Draft, *, own_field: str, found: Found | None) -> None:
    """Put the sender's id into the Connection's external-id field, over nobody else's.

    A record that was found by its own id needs no other; an id that the field cannot hold stays in
    the Link alone. Raises MappingError for a field that there is not.
    """
    if not own_field or not made.external_id or (found and found.by == "record_id"):
        return
    try:
        key, value = fit_key(made.schema, own_field, made.external_id)
    except MappingError as error:
        if error.code != "invalid_value":
            raise
        made.warnings.append(f"{error} The id is remembered here alone.")
        return
    held = _custom_fields(found).get(key) if found else None
    if held in (None, "") or key_text(held) == key_text(value):
        made.custom_fields[key] = value
    else:
        made.warnings.append(
            f"The record already has the external id “{key_text(held)}”, which stays."
        )


def plan_create(made: Draft, *, add_time: str | None) -> Plan:
    """The Plan for a record that is not there. Cleared custom fields need not be sent."""
    values = dict(made.values)
    custom_fields = {key: value for key, value in made.custom_fields.items() if value is not None}
    if add_time:
        values["add_time"] = add_time
    if custom_fields:
        values["custom_fields"] = custom_fields
    create = Create(kind=made.kind, values=values, external_id=made.external_id)
    return Plan(changes=(create,), warnings=tuple(made.warnings))


def plan_update(made: Draft, found: Found, *, current: Mapping[str, Any]) -> Plan:
    """The Plan for a record that is there: only what differs; and its Link unless that is known.

    `current` holds the record's v2 values of every key that `made.values` may have.
    """
    held = _custom_fields(found)
    values = differing(made.values, current)
    before: dict[str, Any] = {key: current.get(key) for key in values}
    if custom_fields := _differing_custom(made, held):
        values["custom_fields"] = custom_fields
        before["custom_fields"] = {key: held.get(key) for key in custom_fields}
    record_id = found.record.id
    changes: list[Change] = []
    if values:
        changes.append(Update(kind=made.kind, record_id=record_id, values=values, before=before))
    if made.external_id and found.by != "link":
        changes.append(Link(kind=made.kind, record_id=record_id, external_id=made.external_id))
    written = {*values, *values.get("custom_fields", ())}
    return Plan(
        changes=tuple(changes),
        record_id=record_id,
        warnings=tuple(made.warnings),
        agreed=made.agreed(written),
        kept=tuple(made.kept),
    )


def _differing_custom(made: Draft, held: Mapping[str, Any]) -> dict[str, Any]:
    """The custom fields whose write would change anything, told by their types."""
    found: dict[str, Any] = {}
    for key, value in made.custom_fields.items():
        kind = made.schema.type_of(key) if made.schema else None
        there = held.get(key)
        if made.rule == "append" and isinstance(value, str) and isinstance(there, str):
            value = made.custom_fields[key] = appended(there, value)  # noqa: PLW2901
        same = kind.same(value, there) if kind and value is not None else value == there
        if not same and not made.keeps(key, there):
            found[key] = value
    return found


def appended(held: str, text: str, *, between: str = "\n") -> str:
    """A text with another at its end, unless it says that already, in whole words."""
    there = held.strip()
    if re.search(rf"(?<!\w){re.escape(text.strip())}(?!\w)", there):
        return held
    return f"{there}{between}{text}" if there else text


def merged(
    current: Iterable[Labelled], wanted: Iterable[str], *, make: Callable[[str], Identifier]
) -> list[dict[str, Any]]:
    """Addresses or numbers as v2 takes them: those that are there, as they are, then new ones.

    Compared normalised by `make`. The primary one stays; where there is none the first becomes it.
    """
    items = [_item(entry) for entry in current if entry.value.strip()]
    known = {_normal(item["value"], make) for item in items}
    for text in wanted:
        normal = _normal(text, make)
        if normal not in known:
            known.add(normal)
            items.append({"value": text.strip(), "primary": False})
    if items and not any(item["primary"] for item in items):
        items[0]["primary"] = True
    return items


def as_items(current: Iterable[Labelled]) -> list[dict[str, Any]]:
    """What stands in a record, in the form that `merged` gives."""
    return [_item(entry) for entry in current]


def refuse_to_choose(match: Ambiguous, *, role: str) -> NoReturn:
    """Ask a person which record is meant."""
    ids = ", ".join(str(candidate) for candidate in match.candidates)
    raise NeedsChoice(
        f"{len(match.candidates)} records fit as the {role} (by {match.by}): {ids}. "
        "Merge them in Pipedrive, or choose one: dealwright review.",
        candidates=match.candidates,
    )


def _item(entry: Labelled) -> dict[str, Any]:
    item: dict[str, Any] = {"value": entry.value, "primary": entry.primary}
    if entry.label is not None:
        item["label"] = entry.label
    return item


def _normal(text: str, make: Callable[[str], Identifier]) -> str:
    found = readable(make, (text,))
    return found[0].value if found else text.strip().casefold()


def _custom_fields(found: Found) -> Mapping[str, Any]:
    return getattr(found.record, "custom_fields", {})

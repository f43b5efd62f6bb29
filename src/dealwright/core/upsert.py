"""Upsert: what persons and organizations have in common when they are created or updated."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NoReturn, cast

from dealwright.core.action import Choice, Values
from dealwright.core.errors import NeedsChoice
from dealwright.core.identifier import Identifier
from dealwright.core.match import Ambiguous, Found
from dealwright.core.plan import Change, Create, Link, Plan, Update, differing
from dealwright.core.record import Labelled, RecordKind
from dealwright.core.reference import readable

#: Pipedrive's keys of custom fields; the same in every account, their values are not.
FIELD_KEY: Final = re.compile(r"[0-9a-f]{40}")

#: Who sees a record. https://developers.pipedrive.com/docs/api/v1/Persons (visible_to)
VISIBILITY: Final = (
    Choice(value="1", label="Owner only (Lite, Growth: owner and followers)"),
    Choice(value="3", label="Owner's visibility group (Lite, Growth: everybody)"),
    Choice(value="5", label="Owner's visibility group and its sub-groups"),
    Choice(value="7", label="Everybody in the company"),
)


@dataclass(slots=True, kw_only=True)
class Draft:
    """A record as it is wanted, before it is compared with what is there.

    `values` are v2 fields without `custom_fields`.
    """

    kind: RecordKind
    values: dict[str, Any]
    custom_fields: dict[str, Any] = field(default_factory=dict[str, Any])
    external_id: str = ""
    warnings: list[str] = field(default_factory=list[str])


def draft(kind: RecordKind, values: Values, *, external_id: str) -> Draft:
    """Begin a Draft with the fields that both kinds have, without `add_time`."""
    made = Draft(kind=kind, values={}, external_id=external_id)
    if "name" in values:
        made.values["name"] = values["name"]
    if "visible_to" in values:
        made.values["visible_to"] = int(values["visible_to"])
    for key, value in cast("Mapping[str, Any]", values.get("custom_fields", {})).items():
        if FIELD_KEY.fullmatch(key.lower()):
            # Pipedrive refuses "" and []; null is how a custom field is cleared.
            made.custom_fields[key.lower()] = None if value in ("", []) else value
        else:
            made.warnings.append(
                f"custom_fields: “{key[:60]}” is no key of a custom field (40 hexadecimal digits) "
                "and was left out."
            )
    return made


def write_match_key(made: Draft, *, match_field: str, value: str) -> None:
    """Have a custom field that the record is matched by hold the value that it is matched by."""
    if not FIELD_KEY.fullmatch(match_field):
        return
    mapped = made.custom_fields.get(match_field, value)
    if mapped != value:
        made.warnings.append(
            f"custom_fields: {match_field} is the match field and keeps the match value."
        )
    made.custom_fields[match_field] = value


def write_external_id(made: Draft, *, own_field: str, found: Found | None) -> None:
    """Put the sender's id into the Connection's external-id field, over nobody else's.

    A record that was found by its own id needs no other.
    """
    if not own_field or not made.external_id or (found and found.by == "record_id"):
        return
    held = _custom_fields(found).get(own_field) if found else None
    if held in (None, "", made.external_id):
        made.custom_fields[own_field] = made.external_id
    else:
        made.warnings.append(f"The record already has the external id “{held}”, which stays.")


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
    if custom_fields := differing(made.custom_fields, held):
        values["custom_fields"] = custom_fields
        before["custom_fields"] = {key: held.get(key) for key in custom_fields}
    record_id = found.record.id
    changes: list[Change] = []
    if values:
        changes.append(Update(kind=made.kind, record_id=record_id, values=values, before=before))
    if made.external_id and found.by != "link":
        changes.append(Link(kind=made.kind, record_id=record_id, external_id=made.external_id))
    return Plan(changes=tuple(changes), record_id=record_id, warnings=tuple(made.warnings))


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
        "Merge them in Pipedrive, or choose one.",
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

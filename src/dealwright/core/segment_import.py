"""Bring a Segment destination along: its mappings as ours, and a report of what differs and why."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final, cast

import msgspec

from dealwright.core.action import Action, Writing
from dealwright.core.draft import Draft, draft_faults, lacks_link, offers
from dealwright.core.errors import MappingError
from dealwright.core.mapping import MAX_MAPPINGS
from dealwright.core.matchfields import unmatchable
from dealwright.core.record import RecordKind
from dealwright.core.reference import ID_FIELDS
from dealwright.core.schema import Schema
from dealwright.core.segment_export import Export, Subscription
from dealwright.core.trigger import TriggerError, shipped_differences, trigger_warnings

#: Segment's actions by their slugs, letters only, and ours.
_ACTIONS: Final[Mapping[str, str]] = {
    f"createupdate{kind}": f"upsert_{kind}"
    for kind in ("person", "organization", "deal", "lead", "activity", "note")
}
_DEFAULT_FIELDS: Final = (
    (RecordKind.PERSON, "personField"),
    (RecordKind.ORGANIZATION, "organizationField"),
    (RecordKind.DEAL, "dealField"),
)
_SETTINGS: Final = {"domain", "apiToken", *(name for _, name in _DEFAULT_FIELDS)}
#: Keys that Segment let through in custom_fields, and the fields that they belong to here.
_MOVES: Final[Mapping[str, str]] = {
    "owner_id": "owner",
    "user_id": "owner",
    "label": "labels",
    "label_ids": "labels",
    "person_id": "person_match_value",
    "org_id": "organization_match_value",
    "organization_id": "organization_match_value",
    "deal_id": "deal_match_value",
}


class Verdict(StrEnum):
    """What a Note is about: means another thing now, was changed, was left out, was not made."""

    DIFFERS = "differs"
    CHANGED = "changed"
    LEFT_OUT = "left_out"
    NOT_MADE = "not_made"
    LOOK = "look"


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """One thing to know about what was brought, a sentence.

    `mapping` is its name, "" for the destination; `place` where in it.
    """

    verdict: Verdict
    mapping: str
    place: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Brought:
    """A Mapping to be made, and whether it was enabled in Segment."""

    draft: Draft
    enabled: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What an Export becomes. `lost` are the subscriptions that no Mapping was made of."""

    match_fields: Mapping[RecordKind, str]
    mappings: tuple[Brought, ...]
    lost: tuple[Subscription, ...]
    notes: tuple[Note, ...]


@dataclass(slots=True, kw_only=True)
class _Bringing:
    """The work on one subscription."""

    name: str
    schemas: Mapping[RecordKind, Schema]
    fields: dict[str, Any] = field(default_factory=dict[str, Any])
    notes: list[Note] = field(default_factory=list[Note])

    def note(self, verdict: Verdict, place: str, text: str) -> None:
        """Add to the report."""
        self.notes.append(Note(verdict=verdict, mapping=self.name, place=place, text=text))


def bring(
    export: Export, actions: Mapping[str, Action], schemas: Mapping[RecordKind, Schema]
) -> Imported:
    """Make Mappings of an Export; whatever cannot be one is in the report with its reason.

    `schemas` are the account's fields; without those of a kind its match fields and custom fields
    are not checked.
    """
    whole = _Bringing(name="", schemas=schemas)
    for remark in export.remarks:
        whole.note(Verdict.LOOK, "", remark)
    match_fields = dict(_match_fields(export, whole))
    mappings: list[Brought] = []
    lost: list[Subscription] = []
    notes = whole.notes
    for number, subscription in enumerate(export.subscriptions, 1):
        work = _Bringing(name=subscription.name or f"Mapping {number}", schemas=schemas)
        brought = _brought(subscription, actions, work)
        if brought is not None and len(mappings) >= MAX_MAPPINGS:
            work.note(Verdict.NOT_MADE, "", f"a Connection has at most {MAX_MAPPINGS} Mappings.")
            brought = None
        if brought is None:
            lost.append(subscription)
        else:
            mappings.append(brought)
        notes += work.notes
    return Imported(
        match_fields=match_fields,
        mappings=tuple(mappings),
        lost=tuple(lost),
        notes=tuple(notes),
    )


def _match_fields(export: Export, work: _Bringing) -> Iterator[tuple[RecordKind, str]]:
    settings = export.destination.settings
    for kind, name in _DEFAULT_FIELDS:
        key = str(settings.get(name) or "").strip()
        if key in ID_FIELDS:
            continue
        fault = unmatchable(kind, key, work.schemas.get(kind))
        if fault:
            work.note(Verdict.LEFT_OUT, name, f"{fault} Records are matched by id instead.")
        else:
            yield kind, key
    for name in settings.keys() - _SETTINGS:
        work.note(Verdict.LEFT_OUT, name, "Segment's destination has no such setting.")


def _brought(
    subscription: Subscription, actions: Mapping[str, Action], work: _Bringing
) -> Brought | None:
    action = _action(subscription, actions, work)
    if action is None:
        return None
    try:
        given = subscription.fields()
    except MappingError as error:
        work.note(Verdict.NOT_MADE, "fields", str(error))
        return None
    _take_fields(given, action, work)
    _see_links(action, work)
    _look_at_trigger(subscription.trigger, work)
    draft = Draft(
        name=work.name, action=action.key, trigger=subscription.trigger, fields=work.fields
    )
    faults = draft_faults(draft, actions)
    for fault in faults:
        work.note(Verdict.NOT_MADE, fault.path.strip("/"), fault.message)
    return None if faults else Brought(draft=draft, enabled=subscription.enabled)


def _action(
    subscription: Subscription, actions: Mapping[str, Action], work: _Bringing
) -> Action | None:
    if subscription.model_id:
        text = "it is fed by a warehouse model (reverse ETL), not by events."
        work.note(Verdict.NOT_MADE, "modelId", text)
        return None
    slug = subscription.action_slug
    action = actions.get(_ACTIONS.get(re.sub(r"[^a-z]", "", slug.lower()), ""))
    if action is None:
        named = f"the action {slug}" if slug else f"the action with the id {subscription.action_id}"
        text = f"{named} is none that Dealwright has. Give exports with actionSlug."
        work.note(Verdict.NOT_MADE, "action", text if not slug else f"{named} is not supported.")
    return action


def _take_fields(given: Mapping[str, Any], action: Action, work: _Bringing) -> None:
    keys = {entry.key for entry in action.fields}
    for key, value in given.items():
        if key in keys:
            work.fields[key] = value
        else:
            text = "the action has no such field; Segment dropped it too."
            work.note(Verdict.LEFT_OUT, key, text)
    for key in [key for key in work.fields if key.endswith("match_field")]:
        _check_match_field(key, action, work)
    if "custom_fields" in work.fields:
        _check_custom_fields(action, keys, work)
    _look_at_labels(action.kind, work)
    if action.kind is RecordKind.DEAL and "add_time" in work.fields:
        text = "Pipedrive's API v2 takes no creation time for deals: it is left out of each write."
        work.note(Verdict.DIFFERS, "add_time", text)
    if any("{{{" in text for text in _templates(work.fields)):
        text = "what triple braces put in is not searched for braces again."
        work.note(Verdict.DIFFERS, "@template", text)


def _see_links(action: Action, work: _Bringing) -> None:
    """A Mapping that names a record but no link could only ever update, and goes on doing that."""
    names = (entry.key for entry in action.fields if entry.writing is Writing.FINDS)
    if lacks_link(work.fields, action) and any(offers(work.fields.get(key)) for key in names):
        work.fields["sync_mode"] = "update"
        text = (
            f"set to update: a new {action.kind} must be linked, and this mapping names nothing to "
            "link it to, so none was ever created by it."
        )
        work.note(Verdict.CHANGED, "sync_mode", text)


def _check_match_field(key: str, action: Action, work: _Bringing) -> None:
    prefix = key.removesuffix("match_field").strip("_")
    kind = RecordKind(prefix) if prefix in set(RecordKind) else action.kind
    named = work.fields[key]
    if not isinstance(named, str) or named in ID_FIELDS:
        return
    fault = unmatchable(kind, named, work.schemas.get(kind))
    if fault:
        del work.fields[key]
        text = f"{fault} The Connection's way of matching is used instead."
        work.note(Verdict.LEFT_OUT, key, text)


def _check_custom_fields(action: Action, keys: set[str], work: _Bringing) -> None:
    given = work.fields["custom_fields"]
    if not isinstance(given, dict) or any(key.startswith("@") for key in cast("Any", given)):
        text = "its keys come with the event: each must be the name or key of a custom field."
        work.note(Verdict.LOOK, "custom_fields", text)
        return
    kept: dict[str, Any] = {}
    for key, value in cast("dict[str, Any]", given).items():
        advice = _system_advice(key)
        target = _MOVES.get(key, key)
        if not advice:
            kept[key] = value
            _look_at_custom_field(key, action.kind, work)
        elif target in keys:
            _move(key, value, keys, work)
        else:
            work.note(Verdict.LEFT_OUT, f"custom_fields/{key}", advice)
    if kept:
        work.fields["custom_fields"] = kept
    else:
        del work.fields["custom_fields"]


def _move(key: str, value: object, keys: set[str], work: _Bringing) -> None:
    """Give a key of the record to the action's field for it; in Segment it won over that field."""
    target = _MOVES.get(key, key)
    taken = work.fields.get(target)
    instead = f", in the place of {msgspec.json.encode(taken).decode()}" if taken else ""
    text = f"moved to the field {target}{instead}: custom_fields reaches custom fields only."
    work.note(Verdict.CHANGED, f"custom_fields/{key}", text)
    work.fields[target] = value
    if target.endswith("_match_value"):
        work.fields[target.replace("_match_value", "_match_field")] = "id"
    elif target == "labels" and "labels_mode" in keys:
        # https://developers.pipedrive.com/docs/api/v1: `label` is one value, which is replaced.
        work.fields["labels_mode"] = "replace"


def _look_at_custom_field(key: str, kind: RecordKind, work: _Bringing) -> None:
    schema = work.schemas.get(kind)
    if schema is None:
        return
    try:
        schema.fit({key: None})
    except MappingError as error:
        work.note(Verdict.LOOK, f"custom_fields/{key}", str(error))


def _look_at_labels(kind: RecordKind, work: _Bringing) -> None:
    """Labels that are written down, not mapped, can be checked at once."""
    schema, given = work.schemas.get(kind), work.fields.get("labels")
    if schema is None or kind is RecordKind.LEAD:
        return
    known = {str(key) for key in schema.labels()} | {
        name.casefold() for name in schema.labels().values()
    }
    written = cast("list[object]", given) if isinstance(given, list) else [given]
    for label in written:
        if isinstance(label, str | int) and str(label).strip().casefold() not in known:
            text = f"the account has no label {label} for a {kind}: such an event would fail."
            work.note(Verdict.LOOK, "labels", text)


def _system_advice(key: str) -> str:
    """What to do with a key of the record itself; "" for what may be a custom field."""
    try:
        Schema(fields=()).field(key)
    except MappingError as error:
        return str(error) if error.code == "system_field" else ""
    return ""


def _look_at_trigger(trigger: str, work: _Bringing) -> None:
    try:
        differences, warnings = shipped_differences(trigger), trigger_warnings(trigger)
    except TriggerError:
        return
    for difference in differences:
        text = f"as Segment shipped it, {difference}. Now it means what it says: {trigger}"
        work.note(Verdict.DIFFERS, "trigger", text)
    for warning in warnings:
        work.note(Verdict.LOOK, "trigger", warning.message)


def _templates(fields: Mapping[str, Any]) -> Iterator[str]:
    waiting: list[object] = [fields]
    while waiting:
        item = waiting.pop()
        if isinstance(item, dict):
            entries = cast("dict[str, object]", item)
            if isinstance(text := entries.get("@template"), str):
                yield text
            waiting += entries.values()
        elif isinstance(item, list):
            waiting += cast("list[object]", item)

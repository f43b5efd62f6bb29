"""Create or update an activity."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from dealwright.core import identifier
from dealwright.core.action import (
    Account,
    Action,
    ActionField,
    Matches,
    Need,
    Preset,
    Values,
    ValueType,
    Writing,
)
from dealwright.core.actionfields import (
    AMBIGUOUS,
    DROP_IF_INVALID,
    OWNER,
    SYNC_MODE,
    WRITE_RULES,
    ZONE,
    ambiguous_rule,
    owner_id,
    plan_ruled_update,
    stopped,
)
from dealwright.core.errors import MappingError
from dealwright.core.html import note_html, same_html
from dealwright.core.mapping import MatchDefaults
from dealwright.core.match import Found, Reference
from dealwright.core.moment import due_in_utc
from dealwright.core.parents import parent_fields
from dealwright.core.participants import (
    participant_fields,
    participant_ids,
    participant_references,
)
from dealwright.core.plan import Create, Plan
from dealwright.core.record import Activity, ActivityType, Participant, RecordKind
from dealwright.core.standins import complete
from dealwright.core.ties import (
    DEAL,
    ORGANIZATION,
    PERSON,
    tie_fields,
    tie_references,
    tied_ids,
)
from dealwright.core.upsert import Draft, letting_go
from dealwright.core.zone import local

_KIND = RecordKind.ACTIVITY

_TIES = (PERSON, ORGANIZATION, DEAL)
_PARENTS = (RecordKind.PERSON, RecordKind.ORGANIZATION)

#: Fields that go out as they are, and their names in Pipedrive.
_PLAIN = (
    ("subject", "subject"),
    ("description", "public_description"),
    ("note", "note"),
    ("duration", "duration"),
    ("done", "done"),
)


def references(values: Values, defaults: MatchDefaults) -> tuple[Reference, ...]:
    """The activity, only ever by its id; and the person, organization and deal that it is with."""
    found: list[Reference] = []
    if activity_id := values.get("activity_id"):
        key = identifier.record_id(str(activity_id))
        found.append(Reference(role="activity", kind=_KIND, keys=(key,) if key else ()))
    rule = ambiguous_rule(values)
    found += tie_references(_TIES, values, defaults, rule=rule)
    return (*found, *participant_references(values, defaults, rule=rule))


def plan(values: Values, matches: Matches, account: Account) -> Plan:
    """Create the activity or update what differs; links are set, never cleared.

    A person, organization or deal that is not there is left out with a warning. Raises NeedsChoice,
    and MappingError: `activity_missing` when the activity named by its id is not there,
    `unknown_activity_type`.
    """
    found = _found(values, matches)
    if (nothing := stopped(values, found)) is not None:
        return nothing
    warnings: list[str] = [*values.get("dropped", ())]
    current = found.record if found and isinstance(found.record, Activity) else None
    wanted = _wanted(values, account, warnings)
    wanted |= _due(values, current)
    ties = tied_ids(_TIES, values, matches=matches, account=account, warnings=warnings)
    for kind, key in ((RecordKind.ORGANIZATION, "org_id"), (RecordKind.DEAL, "deal_id")):
        if kind in ties:
            wanted[key] = ties[kind]
    joining = participant_ids(values, matches, warnings=warnings)
    taking_part = _TakingPart(ties.get(RecordKind.PERSON), joining)
    if current is not None:
        made = Draft(kind=_KIND, values=wanted, ours=account.ours, warnings=warnings)
        return _update(made, values, current, taking_part=taking_part)
    if participants := _participants((), taking_part):
        wanted["participants"] = participants
    _fill(wanted, account.activity_types)
    create = Create(kind=_KIND, values=wanted)
    return complete(Plan(changes=(create,), warnings=tuple(warnings)))


class _TakingPart(NamedTuple):
    """Who is to be the primary participant, None to leave that; and who else takes part."""

    primary: Any
    others: Sequence[int]


def _wanted(values: Values, account: Account, warnings: list[str]) -> dict[str, Any]:
    wanted = {theirs: values[ours] for ours, theirs in _PLAIN if ours in values}
    if "note" in wanted:
        wanted["note"] = note_html(wanted["note"], field="note")
    if "type" in values:
        with letting_go("type", values, warnings):
            wanted["type"] = _type_key(values["type"], account.activity_types)
    if "owner" in values:
        with letting_go("owner", values, warnings):
            wanted["owner_id"] = owner_id(values, account)
    return wanted


def _due(values: Values, current: Activity | None) -> dict[str, Any]:
    """Day and time in UTC; in a zone neither is known without the other."""
    day, clock, zone = (values.get(key) for key in ("due_date", "due_time", "zone"))
    if zone and (day or clock) and current is not None:
        held_day, held_clock = local(current.due_date, _long(current.due_time), zone)
        day, clock = day or held_day, clock or (held_clock if "T" not in (day or "") else None)
    if zone and clock and not day:
        raise MappingError(
            f"due_time: on which day {clock} in {zone} is meant is not known; map due_date too.",
            code="invalid_value",
            path="due_time",
        )
    found = due_in_utc(day, clock, zone=zone or "")
    return {
        key: at for key, at in zip(("due_date", "due_time"), found, strict=True) if at is not None
    }


def _update(made: Draft, values: Values, current: Activity, *, taking_part: _TakingPart) -> Plan:
    wanted = made.values
    there: dict[str, Any] = {key: getattr(current, key) for key in wanted}
    for key in ("due_time", "duration"):
        if key in there:
            there[key] = _long(there[key])
    participants = current.participants or ()
    if wanted_there := _participants(participants, taking_part):
        wanted["participants"] = wanted_there
        there["participants"] = _shown(participants)
    if "note" in wanted and same_html(wanted["note"], there["note"]):
        wanted["note"] = there["note"]
    return complete(plan_ruled_update(made, values, record_id=current.id, there=there))


def _found(values: Values, matches: Matches) -> Found | None:
    match = matches.get("activity")
    if isinstance(match, Found):
        return match
    if "activity_id" not in values:
        return None
    raise MappingError(
        f"activity_id: Pipedrive has no activity {values['activity_id']}; map the id of one that "
        "is there, or none to make a new one.",
        code="activity_missing",
        path="activity_id",
    )


def _type_key(written: str, types: tuple[ActivityType, ...]) -> str:
    if not types or any(kind.key_string == written for kind in types):
        return written
    # A type keeps its key when it is renamed; people know the name.
    named = [kind for kind in types if kind.name.casefold() == written.strip().casefold()]
    if named:
        return min(named, key=lambda kind: (not kind.active_flag, kind.order_nr)).key_string
    known = ", ".join(kind.key_string for kind in types if kind.active_flag)
    raise MappingError(
        f"type: Pipedrive has no activity type “{written[:60]}”; use one of {known}.",
        code="unknown_activity_type",
        path="type",
    )


def _fill(wanted: dict[str, Any], types: tuple[ActivityType, ...]) -> None:
    active = sorted((kind for kind in types if kind.active_flag), key=lambda kind: kind.order_nr)
    if "type" not in wanted and active:
        call = next((kind for kind in active if kind.key_string == "call"), active[0])
        wanted["type"] = call.key_string
    if "subject" not in wanted and "type" in wanted:
        names = (kind.name for kind in types if kind.key_string == wanted["type"])
        wanted["subject"] = next(names, wanted["type"])


# https://developers.pipedrive.com/docs/api/v1/Activities: person_id is read-only on v2; the person
# is the primary participant.
def _participants(there: tuple[Participant, ...], wanted: _TakingPart) -> list[dict[str, Any]]:
    """All participants as they should be, the primary one first; empty where nobody is."""
    held = next((entry.person_id for entry in there if entry.primary), None)
    present = [entry.person_id for entry in there]
    if wanted.primary in (None, held) and set(wanted.others) <= set(present):
        return _shown(there)
    everybody = [*present, *wanted.others]
    primary = held if wanted.primary is None else wanted.primary
    if primary is None and everybody:
        primary = everybody[0]
    rest = [one for one in dict.fromkeys(everybody) if one != primary]
    first = [] if primary is None else [{"person_id": primary, "primary": True}]
    return [*first, *({"person_id": other, "primary": False} for other in rest)]


def _shown(participants: tuple[Participant, ...]) -> list[dict[str, Any]]:
    return [{"person_id": entry.person_id, "primary": entry.primary} for entry in participants]


def _long(clock: str | None) -> str | None:
    return f"{clock}:00" if clock is not None and clock.count(":") == 1 else clock


def _property(key: str, label: str, description: str, **more: Any) -> ActionField:
    default = {"@path": f"$.properties.{key}"}
    return ActionField(key=key, label=label, description=description, default=default, **more)


ACTION = Action(
    key="upsert_activity",
    title="Create or update an activity",
    description="Writes an activity and ties it to the person, organization and deal it is with.",
    kind=_KIND,
    default_trigger='type = "track" and event = "Activity Upserted"',
    fields=(
        _property(
            "activity_id",
            "Activity id",
            "Pipedrive's id of the activity to update. Empty: a new activity.",
            type=ValueType.RECORD_ID,
            writing=Writing.FINDS,
        ),
        *tie_fields(PERSON, to="the activity"),
        *tie_fields(ORGANIZATION, to="the activity"),
        *tie_fields(DEAL, to="the activity"),
        *parent_fields(*_PARENTS),
        *participant_fields(to="the activity"),
        _property("subject", "Subject", "The title. A new activity without one has its type's."),
        _property(
            "type",
            "Type",
            "The key or the name of an activity type. A new activity without one is a call, or "
            "of the account's first type.",
            dynamic="activity_types",
        ),
        _property("description", "Description", "What guests and calendars see."),
        _property(
            "note", "Note", "HTML or plain text that only the account's users see; at most 100 KB."
        ),
        _property(
            "due_date",
            "Due date",
            "The day. Together with the time it is converted to UTC.",
            type=ValueType.DATE,
        ),
        _property(
            "due_time",
            "Due time",
            "The time of day; without an offset it is in the zone below. Empty: all day.",
            type=ValueType.TIME,
        ),
        _property("duration", "Duration", "How long: 00:45 or 45m.", type=ValueType.DURATION),
        _property("done", "Done", "Whether it is done.", type=ValueType.BOOLEAN),
        OWNER,
        SYNC_MODE,
        AMBIGUOUS,
        WRITE_RULES,
        ZONE,
        DROP_IF_INVALID,
    ),
    references=references,
    plan=plan,
    subject="activity",
    codes=(
        "invalid_value",
        "needs_choice",
        "activity_missing",
        "unknown_activity_type",
        "unknown_user",
        "content_too_long",
    ),
    needs=frozenset({Need.ACTIVITY_TYPES, Need.USERS}),
    preset=Preset(
        name="Activities from “Activity Upserted”",
        trigger='type = "track" and event = "Activity Upserted"',
    ),
)

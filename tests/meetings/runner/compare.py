"""What a play differs in from what its fixture expects (fixtures/README.md, sections 7 and 9)."""

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import pairwise
from typing import Any, Final

import msgspec
from msgspec import UNSET
from tests.meetings.runner import always
from tests.meetings.runner.shape import Activity, Expected, Note
from tests.meetings.runner.stage import Played

from dealwright.sandbox.calllog import LoggedCall

_WORDS: Final = {
    ("POST", "persons"): "POST person",
    ("POST", "notes"): "POST note",
    ("PUT", "notes"): "PUT note",
    ("POST", "activities"): "POST activity",
    ("PATCH", "activities"): "PATCH activity",
}


def differences(played: Played) -> list[str]:
    """Everything that is not as expected, one sentence each; nothing at all is a pass."""
    expected = played.fixture.expected
    return [
        *_answers(played, expected),
        *_meeting(played, expected),
        *_people(played, expected),
        *_written(played, expected),
        *always.differences(played),
    ]


def _differ(what: str, wanted: Any, found: Any) -> Iterator[str]:
    if _same(wanted) != _same(found):
        yield f"{what}: expected {wanted!r}, found {found!r}"


def _same(value: Any) -> Any:
    """Text is compared after NFC."""
    if isinstance(value, str):
        return unicodedata.normalize("NFC", value)
    if isinstance(value, Mapping):
        return {name: _same(item) for name, item in value.items()}  # type: ignore[misc]
    if isinstance(value, list | tuple):
        return [_same(item) for item in value]  # type: ignore[misc]
    return value


def _unordered(what: str, wanted: Sequence[Any], found: Sequence[Any]) -> Iterator[str]:
    def key(item: Any) -> str:
        return msgspec.json.encode(_same(item), order="deterministic").decode()

    missing = sorted(map(key, wanted))
    there = sorted(map(key, found))
    if missing != there:
        yield f"{what}: expected {missing}, found {there}"


# -- answers and states


def _answers(played: Played, expected: Expected) -> Iterator[str]:
    statuses = [answer.status_code for answer in played.answers]
    wanted = expected.http_status
    yield from _differ(
        "http_status", [wanted] * len(statuses) if isinstance(wanted, int) else wanted, statuses
    )
    if expected.response_json is not UNSET:
        yield from _differ("response_json", expected.response_json, played.answers[-1].json())
    state = played.meetings[0]["state"] if played.meetings else played.outcome
    yield from _differ("sync_state", expected.sync_state, state)
    if expected.after_first is not UNSET:
        yield from _differ("after_first", expected.after_first, played.after_first)
    keys = [one["key"] for one in played.meetings]
    yield from _differ(
        "dedupe_key", [] if expected.dedupe_key is UNSET else [expected.dedupe_key], keys
    )


def _meeting(played: Played, expected: Expected) -> Iterator[str]:
    shown = played.meetings[0] if played.meetings else {}
    if expected.meeting is not UNSET:
        for name in expected.meeting.__struct_fields__:
            wanted = getattr(expected.meeting, name)
            if wanted is not UNSET:
                yield from _differ(f"meeting.{name}", *_times(name, wanted, shown.get(name)))
    yield from _unordered("warnings", expected.warnings, shown.get("warnings", []))
    merge = shown.get("merge")
    if expected.merge is UNSET:
        yield from _differ("merge", None, merge)
    else:
        wanted = msgspec.to_builtins(expected.merge)
        found = dict(merge or {"merged": []})
        yield from _unordered("merge.merged", wanted.pop("merged"), found.pop("merged"))
        yield from _differ("merge", wanted, found)
    if expected.deal_choice is not UNSET:
        choice = shown.get("deal_choice") or {}
        for name in ("deal_id", "why"):
            wanted = getattr(expected.deal_choice, name)
            yield from _differ(f"deal_choice.{name}", wanted, choice.get(name))


def _times(name: str, wanted: Any, found: Any) -> tuple[Any, Any]:
    if name.endswith("_at") and found is not None:
        return datetime.fromisoformat(wanted), datetime.fromisoformat(found)
    return wanted, found


# -- people


def _made(played: Played) -> dict[int, str]:
    known = {one["id"] for one in played.before["persons"]}
    fresh = sorted(one["id"] for one in played.sandbox.records("persons") if one["id"] not in known)
    return {person_id: f"NEW{at}" for at, person_id in enumerate(fresh, start=1)}


def _named(played: Played, person_id: Any) -> Any:
    return _made(played).get(person_id, person_id)


def _people(played: Played, expected: Expected) -> Iterator[str]:
    shown = played.meetings[0] if played.meetings else {}
    found = [
        {**one, "person_id": _named(played, one["person_id"])}
        for one in shown.get("participants", [])
    ]
    wanted = [msgspec.to_builtins(one) for one in expected.participants]
    yield from _unordered("participants", wanted, found)
    suggested = [
        {"person_id": one["person_id"], "why": one["why"]} for one in shown.get("suggestions", [])
    ]
    yield from _unordered(
        "suggestions", [msgspec.to_builtins(one) for one in expected.suggestions], suggested
    )
    yield from _conflict(expected, shown.get("match_conflicts", []))
    made = _made(played)
    persons = [
        {
            "name": one["name"],
            "emails": [item["value"] for item in one["emails"]],
            "phones": [item["value"] for item in one["phones"]],
            "org_id": one["org_id"],
        }
        for one in sorted(played.sandbox.records("persons"), key=lambda one: one["id"])
        if one["id"] in made
    ]
    yield from _differ(
        "persons_created", [msgspec.to_builtins(one) for one in expected.persons_created], persons
    )


def _conflict(expected: Expected, found: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    told = [{**one, "candidates": sorted(one["candidates"]), "participant": ""} for one in found]
    if expected.match_conflict is UNSET:
        yield from _differ("match_conflict", [], told)
        return
    wanted = msgspec.to_builtins(expected.match_conflict)
    wanted = {**wanted, "candidates": sorted(wanted["candidates"]), "participant": ""}
    yield from _differ("match_conflict", [wanted], told)


# -- what was written


def _written(played: Played, expected: Expected) -> Iterator[str]:
    notes = [one for one in played.sandbox.records("notes") if one.get("active_flag", True)]
    yield from _unordered(
        "notes_created",
        [[one.person_id, one.deal_id] for one in expected.notes_created],
        [[_named(played, one["person_id"]), one["deal_id"]] for one in notes],
    )
    for wanted in expected.notes_created:
        for note in notes:
            if _named(played, note["person_id"]) == wanted.person_id:
                yield from _texts(f"note of {wanted.person_id}", wanted, _note(played, note["id"]))
    yield from _activity(played, expected.activity)
    yield from _counts(played, expected)


def _texts(what: str, wanted: Note, text: str) -> Iterator[str]:
    yield from _contains(what, wanted.must_contain, wanted.must_not_contain, text)


def _contains(what: str, there: Sequence[str], absent: Sequence[str], text: str) -> Iterator[str]:
    text = _same(text)
    for part in there:
        if _same(part) not in text:
            yield f"{what}: {part!r} is not in {text!r}"
    for part in absent:
        if _same(part) in text:
            yield f"{what}: {part!r} is in {text!r}"


def _note(played: Played, note_id: int) -> str:
    return next((sent["content"] for sent in always.sent(played, "notes", note_id)), "")


def _activity(played: Played, expected: Activity) -> Iterator[str]:
    shown = (played.meetings[0] if played.meetings else {}).get("activity") or {}
    there = [one for one in played.sandbox.records("activities") if not one.get("is_deleted")]
    yield from _differ("activity.created", expected.created, len(there) == 1 if there else False)
    reason = None if expected.reason is UNSET else expected.reason
    yield from _differ("activity.reason", reason, shown.get("reason"))
    misses = [msgspec.to_builtins(one) for one in expected.near_misses]
    yield from _unordered("activity.near_misses", misses, shown.get("near_misses") or [])
    if not (expected.created and there):
        return
    (found,) = there
    persons = sorted(found["participants"], key=lambda one: not one["primary"])
    people = [_named(played, one["person_id"]) for one in persons]
    values = {
        **{name: found.get(name) for name in ("subject", "type", "due_date", "done")},
        **{name: found.get(name) for name in ("deal_id", "owner_id")},
        "due_time": (found.get("due_time") or "")[:5],
        "duration": (found.get("duration") or "")[:5],
        "person_id": people[0] if people else None,
    }
    for name, value in values.items():
        wanted = getattr(expected, name)
        if wanted is not UNSET:
            yield from _differ(f"activity.{name}", wanted, value)
    if expected.participants is not UNSET:
        yield from _differ("activity's primary", expected.participants[:1], people[:1])
        yield from _unordered("activity.participants", expected.participants, people)
    note = next((one.get("note", "") for one in always.sent(played, "activities", found["id"])), "")
    yield from _contains(
        "activity.note", expected.note_must_contain, expected.note_must_not_contain, note
    )
    yield from _differ("activity.public_description", "", found.get("public_description") or "")


def _word(call: LoggedCall) -> str:
    parts = call.path.strip("/").split("/")
    kind = parts[-1] if call.method == "POST" else parts[-2]
    return _WORDS.get((call.method, kind), f"{call.method} {call.path}")


def _counts(played: Played, expected: Expected) -> Iterator[str]:
    calls = [
        (at, _word(call))
        for at, call in enumerate(played.sandbox.calls)
        if at >= played.calls_before[0] and call.method != "GET" and 200 <= call.status < 300
    ]
    words = [word for _, word in calls]
    notes = len(expected.notes_created) if expected.notes_total is UNSET else expected.notes_total
    activities = (
        int(expected.activity.created)
        if expected.activities_total is UNSET
        else expected.activities_total
    )
    yield from _differ("notes_total", notes, words.count("POST note"))
    yield from _differ("activities_total", activities, words.count("POST activity"))
    if expected.writes is not UNSET:
        bounds = [*played.calls_before, len(played.sandbox.calls)]
        found = [
            sorted(word for at, word in calls if start <= at < end)
            for start, end in pairwise(bounds)
        ]
        yield from _differ("writes", [sorted(one) for one in expected.writes], found)
    if expected.retries_after_403 is not UNSET:
        faults = {(one.method, one.path) for one in played.fixture.pipedrive.faults}
        hit = [call for call in played.sandbox.calls if (call.method, call.path) in faults]
        first = next((at for at, call in enumerate(hit) if call.status == 403), len(hit))
        yield from _differ("retries_after_403", expected.retries_after_403, len(hit[first + 1 :]))

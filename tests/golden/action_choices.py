"""Our choices where Segment's result is defensible or a defect: rules over the case, with reasons.

A `judge` or `better` case ends as recorded, or every choice that applies to it holds. A rule looks
at action, tags, fields, values and faults, never at the number of a case.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from tests.golden.action_compare import outcome_differences, record_differences, unchanged
from tests.golden.action_stage import HASH, Case, Played, secret

from dealwright.core.delivery import State


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What ours does on purpose, for which cases, why, and what must hold there."""

    name: str
    reason: str
    applies: Callable[[Case], bool]
    holds: Callable[[Played], bool]


def mapped(case: Case, key: str) -> Any:
    """What Segment's mapping gave a field."""
    return (case.get("mapped") or {}).get(key)


def read_fault(case: Case) -> bool:
    """Whether a look-up was made to fail."""
    return any("itemSearch" in fault.get("path", "") for fault in case.get("faults", ()))


def refused(*codes: str) -> Callable[[Played], bool]:
    """The Delivery failed with one of the codes, and nothing was changed."""

    def holds(played: Played) -> bool:
        ended = {(one.state, one.code) for one in played.deliveries}
        return ended <= {(State.FAILED, code) for code in codes} and unchanged(played)

    return holds


def nothing_made(played: Played) -> bool:
    """Not settled unless a later look-up went well, and no record too many."""
    return not any(call.method == "POST" for call in played.sandbox.calls)


def one_each(collection: str) -> Callable[[Played], bool]:
    """At most one record was made, and the Deliveries ended well."""

    def holds(played: Played) -> bool:
        settled = {one.state for one in played.deliveries} <= {State.DELIVERED, State.UNCHANGED}
        return settled and len(played.created(collection)) <= 1

    return holds


def only_differs_in(*keys: str) -> Callable[[Played], bool]:
    """As recorded, but for these keys."""

    def holds(played: Played) -> bool:
        found = record_differences(played)
        return not outcome_differences(played) and all(
            any(f" {key}: " in line for key in keys) for line in found
        )

    return holds


def warned(text: str) -> Callable[[Played], bool]:
    """The Trace says so."""

    def holds(played: Played) -> bool:
        return any(text in (one.trace or b"").decode() for one in played.deliveries)

    return holds


def both(*rules: Callable[[Played], bool]) -> Callable[[Played], bool]:
    """All of them."""
    return lambda played: all(rule(played) for rule in rules)


def touches(count: int, collection: str = "persons") -> Callable[[Played], bool]:
    """So many records there are."""
    return lambda played: len(played.records(collection)) == count


def _custom(case: Case) -> dict[str, Any]:
    given = mapped(case, "custom_fields")
    return given if isinstance(given, dict) else {}


def _unknown_custom(case: Case) -> bool:
    return any(not HASH.fullmatch(key) for key in _custom(case))


def _is_new(case: Case, collection: str) -> bool:
    writes = [one for one in case["requests"] if one["method"] != "GET"]
    return not any(one["method"] == "PUT" for one in writes) or not case["crm_before"].get(
        collection
    )


def _ambiguous_form(case: Case) -> bool:
    """A day, time or length that can be read in two ways, or none that there is."""
    day, clock, length = (mapped(case, key) for key in ("due_date", "due_time", "duration"))
    return (
        bool(re.fullmatch(r"\d\d/\d\d/\d{4}", str(day)))
        or bool(re.fullmatch(r"\d{3,4}", str(clock)))
        or bool(re.fullmatch(r"\d+", str(length)))
    )


def _not_open_to_two_readings(case: Case) -> bool:
    return bool(re.search(r"\d\s*[ap]\.?m", str(mapped(case, "due_time"))))


def _impossible(written: Any) -> bool:
    text = str(written)
    return bool(re.fullmatch(r"\d{4}-\d\d-\d\d.*", text)) and not (
        1 <= int(text[5:7]) <= 12 and 1 <= int(text[8:10]) <= 31
    )


def _has(tag: str) -> Callable[[Case], bool]:
    return lambda case: tag in case["tags"]


def _action(case: Case, noun: str) -> bool:
    return case["action"] == f"createUpdate{noun}"


CHOICES: tuple[Choice, ...] = (
    Choice(
        name="an outage never creates",
        reason="a look-up that failed says nothing about what exists; it is tried again or held",
        applies=read_fault,
        holds=lambda played: nothing_made(played) and all(one.code for one in played.deliveries),
    ),
    Choice(
        name="an id that is no record is looked for by address and number too",
        reason="the sender's own id is remembered; a person with the same address is the same",
        applies=_has("duplicate"),
        holds=one_each("persons"),
    ),
    Choice(
        name="of several that fit the oldest",
        reason="the first of a search is chance; the rule is the Mapping's, and the Trace says it",
        applies=_has("multi-hit"),
        holds=both(
            lambda played: len(played.created("persons") + played.created("organizations")) == 0,
            warned("2 by "),
        ),
    ),
    Choice(
        name="a person without a name is called by the address",
        reason="Pipedrive makes nobody without a name, and an address is one until a name comes",
        applies=lambda case: _action(case, "Person") and not mapped(case, "name"),
        holds=lambda played: len(played.created("persons")) <= 1 or refused("name_missing")(played),
    ),
    Choice(
        name="addresses are merged into the list",
        reason="those that are there stay, equal ones are not repeated, empty ones vanish",
        applies=lambda case: (
            isinstance(mapped(case, "email"), list)
            and all(isinstance(one, str | int | bool | None) for one in mapped(case, "email"))
        ),
        holds=only_differs_in("email"),
    ),
    Choice(
        name="an address that is no text is refused",
        reason="an object in the list is no address; the fault names the field",
        applies=lambda case: (
            isinstance(mapped(case, "email"), list)
            and any(isinstance(one, dict | list) for one in mapped(case, "email"))
        ),
        holds=refused("invalid_value"),
    ),
    Choice(
        name="a moment that does not exist is refused",
        reason="Pipedrive would roll it forward; a wrong day is worse than none",
        applies=lambda case: _impossible(mapped(case, "add_time")),
        holds=refused("invalid_value"),
    ),
    Choice(
        name="a custom field that the account lacks is refused",
        reason="v2 fails the whole write, v1 lost the value silently; the Mapping may drop it",
        applies=_unknown_custom,
        holds=refused("unknown_field", "system_field"),
    ),
    Choice(
        name="the match field keeps the match value",
        reason="or the next event with that value would not find the record",
        applies=lambda case: (
            "override" in case["tags"] and mapped(case, "match_field") in _custom(case)
        ),
        holds=both(touches(1), warned("keeps the match value")),
    ),
    Choice(
        name="text with U+0000 is refused",
        reason="no database column and no page takes it",
        applies=lambda case: "\0" in str(mapped(case, "name")),
        holds=refused("invalid_value"),
    ),
    Choice(
        name="0 is no id",
        reason="record ids are whole numbers above 0",
        applies=lambda case: (
            0 in (mapped(case, "activity_id"), mapped(case, "note_id"))
            and not isinstance(mapped(case, "activity_id") or mapped(case, "note_id"), bool)
        ),
        holds=refused("invalid_value"),
    ),
    Choice(
        name="what can be read in two ways is refused",
        reason="04/01 is April or January, 1430 and 45 are times or numbers; a guess is worse",
        applies=_ambiguous_form,
        holds=refused("invalid_value"),
    ),
    Choice(
        name="times are converted",
        reason="Pipedrive takes HH:MM:SS in UTC; 2:30pm has one reading",
        applies=_not_open_to_two_readings,
        holds=only_differs_in("due_time"),
    ),
    Choice(
        name="a reason goes out with a lost deal only",
        reason="Pipedrive keeps lost_reason for lost deals; elsewhere it is left out and said",
        applies=lambda case: (
            _action(case, "Deal")
            and bool(mapped(case, "lost_reason"))
            and mapped(case, "status") != "lost"
        ),
        holds=both(only_differs_in("lost_reason"), warned("lost_reason: the deal is")),
    ),
    Choice(
        name="deleted deletes",
        reason="v2 cannot create a deleted deal; what is not there stays away",
        applies=lambda case: mapped(case, "status") == "deleted",
        holds=lambda played: (
            not played.created("deals")
            and {one.code for one in played.deliveries} <= {"deleted", "already_absent"}
        ),
    ),
    Choice(
        name="stages are whole numbers",
        reason="v2 takes no other",
        applies=lambda case: isinstance(mapped(case, "stage_id"), float),
        holds=refused("invalid_value"),
    ),
    Choice(
        name="ids are verified",
        reason="what cannot be a lead is none; a note on nothing is refused",
        applies=lambda case: (
            _action(case, "Note")
            and bool(mapped(case, "lead_id"))
            and not re.fullmatch(r"[0-9a-f-]{36}", str(mapped(case, "lead_id")))
        ),
        holds=refused("invalid_value", "no_link"),
    ),
    Choice(
        name="an amount takes the user's currency, and 0 is an amount",
        reason="nothing that was sent is lost",
        applies=lambda case: _action(case, "Lead") and _is_amount(mapped(case, "amount")),
        holds=lambda played: (
            [one["value"] for one in played.created("leads")]
            == [
                {
                    "amount": mapped(played.case, "amount"),
                    "currency": mapped(played.case, "currency") or "EUR",
                }
            ]
        ),
    ),
    Choice(
        name="one person however often",
        reason="the key used for matching is written on create whatever its origin",
        applies=lambda case: case["kind"] == "sequence" and _action(case, "Person"),
        holds=lambda played: len(played.created("persons")) <= len(_user_ids(played.case)),
    ),
    Choice(
        name="the newest event wins, however late an older one comes",
        reason="what a sender said later is true later, whatever the way it took",
        applies=lambda case: _comes_late(case) and _action(case, "Person"),
        holds=both(
            only_differs_in("name"), lambda played: played.deliveries[-1].code == "outdated"
        ),
    ),
    Choice(
        name="a full host is understood",
        reason="nordwind.pipedrive.com means nordwind; no token goes to another host",
        applies=lambda case: str(case["settings"].get("domain", "")).endswith(".pipedrive.com"),
        holds=one_each("persons"),
    ),
    Choice(
        name="an answer that is not the API's is no success",
        reason="a 200 with a page of HTML says nothing; the write is looked up or tried again",
        applies=lambda case: any(
            fault.get("raw") and fault.get("method") in {"PUT", "POST"}
            for fault in case.get("faults", ())
        ),
        holds=lambda played: {one.state for one in played.deliveries} == {State.WAITING},
    ),
)


def _comes_late(case: Case) -> bool:
    """Whether the last of several events of one user is not the newest."""
    times = [str(event.get("timestamp", "")) for event in case.get("events", ())]
    return times != sorted(times) and len(_user_ids(case)) == 1


def _is_amount(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _user_ids(case: Case) -> set[str]:
    return {str(event.get("userId")) for event in case["events"]}


def applying(case: Case) -> list[Choice]:
    """The choices that a case is about."""
    return [choice for choice in CHOICES if choice.applies(case)]


def broken_invariants(played: Played) -> list[str]:
    """What must never be, whatever the label."""
    return [*_uncoded(played), *_leaks(played), *_duplicates(played), *_strangers(played)]


def _uncoded(played: Played) -> Iterator[str]:
    for one in played.deliveries:
        if not one.code:
            yield f"delivery {one.id} has no code"


def _leaks(played: Played) -> Iterator[str]:
    for one in played.deliveries:
        texts = one.message + (one.trace or b"").decode()
        if secret() in texts or str(played.case["settings"].get("apiToken")) in texts:
            yield f"delivery {one.id} tells a token"


def _duplicates(played: Played) -> Iterator[str]:
    events = played.case.get("events") or [played.case["event"]]
    identities = {str(event.get("userId") or event.get("groupId")) for event in events}
    for collection in ("persons", "organizations", "deals", "leads", "notes", "activities"):
        made = played.created(collection)
        if len(made) > (
            len(identities) if collection in {"persons", "organizations"} else len(events)
        ):
            yield f"{collection}: {len(made)} were made"
    if read_fault(played.case) and played.created("persons") and not nothing_made(played):
        yield "a person was made after a look-up that failed"


def _strangers(played: Played) -> Iterator[str]:
    """Records that were written although nothing in the event names them."""
    said = {
        text.casefold()
        for text in _scalars(
            [played.case.get("event"), played.case.get("events"), played.case["mapping"]]
        )
    }
    for call in played.writes():
        hit = re.fullmatch(r"/api/v[12]/(\w+)/([\w-]+)", call.path)
        if hit is None:
            continue
        rows = [
            row for row in played.case["crm_before"].get(hit[1], ()) if str(row["id"]) == hit[2]
        ]
        named = [text for row in rows for text in _scalars(row) if text.casefold() in said]
        if rows and not named:
            yield f"{hit[1]} {hit[2]} was written"


def _scalars(value: Any) -> Iterable[str]:
    match value:
        case dict():
            for part in value.values():
                yield from _scalars(part)
        case list():
            for part in value:
                yield from _scalars(part)
        case None:
            return
        case _:
            yield str(value)

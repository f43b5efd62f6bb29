"""Deliveries, then people's edits, then an undo: what nobody touched is as before, the rest stays.

Over fields of all 16 types, the record's own lists, both versions of Pipedrive's API, lost answers;
and the undo of the undo brings back what there was.
"""

import asyncio
import itertools
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from tests.clock import ManualClock
from tests.events import identify
from tests.hub import Hub, new_sandbox, open_hub
from tests.journeys.undoing import by_hand, failed, standing, trace, undo, undo_if_any

from dealwright.core.record import RecordKind
from dealwright.pipedrive.records import Records
from dealwright.sandbox.app import Sandbox
from dealwright.sandbox.customvalues import zone_id
from dealwright.store.mappings import NewMapping

# The sandbox reads the zones once; not while the loop is watched.
zone_id("Etc/UTC")

#: Each example is a journey; what fails is small enough to read.
NO_SHRINKING = (Phase.explicit, Phase.reuse, Phase.generate)

LABELS = ["Red", "Green", "Blue"]
#: By type: what an event says, and what a person writes (v2's form); two of each.
VALUES: dict[str, tuple[list[Any], list[Any]]] = {
    "varchar": (["a", "b"], ["h", "i"]),
    "varchar_auto": (["a", "b"], ["h", "i"]),
    "text": (["a\nb", "c"], ["h", "i"]),
    "phone": (["+44 20 7946 0001", "+44 20 7946 0002"], ["112", "113"]),
    "double": ([1, 2.5], [7, 8]),
    "monetary": (["1 EUR", "2.50 USD"], [{"value": 7, "currency": "EUR"}]),
    "date": (["2026-01-01", "2026-01-02"], ["2026-07-07"]),
    "daterange": (
        [{"value": "2026-01-01", "until": "2026-01-05"}],
        [{"value": "2026-07-01", "until": "2026-07-05"}],
    ),
    "time": (["09:00", "10:30"], [{"value": "17:00:00"}]),
    "timerange": (["09:00-10:00", "11:00-12:00"], [{"value": "17:00:00", "until": "18:00:00"}]),
    "address": ([{"street": "Way 1", "city": "Ulm"}, "Road 2, Hof"], [{"value": "Elsewhere 7"}]),
    "user": ([1], []),
    "org": ([1, 2], [3]),
    "people": ([1, 2], [3]),
    "enum": (LABELS[:2], [LABELS[2]]),
    "set": ([["Red"], ["Red", "Green"]], [["Blue"], ["Red", "Blue"]]),
}
KEYS = {kind: f"{number:040x}" for number, kind in enumerate(VALUES, start=1)}
DEFINED = [
    {
        "name": kind,
        "type": kind,
        "code": KEYS[kind],
        **({"labels": LABELS} if kind in {"enum", "set"} else {}),
    }
    for kind in VALUES
]
ADDRESSES = st.lists(st.sampled_from(["a@x.example", "b@x.example"]), max_size=2, unique=True)


def some(of: int) -> st.SearchStrategy[dict[str, Any]]:
    """Values of a few fields: an event's (0) or a person's (1); None clears."""
    given_ = {kind: values[of] for kind, values in VALUES.items() if values[of]}
    return st.fixed_dictionaries(
        {}, optional={kind: st.sampled_from([*found, None]) for kind, found in given_.items()}
    )


SAID = st.fixed_dictionaries(
    {}, optional={"name": st.sampled_from(["Bo", "Cy"]), "email": ADDRESSES, "crm": some(0)}
)
EDITED = st.fixed_dictionaries(
    {},
    optional={
        "name": st.sampled_from(["Hal", "Ivy"]),
        "emails": st.lists(
            st.sampled_from(["a@x.example", "h@x.example", "own@x.example"]), unique=True
        ),
        "custom_fields": some(1),
    },
)


@given(
    before=some(1),
    said=st.lists(SAID, min_size=1, max_size=3),
    edited=EDITED,
    loses=st.booleans(),
)
@settings(max_examples=20, phases=NO_SHRINKING)
def test_of_a_person_all_but_what_people_wrote_is_as_before(
    *, before: dict[str, Any], said: list[Any], edited: dict[str, Any], loses: bool
) -> None:
    asyncio.run(_person(before, said, edited, loses=loses))


async def _person(
    before: dict[str, Any], said: list[Any], edited: dict[str, Any], *, loses: bool
) -> None:
    clock = ManualClock()
    pipedrive = new_sandbox(clock)
    with tempfile.TemporaryDirectory() as folder:
        async with open_hub(Path(folder), clock=clock) as hub:
            options = await _account(hub, pipedrive)
            custom = _custom(before, options)
            by_hand(pipedrive, "person", 1, custom_fields=custom)
            first = _facts(pipedrive)
            for one in said:
                await _deliver(hub, one)
            left = _facts(pipedrive)
            await _edit(hub, pipedrive, edited, options)
            then = _facts(pipedrive)
            if loses:
                pipedrive.lose_next_answer("PATCH", "/api/v2/persons")
            done = await undo(hub, record_kind=RecordKind.PERSON, record_id=1)
            now = _facts(pipedrive)
            wanted = {key: _wanted(first[key], left[key], then[key]) for key in first}
            assert now == wanted
            touched = {key for key in first if then[key] not in (first[key], left[key])}
            lost = {key for key in touched - {"set", "emails"} if first[key] != left[key]}
            assert {key for key in lost if f"has changed {key} since" not in trace(done)} == set()
            assert failed(hub) == []
            correction = done[0].now.correction_id if done else None
            if correction is not None:
                await undo(hub, undo=correction)
                assert _facts(pipedrive) == then


STEP = st.one_of(
    st.tuples(st.just("event"), SAID),
    st.tuples(st.just("person"), EDITED),
    st.tuples(st.just("event"), SAID),
)


@given(steps=st.lists(STEP, min_size=2, max_size=5), which=st.integers(0, 4))
@settings(max_examples=15, phases=NO_SHRINKING)
def test_of_one_delivery_all_is_undone_that_nobody_has_touched_since(
    *, steps: list[tuple[str, dict[str, Any]]], which: int
) -> None:
    asyncio.run(_one_of_several(steps, which))


async def _one_of_several(steps: list[tuple[str, dict[str, Any]]], which: int) -> None:
    clock = ManualClock()
    pipedrive = new_sandbox(clock)
    with tempfile.TemporaryDirectory() as folder:
        async with open_hub(Path(folder), clock=clock) as hub:
            options = await _account(hub, pipedrive)
            stood = [_facts(pipedrive)]
            events: list[int] = []
            for number, (who, what) in enumerate(steps):
                if who == "person":
                    await _edit(hub, pipedrive, what, options)
                else:
                    await _deliver(hub, what)
                    events.append(number)
                stood.append(_facts(pipedrive))
            if not events:
                return
            chosen = which % len(events)
            await undo_if_any(hub, delivery=chosen + 1)
            at = events[chosen]
            assert _facts(pipedrive) == {
                key: _taken_back([facts[key] for facts in stood], at) for key in stood[0]
            }
            assert failed(hub) == []


def _taken_back(values: list[Any], at: int) -> Any:
    """The last of these values without the step after `at`, where no later one has touched it."""
    if isinstance(values[0], frozenset):
        ours = values[at] ^ values[at + 1]
        later = frozenset(
            item for one, other in itertools.pairwise(values[at + 1 :]) for item in one ^ other
        )
        return values[-1] ^ (ours - later)
    untouched = all(value == values[at + 1] for value in values[at + 1 :])
    return values[at] if untouched else values[-1]


def _wanted(first: Any, left: Any, then: Any) -> Any:
    """What is to stand after the undo: of lists entry by entry, of the rest as a whole."""
    if isinstance(first, frozenset):
        ours = first ^ left
        return (then - ours) | (first & ours)
    return first if then == left else then


async def _account(hub: Hub, pipedrive: Sandbox) -> dict[str, int]:
    people = [{"id": number, "name": name} for number, name in enumerate(("Ada", "Ben", "Cleo"), 1)]
    people[0]["emails"] = [{"value": "ada@x.example", "primary": True}]
    orgs = [{"id": number, "name": f"Org {number}"} for number in (1, 2, 3)]
    pipedrive.put_state({"fields": {"person": DEFINED}})
    pipedrive.put_state({"organizations": orgs, "persons": people})
    await hub.connect(pipedrive, mappings=lambda id: [_mapping(id)])
    fields = await Records(await hub.client()).fields(RecordKind.PERSON)
    return {
        f"{field.field_name}/{option.label}": int(option.id)
        for field in fields
        if field.field_name in {"enum", "set"}
        for option in field.options or ()
    }


async def _deliver(hub: Hub, said: dict[str, Any]) -> None:
    hub.advance(2)
    await hub.send(identify("1", **said))
    await hub.run_until_idle()


async def _edit(
    hub: Hub, pipedrive: Sandbox, edited: dict[str, Any], options: dict[str, int]
) -> None:
    data = dict(edited)
    if "custom_fields" in data:
        data["custom_fields"] = _custom(data["custom_fields"], options)
    if "emails" in data:
        data["emails"] = _mails(pipedrive, data["emails"])
    hub.advance(2)
    if data:
        by_hand(pipedrive, "person", 1, **data)


def _mails(pipedrive: Sandbox, wanted: list[str]) -> list[dict[str, Any]]:
    """The addresses that are there and those of a person, one of theirs the primary one."""
    held = [one["value"] for one in standing(pipedrive, "person", 1)["emails"]]
    theirs = [mail for mail in wanted if mail.startswith(("h@", "own@"))]
    # Now and then the first address, and one of ours, are taken away.
    kept = [mail for mail in held if not theirs or mail[0] != "a" or "a@x.example" in wanted]
    mails = dict.fromkeys([*theirs, *kept])
    return [{"value": mail, "primary": number == 0} for number, mail in enumerate(mails)]


def _custom(values: dict[str, Any], options: dict[str, int]) -> dict[str, Any]:
    return {KEYS[kind]: _as_sent(kind, value, options) for kind, value in values.items()}


def _as_sent(kind: str, value: Any, options: dict[str, int]) -> Any:
    match kind, value:
        case "set", list():
            return [options[f"set/{label}"] for label in value]
        case "enum", str():
            return options[f"enum/{value}"]
        case _:
            return value


def _facts(pipedrive: Sandbox) -> dict[str, Any]:
    person = standing(pipedrive, "person", 1)
    held = person.get("custom_fields", {})
    facts: dict[str, Any] = {kind: held.get(key) for kind, key in KEYS.items()}
    facts["set"] = frozenset(facts["set"] or ())
    facts["name"] = person["name"]
    facts["emails"] = frozenset(one["value"] for one in person["emails"])
    return facts


def _mapping(connection_id: int) -> NewMapping:
    return NewMapping(
        connection_id=connection_id,
        name="Persons",
        action="upsert_person",
        trigger='type = "identify"',
        fields={
            "match_value": {"@path": "$.userId"},
            "name": {"@path": "$.traits.name"},
            "email": {"@path": "$.traits.email"},
            "custom_fields": {"@path": "$.traits.crm"},
        },
    )

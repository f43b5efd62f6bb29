"""Events out of order, merged, over restarts and lost answers: the person of the right order."""

import asyncio
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.clock import ManualClock
from tests.events import identify
from tests.hub import Hub, new_sandbox, open_hub

from dealwright.sandbox.app import Sandbox
from dealwright.store.mappings import NewMapping

CITY, PLAN = "c" * 40, "d" * 40
FIELDS = {
    "person": [
        {"name": "City", "type": "varchar", "code": CITY},
        {"name": "Plan", "type": "varchar", "code": PLAN},
    ]
}
WORDS = st.sampled_from(["a", "b", "c"])
TRAITS = st.fixed_dictionaries(
    {},
    optional={
        "name": WORDS,
        "email": WORDS.map(lambda word: f"{word}@x.example"),
        "crm": st.fixed_dictionaries(
            {}, optional={"City": WORDS, "Plan": st.one_of(WORDS, st.none())}
        ),
    },
)
#: What happens between two of the events that come out of order; nothing: they come together.
BETWEEN = st.sampled_from(["", "deliver", "deliver", "restart", "lose"])


@st.composite
def deliveries(draw: st.DrawFn) -> tuple[list[Any], list[int], list[str]]:
    """Traits in the order of their events, the order in which they come, and what is between."""
    said = draw(st.lists(TRAITS, min_size=2, max_size=6))
    order = draw(st.permutations(range(len(said))))
    return said, list(order), draw(st.lists(BETWEEN, min_size=len(said), max_size=len(said)))


@given(deliveries())
@settings(max_examples=12)
def test_whatever_the_order_the_person_is_the_same(
    drawn: tuple[list[Any], list[int], list[str]],
) -> None:
    asyncio.run(_played(*drawn))


async def _played(said: list[Any], order: list[int], between: list[str]) -> None:
    clock = ManualClock()
    pipedrive = new_sandbox(clock)
    people = [{"id": 1, "name": "Ada"}, {"id": 2, "name": "Ada"}]
    pipedrive.put_state({"fields": FIELDS, "persons": people})
    with tempfile.TemporaryDirectory() as folder:
        async with open_hub(Path(folder), clock=clock) as hub:
            await hub.connect(pipedrive, mappings=lambda id: [_mapping(id)])
            for number in range(len(said)):
                await hub.send(_event("1", number, said))
                await hub.run_until_idle()
            for number, happens in zip(order, between, strict=True):
                await hub.send(_event("2", number, said))
                await _happen(happens, hub, pipedrive)
            await hub.run_until_idle()
    right, other = (_facts(pipedrive, record_id) for record_id in (1, 2))
    assert other == right


async def _happen(what: str, hub: Hub, pipedrive: Sandbox) -> None:
    if what == "lose":
        pipedrive.lose_next_answer("PATCH", "/api/v2/persons")
    if what:
        await hub.run_until_idle()
    if what == "restart":
        hub.restart()


def _event(user_id: str, number: int, said: list[Any]) -> Any:
    return identify(user_id, at=f"2026-11-02T08:5{number}:00Z", **said[number])


def _facts(pipedrive: Sandbox, record_id: int) -> Any:
    found = pipedrive.record("person", record_id)
    assert found is not None
    addresses = {item["value"] for item in found.get("emails", ())}
    return found["name"], addresses, found.get("custom_fields", {})


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

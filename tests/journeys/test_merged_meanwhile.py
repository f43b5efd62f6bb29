"""Two people are merged in Pipedrive while a shift writes to one of them."""

import asyncio
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
from tests.clock import ManualClock
from tests.events import identify
from tests.hub import new_sandbox, open_hub, states
from tests.journeys.mirrored import people
from tests.journeys.telling import Telling, telling

from dealwright.core.delivery import State
from dealwright.pipeline.crawl import USUAL_KINDS
from dealwright.pipeline.pace import Pace
from dealwright.sandbox.app import Sandbox

ADA = {"name": "Ada Love", "emails": ["ada@love.example"]}
BOB = {"name": "Bob Stone", "emails": ["bob@stone.example"]}
WRITE = "/api/v2/persons/2"


@pytest.fixture
def pipedrive(clock: ManualClock) -> Sandbox:
    """An account with Ada and Bob, who are one person."""
    sandbox = new_sandbox(clock)
    sandbox.put_state({"persons": [ADA, BOB]})
    return sandbox


@pytest.fixture
async def told(tmp_path: Path, clock: ManualClock, pipedrive: Sandbox) -> AsyncGenerator[Telling]:
    """A hub that knows both, hears of changes, and writes each event by itself."""
    async with open_hub(tmp_path, clock=clock, pace=Pace(group=1)) as hub:
        await hub.connect(pipedrive, mirrored=USUAL_KINDS)
        await hub.run_until_idle()
        hub.advance(60)
        async with telling(hub, pipedrive) as told:
            await told.registered()
            yield told


def bob(name: str, at: str) -> dict[str, object]:
    return identify("u-bob", name=name, email="bob@stone.example", at=at)


async def merged_in_the_first_write(told: Telling, *events: dict[str, object]) -> None:
    """Let a shift write the first of these events of Bob, and somebody merge him into Ada then.

    The answer to that write comes after the word of the merge.
    """
    hub, pipedrive = told.hub, told.sandbox
    changed = asyncio.Event()
    pipedrive.world.on_change(lambda *_: changed.set())
    pipedrive.add_fault(method="PATCH", path=WRITE, after_commit=True, delay_ms=300, times=1)
    await hub.send(*events)
    run = asyncio.create_task(hub.run_once())
    await changed.wait()
    told.by_hand("merge", 2, merge_with_id=1)
    await told.deliver()
    await run


async def test_the_next_event_of_that_person_goes_to_who_is_left(
    told: Telling, pipedrive: Sandbox
) -> None:
    await merged_in_the_first_write(
        told, bob("Bob", "2026-11-02T08:58:00Z"), bob("Robert", "2026-11-02T08:59:00Z")
    )
    await told.hub.run_until_idle()

    assert people(pipedrive) == ["Robert"]
    assert set(states(told.hub)) == {State.DELIVERED}


async def test_nothing_older_than_what_was_written_into_either_is_written(
    told: Telling, pipedrive: Sandbox
) -> None:
    hub = told.hub
    await merged_in_the_first_write(told, bob("Bob", "2026-11-02T08:58:00Z"))
    await hub.run_until_idle()
    hub.restart()
    await hub.send(bob("Old Bob", "2026-11-02T08:57:00Z"))
    await hub.run_until_idle()

    assert people(pipedrive) == ["Ada Love"]
    assert [(seen.now.code, seen.now.record_id) for seen in hub.deliveries()] == [
        ("updated", 2),
        ("outdated", 1),
    ]

"""A person steps in while a drain is at work: what they say counts at once."""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa
from tests.clock import ManualClock
from tests.events import identify
from tests.hub import TOKEN, Hub, open_hub, scaled, states

from dealwright.core.delivery import State
from dealwright.pipedrive.client import Client
from dealwright.pipeline.drain import Drain
from dealwright.pipeline.pace import Pace
from dealwright.pipeline.switch import resume, switch_off, switch_on
from dealwright.sandbox.app import Sandbox
from dealwright.store.connections import Connection, ConnectionState, save_credentials, set_pause
from dealwright.store.delivery_list import drop_deliveries


@pytest.fixture
async def hub(database: str, clock: ManualClock, pipedrive: Sandbox) -> AsyncGenerator[Hub]:
    """A hub on either database that does one thing after the other."""
    async with open_hub(database, clock=clock, pace=scaled(Pace(), lanes=1)) as hub:
        await hub.connect(pipedrive)
        await hub.send(identify("u-1", name="First"), identify("u-2", name="Second"))
        yield hub


def names(pipedrive: Sandbox) -> list[str]:
    return [person["name"] for person in pipedrive.records("persons")]


async def during_the_first_write(hub: Hub, pipedrive: Sandbox, step_in: Any) -> None:
    """Let the drain work, and change the store while Pipedrive has not answered the first write."""
    changed = asyncio.Event()

    def note(*_: Any) -> None:
        changed.set()

    pipedrive.world.on_change(note)
    pipedrive.add_fault(method="POST", after_commit=True, delay_ms=200, times=1)
    run = asyncio.create_task(hub.run_once())
    await changed.wait()
    await hub.store.write(step_in)
    await run


async def test_what_was_dropped_in_time_is_not_sent(hub: Hub, pipedrive: Sandbox) -> None:
    def drop(db: sa.Connection) -> None:
        drop_deliveries(db, [2], message="Not wanted.", now_ms=0)

    await during_the_first_write(hub, pipedrive, drop)
    await hub.run_until_idle()

    assert names(pipedrive) == ["First"]
    assert states(hub) == [State.DELIVERED, State.DROPPED]


async def test_switching_off_ends_with_what_is_under_way(hub: Hub, pipedrive: Sandbox) -> None:
    await during_the_first_write(hub, pipedrive, lambda db: switch_off(db, 1))

    assert names(pipedrive) == ["First"]
    assert states(hub) == [State.DELIVERED, State.QUEUED]


async def test_what_waited_while_it_was_off_goes_on_when_it_is_on(
    hub: Hub, pipedrive: Sandbox
) -> None:
    await during_the_first_write(hub, pipedrive, lambda db: switch_off(db, 1))
    await hub.store.write(lambda db: switch_on(db, 1))
    await hub.run_until_idle()

    assert names(pipedrive) == ["First", "Second"]


async def test_a_token_that_was_renewed_meanwhile_is_not_taken_for_the_refused_one(
    hub: Hub, pipedrive: Sandbox
) -> None:
    def dial(found: Connection, _: bytes) -> Client:
        return hub.engine().dial(found, TOKEN.encode())

    def renew(db: sa.Connection) -> None:
        resume(db, 1, now_ms=0)
        save_credentials(db, 1, sealed=b"another")

    drain = Drain(1, replace(hub.engine(), dial=dial))
    pipedrive.add_fault(method="GET", delay_ms=200, status=401, times=1)
    run = asyncio.create_task(drain.run())
    await hub.until(lambda: bool(hub.notices))
    await hub.store.write(renew)
    await run
    await drain.run()

    assert (await hub.connection()).state is ConnectionState.OK
    assert names(pipedrive) == ["First", "Second"]


async def test_a_connection_that_is_mended_does_not_rest_any_longer(hub: Hub) -> None:
    await hub.store.write(lambda db: set_pause(db, 1, until_ms=2**50, code="abuse_blocked"))
    await hub.store.write(lambda db: resume(db, 1, now_ms=0))
    await hub.run_until_idle()

    assert states(hub) == [State.DELIVERED] * 2

"""Which Connections a worker finds something to do for, on both databases."""

from collections.abc import AsyncGenerator

import pytest
import sqlalchemy as sa
from tests.clock import ManualClock
from tests.events import identify
from tests.hub import Hub, new_sandbox, open_hub

from dealwright.core.clock import to_ms
from dealwright.core.record import RecordKind
from dealwright.pipeline.switch import switch_off
from dealwright.sandbox.app import Sandbox
from dealwright.store.connections import ConnectionState, set_pause, set_state
from dealwright.store.crawls import rest_crawl, want_crawl
from dealwright.store.due import Due, due


@pytest.fixture
async def hub(database: str, clock: ManualClock, pipedrive: Sandbox) -> AsyncGenerator[Hub]:
    """A hub on either database, with a first Connection that has one event to route."""
    async with open_hub(database, clock=clock) as hub:
        await hub.connect(pipedrive)
        await hub.connect(new_sandbox(clock), name="idle", start=None)
        await hub.send(identify("u-ada", name="Ada Love"))
        await hub.run_once(2)
        yield hub


async def found(hub: Hub) -> list[int]:
    now_ms = to_ms(hub.clock.now())
    return [one.connection_id for one in await hub.store.read(lambda db: due(db, now_ms))]


async def test_who_is_behind_the_log_is_due(hub: Hub) -> None:
    assert 1 in await found(hub)


async def test_who_has_only_something_queued_is_not_behind(hub: Hub, pipedrive: Sandbox) -> None:
    pipedrive.add_fault(status=503)
    await hub.send(identify("u-ada", name="Ada Lovelace"))
    await hub.run_once()
    hub.advance(60)
    now_ms = to_ms(hub.clock.now())
    routed = await hub.store.read(lambda db: due(db, now_ms))
    await hub.send(identify("u-bob", name="Bob"))
    fresh = await hub.store.read(lambda db: due(db, now_ms))

    assert Due(1, behind=False) in routed
    assert Due(1, behind=True) in fresh


async def test_who_has_done_everything_is_not_due(hub: Hub) -> None:
    await hub.run_until_idle()

    assert await found(hub) == []


async def test_who_is_switched_off_is_not_due(hub: Hub) -> None:
    await hub.store.write(lambda db: switch_off(db, 1))

    assert 1 not in await found(hub)


async def test_who_cannot_be_used_is_not_due(hub: Hub) -> None:
    await hub.store.write(lambda db: set_state(db, 1, state=ConnectionState.REAUTH))

    assert 1 not in await found(hub)


async def test_who_waits_is_due_when_the_time_has_come(hub: Hub, pipedrive: Sandbox) -> None:
    pipedrive.add_fault(status=503, times=1)
    await hub.run_once(1)
    before = await found(hub)
    hub.advance(60)

    assert (before, await found(hub)) == ([], [1])


async def test_who_rests_is_due_only_for_new_events(hub: Hub, pipedrive: Sandbox) -> None:
    pipedrive.add_fault(status=503, times=1)
    await hub.run_once(1)
    until_ms = to_ms(hub.clock.now()) + 3_600_000
    await hub.store.write(lambda db: set_pause(db, 1, until_ms=until_ms))
    hub.advance(60)
    resting = await found(hub)
    await hub.send(identify("u-bob", name="Bob"))

    assert (resting, 1 in await found(hub)) == ([], True)


@pytest.mark.parametrize(("rest_ms", "due_now"), [(0, [1]), (1000, [])])
async def test_who_is_to_be_mirrored_is_due_unless_that_rests(
    hub: Hub, rest_ms: int, due_now: list[int]
) -> None:
    await hub.run_until_idle()
    now_ms = to_ms(hub.clock.now())

    def want(db: sa.Connection) -> None:
        want_crawl(db, 1, kinds=[RecordKind.PERSON], now_ms=now_ms)
        rest_crawl(db, 1, RecordKind.PERSON, until_ms=now_ms + rest_ms)

    await hub.store.write(want)

    assert await found(hub) == due_now

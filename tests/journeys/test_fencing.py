"""A Connection is drained by one at a time; who has lost it changes nothing more."""

import asyncio

import pytest
from tests.events import identify
from tests.hub import Hub, states

from dealwright.core.delivery import State
from dealwright.pipeline.drain import Sweep
from dealwright.sandbox.app import Sandbox
from dealwright.store.deliveries import mark_sending
from dealwright.store.leases import FenceLost, lease


async def test_a_second_drain_gets_nothing_while_the_first_has_the_connection(hub: Hub) -> None:
    await hub.run_once()
    sweep = await hub.new_drain(holder="another machine").run()

    assert not sweep.mine


async def test_a_second_drain_takes_over_when_the_lease_is_over(hub: Hub) -> None:
    await hub.run_once()
    hub.advance(hub.pace.lease_s + 1)
    sweep = await hub.new_drain(holder="another machine").run()

    assert sweep.mine


async def test_a_lease_that_is_given_back_is_free_at_once(hub: Hub) -> None:
    first = hub.new_drain(holder="one machine")
    await first.run()
    await first.close()
    sweep = await hub.new_drain(holder="another machine").run()

    assert sweep.mine


async def test_a_stale_drain_stores_nothing_more(hub: Hub, pipedrive: Sandbox) -> None:
    await hub.send(identify("u-ada", name="Ada Love"))
    sweep = await run_and_steal(hub, pipedrive)

    assert not sweep.mine
    assert states(hub) == [State.SENDING]


async def test_who_takes_over_from_a_stale_drain_makes_nothing_twice(
    hub: Hub, pipedrive: Sandbox
) -> None:
    await hub.send(identify("u-ada", name="Ada Love"))
    await run_and_steal(hub, pipedrive)
    hub.restart()
    await hub.run_until_idle()

    assert [person["name"] for person in pipedrive.records("persons")] == ["Ada Love"]
    assert states(hub) == [State.DELIVERED]


async def test_a_lease_is_renewed_while_a_run_lasts(hub: Hub) -> None:
    drain = hub.new_drain(holder="one machine")
    await drain.run()
    keeping = asyncio.ensure_future(drain.keep())
    await asyncio.sleep(0)
    for _ in range(6):
        hub.advance(hub.pace.lease_s / 3 + 0.1)
        await hub.store.read(lambda _: None)
        await hub.store.write(lambda _: None)
    keeping.cancel()
    sweep = await hub.new_drain(holder="another machine").run()

    assert not sweep.mine


async def test_keeping_a_lease_that_is_lost_ends(hub: Hub) -> None:
    drain = hub.new_drain()
    await drain.run()
    await steal(hub)
    keeping = asyncio.ensure_future(drain.keep())
    await asyncio.sleep(0)
    hub.advance(hub.pace.lease_s)

    with pytest.raises(FenceLost):
        await keeping


async def steal(hub: Hub) -> None:
    """Take the lease, as a worker does that thinks that the holder is gone."""
    await hub.store.write(lambda db: lease(db, 1, holder="worker", now_ms=0, ttl_ms=1))


async def run_and_steal(hub: Hub, pipedrive: Sandbox) -> Sweep:
    """Let a drain work, and take its lease when it has changed something at Pipedrive."""
    changed = asyncio.Event()

    def note(*_: object) -> None:
        changed.set()

    pipedrive.world.on_change(note)
    pipedrive.add_fault(method="POST", delay_ms=200, times=1)
    run = asyncio.create_task(hub.run_once())
    await changed.wait()
    await steal(hub)
    return await run


async def test_what_was_sending_when_a_drain_died_is_done_by_the_next(
    hub: Hub, pipedrive: Sandbox
) -> None:
    await hub.send(identify("u-ada", name="Ada Love"))
    pipedrive.add_fault(status=503, times=1)
    await hub.run_once()
    await hub.store.write(lambda db: mark_sending(db, [1], now_ms=0))
    hub.restart()
    await hub.run_until_idle()

    assert states(hub) == [State.DELIVERED]

"""The worker: finds what is to do by itself, hears when it is woken, and ends in order."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from tests.clock import ManualClock
from tests.events import activity, identify
from tests.hub import DEFECT, SHORT_S, Hub, new_sandbox, open_hub, scaled, states

from dealwright.core.delivery import State
from dealwright.pipeline.pace import Pace
from dealwright.pipeline.scheduler import LOOK_AGAIN_S, Worker
from dealwright.pipeline.sole import Sole
from dealwright.pipeline.tidy import EVERY_S, Keep
from dealwright.pipeline.wake import NoWaker, SocketWaker, socket_path
from dealwright.sandbox.app import Sandbox
from dealwright.store.connections import ConnectionState, save_credentials
from dealwright.store.deliveries import NewDelivery, add_deliveries
from dealwright.store.events import read_batch
from dealwright.store.leases import lease
from dealwright.store.tables import leases, seen


@asynccontextmanager
async def working(hub: Hub, worker: Worker) -> AsyncGenerator[None]:
    """A worker that works, and has ended when the block is left."""
    run = asyncio.create_task(worker.run())
    try:
        yield
    finally:
        worker.stop()
        await hub.pumped(_ended(run))


async def _ended(run: asyncio.Task[None]) -> None:
    await run


async def waiting(clock: ManualClock) -> None:
    """Return when a worker has looked and found nothing to do."""
    while clock.sleepers < 2:  # noqa: ASYNC110 - a clock cannot tell when somebody begins to wait
        await asyncio.sleep(0.001)


def delivered(hub: Hub, count: int) -> bool:
    return sum(note.state is State.DELIVERED for note in hub.notices) >= count


async def test_a_worker_finds_new_events_by_itself(hub: Hub, pipedrive: Sandbox) -> None:
    NoWaker().wake()
    async with working(hub, Worker(hub.engine())):
        await hub.send(identify("u-ada", name="Ada Love"))
        await hub.pumped(hub.until(lambda: delivered(hub, 1)))

    assert [person["name"] for person in pipedrive.records("persons")] == ["Ada Love"]


async def test_a_worker_that_is_woken_does_not_wait(tmp_path: Path, clock: ManualClock) -> None:
    path = socket_path(tmp_path)
    waker = SocketWaker(path)
    async with open_hub(tmp_path, clock=clock, pace=scaled(Pace(), poll_s=3600.0)) as hub:
        await hub.connect(new_sandbox(clock))
        async with working(hub, Worker(hub.engine(), socket=path)):
            async with asyncio.timeout(10):
                await waiting(clock)
                await hub.send(identify("u-ada", name="Ada Love"))
                waker.wake()
                await hub.until(lambda: delivered(hub, 1))
            passed_s = clock.monotonic_s()
        waker.close()

    assert passed_s == 0


def test_waking_nobody_is_no_fault(tmp_path: Path) -> None:
    waker = SocketWaker(tmp_path / "nobody.sock")
    waker.wake()
    waker.close()


def test_a_data_folder_with_a_long_name_has_its_socket_elsewhere(tmp_path: Path) -> None:
    deep = tmp_path / ("d" * 100)

    assert len(str(socket_path(deep))) < 100
    assert socket_path(deep) != socket_path(deep / "other")


async def test_a_worker_drains_connections_side_by_side(hub: Hub, clock: ManualClock) -> None:
    hub.patience_s = SHORT_S
    second = new_sandbox(clock)
    await hub.connect(second, name="second")
    second.add_fault(hang_ms=60_000)
    async with working(hub, Worker(hub.engine())):
        await hub.send(identify("u-ada", name="Ada Love"))
        await hub.pumped(hub.until(lambda: delivered(hub, 1)))

    assert [note.connection_id for note in hub.notices if note.state is State.DELIVERED] == [1]


async def test_a_worker_that_is_stopped_ends_what_it_has_begun(
    hub: Hub, pipedrive: Sandbox
) -> None:
    pipedrive.add_fault(method="POST", delay_ms=100)
    async with working(hub, Worker(hub.engine())):
        await hub.send(*(identify(f"u-{n}", name=f"Nobody {n}") for n in range(40)))
        await hub.pumped(hub.until(lambda: bool(hub.notices)))
    await hub.look()

    assert set(states(hub)) == {State.DELIVERED, State.QUEUED}


async def test_a_worker_that_is_stopped_gives_its_leases_back(hub: Hub) -> None:
    async with working(hub, Worker(hub.engine())):
        await hub.send(identify("u-ada", name="Ada Love"))
        await hub.pumped(hub.until(lambda: delivered(hub, 1)))
    sweep = await hub.new_drain(holder="another machine").run()

    assert sweep.mine


async def test_a_worker_does_not_look_again_and_again_at_what_has_to_wait(
    hub: Hub, pipedrive: Sandbox
) -> None:
    hub.pace = scaled(hub.pace, retries=(timedelta(hours=1),), outage_s=0.5)
    pipedrive.add_fault(method="POST", status=503)
    looks: list[str] = []

    def note(*executed: Any) -> None:
        # Each look begins with what is unsure, in a statement of its own.
        is_look = "deliveries.lanes" in executed[2] and "IN (SELECT intents" not in executed[2]
        looks.extend([executed[2]] * is_look)

    async with working(hub, Worker(hub.engine())):
        await hub.send(identify("u-ada", name="Ada Love"), activity("u-ada", "Demo"))
        await hub.pumped(hub.clock.sleep(3))
        # Ada's next try is an hour away, and the Demo stands behind it.
        sa.event.listen(hub.store._readers, "before_cursor_execute", note)
        await hub.pumped(hub.clock.sleep(10))

    assert 0 < len(looks) <= 10 / LOOK_AGAIN_S + 2


async def test_a_connection_that_another_worker_drains_is_let_be(hub: Hub) -> None:
    await hub.store.write(lambda db: lease(db, 1, holder="another machine", now_ms=0, ttl_ms=2**50))
    async with working(hub, Worker(hub.engine())):
        await hub.send(identify("u-ada", name="Ada Love"))
        await hub.pumped(hub.clock.sleep(5))

    assert hub.notices == []


async def test_credentials_that_cannot_be_read_put_only_their_connection_out_of_use(
    hub: Hub, clock: ManualClock
) -> None:
    await hub.connect(new_sandbox(clock), name="broken")
    await hub.store.write(lambda db: save_credentials(db, 2, sealed=b"unreadable"))
    async with working(hub, Worker(hub.engine())):
        await hub.send(identify("u-ada", name="Ada Love"))
        await hub.pumped(hub.until(lambda: delivered(hub, 1)))
        await hub.pumped(hub.clock.sleep(1))

    assert (await hub.connection(2)).state is ConnectionState.ERROR


async def test_a_defect_of_one_connection_does_not_stop_the_others(
    hub: Hub, clock: ManualClock
) -> None:
    await hub.connect(new_sandbox(clock), name="broken")
    await hub.store.write(lambda db: save_credentials(db, 2, sealed=DEFECT))
    async with working(hub, Worker(hub.engine())):
        await hub.send(identify("u-ada", name="Ada Love"))
        await hub.pumped(hub.until(lambda: delivered(hub, 1)))
        await hub.pumped(hub.clock.sleep(5))

    assert [note.connection_id for note in hub.notices if note.state is State.DELIVERED] == [1]


def rename(hub: Hub, table: str, to: str) -> None:
    """In a transaction of its own: in one that is shared the worker's failure would undo it."""
    with hub.store.transaction() as db:
        db.execute(sa.text(f"ALTER TABLE {table} RENAME TO {to}"))


async def test_a_worker_outlives_a_store_that_is_away(hub: Hub, pipedrive: Sandbox) -> None:
    async with working(hub, Worker(hub.engine())):
        await hub.send(identify("u-ada", name="Ada Love"))
        await asyncio.to_thread(rename, hub, "leases", "away")
        await hub.pumped(hub.clock.sleep(5))
        await asyncio.to_thread(rename, hub, "away", "leases")
        await hub.pumped(hub.until(lambda: delivered(hub, 1)))

    assert len(pipedrive.records("persons")) == 1


async def test_message_ids_are_forgotten_in_the_end(hub: Hub) -> None:
    await hub.send(identify("u-ada", name="Ada Love"))
    await hub.run_until_idle()
    async with working(hub, Worker(hub.engine(), keep=Keep(seen_s=60))):
        await hub.pumped(hub.clock.sleep(0.1))
        hub.advance(EVERY_S)
        await hub.pumped(hub.clock.sleep(1))

    left = await hub.store.read(lambda db: db.scalar(sa.select(sa.func.count()).select_from(seen)))
    assert left == 0


async def test_events_that_nobody_needs_any_more_leave_the_log_in_the_end(
    hub: Hub, pipedrive: Sandbox
) -> None:
    pipedrive.add_fault(method="POST", status=400, times=1)
    await hub.send(identify("u-1", name="Refused"))
    await hub.run_until_idle()
    await hub.send(identify("u-2", name="Taken"), identify("u-3", name="Taken as well"))
    await hub.run_until_idle()
    async with working(hub, Worker(hub.engine(), keep=Keep(events_s=60))):
        await hub.pumped(hub.clock.sleep(0.1))
        hub.advance(EVERY_S)
        await hub.pumped(hub.clock.sleep(1))

    left = await hub.store.read(lambda db: read_batch(db, 0, limit=9))
    assert [event.seq for event in left] == [1]


async def test_a_second_worker_of_a_machine_stands_by_until_the_first_has_ended(
    hub: Hub, pipedrive: Sandbox, tmp_path: Path
) -> None:
    lock = tmp_path / "worker.lock"
    first, second = (Worker(hub.engine(), sole=Sole(lock)) for _ in range(2))
    async with working(hub, first):
        await hub.pumped(hub.clock.sleep(1))
        async with working(hub, second):
            await hub.pumped(hub.clock.sleep(1))
            await hub.send(identify("u-ada", name="Ada Love"))
            await hub.pumped(hub.until(lambda: delivered(hub, 1)))
            before = await hub.store.read(lambda db: db.scalar(sa.select(leases.c.fence)))
            first.stop()
            await hub.pumped(hub.clock.sleep(1))
            await hub.send(identify("u-eve", name="Eve"))
            await hub.pumped(hub.until(lambda: delivered(hub, 2)))
            after = await hub.store.read(lambda db: db.scalar(sa.select(leases.c.fence)))

    assert (before, after) == (1, 2)
    assert len(pipedrive.records("persons")) == 2


async def test_a_worker_that_stands_by_can_be_stopped(hub: Hub, tmp_path: Path) -> None:
    lock = tmp_path / "worker.lock"
    first = Sole(lock)
    first.taken()
    async with working(hub, Worker(hub.engine(), sole=Sole(lock))):
        await hub.send(identify("u-ada", name="Ada Love"))
        await hub.pumped(hub.clock.sleep(1))
    first.close()

    assert hub.notices == []


async def test_a_connection_that_is_woken_by_name_is_looked_at_though_it_has_to_wait(
    tmp_path: Path, clock: ManualClock
) -> None:
    path = socket_path(tmp_path)
    waker = SocketWaker(path)
    pace = scaled(Pace(), poll_s=3600.0, retries=(timedelta(hours=1),), outage_s=0.5)
    pipedrive = new_sandbox(clock)
    async with open_hub(tmp_path, clock=clock, pace=pace) as hub:
        await hub.connect(pipedrive)
        pipedrive.add_fault(method="POST", status=503, times=1)
        async with working(hub, Worker(hub.engine(), socket=path)), asyncio.timeout(20):
            await waiting(clock)
            await hub.send(identify("u-ada", name="Ada Love"))
            waker.wake()
            await hub.until(lambda: any(one.state is State.WAITING for one in hub.notices))
            await hub.pumped(hub.clock.sleep(1))
            await hub.store.write(queue_again)
            before_s = clock.monotonic_s()
            waker.wake(1)
            await hub.until(lambda: tries(hub) == 2)
            passed_s = clock.monotonic_s() - before_s
        waker.close()

    assert passed_s == 0


def tries(hub: Hub) -> int:
    return sum(note.state is State.SENDING for note in hub.notices)


def queue_again(db: sa.Connection) -> None:
    db.execute(sa.text("UPDATE deliveries SET state = 'queued', next_at_ms = NULL"))
    db.execute(sa.text("UPDATE connections SET paused_until_ms = NULL"))


async def test_what_is_queued_while_others_are_sent_does_not_wait_for_them(
    hub: Hub, pipedrive: Sandbox
) -> None:
    pipedrive.add_fault(method="POST", hang_ms=60_000, times=1)
    hub.patience_s = SHORT_S
    drain = hub.new_drain()
    await hub.send(identify("u-slow", name="Slow"))
    run = asyncio.create_task(drain.run())
    await hub.until(lambda: bool(hub.notices))
    row = NewDelivery(1, 1, 1, 1, 1, "", State.QUEUED, "", "", 0)
    await hub.store.write(lambda db: add_deliveries(db, [row]))
    drain.wake()
    await hub.until(lambda: any(2 in note.delivery_ids for note in hub.notices))
    under_way = [note.state for note in hub.notices if 1 in note.delivery_ids]
    await hub.pumped(run)
    await drain.close()

    assert under_way == [State.SENDING]

"""The crew: workers that share the drains of one PostgreSQL, on however many machines."""

import asyncio
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from typing import cast

import pytest
import sqlalchemy as sa
from tests.clock import ManualClock
from tests.events import identify
from tests.hub import Hub, new_sandbox, open_hub, scaled
from tests.postgres import PostgresServer

from dealwright.core.delivery import State
from dealwright.pipeline import crew as crews
from dealwright.pipeline.clock import SystemClock
from dealwright.pipeline.crew import Crew
from dealwright.pipeline.pace import Pace
from dealwright.pipeline.wake import NotifyWaker
from dealwright.sandbox.app import Sandbox
from dealwright.store.jobs import NAMES, open_jobs
from dealwright.store.tables import deliveries

pytestmark = pytest.mark.postgres

PACE = Pace(retries=(timedelta(seconds=0.2),) * 50, settle_s=0.2, outage_s=0.2)


@pytest.fixture
async def hub(postgres: PostgresServer) -> AsyncGenerator[Hub]:
    """A hub on PostgreSQL, with no Connection yet."""
    # PgQueuer knows no other time than the machine's.
    clock = cast("ManualClock", SystemClock())
    async with open_hub(postgres.database(), clock=clock, pace=PACE) as hub:
        yield hub


@asynccontextmanager
async def working(*workers: Crew) -> AsyncGenerator[None]:
    """Workers that work, and have ended when the block is left."""
    runs = [asyncio.create_task(worker.run()) for worker in workers]
    try:
        yield
    finally:
        for worker in workers:
            worker.stop()
        async with asyncio.timeout(30):
            await asyncio.gather(*runs)


async def until(holds: Callable[[], bool], *, within_s: float = 20.0) -> None:
    deadline = time.monotonic() + within_s
    while not holds():
        assert time.monotonic() < deadline, "waited too long"
        await asyncio.sleep(0.005)


def delivered(hub: Hub) -> int:
    return sum(note.state is State.DELIVERED for note in hub.notices)


async def test_a_crew_delivers_what_comes_in(hub: Hub) -> None:
    pipedrive = new_sandbox(hub.clock)
    await hub.connect(pipedrive)
    async with working(Crew(hub.engine(holder="one"))):
        await hub.send(identify("u-ada", name="Ada Love"))
        await until(lambda: delivered(hub) == 1)

    assert [person["name"] for person in pipedrive.records("persons")] == ["Ada Love"]


async def test_a_lone_event_is_delivered_at_once_however_long_nobody_sweeps(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(crews, "SWEEP_S", 600.0)
    await hub.connect(new_sandbox(hub.clock))
    async with working(Crew(hub.engine(holder="one"))):
        await hub.send(identify("u-ada", name="Ada Love"))
        await until(lambda: delivered(hub) == 1)
        await gone(hub, jobs=1)
        began_s = time.monotonic()
        await hub.send(identify("u-eve", name="Eve"))
        await until(lambda: delivered(hub) == 2)

    assert time.monotonic() - began_s < 2.0


async def test_waking_one_connection_by_name_needs_no_new_event(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    await hub.connect(new_sandbox(hub.clock))
    await refused_once(hub)
    monkeypatch.setattr(crews, "SWEEP_S", 600.0)
    async with working(Crew(hub.engine(holder="one"))):
        await listening(hub)
        await hub.store.write(queue_again)
        NotifyWaker(hub.store).wake(1)
        await until(lambda: delivered(hub) == 1)


async def test_a_wake_up_that_was_dropped_is_made_good_by_the_sweep(hub: Hub) -> None:
    await hub.connect(new_sandbox(hub.clock))
    await refused_once(hub)
    async with working(Crew(hub.engine(holder="one"))):
        await listening(hub)
        await hub.store.write(queue_again)
        await until(lambda: delivered(hub) == 1, within_s=5.0)


async def test_two_workers_never_drain_one_connection_at_once(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(crews, "TURN_S", 0.05)
    hub.pace = scaled(hub.pace, slice_s=0.1, batch=5)
    pipedrives: list[Sandbox] = [new_sandbox(hub.clock) for _ in range(4)]
    for number, pipedrive in enumerate(pipedrives):
        await hub.connect(pipedrive, name=f"account{number}")
    one, two = Crew(hub.engine(holder="one")), Crew(hub.engine(holder="two"))
    overlaps = watched(one, two)
    sent = 0
    async with working(one, two):
        # One of them may be up before the other, and fast: there is more to do until both worked.
        while sent < 30 or (overlaps.workers != {"one", "two"} and sent < 300):
            for n in range(sent, sent + 30):
                await hub.send(identify(f"u-{n}", name=f"Nobody {n}"))
            sent += 30
            await until(lambda so_far=sent: delivered(hub) == 4 * so_far)

    assert overlaps.worst == 1
    assert overlaps.workers == {"one", "two"}
    assert [len(pipedrive.records("persons")) for pipedrive in pipedrives] == [sent] * 4


async def test_a_connection_whose_deliveries_all_wait_makes_no_job_after_job(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(crews, "SWEEP_S", 0.05)
    monkeypatch.setattr(crews, "LINGER_S", 0.01)
    hub.pace = scaled(hub.pace, retries=(timedelta(hours=1),), outage_s=0.01)
    pipedrive = new_sandbox(hub.clock)
    await hub.connect(pipedrive)
    pipedrive.add_fault(method="POST", status=503)
    async with working(Crew(hub.engine(holder="one"))):
        await hub.send(identify("u-ada", name="Ada Love"), identify("u-ada", name="Ada King"))
        await until(lambda: any(note.state is State.WAITING for note in hub.notices))
        await gone(hub, jobs=1)
        before = await jobs_done(hub)
        await asyncio.sleep(1.0)

        assert await jobs_done(hub) - before <= 2


async def test_a_database_that_restarts_loses_no_worker(postgres: PostgresServer, hub: Hub) -> None:
    await hub.connect(new_sandbox(hub.clock))
    async with working(Crew(hub.engine(holder="one"))):
        await listening(hub)
        await asyncio.to_thread(postgres.crash)
        await asyncio.to_thread(postgres.restart)
        await hub.store.read(lambda db: db.execute(sa.text("select 1")))
        await hub.send(identify("u-ada", name="Ada Love"))
        await until(lambda: delivered(hub) == 1)


async def test_the_tables_of_an_older_pgqueuer_are_brought_up_to_date(hub: Hub) -> None:
    async with open_jobs(hub.store):
        pass
    await hub.store.write(lambda db: db.execute(sa.text(f"ALTER TABLE {QUEUE} DROP COLUMN slot")))
    await hub.store.write(lambda db: db.execute(sa.text(f"COMMENT ON TABLE {QUEUE} IS '1.0.0'")))
    await hub.connect(new_sandbox(hub.clock))
    async with working(Crew(hub.engine(holder="one"))):
        await hub.send(identify("u-ada", name="Ada Love"))
        await until(lambda: delivered(hub) == 1)


async def test_workers_that_start_together_make_the_tables_once(hub: Hub) -> None:
    async with AsyncExitStack() as stack:
        opened = [stack.enter_async_context(open_jobs(hub.store)) for _ in range(4)]
        jobs = await asyncio.gather(*opened)

        assert [await one.queued_work(["drain"]) for one in jobs] == [0] * 4  # type: ignore[list-item]


QUEUE = NAMES.queue_table


class Overlaps:
    """How many drained one Connection at the same time, at worst, and who drained at all."""

    def __init__(self) -> None:
        self.now: dict[int, int] = {}
        self.worst = 0
        self.workers: set[str] = set()

    def begin(self, connection_id: int, worker: str) -> None:
        self.now[connection_id] = self.now.get(connection_id, 0) + 1
        self.worst = max(self.worst, self.now[connection_id])
        self.workers.add(worker)

    def end(self, connection_id: int) -> None:
        self.now[connection_id] -= 1


def watched(*workers: Crew) -> Overlaps:
    """Look at every turn of some workers."""
    overlaps = Overlaps()
    for worker in workers:
        turn, holder = worker._drained, worker._engine.holder

        async def drained(connection_id: int, post: crews._Post, turn=turn, holder=holder):
            overlaps.begin(connection_id, holder)
            try:
                return await turn(connection_id, post)
            finally:
                overlaps.end(connection_id)

        worker._drained = drained
    return overlaps


async def refused_once(hub: Hub) -> None:
    """Have one Delivery that failed, and nothing else to do."""
    await hub.store.write(lambda db: db.execute(sa.text("UPDATE mappings SET enabled = 0")))
    await hub.store.write(
        lambda db: db.execute(
            sa.text("UPDATE mappings SET enabled = 1 WHERE action = 'upsert_person'")
        )
    )
    await hub.send(identify("u-ada", name="Ada Love"))
    await hub.store.write(
        lambda db: db.execute(sa.text("UPDATE connections SET paused_until_ms = 4102444800000"))
    )
    await hub._drains[1].run()
    await hub._drains[1].close()
    await hub.store.write(
        lambda db: db.execute(deliveries.update().values(state="failed", code="rejected"))
    )
    await hub.store.write(
        lambda db: db.execute(sa.text("UPDATE connections SET paused_until_ms = NULL"))
    )


def queue_again(db: sa.Connection) -> None:
    """As somebody does who tells nobody."""
    db.execute(deliveries.update().values(state="queued", code=""))


async def listening(hub: Hub) -> None:
    """Return when a worker listens for wake-ups."""
    query = sa.text("SELECT count(*) FROM pg_stat_activity WHERE query = :listen")
    # The last that the line for hearing says, and then waits.
    bound = query.bindparams(listen=f'LISTEN "{NAMES.channel}"')
    async with asyncio.timeout(20):
        while not await hub.store.read(lambda db: db.scalar(bound)):  # noqa: ASYNC110 - another process's line
            await asyncio.sleep(0.02)


async def jobs_done(hub: Hub) -> int:
    """How many jobs have ended."""
    table = sa.table(NAMES.queue_table_log, sa.column("status", sa.Text))
    query = sa.select(sa.func.count()).where(sa.cast(table.c.status, sa.Text) == "successful")
    return int(await hub.store.read(lambda db: db.scalar(query)) or 0)


async def gone(hub: Hub, *, jobs: int) -> None:
    """Return when so many jobs have ended, and none is left."""
    left = sa.select(sa.func.count()).select_from(sa.table(QUEUE))
    async with asyncio.timeout(20):
        while await jobs_done(hub) < jobs or await hub.store.read(lambda db: db.scalar(left)):  # noqa: ASYNC110 - PgQueuer's table
            await asyncio.sleep(0.02)

"""Crew: the workers of several machines share the drains, through PgQueuer on PostgreSQL.

A job is "drain Connection C", never an Event or a Delivery. At most one of a Connection is queued
or runs; who runs it beats its heart, and whoever finds a heart that stopped takes the job over.
The lease and its fence stay what decides: a job that runs twice by mistake writes once.
Source: DESIGN.md 2; ENGINE.md 4 (PgQueuer's traps).
"""

import asyncio
import contextlib
from dataclasses import dataclass, field, replace
from datetime import timedelta

import psycopg
import structlog
from pgqueuer.core.qm import QueueManager
from pgqueuer.domain.errors import FailingListenerError, RetryRequested
from pgqueuer.domain.models import Job

from dealwright.core.clock import to_ms
from dealwright.core.errors import StoreUnavailable
from dealwright.pipeline.drain import Drain, Engine, Sweep
from dealwright.pipeline.stint import FIRST_REST_S, longer, stint, tuned
from dealwright.pipeline.tidy import Keep, tidying
from dealwright.store.due import Even, due
from dealwright.store.jobs import DRAIN, NAMES, Queries, ask_for, forget_records, open_jobs
from dealwright.store.notify import CHANNEL, EVERY, connection_of

_log = structlog.get_logger(__name__)

#: Between two looks for Connections that have something to do: finds wake-ups that were dropped.
SWEEP_S = 1.0

#: Wake-ups that come faster are answered together; and looking takes a tenth of the time at most.
TOGETHER_S = 0.1
SHARE = 10

#: A job whose heart has not beaten for so long is taken over; it beats twice in that time.
HEARTBEAT_S = 5.0

#: Shorter than on one machine: nobody can take over before it is over.
LEASE_S = 5.0

#: A job gives way to others after so long at the end of a slice, and is asked for anew.
TURN_S = 20.0
SLICE_S = 10.0

#: After so long a job that has ended is no more in the way of the next one of its Connection.
ENDED_S = 0.05

#: A drained Connection is kept so long for what may come next.
LINGER_S = 0.5

#: A Connection whose queued Deliveries all wait for others is looked at as often.
LOOK_AGAIN_S = 30.0

#: Drains of one worker side by side.
MOST = 200

#: A drain that was idle for so long is forgotten, with its connections to Pipedrive.
FORGET_S = 600.0


@dataclass(slots=True)
class _Post:
    """One Connection's place in this worker: its drain, and whether it is wanted again."""

    drain: Drain
    wanted: asyncio.Event = field(default_factory=asyncio.Event)
    running: bool = False
    rest_s: float = 0.0
    left_s: float = 0.0

    def wake(self) -> None:
        """Drain it once more when this run is over, and let the run look at what is new."""
        self.wanted.set()
        self.drain.wake()


class Crew:
    """One of any number of workers of a hub on PostgreSQL; `Worker` is its twin on SQLite."""

    def __init__(self, engine: Engine, *, keep: Keep | None = None) -> None:
        pace = replace(
            engine.pace,
            lease_s=min(engine.pace.lease_s, LEASE_S),
            slice_s=min(engine.pace.slice_s, SLICE_S),
        )
        self._engine = replace(engine, pace=pace)
        self._keep = keep or Keep()
        self._posts: dict[int, _Post] = {}
        self._sweep_now = asyncio.Event()
        self._ended = asyncio.Event()
        self._even = Even.NO
        self._manager: QueueManager | None = None
        self._stopping = False

    async def run(self) -> None:
        """Work until `stop` is called or the task is cancelled; then end what was begun."""
        store, clock = self._engine.store, self._engine.clock
        tidy = asyncio.create_task(tidying(store, clock=clock, keep=self._keep))
        try:
            with tuned():
                await self._work()
        finally:
            tidy.cancel()
            for post in self._posts.values():
                with contextlib.suppress(StoreUnavailable):
                    await post.drain.close()

    def stop(self) -> None:
        """Begin nothing new; `run` returns when what is being sent has ended."""
        self._stopping = True
        self._ended.set()
        for post in self._posts.values():
            post.drain.stop()
            post.wanted.set()
        if self._manager is not None:
            self._manager.shutdown.set()

    async def _work(self) -> None:
        """Take part; after an outage of the database, take part again."""
        rest_s = 0.0
        while not self._stopping:
            began_s = self._engine.clock.monotonic_s()
            try:
                async with open_jobs(self._engine.store) as jobs:
                    await self._take_part(jobs)
            except (StoreUnavailable, psycopg.Error, FailingListenerError, OSError) as error:
                lasted_s = self._engine.clock.monotonic_s() - began_s
                rest_s = longer(0.0 if lasted_s > FIRST_REST_S else rest_s)
                _log.warning("crew.broken_off", reason=str(error), again_in_s=rest_s)
                await self._within(rest_s, self._ended)

    async def _take_part(self, jobs: Queries) -> None:
        manager = QueueManager(jobs, channel=NAMES.channel)
        manager.entrypoint(DRAIN)(self._turn)
        self._manager = manager
        if self._stopping:
            return
        sweeping = asyncio.create_task(self._sweep(jobs))
        try:
            async with jobs.driver:
                await jobs.driver.add_listener(CHANNEL, lambda word: self._hear(jobs, word))
                # PgQueuer tries its line before it listens, and would take it for dead.
                await jobs.driver.add_listener(NAMES.channel, _passed_by)
                await manager.run(
                    # The sweep finds what this would find.
                    dequeue_timeout=timedelta(seconds=SWEEP_S),
                    # One at a time: a free worker gets the next, and an end is told at once.
                    batch_size=1,
                    max_concurrent_tasks=MOST,
                    shutdown_on_listener_failure=True,
                    heartbeat_timeout=timedelta(seconds=HEARTBEAT_S),
                    log_aggregation_interval=timedelta(0),
                )
        finally:
            self._manager = None
            sweeping.cancel()
            await asyncio.gather(sweeping, return_exceptions=True)

    # -- who is due

    def _hear(self, jobs: Queries, word: str | bytes | bytearray) -> None:
        """Be woken: for new Events, for EVERY Connection, or for one."""
        woken = connection_of(word if isinstance(word, str) else word.decode())
        if woken is None or woken == EVERY:
            # New Events come all the time: they must not take back what the sweep still owes EVERY.
            if woken == EVERY:
                self._even = Even.IDLE
            self._sweep_now.set()
            return
        post = self._posts.get(woken)
        if post is not None and post.running:
            post.wake()
        else:
            jobs.driver.tm.add(asyncio.create_task(self._ask_for(jobs, woken)))

    async def _ask_for(self, jobs: Queries, connection_id: int) -> None:
        """Have a Connection drained at once; a job of it that is just ending hides the first."""
        if not await ask_for(jobs, [connection_id]):
            await self._engine.clock.sleep(ENDED_S)
            await ask_for(jobs, [connection_id])

    async def _sweep(self, jobs: Queries) -> None:
        clock = self._engine.clock
        forget_at_s = 0.0
        while not self._stopping:
            self._sweep_now.clear()
            even, self._even = self._even, Even.NO
            began_s = clock.monotonic_s()
            try:
                await self._ask_for_due(jobs, even)
                if clock.monotonic_s() >= forget_at_s:
                    await self._forget(jobs)
                    forget_at_s = clock.monotonic_s() + FORGET_S
            except StoreUnavailable as error:
                _log.warning("worker.store_unavailable", reason=str(error))
            took_s = clock.monotonic_s() - began_s
            await clock.sleep(max(TOGETHER_S, min(took_s * SHARE, SWEEP_S)))
            await self._within(SWEEP_S, self._sweep_now)

    async def _ask_for_due(self, jobs: Queries, even: Even) -> None:
        now_ms = to_ms(self._engine.clock.now())
        found = await self._engine.store.read(lambda db: due(db, now_ms, even_idle=even))
        free: list[int] = []
        for connection_id, _ in found:
            post = self._posts.get(connection_id)
            if post is not None and post.running:
                post.wanted.set()
            else:
                free.append(connection_id)
        await ask_for(jobs, free)

    async def _forget(self, jobs: Queries) -> None:
        await forget_records(jobs)
        before_s = self._engine.clock.monotonic_s() - FORGET_S
        for connection_id, post in list(self._posts.items()):
            if not post.running and post.left_s < before_s:
                del self._posts[connection_id]
                await post.drain.close()

    # -- a turn

    async def _turn(self, job: Job) -> None:
        """Drain a Connection until there is nothing more to do, or its turn is over."""
        connection_id = int(job.payload or b"0")
        post = self._posts.get(connection_id)
        if post is None:
            post = self._posts[connection_id] = _Post(Drain(connection_id, self._engine))
        post.running = True
        try:
            again_in_s = await self._drained(connection_id, post)
        finally:
            post.running = False
            post.left_s = self._engine.clock.monotonic_s()
        if again_in_s is None or self._stopping:
            return
        if again_in_s:
            raise RetryRequested(timedelta(seconds=again_in_s))
        # A new job, behind those of others; a retried one would go before them.
        asyncio.get_running_loop().call_later(ENDED_S, self._sweep_now.set)

    async def _drained(self, connection_id: int, post: _Post) -> float | None:
        """Seconds until the next turn; None when nothing is left to do."""
        end_s = self._engine.clock.monotonic_s() + TURN_S
        try:
            while True:
                post.wanted.clear()
                sweep = await stint(post.drain)
                post.rest_s = 0.0
                if not sweep.mine:
                    return FIRST_REST_S
                wanted = sweep.more or await self._lingered(post)
                over = self._stopping or self._engine.clock.monotonic_s() > end_s
                if not wanted or over:
                    await post.drain.rest(idle_until_ms=0 if wanted else self._idle_until(sweep))
                    return 0.0 if wanted or post.wanted.is_set() else None
        except (StoreUnavailable, OSError) as error:
            _log.warning("drain.broken_off", connection_id=connection_id, reason=str(error))
        except Exception:  # noqa: BLE001 - one Connection's defect must not stop the others
            _log.exception("drain.defect", connection_id=connection_id)
        post.rest_s = longer(post.rest_s)
        with contextlib.suppress(StoreUnavailable):
            await post.drain.rest(idle_until_ms=0)
        return post.rest_s

    async def _lingered(self, post: _Post) -> bool:
        """Wait for a little while; whether the Connection was wanted meanwhile."""
        if not self._stopping:
            await self._within(LINGER_S, post.wanted)
        return post.wanted.is_set()

    async def _within(self, seconds: float, event: asyncio.Event) -> None:
        """Wait for an event, but not longer than that."""
        waits = {
            asyncio.create_task(event.wait()),
            asyncio.create_task(self._engine.clock.sleep(seconds)),
        }
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()

    def _idle_until(self, sweep: Sweep) -> int:
        if sweep.next_due_ms is None:
            return 0
        # What a person changes past our commands is not heard of here.
        look_ms = to_ms(self._engine.clock.now()) + int(LOOK_AGAIN_S * 1000)
        return min(sweep.next_due_ms, look_ms)


def _passed_by(_: object) -> None:
    """Leave what is heard to PgQueuer's own listener on the channel."""

"""Scheduler: starts the drains of a worker: every 250 ms, and at once when it is woken."""

import asyncio
import contextlib
import gc
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path

import structlog

from dealwright.core.clock import to_ms
from dealwright.core.errors import StoreUnavailable
from dealwright.pipeline.drain import Drain, Engine, Sweep
from dealwright.pipeline.sole import Sole
from dealwright.pipeline.tidy import EVERY_S, Keep, tidy
from dealwright.pipeline.wake import WakeSocket
from dealwright.store.due import due
from dealwright.store.leases import FenceLost

_log = structlog.get_logger(__name__)

#: How long a Connection is let be whose drain broke off, and how long that grows.
FIRST_REST_S = 1.0
LONGEST_REST_S = 30.0

#: A Connection whose queued Deliveries all wait for others is looked at as often.
LOOK_AGAIN_S = 2.0


@dataclass(slots=True)
class _Post:
    """One Connection's place: its drain, the task that runs it, and when it may run again.

    Until `idle_until_ms` everything that is queued waits for something else; only new Events count.
    """

    drain: Drain
    task: asyncio.Task[None] | None = None
    not_before_s: float = 0.0
    rest_s: float = 0.0
    idle_until_ms: int = 0

    def lengthen(self) -> None:
        """Rest twice as long as the last time."""
        self.rest_s = min(max(self.rest_s * 2, FIRST_REST_S), LONGEST_REST_S)


class Worker:
    """Runs the drains of all Connections that have something to do, side by side.

    Who knows that there is something new says so at `socket` (`SocketWaker`); without that the
    worker finds out within `Pace.poll_s`. With `sole` it stands by while another has that.
    """

    def __init__(
        self,
        engine: Engine,
        *,
        socket: Path | None = None,
        keep: Keep | None = None,
        sole: Sole | None = None,
    ) -> None:
        self._engine = engine
        self._sole = sole
        self._socket = socket
        self._keep = keep or Keep()
        self._woken = asyncio.Event()
        self._posts: dict[int, _Post] = {}
        self._stopping = False

    async def run(self) -> None:
        """Work until `stop` is called or the task is cancelled; then end what was begun."""
        try:
            await self._stand_by()
            with _collecting_seldom():
                await self._work()
        finally:
            if self._sole is not None:
                self._sole.close()

    async def _stand_by(self) -> None:
        if self._sole is None or self._sole.taken():
            return
        _log.warning("worker.standing_by", reason="Another worker of this database runs.")
        while not self._stopping and not self._sole.taken():
            await self._pause()

    async def _work(self) -> None:
        ear = None if self._socket is None else WakeSocket(self._socket, self._woken)
        tidying = asyncio.create_task(self._tidy())
        try:
            while not self._stopping:
                self._woken.clear()
                await self._start_due()
                await self._pause()
            await self._finish()
        finally:
            tidying.cancel()
            await self._abandon()
            if ear is not None:
                ear.close()

    def stop(self) -> None:
        """Begin nothing new; `run` returns when what is being sent has ended."""
        self._stopping = True
        for post in self._posts.values():
            post.drain.stop()
        self._woken.set()

    async def _start_due(self) -> None:
        now_ms = to_ms(self._engine.clock.now())
        try:
            found = await self._engine.store.read(lambda db: due(db, now_ms))
        except StoreUnavailable as error:
            _log.warning("worker.store_unavailable", reason=str(error))
            return
        now_s = self._engine.clock.monotonic_s()
        for connection_id, behind in found:
            post = self._posts.get(connection_id)
            if post is None:
                post = self._posts[connection_id] = _Post(Drain(connection_id, self._engine))
            idle = not behind and now_ms < post.idle_until_ms
            if post.task is None and now_s >= post.not_before_s and not idle:
                post.task = asyncio.create_task(self._drain(connection_id, post))

    async def _drain(self, connection_id: int, post: _Post) -> None:
        try:
            sweep = await _kept(post.drain)
            post.rest_s = 0.0 if sweep.mine else self._engine.pace.lease_s / 10
            post.idle_until_ms = self._idle_until_ms(sweep)
            if sweep.more:
                self._woken.set()
        except (StoreUnavailable, OSError) as error:
            _log.warning("drain.broken_off", connection_id=connection_id, reason=str(error))
            post.lengthen()
        except Exception:  # noqa: BLE001 - one Connection's defect must not stop the others
            _log.exception("drain.defect", connection_id=connection_id)
            post.lengthen()
        finally:
            post.task = None
            post.not_before_s = self._engine.clock.monotonic_s() + post.rest_s

    def _idle_until_ms(self, sweep: Sweep) -> int:
        if sweep.more or sweep.next_due_ms is None:
            return 0
        # What a person sends again on another machine is not heard of here.
        look_ms = to_ms(self._engine.clock.now()) + int(LOOK_AGAIN_S * 1000)
        return min(sweep.next_due_ms, look_ms)

    async def _tidy(self) -> None:
        while True:
            await self._engine.clock.sleep(EVERY_S)
            try:
                await tidy(self._engine.store, clock=self._engine.clock, keep=self._keep)
            except Exception:  # noqa: BLE001 - it is tried again, and deliveries go on
                _log.exception("worker.not_tidied")

    async def _pause(self) -> None:
        """Wait until it is time to look again, or somebody says that there is something."""
        waits = {
            asyncio.create_task(self._woken.wait()),
            asyncio.create_task(self._engine.clock.sleep(self._engine.pace.poll_s)),
        }
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()

    async def _finish(self) -> None:
        await asyncio.gather(*(post.task for post in self._posts.values() if post.task))

    async def _abandon(self) -> None:
        tasks = [post.task for post in self._posts.values() if post.task]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for post in self._posts.values():
            with contextlib.suppress(StoreUnavailable):
                await post.drain.close()


async def _kept(drain: Drain) -> Sweep:
    """Run a drain while its lease is kept."""
    run = asyncio.create_task(drain.run())
    keep = asyncio.create_task(drain.keep())
    try:
        await asyncio.wait((run, keep), return_when=asyncio.FIRST_COMPLETED)
        if run.done():
            return run.result()
        with contextlib.suppress(FenceLost):
            keep.result()
        return Sweep(mine=False)
    finally:
        run.cancel()
        keep.cancel()
        await asyncio.gather(run, keep, return_exceptions=True)


@contextlib.contextmanager
def _collecting_seldom() -> Generator[None]:
    # What lives now lives as long as the process, and the values of a backlog live until they are
    # delivered: a collector that looks at them again and again cost as much as all the routing.
    before = gc.get_threshold()
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 50)
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()

"""Scheduler: starts the drains of one machine: every 250 ms, and at once when it is woken.

Where there are several machines the Crew (`crew.py`) starts the same drains.
"""

import asyncio
import contextlib
from dataclasses import dataclass
from pathlib import Path

import structlog

from dealwright.core.clock import to_ms
from dealwright.core.errors import StoreUnavailable
from dealwright.pipeline.drain import Drain, Engine, Sweep
from dealwright.pipeline.sole import Sole
from dealwright.pipeline.stint import longer, stint, tuned
from dealwright.pipeline.tidy import Keep, tidying
from dealwright.pipeline.wake import WakeSocket
from dealwright.store.due import due
from dealwright.store.notify import EVERY

_log = structlog.get_logger(__name__)

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

    def wake(self) -> None:
        """Look at it again though nothing is new in the log; the rest after a break stays."""
        self.idle_until_ms = 0
        self.drain.wake()


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
            with tuned():
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
        ear = None if self._socket is None else WakeSocket(self._socket, self._hear)
        tidy = asyncio.create_task(
            tidying(self._engine.store, clock=self._engine.clock, keep=self._keep)
        )
        try:
            while not self._stopping:
                self._woken.clear()
                await self._start_due()
                await self._pause()
            await self._finish()
        finally:
            tidy.cancel()
            await self._abandon()
            if ear is not None:
                ear.close()

    def stop(self) -> None:
        """Begin nothing new; `run` returns when what is being sent has ended."""
        self._stopping = True
        for post in self._posts.values():
            post.drain.stop()
        self._woken.set()

    def _hear(self, connection_id: int | None) -> None:
        """Be woken: for new Events, for EVERY Connection, or for one."""
        if connection_id == EVERY:
            for post in self._posts.values():
                post.wake()
        elif connection_id in self._posts:
            self._posts[connection_id].wake()
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
            sweep = await stint(post.drain)
            post.rest_s = 0.0 if sweep.mine else self._engine.pace.lease_s / 10
            post.idle_until_ms = self._idle_until_ms(sweep)
            if sweep.more:
                self._woken.set()
        except (StoreUnavailable, OSError) as error:
            _log.warning("drain.broken_off", connection_id=connection_id, reason=str(error))
            post.rest_s = longer(post.rest_s)
        except Exception:  # noqa: BLE001 - one Connection's defect must not stop the others
            _log.exception("drain.defect", connection_id=connection_id)
            post.rest_s = longer(post.rest_s)
        finally:
            post.task = None
            post.not_before_s = self._engine.clock.monotonic_s() + post.rest_s

    def _idle_until_ms(self, sweep: Sweep) -> int:
        if sweep.more or sweep.next_due_ms is None:
            return 0
        # What a person changes past our commands is not heard of here.
        look_ms = to_ms(self._engine.clock.now()) + int(LOOK_AGAIN_S * 1000)
        return min(sweep.next_due_ms, look_ms)

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

"""Desk: makes Meetings of what recorders sent: reads, asks, waits for summaries, hands on.

Different meetings are worked at side by side, one meeting by one task; what is made of them is
stored one after the other.
"""

import asyncio
import contextlib
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, Final

import structlog

from dealwright.core.errors import StoreUnavailable
from dealwright.pipeline.meetingbench import Bench, Seat
from dealwright.pipeline.meetingrecheck import EVERY_S, recheck
from dealwright.pipeline.meetingsettle import Settler
from dealwright.pipeline.meetingtask import MeetingTask
from dealwright.pipeline.polling import Poller
from dealwright.pipeline.sole import Sole
from dealwright.pipeline.wake import WakeSocket
from dealwright.store import meeting_desk, meeting_inbox
from dealwright.store.meeting_desk import DeskLost

_log = structlog.get_logger(__name__)

#: Meetings that are worked at side by side; most of the time they wait for recorders.
_SIDE_BY_SIDE: Final = 8

#: So many deliveries are looked through for one whose meeting is not worked at yet.
_LOOK_THROUGH: Final = 100

_POLL_S: Final = 0.25

_Subject = tuple[int, str]
_POLLING: Final[_Subject] = (0, "poll")


def _nothing() -> None:
    """Close nothing."""


class Desk:
    """Works at the meetings of a hub; `run()` it beside a worker.

    Who knows that there is something new says so at `socket`; without that it looks every 250 ms.
    With `sole` it stands by while another process of this machine has that.
    """

    def __init__(
        self,
        bench: Bench,
        *,
        socket: Path | None = None,
        sole: Sole | None = None,
        on_close: Callable[[], None] = _nothing,
    ) -> None:
        self._bench = bench
        self._sole = sole
        self._on_close = on_close
        self._socket = socket
        self._seat = Seat(bench)
        self._task = MeetingTask(bench, self._seat, Settler(bench, self._seat))
        self._poller = Poller(bench, self._seat)
        self._woken = asyncio.Event()
        self._tasks: dict[asyncio.Task[None], _Subject] = {}
        self._recheck_ms = 0

    @property
    def bench(self) -> Bench:
        """What it works with."""
        return self._bench

    async def run(self) -> None:
        """Work until cancelled; what was begun is then taken up again by the next."""
        ear = None
        try:
            while self._sole is not None and not self._sole.taken():
                await self._pause()
            ear = None if self._socket is None else WakeSocket(self._socket, self._hear)
            while True:
                self._woken.clear()
                try:
                    await self._begin()
                except StoreUnavailable as error:
                    _log.warning("desk.store_unavailable", reason=str(error))
                except Exception:  # noqa: BLE001 - whatever it is, the next look goes on
                    _log.exception("desk.defect")
                await self._pause()
        finally:
            if ear is not None:
                ear.close()
            await self.close()

    async def work(self) -> int | None:
        """Do all that is due at this moment; says when there is something again."""
        while True:
            await self._begin()
            if not self._tasks:
                return await self._bench.store.read(meeting_desk.next_due_ms)
            await asyncio.wait(self._tasks, return_when=asyncio.FIRST_COMPLETED)

    async def close(self) -> None:
        """End what is under way, and let another process work at once."""
        await self._break_off()
        if self._sole is not None:
            self._sole.close()
        self._on_close()

    def _hear(self, _: int | None) -> None:
        self._woken.set()

    async def _begin(self) -> None:
        """Start on what is due, as far as there is room; raises StoreUnavailable."""
        self._reap()
        if not await self._seat.taken():
            return
        now_ms, store = self._bench.now_ms, self._bench.store
        if _POLLING not in self._tasks.values() and await self._poller.is_due():
            self._start(_POLLING, self._poller.poll())
        if len(self._tasks) >= _SIDE_BY_SIDE:
            return
        if now_ms >= self._recheck_ms:
            self._recheck_ms = now_ms + int(EVERY_S * 1000)
            for connection_id in await self._seat.write(lambda db: recheck(db, now_ms=now_ms)):
                self._bench.waker.wake(connection_id)
        unread = await store.read(
            lambda db: meeting_inbox.to_read(db, now_ms=now_ms, limit=_LOOK_THROUGH)
        )
        for one in unread:
            self._start((one.source_id, one.meeting_key), self._task.read(one))
        for meeting_id in await store.read(lambda db: meeting_desk.over(db, now_ms=now_ms)):
            self._start((0, str(meeting_id)), self._task.wait_is_over(meeting_id))

    def _start(self, subject: _Subject, work: Coroutine[Any, Any, None]) -> None:
        """Begin, unless the subject is worked at, or there is no room."""
        if subject in self._tasks.values() or len(self._tasks) >= _SIDE_BY_SIDE:
            work.close()
            return
        self._tasks[asyncio.create_task(work)] = subject

    def _reap(self) -> None:
        for task in [task for task in self._tasks if task.done()]:
            del self._tasks[task]
            error = task.exception()
            if isinstance(error, DeskLost):
                self._seat.lost()
            elif error is not None:
                raise error

    async def _pause(self) -> None:
        """Wait until it is time to look again, something ended, or somebody says so."""
        sleep = self._bench.clock.sleep(_POLL_S)
        waits = {asyncio.create_task(self._woken.wait()), asyncio.create_task(sleep)}
        try:
            await asyncio.wait({*waits, *self._tasks}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()

    async def _break_off(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks.clear()
        with contextlib.suppress(StoreUnavailable):
            await self._seat.leave()

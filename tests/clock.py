"""ManualClock: time that stands still until a test moves it."""

import asyncio
import heapq
from datetime import UTC, datetime, timedelta
from itertools import count

#: What has no ready queue to look at (uvloop), or waits for a socket, gets so many turns.
_LEAST_TURNS = 20

#: Tasks that never rest are a defect of the test.
_MOST_TURNS = 100_000


class ManualClock:
    """A Clock for tests: `advance()` moves it and wakes whoever has slept long enough.

    >>> clock = ManualClock()
    >>> clock.advance(1.5)
    >>> clock.monotonic_s()
    1.5
    """

    def __init__(self, start: datetime = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)) -> None:
        self._start = start
        self._passed_s = 0.0
        self._order = count()
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []

    def now(self) -> datetime:
        return self._start + timedelta(seconds=self._passed_s)

    def monotonic_s(self) -> float:
        return self._passed_s

    async def sleep(self, seconds: float) -> None:
        due_s = self._passed_s + seconds
        if due_s <= self._passed_s:
            await asyncio.sleep(0)
            return
        woken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (due_s, next(self._order), woken))
        await woken

    @property
    def sleepers(self) -> int:
        """How many tasks wait on this clock."""
        return sum(not woken.done() for _, _, woken in self._sleepers)

    @property
    def next_wake_s(self) -> float | None:
        """Seconds until the first sleeper is due; None when nobody sleeps."""
        self._drop_cancelled()
        return self._sleepers[0][0] - self._passed_s if self._sleepers else None

    def advance(self, seconds: float) -> None:
        """Move on at once; sleepers that are due run when the test awaits next.

        Who sleeps again on waking sleeps from the new time: use `run_for` where that matters.
        """
        self._passed_s += seconds
        self._wake_due()

    async def run_for(self, seconds: float) -> None:
        """Move on from one sleeper to the next, so that each wakes at its own time."""
        end = self._passed_s + seconds
        await self.settle()
        while self.next_wake_s is not None and self._sleepers[0][0] <= end:
            self._passed_s = self._sleepers[0][0]
            self._wake_due()
            await self.settle()
        self._passed_s = end

    async def settle(self) -> None:
        """Let tasks run that are ready. Work in threads is not waited for."""
        ready = getattr(asyncio.get_running_loop(), "_ready", ())
        for turn in range(_MOST_TURNS):
            if turn >= _LEAST_TURNS and not ready:
                return
            await asyncio.sleep(0)
        raise AssertionError("The tasks of this test never come to rest.")

    def _wake_due(self) -> None:
        while self._sleepers and self._sleepers[0][0] <= self._passed_s:
            _, _, woken = heapq.heappop(self._sleepers)
            if not woken.done():
                woken.set_result(None)

    def _drop_cancelled(self) -> None:
        while self._sleepers and self._sleepers[0][2].done():
            heapq.heappop(self._sleepers)

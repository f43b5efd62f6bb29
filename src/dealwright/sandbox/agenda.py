"""What will happen later, by the sandbox's clock: conversions, retries, expiries."""

import heapq
from collections.abc import Callable
from itertools import count

from dealwright.sandbox.clock import Clock


class Agenda:
    """Things to do at a time. They are done when the clock is moved, or before the next call."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self._order = count()
        self._items: list[tuple[int, int, Callable[[], None]]] = []
        clock.on_move(self.run_due)

    def at(self, due_ms: int, action: Callable[[], None]) -> None:
        """Do `action` at this time; at once if it is over."""
        heapq.heappush(self._items, (due_ms, next(self._order), action))
        self.run_due()

    def run_due(self) -> None:
        """Do what is due, in the order of its times."""
        now = self.clock.now_ms()
        while self._items and self._items[0][0] <= now:
            heapq.heappop(self._items)[2]()

    def clear(self) -> None:
        """Forget everything."""
        self._items.clear()

"""In-tray: the open Deliveries that a shift has before it, the oldest first and the urgent ahead.

A Connection may have more of them open than memory holds. They are read in their order, a window
at a time; what is more urgent than that, and stands behind the window, is read ahead of its turn
with all that has to be done before it. So nothing that is read later belongs before what is here.

Before all others come those with a Create whose outcome is unknown. An older one may share a lane
with it that waited for the next day of the budget while it was begun, and would make its record
once more.
"""

from dealwright.core.priority import Priority
from dealwright.pipeline.lanes import LaneQueue
from dealwright.pipeline.pace import Pace
from dealwright.pipeline.tenure import Tenure
from dealwright.store.backlog import urgent_deliveries
from dealwright.store.deliveries import OpenDelivery, open_deliveries, unsure_deliveries

#: With more than so many open Deliveries in memory, those that have to wait are put aside.
MAX_IN_MEMORY = 20_000


class InTray:
    """Reads open Deliveries of one Connection into a LaneQueue."""

    def __init__(self, queue: LaneQueue, *, tenure: Tenure, pace: Pace) -> None:
        self._queue = queue
        self._tenure = tenure
        self._window = pace.window
        self._read_to = 0
        self._least_urgent = 0
        self._all_seen = False
        self._look_ahead = True
        # How many may be begun before it is looked ahead once more; None: there was nothing left.
        self._until_look: int | None = None

    def look_again(self) -> None:
        """Expect something new, behind all that was read or ahead of it."""
        self._all_seen = False
        self._look_ahead = True

    def begun(self, number: int) -> None:
        """Count Deliveries that are begun: these may have been the urgent ones that are here."""
        if self._until_look is not None:
            self._until_look -= number
            self._look_ahead = self._look_ahead or self._until_look <= 0

    async def see_urgent(self) -> None:
        """Make sure that whatever is most urgent is in the queue; mostly that costs nothing."""
        if not self._look_ahead:
            return
        self._look_ahead = False
        if not self._read_to:
            await self._see_unsure()
            await self.more()
        if self._all_seen or len(self._queue) >= MAX_IN_MEMORY:
            return
        found = await self._ahead()
        self._queue.add(found)
        self._until_look = len(found) // 2 if len(found) >= self._most_ahead else None

    async def more(self) -> bool:
        """Read the next ones, oldest first; False when there are none, or no room."""
        if self._all_seen:
            return False
        if len(self._queue) >= MAX_IN_MEMORY and not self._queue.put_aside(self._tenure.now_ms):
            return False
        after, limit = self._read_to, self._window
        now_ms, connection_id = self._tenure.now_ms, self._tenure.connection_id
        found = await self._tenure.read(
            lambda db: open_deliveries(db, connection_id, limit=limit, after=after, now_ms=now_ms)
        )
        self._all_seen = len(found) < limit
        if found:
            self._read_to = found[-1].id
        self._add(found)
        return bool(found)

    async def _see_unsure(self) -> None:
        connection_id = self._tenure.connection_id
        self._add(
            await self._tenure.read(
                lambda db: unsure_deliveries(db, connection_id, limit=MAX_IN_MEMORY)
            )
        )

    def _add(self, found: list[OpenDelivery]) -> None:
        self._least_urgent = max((self._least_urgent, *(one.priority for one in found)))
        self._queue.add(found)

    @property
    def _most_ahead(self) -> int:
        return max(1, self._window // 5)

    async def _ahead(self) -> list[OpenDelivery]:
        after, over = self._read_to, Priority(self._least_urgent)
        now_ms, connection_id = self._tenure.now_ms, self._tenure.connection_id
        return await self._tenure.read(
            lambda db: urgent_deliveries(
                db, connection_id, after=after, over=over, limit=self._most_ahead, now_ms=now_ms
            )
        )

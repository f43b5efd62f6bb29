"""Shift: the delivering part of a drain: many lanes side by side, until nothing is due."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace

from dealwright.core.breaker import OUTAGE_AFTER
from dealwright.core.delivery import State
from dealwright.core.priority import Priority
from dealwright.pipeline.deliver import Deliverer
from dealwright.pipeline.intray import InTray
from dealwright.pipeline.lanes import Group, LaneQueue
from dealwright.pipeline.notice import Listener, Notice
from dealwright.pipeline.outcome import Overtaken, due_ms
from dealwright.pipeline.verdict import Verdict
from dealwright.store.deliveries import Parked, park

#: Lanes that are worked in however narrow the gate is, for many Deliveries need no call.
_LEAST_LANES = 8

#: Requests of a window of the gate that make one more lane worth its while: the more lanes there
#: are, the more outcomes share a commit.
_REQUESTS_A_LANE = 4


@dataclass(slots=True)
class Health:
    """How a Connection answers: failures in a row."""

    failures: int = 0

    @property
    def is_away(self) -> bool:
        """Whether it seems that nobody gets an answer."""
        return self.failures >= OUTAGE_AFTER

    @property
    def outages(self) -> int:
        """The failures that count as an outage, from 1: how long it is let be grows with them."""
        return max(1, self.failures - OUTAGE_AFTER + 1)


class Shift:
    """Delivers what is due of one Connection.

    `trouble` is the verdict that made it stop early: the Connection is to rest, or has fallen out
    of use. `ending` is asked before anything new is begun.
    """

    def __init__(
        self,
        deliverer: Deliverer,
        *,
        health: Health,
        listener: Listener,
        ending: Callable[[], bool],
    ) -> None:
        self._deliverer = deliverer
        self._tenure = deliverer.tenure
        self._pace = deliverer.pace
        self._health = health
        self._listener = listener
        self._ending = ending
        self._queue = LaneQueue(group=deliverer.pace.group)
        self._tray = InTray(self._queue, tenure=deliverer.tenure, pace=deliverer.pace)
        self._running: dict[asyncio.Task[Verdict], Group] = {}
        self._news: asyncio.Future[None] | None = None
        self._to_park: Parked | None = None
        #: When those go on that the budget had nothing for.
        self.parked_ms: set[int] = set()
        self.trouble: Verdict | None = None
        self.stopped = False

    @property
    def next_due_ms(self) -> int | None:
        """When the first Delivery that waits is due."""
        return self._queue.next_due_ms

    async def work(self) -> None:
        """Deliver until nothing is due, there is trouble, or it is time to end.

        Raises FenceLost and StoreUnavailable; what was under way is then broken off and stays
        `sending`.
        """
        try:
            while True:
                await self._begin()
                if not self._running:
                    return
                await self._one_over()
        finally:
            await self._break_off()

    def look_again(self) -> None:
        """Look at once for what was queued after all that this shift has seen."""
        self._tray.look_again()
        if self._news is not None and not self._news.done():
            self._news.set_result(None)

    async def _begin(self) -> None:
        await self._park()
        if not self._must_stop():
            await self._tray.see_urgent()
        while len(self._running) < self._lanes and not self._must_stop():
            group = self._queue.take(self._tenure.now_ms)
            if group is not None:
                self._tray.begun(len(group.deliveries))
                self._tell(group, State.SENDING)
                self._running[asyncio.create_task(self._deliverer.deliver(group))] = group
            elif not await self._tray.more():
                break

    async def _one_over(self) -> None:
        if self._news is None or self._news.done():
            self._news = asyncio.get_running_loop().create_future()
        await asyncio.wait((*self._running, self._news), return_when=asyncio.FIRST_COMPLETED)
        for task in [task for task in self._running if task.done()]:
            group = self._running.pop(task)
            try:
                # FenceLost and StoreUnavailable come out here.
                self._judge(group, task.result())
            except Overtaken:
                self.stopped = True

    def _judge(self, group: Group, verdict: Verdict) -> None:
        self._tell(group, verdict.state, verdict)
        if verdict.answered:
            self._health.failures = 0
        elif verdict.parks:
            self._note_parked(group, verdict)
            self._queue.done(group)
            return
        elif self._is_trouble(verdict):
            self.trouble = self._with_rest(verdict)
        if verdict.split:
            self._queue.split(group)
        elif verdict.state is State.WAITING:
            again_ms = due_ms(verdict, self._tenure.now_ms)
            self._queue.put_back(group, due_ms=again_ms, counts=verdict.counts)
        else:
            self._queue.done(group)

    def _note_parked(self, group: Group, verdict: Verdict) -> None:
        """Remember that a priority may spend nothing more, the most urgent one if several may not.

        The Deliveries themselves wait in the store, and stand in nobody's way until the new day.
        """
        until_ms = due_ms(verdict, self._tenure.now_ms)
        priority = Priority(group.leader.priority)
        if self._to_park is None or priority < self._to_park.priority:
            self._to_park = Parked(
                priority=priority, code=verdict.code, message=verdict.message, until_ms=until_ms
            )
        self.parked_ms.add(until_ms)

    async def _park(self) -> None:
        """Let everything that the budget has nothing for wait for the new day, at one stroke."""
        parked, self._to_park = self._to_park, None
        if parked is None:
            return
        now_ms, connection_id = self._tenure.now_ms, self._tenure.connection_id
        await self._tenure.write(lambda db: park(db, connection_id, parked=parked, now_ms=now_ms))
        self._queue.leave_out(parked.priority)

    def _is_trouble(self, verdict: Verdict) -> bool:
        """Whether the whole Connection has to wait, and not only what was tried."""
        if verdict.outage:
            self._health.failures += 1
            # One error among many answers is no outage: the next try of that one is enough.
            if verdict.rest_s is None and not self._health.is_away:
                return False
        return self.trouble is None or verdict.account is not None

    def _with_rest(self, verdict: Verdict) -> Verdict:
        if not verdict.outage:
            return verdict
        pause_s = self._pace.outage_pause_s(self._health.outages)
        return replace(verdict, rest_s=max(pause_s, verdict.rest_s or 0.0))

    @property
    def _lanes(self) -> int:
        # One asks whether it is well again before all do.
        if self._health.is_away:
            return 1
        wide = self._deliverer.client.gate.burst // _REQUESTS_A_LANE
        return min(self._pace.lanes, max(_LEAST_LANES, wide))

    def _must_stop(self) -> bool:
        if self._ending():
            self.stopped = True
        return self.stopped or self.trouble is not None

    def _tell(self, group: Group, state: State, verdict: Verdict | None = None) -> None:
        code, message = ("", "") if verdict is None else (verdict.code, verdict.message)
        ids = tuple(group.ids)
        self._listener(Notice(self._tenure.connection_id, ids, state, code, message))

    async def _break_off(self) -> None:
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)
        self._running.clear()

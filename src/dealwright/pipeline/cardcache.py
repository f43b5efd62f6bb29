"""What was asked for a card and still counts; requests under way are shared by all who want one."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from dealwright.cards.known import Finding
from dealwright.core.clock import Clock
from dealwright.core.record import RecordKind
from dealwright.pipeline.cardfound import CardFound
from dealwright.pipeline.cardpace import CardPace

#: No process keeps more of them.
MOST: Final = 2_000


class Key(NamedTuple):
    """Whose card in which Connection; `whole`: with everything, not only whether there is one."""

    connection: int
    address: str
    person: int
    whole: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kept:
    found: CardFound
    at_s: float


class CardCache:
    """Cards that had to be asked for. What the mirror told is not kept: it is told as quickly."""

    def __init__(self, clock: Clock, pace: CardPace) -> None:
        self._clock = clock
        self._pace = pace
        self._kept: OrderedDict[Key, _Kept] = OrderedDict()
        self._under_way: dict[Key, asyncio.Task[CardFound]] = {}
        self._forgotten: dict[int, int] = {}

    async def get(self, key: Key, ask: Callable[[], Awaitable[CardFound]]) -> CardFound:
        """What is kept, else what `ask` finds; one that has become old is asked for beside."""
        kept = self._kept.get(key)
        age_s = 0.0 if kept is None else self._clock.monotonic_s() - kept.at_s
        if kept is not None and age_s <= self._fresh_s(kept.found):
            return kept.found
        task = self._start(key, ask)
        if kept is not None and kept.found.finding is Finding.MATCH and age_s <= self._pace.stale_s:
            return kept.found
        return await asyncio.shield(task)

    async def renew(self, key: Key, ask: Callable[[], Awaitable[CardFound]]) -> CardFound:
        """The same, but nothing that is kept counts."""
        self._kept.pop(key, None)
        return await asyncio.shield(self._start(key, ask))

    def forget(
        self, connection: int, *, kind: RecordKind | None = None, ids: Collection[Any] = ()
    ) -> None:
        """Let nothing count any more that shows one of these records, or anything at all.

        That nobody has an address is forgotten with every word of a person.
        """
        self._forgotten[connection] = self._forgotten.get(connection, 0) + 1
        shown = {(kind, one) for one in ids}
        for key in [key for key in self._kept if key.connection == connection]:
            found = self._kept[key].found
            nobody = kind is RecordKind.PERSON and found.finding is not Finding.MATCH
            if kind is None or nobody or not shown.isdisjoint(found.shows):
                del self._kept[key]

    async def close(self) -> None:
        """End what is under way."""
        tasks = list(self._under_way.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def settle(self) -> None:
        """Wait until nothing is under way."""
        while self._under_way:
            await asyncio.gather(*self._under_way.values(), return_exceptions=True)

    def _start(self, key: Key, ask: Callable[[], Awaitable[CardFound]]) -> asyncio.Task[CardFound]:
        task = self._under_way.get(key)
        if task is None:
            task = asyncio.create_task(self._asked(key, ask))
            self._under_way[key] = task
        return task

    async def _asked(self, key: Key, ask: Callable[[], Awaitable[CardFound]]) -> CardFound:
        before = self._forgotten.get(key.connection, 0)
        try:
            found = await ask()
        finally:
            self._under_way.pop(key, None)
        told_meanwhile = before != self._forgotten.get(key.connection, 0)
        if found.keeps and not told_meanwhile:
            self._kept[key] = _Kept(found=found, at_s=self._clock.monotonic_s())
            self._kept.move_to_end(key)
            while len(self._kept) > MOST:
                self._kept.popitem(last=False)
        else:
            self._kept.pop(key, None)
        return found

    def _fresh_s(self, found: CardFound) -> float:
        nobody = found.finding is Finding.NO_MATCH
        return self._pace.nobody_s if nobody else self._pace.fresh_s

"""Turns: a record is changed by one Delivery at a time, each on top of what was written before.

Lanes keep apart what names a record alike. That two identities are one person shows only when both
have been found; without turns the second write would be made of what stood there before the first.
"""

import asyncio
from collections import defaultdict
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from dealwright.core.record import RecordId, RecordKind

_Key = tuple[RecordKind, RecordId]


class Turns:
    """Turns at the records of one Connection, for as long as a Shift lasts."""

    def __init__(self) -> None:
        self._locks: defaultdict[_Key, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._ended: dict[_Key, int] = {}
        #: How many turns have ended.
        self.count = 0

    @asynccontextmanager
    async def turn(self, kind: RecordKind, record_id: RecordId) -> AsyncGenerator[None]:
        """Have a record for oneself; whoever came first goes first."""
        async with self._locks[kind, record_id]:
            try:
                yield
            finally:
                self.count += 1
                self._ended[kind, record_id] = self.count

    def changed(self, kind: RecordKind, record_id: RecordId, *, since: int) -> bool:
        """Whether others may have changed a record since `count` was so much."""
        return self._ended.get((kind, record_id), 0) > since

"""Lines: open connections to accounts for cards, each within its Connection's budget."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from dealwright.core.clock import Clock
from dealwright.core.priority import Priority
from dealwright.pipedrive.client import CallRecord, Client
from dealwright.pipedrive.plans import daily_tokens, plan
from dealwright.pipedrive.records import Records
from dealwright.pipeline.accounts import AccountBook
from dealwright.pipeline.budget import WEB, Purse
from dealwright.pipeline.drain import Dial
from dealwright.store.connections import Connection, credentials
from dealwright.store.engine import Store

PURPOSE = "cards"


@dataclass(slots=True)
class Bill:
    """What one card cost."""

    calls: list[CallRecord] = field(default_factory=list[CallRecord])

    @property
    def tokens(self) -> int:
        """API tokens."""
        return sum(one.call.tokens for one in self.calls)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """An account that can be asked: by typed calls, for its lists, and what that costs."""

    client: Client
    records: Records
    book: AccountBook
    bill: Bill


@dataclass(frozen=True, slots=True, kw_only=True)
class _Open:
    dialled: tuple[str, str, int]
    client: Client
    purse: Purse


class Lines:
    """Keeps one client of each Connection, for as long as its sign-in is the same."""

    def __init__(self, store: Store, clock: Clock, *, dial: Dial) -> None:
        self._store = store
        self._clock = clock
        self._dial = dial
        self._open: dict[int, _Open] = {}
        self._books: dict[int, AccountBook] = {}
        self._opening = asyncio.Lock()

    def book(self, connection_id: int) -> AccountBook:
        """The lists of a Connection's account."""
        known = self._books.get(connection_id)
        if known is None:
            known = AccountBook(self._store, connection_id=connection_id, clock=self._clock)
            self._books[connection_id] = known
        return known

    @asynccontextmanager
    async def line(self, found: Connection) -> AsyncGenerator[Line]:
        """The account of a Connection, for one card; raises ConfigError and NotFound.

        At its end the Ledger knows of every call.
        """
        there = await self._opened(found)
        bill = Bill()
        paying = there.client.for_purpose(PURPOSE, bill.calls.append, priority=Priority.CARD)
        try:
            yield Line(client=paying, records=Records(paying), book=self.book(found.id), bill=bill)
        finally:
            if bill.calls:
                await there.purse.flush()

    async def close(self) -> None:
        """Close all connections."""
        while self._open:
            _, there = self._open.popitem()
            await there.purse.flush()
            await there.client.close()

    async def _opened(self, found: Connection) -> _Open:
        dialled = (found.base_url, found.plan, found.signed_in)
        async with self._opening:
            known = self._open.get(found.id)
            if known is not None and known.dialled == dialled:
                return known
            sealed = await self._store.look(lambda db: credentials(db, found.id))
            client = self._dial(found, sealed)
            purse = Purse(
                self._store,
                connection_id=found.id,
                clock=self._clock,
                gate=client.gate,
                plan_tokens=daily_tokens(plan(found.plan), found.seats),
                style=WEB,
            )
            made = _Open(dialled=dialled, client=client.within(purse), purse=purse)
            self._open[found.id] = made
        if known is not None:
            await known.client.close()
        return made

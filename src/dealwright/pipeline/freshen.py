"""Freshen: ask for what was changed since we last looked; one poll serves everybody who waits.

A list sees a record as soon as it is there, unlike a search. It does not tell what was deleted.
"""

from collections.abc import Callable
from typing import Protocol, TypeVar

import sqlalchemy as sa

from dealwright.core.clock import from_ms
from dealwright.core.record import RecordKind
from dealwright.pipedrive.pages import Page
from dealwright.pipedrive.records import Records
from dealwright.pipeline.mirrored import row_of
from dealwright.pipeline.pace import Pace
from dealwright.pipeline.twins import tell_twins
from dealwright.store.crawls import set_fresh
from dealwright.store.mirror import MirrorState, put_records
from dealwright.store.mirror import records as held

T = TypeVar("T")

#: How far Pipedrive's clock and ours may be apart; so far back a poll looks twice.
SKEW_MS = 60_000

#: What was changed more lately than this need not have been heard of: webhooks are repeated for
#: three minutes.
ON_ITS_WAY_MS = 300_000

#: How far back a reconciliation looks before the last one.
RECONCILE_BACK_MS = 7_200_000


class Transactions(Protocol):
    """A store, or a drain's hold on one."""

    async def read(self, fn: Callable[[sa.Connection], T], /) -> T:
        """Read in one transaction."""
        ...

    async def write(self, fn: Callable[[sa.Connection], T], /) -> T:
        """Write in one transaction."""
        ...


class Polls:
    """Polls of one Connection; `region` is that of its phone numbers."""

    def __init__(self, store: Transactions, *, connection_id: int, region: str | None) -> None:
        self._store = store
        self._connection_id = connection_id
        self._region = region

    async def catch_up(self, records: Records, state: MirrorState, *, now_ms: int) -> None:
        """Take in everything of a kind that was changed since it was fresh; 10 tokens for 500.

        Afterwards the kind is fresh as of `now_ms`. Raises the UpstreamError tree; the freshness is
        then what it was.
        """
        since_ms = (state.fresh_at_ms or state.started_at_ms or 0) - SKEW_MS
        await self._poll(records, state.kind, since_ms=since_ms, now_ms=now_ms)
        await self._store.write(
            lambda db: set_fresh(db, self._connection_id, state.kind, at_ms=now_ms)
        )

    async def reconcile(self, records: Records, state: MirrorState, *, now_ms: int) -> int:
        """Look once more at what was changed lately; how much of it we should have heard of.

        What was changed within the last minutes does not count: word of it may be on its way.
        """
        looked_ms = state.reconciled_at_ms or state.started_at_ms or 0
        fresh_ms = (state.fresh_at_ms or looked_ms) - SKEW_MS
        since_ms = min(looked_ms - RECONCILE_BACK_MS, fresh_ms)
        news = await self._poll(records, state.kind, since_ms=since_ms, now_ms=now_ms)

        def store(db: sa.Connection) -> None:
            set_fresh(db, self._connection_id, state.kind, at_ms=now_ms, reconciled=True)

        await self._store.write(store)
        return news

    async def _poll(self, records: Records, kind: RecordKind, *, since_ms: int, now_ms: int) -> int:
        news = 0
        async for page in records.changed(kind, from_ms(max(since_ms, 0))):
            news += await self._store.write(lambda db, page=page: self._put(db, kind, page, now_ms))
        return news

    def _put(self, db: sa.Connection, kind: RecordKind, page: Page, now_ms: int) -> int:
        rows = [
            row_of(record, kind, checked_at_ms=now_ms, exact=True, region=self._region)
            for record in page.records
        ]
        known = held(db, self._connection_id, kind, [row.record_id for row in rows])
        put_records(db, self._connection_id, rows)
        tell_twins(db, self._connection_id, [row for row in rows if row.record_id not in known])
        old_ms = now_ms - ON_ITS_WAY_MS
        return sum(
            row.updated_at_ms
            > (known[row.record_id].updated_at_ms if row.record_id in known else 0)
            for row in rows
            if row.updated_at_ms < old_ms
        )


def is_fresh(state: MirrorState, *, now_ms: int, pace: Pace) -> bool:
    """Whether what a kind's mirror does not know is not there."""
    return (
        state.complete
        and state.fresh_at_ms is not None
        and state.fresh_at_ms >= now_ms - int(pace.fresh_s * 1000)
    )


def reconciliation_is_due(state: MirrorState, *, now_ms: int, pace: Pace) -> bool:
    """Whether it is time to look once more at what was changed lately."""
    looked_ms = state.reconciled_at_ms or state.complete_at_ms
    return looked_ms is not None and looked_ms <= now_ms - int(pace.reconcile_s * 1000)

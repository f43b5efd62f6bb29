"""Crawl: read all records of a kind once, a page at a time, from where the last one stopped."""

from collections.abc import Collection, Iterable, Mapping

import sqlalchemy as sa

from dealwright.core.clock import Clock, to_ms
from dealwright.core.record import RecordKind
from dealwright.pipedrive.pages import price_of_pages
from dealwright.pipedrive.records import Records
from dealwright.pipeline.freshen import Transactions
from dealwright.pipeline.mirrored import row_of
from dealwright.store.crawls import put_page
from dealwright.store.mirror import MirrorState, state

#: What is crawled unless somebody says otherwise, in this order: who is matched most comes first.
USUAL_KINDS = (
    RecordKind.PERSON,
    RecordKind.ORGANIZATION,
    RecordKind.DEAL,
    RecordKind.ACTIVITY,
)

#: In which order kinds are crawled.
_ORDER = (*USUAL_KINDS, RecordKind.LEAD, RecordKind.NOTE)

#: Records that a page holds.
PAGE = 500


def next_kind(
    states: Mapping[RecordKind, MirrorState], *, passing: Collection[RecordKind] = ()
) -> MirrorState | None:
    """The crawl that goes on now, but for those to be passed; None when none is wanted."""
    there = [kind for kind in _ORDER if kind in states and kind not in passing]
    return next((states[kind] for kind in there if states[kind].crawling), None)


def price_per_page(kinds: Iterable[RecordKind]) -> dict[RecordKind, int]:
    """Tokens for each 500 records of a kind; how many there are, nothing tells beforehand."""
    return {kind: price_of_pages(kind) for kind in kinds}


class Crawler:
    """Crawls for one Connection, whoever asks it to; `region` is that of its phone numbers."""

    def __init__(
        self, store: Transactions, *, connection_id: int, clock: Clock, region: str | None
    ) -> None:
        self._store = store
        self._connection_id = connection_id
        self._clock = clock
        self._region = region

    async def states(self) -> dict[RecordKind, MirrorState]:
        """How far the mirror is."""
        return await self._store.read(lambda db: state(db, self._connection_id))

    async def read_page(self, records: Records, of: MirrorState) -> bool:
        """Read the next page of a crawl and store it with the place of the one after.

        False when another was faster; nothing is stored then. Raises the UpstreamError tree and
        StoreUnavailable; the page is then read again by whoever goes on.
        """
        asked_ms = to_ms(self._clock.now())
        page = await records.page(of.kind, cursor=of.crawl_cursor)

        def store(db: sa.Connection) -> bool:
            rows = [
                row_of(record, of.kind, checked_at_ms=asked_ms, exact=True, region=self._region)
                for record in page.records
            ]
            return put_page(
                db,
                self._connection_id,
                of=of,
                rows=rows,
                next_cursor=page.next_cursor,
                now_ms=to_ms(self._clock.now()),
            )

        return await self._store.write(store)

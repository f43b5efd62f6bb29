"""Crawls and polls: how far the mirror of each kind has been filled, and as of when it is fresh."""

from collections.abc import Iterable, Sequence
from typing import Any

import sqlalchemy as sa

from dealwright.core.record import RecordKind
from dealwright.store.mirror import MirrorRow, MirrorState, doubt_unseen, put_records
from dealwright.store.mirror_turn import take_turn
from dealwright.store.statements import upsert
from dealwright.store.tables import mirror_state as table


def want_crawl(
    db: sa.Connection,
    connection_id: int,
    *,
    kinds: Iterable[RecordKind],
    now_ms: int,
    region: str | None = None,
) -> None:
    """Have kinds crawled, or crawled again; one whose crawl is under way goes on where it is.

    What a complete mirror knows counts until the new crawl has ended, and after; unless `region`,
    the Connection's own of phone numbers, is another than before.
    """
    fresh_start = {
        "crawling": 1,
        "started_at_ms": now_ms,
        "crawl_cursor": None,
        "crawled": 0,
        "next_at_ms": None,
        "region": region or "",
    }
    mine = table.c.connection_id == connection_id
    elsewhere = mine & (table.c.region != (region or ""))
    db.execute(sa.update(table).where(elsewhere).values(complete_at_ms=None, fresh_at_ms=None))
    for kind in kinds:
        wanted = upsert(db, table).values(
            connection_id=connection_id, kind=kind.value, **fresh_start
        )
        db.execute(
            wanted.on_conflict_do_update(
                index_elements=["connection_id", "kind"],
                set_=fresh_start,
                where=(table.c.crawling == 0) | (table.c.region != (region or "")),
            )
        )


def stop_crawl(db: sa.Connection, connection_id: int) -> None:
    """Want no crawl any more; what complete mirrors know goes on to count."""
    mine = table.c.connection_id == connection_id
    db.execute(sa.delete(table).where(mine, table.c.complete_at_ms.is_(None)))
    db.execute(sa.update(table).where(mine).values(crawling=0, crawl_cursor=None))


def put_page(
    db: sa.Connection,
    connection_id: int,
    *,
    of: MirrorState,
    rows: Sequence[MirrorRow],
    next_cursor: str | None,
    now_ms: int,
) -> bool:
    """Store a page of the crawl `of`, and where the next begins: both, or neither.

    None ends the crawl: what it did not meet is in doubt from then on. False when another was
    faster with this page; then nothing is stored.
    """
    take_turn(db, connection_id)
    done = next_cursor is None
    values: dict[str, Any] = {
        "crawl_cursor": next_cursor,
        "crawled": of.crawled + len(rows),
        "crawling": int(not done),
    }
    if done:
        # Fresh since the crawl began: what was changed during it, a poll from there tells.
        begun_ms = of.started_at_ms or 0
        fresh = sa.func.coalesce(table.c.fresh_at_ms, begun_ms)
        newer = sa.case((fresh > begun_ms, fresh), else_=begun_ms)
        values |= {"complete_at_ms": now_ms, "fresh_at_ms": newer}
    at_page = _at(connection_id, of.kind) & (table.c.crawling == 1)
    at_page &= table.c.crawled == of.crawled
    at_page &= table.c.started_at_ms == of.started_at_ms
    at_page &= table.c.crawl_cursor.is_not_distinct_from(of.crawl_cursor)
    if not db.execute(sa.update(table).where(at_page).values(**values)).rowcount:
        return False
    put_records(db, connection_id, rows)
    if done:
        doubt_unseen(db, connection_id, of.kind, since_ms=of.started_at_ms or 0)
    return True


def rest_crawl(
    db: sa.Connection, connection_id: int, kind: RecordKind, *, until_ms: int | None
) -> None:
    """Let the drains not crawl a kind before a moment; None: at once."""
    db.execute(sa.update(table).where(_at(connection_id, kind)).values(next_at_ms=until_ms))


def wake_crawls(db: sa.Connection, connection_id: int) -> None:
    """Let nothing rest any more: what Pipedrive refused may be granted by now."""
    mine = table.c.connection_id == connection_id
    db.execute(sa.update(table).where(mine).values(next_at_ms=None))


def set_fresh(
    db: sa.Connection, connection_id: int, kind: RecordKind, *, at_ms: int, reconciled: bool = False
) -> None:
    """Say that everything that was changed before a moment is known; it never becomes earlier."""
    columns = [table.c.fresh_at_ms, *([table.c.reconciled_at_ms] if reconciled else [])]
    for column in columns:
        older = column.is_(None) | (column < at_ms)
        where = _at(connection_id, kind) & older
        db.execute(sa.update(table).where(where).values({column: at_ms}))


def set_stale(db: sa.Connection, connection_id: int, kind: RecordKind, *, before_ms: int) -> None:
    """Say that what was changed since a moment need not be known: something was not."""
    earlier = _at(connection_id, kind) & (table.c.fresh_at_ms > before_ms)
    db.execute(sa.update(table).where(earlier).values(fresh_at_ms=before_ms))


def crawl_is_due(connection_id: sa.ColumnElement[int], now_ms: int) -> sa.ColumnElement[bool]:
    """A condition: a crawl of a Connection is wanted, and may go on at this moment."""
    rested = sa.func.coalesce(table.c.next_at_ms, 0) <= now_ms
    return sa.exists().where(table.c.connection_id == connection_id, table.c.crawling == 1, rested)


def _at(connection_id: int, kind: RecordKind) -> sa.ColumnElement[bool]:
    return sa.and_(table.c.connection_id == connection_id, table.c.kind == kind.value)

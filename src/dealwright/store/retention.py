"""Retention: old Deliveries leave with their Attempts, old faults are written off, space is freed.

An Event stays while a Connection, a Replay or an unfinished Delivery needs it (`events.py`); a
Delivery stays while its Event is in the log: a replay of that looks here for what it has become.
"""

import sqlalchemy as sa

from dealwright.core.delivery import State
from dealwright.store.events import PRUNE, Pruned
from dealwright.store.journal_tables import correction_parts
from dealwright.store.review_questions import forget_questions
from dealwright.store.statements import chunks
from dealwright.store.tables import IS_ENDED, IS_STUCK, attempts, deliveries, events, intents

#: SQLite's file is made smaller when so much of it is empty, and at least so many bytes.
EMPTY_SHARE = 4
EMPTY_BYTES = 64 * 1024 * 1024

#: Pages moved in one transaction: others may write after some 100 ms.
PAGES = 1_000

_unsettled = sa.exists().where(
    intents.c.delivery_id == deliveries.c.id, intents.c.settled_at_ms.is_(None)
)


def write_off(db: sa.Connection, before_ms: int, *, now_ms: int) -> int:
    """Drop what has been held or failed since before a moment; says how many.

    Not that of which a Create has an unknown outcome.
    """
    dropped = {
        "state": State.DROPPED.value,
        "code": "written_off",
        "message": "Nobody has taken it up for too long.",
        "next_at_ms": None,
        "updated_at_ms": now_ms,
    }
    old = (IS_STUCK, deliveries.c.updated_at_ms < before_ms, ~_unsettled)
    chosen = sa.select(deliveries.c.id).where(*old).limit(PRUNE)
    return db.execute(
        sa.update(deliveries).where(deliveries.c.id.in_(chosen), IS_STUCK).values(dropped)
    ).rowcount


def prune_deliveries(
    db: sa.Connection, before_ms: int, *, after: int = 0, limit: int = PRUNE
) -> Pruned:
    """Delete the old ones among the next `limit` Deliveries after an id, with their Attempts.

    Only those that have ended, whose Event is no more in the log.
    """
    window = (
        sa.select(deliveries.c.id, deliveries.c.created_at_ms)
        .where(deliveries.c.id > after)
        .order_by(deliveries.c.id)
        .limit(limit)
        .subquery()
    )
    last = db.scalar(sa.select(sa.func.max(window.c.id)).where(window.c.created_at_ms < before_ms))
    if last is None:
        return Pruned(0, None)
    needed = sa.exists().where(events.c.seq == deliveries.c.event_seq)
    old = sa.select(deliveries.c.id).where(
        deliveries.c.id > after,
        deliveries.c.id <= last,
        IS_ENDED,
        deliveries.c.updated_at_ms < before_ms,
        ~needed,
        ~_unsettled,
    )
    ids = list(db.scalars(old))
    for some in chunks(ids):
        db.execute(sa.delete(attempts).where(attempts.c.delivery_id.in_(some)))
        db.execute(sa.delete(correction_parts).where(correction_parts.c.delivery_id.in_(some)))
        forget_questions(db, some)
        db.execute(sa.delete(deliveries).where(deliveries.c.id.in_(some)))
    return Pruned(len(ids), last)


def give_back(db: sa.Connection, *, pages: int = PAGES) -> int:
    """Make SQLite's file smaller by some of what is empty in it; says by how many pages.

    Nothing while little is empty: it is used again. PostgreSQL's autovacuum does this by itself,
    and files of before this version have to be vacuumed once (docs/scaling.md).
    """
    if db.dialect.name != "sqlite":
        return 0
    empty, total, size = (
        int(db.exec_driver_sql(f"PRAGMA {name}").scalar_one())
        for name in ("freelist_count", "page_count", "page_size")
    )
    if empty * EMPTY_SHARE < total or empty * size < EMPTY_BYTES:
        return 0
    for _ in range(min(pages, empty)):
        # Python's driver takes one step of a statement without columns: that is one page.
        db.exec_driver_sql("PRAGMA incremental_vacuum(1)")
    return empty - int(db.exec_driver_sql("PRAGMA freelist_count").scalar_one())

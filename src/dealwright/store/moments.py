"""Moments in the log: which Event was the first at a moment; the log is in the order of time."""

import sqlalchemy as sa

from dealwright.store.tables import events


def first_since(db: sa.Connection, at_ms: int) -> int:
    """The number of the first Event that was received at a moment or later.

    Behind the end of the log when there is none. Halves the log again and again: a few dozen
    look-ups, however long it is. Events of one second may stand in another order.
    """
    low = db.scalar(sa.select(sa.func.min(events.c.seq))) or 1
    high = (db.scalar(sa.select(sa.func.max(events.c.seq))) or 0) + 1
    # What is before `low` is earlier, what is from `high` on is not.
    while low < high:
        middle = (low + high) // 2
        # The last one up to the middle: where the log was pruned there are gaps.
        found = db.execute(
            sa.select(events.c.seq, events.c.received_at_ms)
            .where(events.c.seq >= low, events.c.seq <= middle)
            .order_by(events.c.seq.desc())
            .limit(1)
        ).one()
        if found.received_at_ms >= at_ms:
            high = found.seq
        else:
            low = _next(db, middle)
    return high


def _next(db: sa.Connection, seq: int) -> int:
    """The number of the Event behind another; one behind the last of all."""
    following = sa.select(sa.func.min(events.c.seq)).where(events.c.seq > seq)
    last = sa.select(sa.func.max(events.c.seq))
    return db.scalar(following) or (db.scalar(last) or 0) + 1

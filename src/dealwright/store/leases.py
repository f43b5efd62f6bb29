"""Leases: a Connection is drained by one task at a time, and a stale one cannot write."""

import sqlalchemy as sa

from dealwright.core.errors import DealwrightError
from dealwright.store.statements import run, upsert
from dealwright.store.tables import leases


class FenceLost(DealwrightError):
    """Somebody else drains the Connection now: what is in hand is dropped, nothing is lost."""

    code = "fence_lost"


def lease(
    db: sa.Connection, connection_id: int, *, holder: str, now_ms: int, ttl_ms: int
) -> int | None:
    """Take a Connection for draining; its fence, or None while another holder has it.

    The fence is larger than any before. A holder that comes again gets a new one at once: its
    earlier task is gone.
    """
    statement = upsert(db, leases).values(
        connection_id=connection_id, holder=holder, fence=1, expires_at_ms=now_ms + ttl_ms
    )
    free = (leases.c.expires_at_ms <= now_ms) | (leases.c.holder == holder)
    taken = statement.on_conflict_do_update(
        index_elements=["connection_id"],
        set_={
            "holder": holder,
            "fence": leases.c.fence + 1,
            "expires_at_ms": now_ms + ttl_ms,
            "idle_until_ms": 0,
        },
        where=free,
    )
    return db.scalar(taken.returning(leases.c.fence))


def renew(db: sa.Connection, connection_id: int, *, fence: int, now_ms: int, ttl_ms: int) -> None:
    """Keep a Connection for longer; raises FenceLost."""
    held = _held(connection_id, fence)
    longer = sa.update(leases).where(held).values(expires_at_ms=now_ms + ttl_ms)
    if not db.execute(longer).rowcount:
        raise _lost(connection_id)


def release(db: sa.Connection, connection_id: int, *, fence: int, idle_until_ms: int = 0) -> None:
    """Let others have the Connection at once; of a lost lease nothing is left to do.

    Until `idle_until_ms` all that is queued waits for something else: only new Events count.
    """
    held = _held(connection_id, fence)
    # The row stays, so that the next fence is larger.
    db.execute(
        sa.update(leases)
        .where(held)
        .values(holder="", expires_at_ms=0, idle_until_ms=idle_until_ms)
    )


def expel(db: sa.Connection, connection_id: int) -> None:
    """Let whoever has the Connection write nothing more; the next one takes it at once."""
    mine = leases.c.connection_id == connection_id
    db.execute(
        sa.update(leases)
        .where(mine)
        .values(holder="", fence=leases.c.fence + 1, expires_at_ms=0, idle_until_ms=0)
    )


def check_fence(db: sa.Connection, connection_id: int, *, fence: int) -> None:
    """Refuse a stale holder; first in every write transaction of a drain. Raises FenceLost.

    Nobody else can take the Connection before this transaction ends.
    """
    held = _IS_HELD if db.dialect.name == "sqlite" else f"{_IS_HELD} FOR UPDATE"
    if not run(db, held, connection_id, fence).fetchall():
        raise _lost(connection_id)


_IS_HELD = "SELECT fence FROM leases WHERE connection_id = ? AND fence = ?"


def _held(connection_id: int, fence: int) -> sa.ColumnElement[bool]:
    return (leases.c.connection_id == connection_id) & (leases.c.fence == fence)


def _lost(connection_id: int) -> FenceLost:
    return FenceLost(f"Connection {connection_id} is drained by somebody else now.")

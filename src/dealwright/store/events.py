"""The log of Events as it is read: by position, by number, newest first."""

from collections.abc import Sequence
from typing import NamedTuple

import sqlalchemy as sa

from dealwright.core.delivery import ENDED, State
from dealwright.store.tables import connections, deliveries, events, rejects


class StoredEvent(NamedTuple):
    """An Event of the log; `seq` is its place there, later Events have larger ones."""

    seq: int
    source_id: int
    received_at_ms: int
    sent_at_ms: int | None
    message_id: str
    payload: bytes
    envelope: bytes | None


class StoredReject(NamedTuple):
    """Something that was sent as an Event and could not be one."""

    id: int
    source_id: int
    received_at_ms: int
    code: str
    reason: str
    payload: bytes


# A batch is read in the driver's own tuples (ENGINE.md 7). Late commits cannot be skipped: whoever
# appends holds a lock from the drawing of the numbers to the commit (store/log_writer.py).
_BATCH = (
    "SELECT seq, source_id, received_at_ms, sent_at_ms, message_id, payload, envelope"
    " FROM events WHERE seq > {0} ORDER BY seq LIMIT {0}"
)


def read_batch(db: sa.Connection, after: int, *, limit: int) -> list[StoredEvent]:
    """The next Events after a position, oldest first; none is ever skipped."""
    place = "?" if db.dialect.name == "sqlite" else "%s"
    return [
        StoredEvent._make(row) for row in db.exec_driver_sql(_BATCH.format(place), (after, limit))
    ]


def end_of_log(db: sa.Connection) -> int:
    """The number of the newest Event; 0 when there never was one."""
    return db.scalar(sa.select(sa.func.max(events.c.seq))) or 0


def events_by_seq(db: sa.Connection, seqs: Sequence[int]) -> dict[int, StoredEvent]:
    """Events by their number; numbers that the log no longer has are left out."""
    found: dict[int, StoredEvent] = {}
    for start in range(0, len(seqs), 5_000):
        chosen = sa.select(events).where(events.c.seq.in_(seqs[start : start + 5_000]))
        for row in db.execute(chosen):
            found[row.seq] = StoredEvent._make(row)
    return found


def recent_events(db: sa.Connection, *, limit: int, before: int | None = None) -> list[StoredEvent]:
    """Events, newest first; `before` is the last number of the page before."""
    chosen = sa.select(events).order_by(events.c.seq.desc()).limit(limit)
    if before is not None:
        chosen = chosen.where(events.c.seq < before)
    return [StoredEvent._make(row) for row in db.execute(chosen)]


def recent_rejects(
    db: sa.Connection, *, limit: int, before: int | None = None
) -> list[StoredReject]:
    """Rejects, newest first; `before` is the last id of the page before."""
    chosen = sa.select(rejects).order_by(rejects.c.id.desc()).limit(limit)
    if before is not None:
        chosen = chosen.where(rejects.c.id < before)
    return [StoredReject._make(row) for row in db.execute(chosen)]


def count_events(db: sa.Connection) -> int:
    """How many Events the log holds; reads all of them."""
    return db.scalar(sa.select(sa.func.count()).select_from(events)) or 0


def count_rejects(db: sa.Connection) -> int:
    """How many rejects are kept."""
    return db.scalar(sa.select(sa.func.count()).select_from(rejects)) or 0


def prune_events(db: sa.Connection, before_ms: int, *, limit: int = 10_000) -> int:
    """Delete old Events, at most `limit`; says how many.

    Kept: what a Connection that delivers has not read, and what a Delivery that has not ended, or
    has failed, would be made of again.
    """
    unread = sa.select(sa.func.min(connections.c.position)).where(connections.c.delivering == 1)
    needing = deliveries.c.state.not_in([state.value for state in ENDED]) | (
        deliveries.c.state == State.FAILED.value
    )
    needed = sa.exists().where(deliveries.c.event_seq == events.c.seq, needing)
    read = sa.func.coalesce(unread.scalar_subquery(), sa.literal(2**62))
    old = (
        sa.select(events.c.seq)
        .where(events.c.received_at_ms < before_ms, events.c.seq <= read, ~needed)
        .order_by(events.c.seq)
        .limit(limit)
    )
    return db.execute(sa.delete(events).where(events.c.seq.in_(old))).rowcount


def prune_rejects(db: sa.Connection, before_ms: int) -> int:
    """Delete old rejects; says how many."""
    return db.execute(sa.delete(rejects).where(rejects.c.received_at_ms < before_ms)).rowcount

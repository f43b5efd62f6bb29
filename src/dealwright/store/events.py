"""The log of Events as it is read: by position, by number, newest first."""

from collections.abc import Sequence
from typing import NamedTuple

import sqlalchemy as sa

from dealwright.core.delivery import ENDED, State
from dealwright.store.connections import ConnectionState
from dealwright.store.tables import connections, deliveries, events, rejects, replays

#: Rows deleted in one transaction: others may write after some 50 ms.
PRUNE = 10_000


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


def newest_of_source(
    db: sa.Connection, source_id: int, *, limit: int
) -> list[tuple[int, int, bytes]]:
    """(number, when it was received in ms, payload) of a Source's among the `limit` newest."""
    columns = (events.c.seq, events.c.received_at_ms, events.c.payload)
    chosen = sa.select(*columns).where(
        events.c.seq > end_of_log(db) - limit, events.c.source_id == source_id
    )
    return [(row.seq, row.received_at_ms, row.payload) for row in db.execute(chosen)]


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


class Pruned(NamedTuple):
    """How many rows were deleted, and how far the log was looked through; None: to the end."""

    deleted: int
    looked_to: int | None


#: What a row of the log takes beside payload and envelope, about.
ROW_BYTES = 150

#: So many of the newest Events tell how large one is.
SAMPLE = 500


def too_old_by_size(db: sa.Connection, largest_bytes: int) -> int:
    """The number of the last Event that a log of that size has no room for; 0 when all fit.

    Reckoned from the newest ones: the log is not read.
    """
    payload = sa.func.length(events.c.payload)
    envelope = sa.func.coalesce(sa.func.length(events.c.envelope), 0)
    newest = sa.select((payload + envelope + ROW_BYTES).label("bytes"), events.c.seq)
    some = newest.order_by(events.c.seq.desc()).limit(SAMPLE).subquery()
    average, last = db.execute(sa.select(sa.func.avg(some.c.bytes), sa.func.max(some.c.seq))).one()
    return 0 if last is None else max(0, last - int(largest_bytes / float(average)))


def prune_events(
    db: sa.Connection, before_ms: int, *, until: int = 0, after: int = 0, limit: int = PRUNE
) -> Pruned:
    """Delete the old ones, and those up to number `until`, among the next Events after a position.

    Kept: what a Connection that delivers or a Replay has not read, and what a Delivery that has
    not ended, or has failed, would be made of again.
    """
    reading = (
        sa.select(connections.c.position).where(
            connections.c.delivering == 1,
            # One that a person has disconnected may never come back.
            connections.c.state != ConnectionState.DISABLED.value,
        ),
        sa.select(replays.c.position).where(replays.c.state.in_(("running", "paused"))),
    )
    positions = sa.union_all(*reading).subquery()
    unread = sa.select(sa.func.min(positions.c.position))
    needing = deliveries.c.state.not_in([state.value for state in ENDED]) | (
        deliveries.c.state == State.FAILED.value
    )
    needed = sa.exists().where(deliveries.c.event_seq == events.c.seq, needing)
    read = sa.func.coalesce(unread.scalar_subquery(), sa.literal(2**62))
    window = (
        sa.select(events.c.seq, events.c.received_at_ms)
        .where(events.c.seq > after, events.c.seq <= read)
        .order_by(events.c.seq)
        .limit(limit)
        .subquery()
    )
    # The log is in the order of time, nearly: behind the last old one of a window all are young.
    last = db.scalar(
        sa.select(sa.func.max(window.c.seq)).where(
            (window.c.received_at_ms < before_ms) | (window.c.seq <= until)
        )
    )
    if last is None:
        return Pruned(0, None)
    aged = (events.c.received_at_ms < before_ms) | (events.c.seq <= until)
    old = (events.c.seq > after, events.c.seq <= last, aged)
    return Pruned(db.execute(sa.delete(events).where(*old, ~needed)).rowcount, last)


def prune_rejects(db: sa.Connection, before_ms: int, *, limit: int = PRUNE) -> int:
    """Delete the oldest rejects, at most `limit`; says how many."""
    old = sa.select(rejects.c.id).where(rejects.c.received_at_ms < before_ms)
    chosen = old.order_by(rejects.c.id).limit(limit)
    return db.execute(sa.delete(rejects).where(rejects.c.id.in_(chosen))).rowcount

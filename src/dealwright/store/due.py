"""Due: which Connections have something to do at a moment."""

from enum import Enum
from typing import NamedTuple

import sqlalchemy as sa

from dealwright.core.delivery import State
from dealwright.core.priority import Priority
from dealwright.store.connections import IN_USE
from dealwright.store.crawls import crawl_is_due
from dealwright.store.replays import ReplayState
from dealwright.store.tables import (
    IS_AT_HAND,
    IS_OPEN,
    IS_PARKED,
    connections,
    deliveries,
    events,
    leases,
    replays,
)

#: `sending` counts: whoever looks is not sending, so the one who was is gone.
_AT_ONCE = (State.QUEUED.value, State.SENDING.value)


class Even(Enum):
    """Whether Connections count that were left with nothing but Deliveries that wait."""

    NO = "no"
    IDLE = "idle"


class Due(NamedTuple):
    """A Connection that has something to do; `behind`: there are Events that it has not read.

    Where it is not behind it may have nothing to do all the same: what is queued may have to wait
    for what stands before it.
    """

    connection_id: int
    behind: bool


def due(db: sa.Connection, now_ms: int, *, even_idle: Even = Even.NO) -> list[Due]:
    """Connections in use that are behind the log, or have a Delivery, a crawl or a Replay due.

    A Connection that rests is due only for what is new in the log; and so is one whose drain said,
    when it gave the lease back, that all that is queued waits, unless `even_idle`.
    """
    behind = (
        connections.c.position
        < sa.select(sa.func.coalesce(sa.func.max(events.c.seq), 0)).scalar_subquery()
    )
    awake = sa.func.coalesce(connections.c.paused_until_ms, 0) <= now_ms
    idle = sa.exists().where(
        leases.c.connection_id == connections.c.id, leases.c.idle_until_ms > now_ms
    )
    rested = awake if even_idle is Even.IDLE else awake & ~idle
    something = _ready(now_ms) | crawl_is_due(connections.c.id, now_ms)
    chosen = (
        sa.select(connections.c.id, behind)
        .where(IN_USE, behind | (rested & something) | (awake & _replaying()))
        .order_by(connections.c.id)
    )
    return [Due(connection_id, bool(is_behind)) for connection_id, is_behind in db.execute(chosen)]


def _ready(now_ms: int) -> sa.ColumnElement[bool]:
    """Whether a Delivery is due; however many wait for the next day of the budget."""
    of_it = deliveries.c.connection_id == connections.c.id
    is_time = deliveries.c.next_at_ms <= now_ms
    waiting = (deliveries.c.state == State.WAITING.value) & is_time
    at_hand = sa.exists().where(of_it, IS_AT_HAND, deliveries.c.state.in_(_AT_ONCE) | waiting)
    return at_hand | sa.exists().where(of_it, IS_PARKED, is_time)


def _replaying() -> sa.ColumnElement[bool]:
    """Whether a Replay can go on; while Deliveries of it are open, these are what is due."""
    backfill = (
        sa.exists()
        .where(deliveries.c.connection_id == connections.c.id, IS_OPEN)
        .where(deliveries.c.priority == int(Priority.BACKFILL))
    )
    running = sa.exists().where(
        replays.c.connection_id == connections.c.id,
        replays.c.state == ReplayState.RUNNING.value,
    )
    return running & ~backfill

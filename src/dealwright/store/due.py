"""Due: which Connections have something to do at a moment."""

import sqlalchemy as sa

from dealwright.core.delivery import State
from dealwright.store.tables import IS_OPEN, connections, deliveries, events

#: `sending` counts: whoever looks is not sending, so the one who was is gone.
_AT_ONCE = (State.QUEUED.value, State.SENDING.value)


def due(db: sa.Connection, now_ms: int) -> list[int]:
    """Ids of Connections in use that are behind the log, or have a Delivery that is due.

    A Connection that rests is due only for what is new in the log.
    """
    behind = (
        connections.c.position
        < sa.select(sa.func.coalesce(sa.func.max(events.c.seq), 0)).scalar_subquery()
    )
    awake = sa.func.coalesce(connections.c.paused_until_ms, 0) <= now_ms
    waiting = (deliveries.c.state == State.WAITING.value) & (deliveries.c.next_at_ms <= now_ms)
    ready = (
        sa.exists()
        # IS_OPEN is said literally, so that the partial index is used.
        .where(deliveries.c.connection_id == connections.c.id, IS_OPEN)
        .where(deliveries.c.state.in_(_AT_ONCE) | waiting)
    )
    chosen = sa.select(connections.c.id).where(
        connections.c.delivering == 1,
        connections.c.state == "ok",
        behind | (awake & ready),
    )
    return list(db.scalars(chosen.order_by(connections.c.id)))

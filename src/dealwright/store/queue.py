"""The queue of a Connection in figures: how much of what priority, and what it will cost."""

import sqlalchemy as sa

from dealwright.core.delivery import State
from dealwright.core.priority import Priority
from dealwright.store.tables import IS_OPEN, deliveries

#: The latest Deliveries whose price tells what the next ones will cost.
_SAMPLE = 500


def queued_by_priority(db: sa.Connection, connection_id: int) -> dict[Priority, int]:
    """How many Deliveries are still to be done, those that wait included."""
    counting = (
        sa.select(deliveries.c.priority, sa.func.count())
        .where(deliveries.c.connection_id == connection_id, IS_OPEN)
        .group_by(deliveries.c.priority)
    )
    return {Priority(priority): count for priority, count in db.execute(counting)}


def usual_tokens(db: sa.Connection, connection_id: int) -> float | None:
    """What the latest Deliveries have cost on average; None when there are none yet."""
    ended = (State.DELIVERED.value, State.UNCHANGED.value)
    latest = (
        sa.select(deliveries.c.tokens)
        .where(deliveries.c.connection_id == connection_id, deliveries.c.state.in_(ended))
        .order_by(deliveries.c.id.desc())
        .limit(_SAMPLE)
        .subquery()
    )
    average = db.scalar(sa.select(sa.func.avg(latest.c.tokens)))
    return None if average is None else float(average)

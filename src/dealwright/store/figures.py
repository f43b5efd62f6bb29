"""Figures: what monitoring asks of the store and no other page does, cheap at any length."""

from typing import NamedTuple

import sqlalchemy as sa

from dealwright.store.tables import IS_OPEN, IS_STUCK, deliveries, events


class Unfinished(NamedTuple):
    """So many Deliveries of one state wait for the same thing."""

    state: str
    code: str
    number: int


def unfinished(db: sa.Connection, connection_id: int) -> list[Unfinished]:
    """Deliveries that have not ended, or wait for a person, by state and code."""
    found: list[Unfinished] = []
    for condition in (IS_OPEN, IS_STUCK):
        chosen = (
            sa.select(deliveries.c.state, deliveries.c.code, sa.func.count())
            .where(deliveries.c.connection_id == connection_id, condition)
            .group_by(deliveries.c.state, deliveries.c.code)
        )
        found += [Unfinished._make(row) for row in db.execute(chosen)]
    return sorted(found)


def oldest_open_ms(db: sa.Connection, connection_id: int) -> int | None:
    """When the oldest Delivery was made that is still to be done; None without one."""
    return db.scalar(
        sa.select(deliveries.c.created_at_ms)
        .where(deliveries.c.connection_id == connection_id, IS_OPEN)
        .order_by(deliveries.c.id)
        .limit(1)
    )


def first_unread_ms(db: sa.Connection, position: int) -> int | None:
    """When the first Event behind a position was received; None at the end of the log."""
    return db.scalar(
        sa.select(events.c.received_at_ms)
        .where(events.c.seq > position)
        .order_by(events.c.seq)
        .limit(1)
    )

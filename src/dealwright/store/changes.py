"""What has changed since somebody looked: new Events, new Deliveries, and those that moved on."""

from collections.abc import Iterable
from typing import NamedTuple

import sqlalchemy as sa

from dealwright.store.delivery_list import Delivery, deliveries_by_id
from dealwright.store.events import StoredEvent, end_of_log, read_batch
from dealwright.store.tables import IS_OPEN, deliveries

#: Open Deliveries that one look takes in; of a longer queue the newest.
MOST_OPEN = 200


class Mark(NamedTuple):
    """How far somebody has looked: the last Event, the last Delivery, and when."""

    event: int
    delivery: int
    at_ms: int


class Changes(NamedTuple):
    """What one look has found, and how far the next one need not go back."""

    events: list[StoredEvent]
    deliveries: list[Delivery]
    mark: Mark


def end_mark(db: sa.Connection, *, now_ms: int) -> Mark:
    """The end of everything at this moment."""
    last = db.scalar(sa.select(sa.func.max(deliveries.c.id))) or 0
    return Mark(end_of_log(db), last, now_ms)


def changes_since(
    db: sa.Connection, mark: Mark, *, watched: Iterable[int], limit: int, now_ms: int
) -> Changes:
    """New Events and Deliveries in their order, at most `limit` of each, and what has moved on.

    Looked for among the `watched` ids and what is open; a Delivery that somebody has queued anew is
    open.
    """
    events = read_batch(db, mark.event, limit=limit)
    fresh = list(
        db.scalars(
            sa.select(deliveries.c.id)
            .where(deliveries.c.id > mark.delivery)
            .order_by(deliveries.c.id)
            .limit(limit)
        )
    )
    known = {one for one in (*watched, *_open(db)) if one <= mark.delivery}
    found = deliveries_by_id(db, sorted({*fresh, *known}))
    moved = [one for one in found if one.id > mark.delivery or one.updated_at_ms >= mark.at_ms]
    last_event = events[-1].seq if events else mark.event
    last = fresh[-1] if fresh else mark.delivery
    return Changes(events, moved, Mark(last_event, last, now_ms))


def _open(db: sa.Connection) -> list[int]:
    chosen = sa.select(deliveries.c.id).where(IS_OPEN).order_by(deliveries.c.id.desc())
    return list(db.scalars(chosen.limit(MOST_OPEN)))

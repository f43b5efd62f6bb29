"""Pages of Deliveries: each costs about the same, however long the history and rare the hits."""

from collections.abc import Sequence
from typing import NamedTuple

import sqlalchemy as sa

from dealwright.core.delivery import STUCK
from dealwright.store.delivery_list import Delivery, DeliveryFilter, find_deliveries
from dealwright.store.tables import deliveries

#: So many Deliveries are looked through for one page where no index leads to the hits.
WINDOW = 200_000


class DeliveryPage(NamedTuple):
    """Deliveries, newest first; `next_before` is where the next page begins, None: nowhere."""

    items: Sequence[Delivery]
    next_before: int | None


def page_of_deliveries(
    db: sa.Connection, where: DeliveryFilter, *, limit: int, before: int | None = None
) -> DeliveryPage:
    """One page; with a rare filter it may hold few or none, and the next still be there."""
    if where.event_seq is not None or _all_stuck(where):
        found = find_deliveries(db, where, limit=limit, before=before)
        return DeliveryPage(found, found[-1].id if len(found) == limit else None)
    top = before or (db.scalar(sa.select(sa.func.max(deliveries.c.id))) or 0) + 1
    floor = max(0, top - WINDOW - 1)
    found = find_deliveries(db, where, limit=limit, before=top, above=floor)
    if len(found) == limit:
        return DeliveryPage(found, found[-1].id)
    return DeliveryPage(found, floor + 1 if floor else None)


def _all_stuck(where: DeliveryFilter) -> bool:
    return bool(where.states) and STUCK.issuperset(where.states)

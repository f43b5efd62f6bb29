"""Backlog: what is urgent though much stands before it, read ahead of its turn."""

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa

from dealwright.core.priority import Priority
from dealwright.store.deliveries import (
    OPEN_COLUMNS,
    OpenDelivery,
    at_hand,
    open_delivery,
)
from dealwright.store.statements import chunks
from dealwright.store.tables import IS_AT_HAND, deliveries

#: So many ids further on is looked: what stands between has to be read, or an order would break.
REACH = 100_000

#: So many times what is read ahead may have to be done before it.
_FAMILY = 5

_PAGE = 10_000


def urgent_deliveries(
    db: sa.Connection,
    connection_id: int,
    *,
    after: int,
    over: Priority,
    limit: int,
    now_ms: int,
) -> list[OpenDelivery]:
    """What goes before work of the priority `over` and stands behind the id `after`; in id order.

    At most `limit` of them, the most urgent and oldest first, and with each all that has to be done
    before it: older ones that share a lane with it, or with one that does. Those for whom that
    would be too many are left out: they are read in their turn.
    """
    urgent = _urgent(db, connection_id, after=after, over=over, limit=limit)
    if not urgent:
        return []
    families = _Families(urgent)
    between = _between(
        db, connection_id, after=after, before=max(one.id for one in urgent), now_ms=now_ms
    )
    for delivery_id, lanes in between:
        families.meet(delivery_id, lanes)
    most = limit * _FAMILY
    ids, left_out = families.elders(most=most), families.left_out(most=most)
    elders = [one for some in chunks(ids) for one in _by_id(db, some)]
    return sorted((*elders, *(one for one in urgent if one.id not in left_out)))


def _urgent(
    db: sa.Connection, connection_id: int, *, after: int, over: Priority, limit: int
) -> list[OpenDelivery]:
    chosen = (
        sa.select(*OPEN_COLUMNS)
        .where(
            deliveries.c.connection_id == connection_id,
            IS_AT_HAND,
            deliveries.c.priority < int(over),
            deliveries.c.id > after,
            deliveries.c.id <= after + REACH,
        )
        .order_by(deliveries.c.priority, deliveries.c.id)
        .limit(limit)
    )
    return [open_delivery(row) for row in db.execute(chosen)]


def _between(
    db: sa.Connection, connection_id: int, *, after: int, before: int, now_ms: int
) -> Iterator[tuple[int, str]]:
    """Ids and lanes of what is open between two ids, the newest first, both ends included."""
    kept = at_hand(db, connection_id, now_ms)
    while True:
        page = (
            sa.select(deliveries.c.id, deliveries.c.lanes)
            .where(deliveries.c.connection_id == connection_id, *kept)
            .where(deliveries.c.id > after, deliveries.c.id <= before)
            .order_by(deliveries.c.id.desc())
            .limit(_PAGE)
        )
        found = db.execute(page).all()
        yield from ((row.id, row.lanes) for row in found)
        if len(found) < _PAGE:
            return
        before = found[-1].id - 1


def _by_id(db: sa.Connection, ids: Any) -> list[OpenDelivery]:
    chosen = sa.select(*OPEN_COLUMNS).where(deliveries.c.id.in_(ids))
    return [open_delivery(row) for row in db.execute(chosen)]


class _Families:
    """Urgent Deliveries, and who has to go before whom, met from the newest to the oldest.

    A family are those that lanes tie together, also by way of others of it.
    """

    def __init__(self, urgent: list[OpenDelivery]) -> None:
        self._urgent = {one.id for one in urgent}
        self._heads: dict[str, int] = {}
        self._joined: dict[int, int] = {}
        self._members: dict[int, list[int]] = {}

    def meet(self, delivery_id: int, lanes: str) -> None:
        """Take one up that is older than all before it, if somebody has to wait for it."""
        own = [lane for lane in lanes.split("\n") if lane]
        tied = {self._head(self._heads[lane]) for lane in own if lane in self._heads}
        if not tied and delivery_id not in self._urgent:
            return
        head = max(tied, default=delivery_id, key=lambda one: len(self._members[one]))
        members = self._members.setdefault(head, [])
        for other in tied - {head}:
            members += self._members.pop(other)
            self._joined[other] = head
        members.append(delivery_id)
        self._heads.update(dict.fromkeys(own, head))

    def elders(self, *, most: int) -> list[int]:
        """All but the urgent ones, of families that are no larger."""
        small = (members for members in self._members.values() if len(members) <= most)
        return [one for members in small for one in members if one not in self._urgent]

    def left_out(self, *, most: int) -> set[int]:
        """Whoever is of a larger family."""
        large = (members for members in self._members.values() if len(members) > most)
        return {one for members in large for one in members}

    def _head(self, known: int) -> int:
        while known in self._joined:
            known = self._joined[known]
        return known

"""Decisions: what people decided of what waited for them, and the claim that each begins with."""

from typing import Any, NamedTuple

import sqlalchemy as sa

from dealwright.core.delivery import State
from dealwright.store.review_tables import review_decisions as table
from dealwright.store.review_tables import review_questions
from dealwright.store.tables import IS_STUCK, deliveries


class Decision(NamedTuple):
    """Who decided what of an item, when; `along` others went on with it. `body` is JSON."""

    item: str
    decided_by: str
    at_ms: int
    along: int
    body: bytes


def claim(db: sa.Connection, delivery_id: int, *, code: str, now_ms: int) -> bool:
    """Take a Delivery that waits for a person out of the queue; False where somebody was faster.

    It is queued anew, with all its tries before it. Two who decide at once both come here, and one
    of them meets a Delivery that waits no more.
    """
    again = {
        "state": State.QUEUED.value,
        "code": "",
        "message": "",
        "attempts": 0,
        "next_at_ms": None,
        "updated_at_ms": now_ms,
    }
    mine = (deliveries.c.id == delivery_id) & (deliveries.c.code == code)
    return bool(db.execute(sa.update(deliveries).where(mine, IS_STUCK).values(again)).rowcount)


def put_decision(
    db: sa.Connection, decision: Decision, *, connection_id: int, delivery_id: int, same: str
) -> None:
    """Remember a decision."""
    row = {
        **decision._asdict(),
        "connection_id": connection_id,
        "delivery_id": delivery_id,
        "same": same,
    }
    db.execute(sa.insert(table).values(row))


def last_decision(db: sa.Connection, delivery_id: int, *, item: str) -> Decision | None:
    """Who decided last of an item, or of what its Delivery asked together with others."""
    asked = sa.select(review_questions.c.same).where(
        review_questions.c.delivery_id == delivery_id, review_questions.c.same != ""
    )
    row: Any = db.execute(
        sa.select(table.c.item, table.c.decided_by, table.c.at_ms, table.c.along, table.c.body)
        .where((table.c.item == item) | table.c.same.in_(asked))
        .order_by(table.c.id.desc())
        .limit(1)
    ).one_or_none()
    return None if row is None else Decision(*row)

"""Attempts: every try at a Delivery, with every call that it made."""

from typing import NamedTuple

import sqlalchemy as sa

from dealwright.store.statements import cleaned, run
from dealwright.store.tables import attempts as table


class Attempt(NamedTuple):
    """One try. `code` is "" when it went well, `calls` JSON of `core.delivery.Call`s."""

    id: int
    delivery_id: int
    at_ms: int
    duration_ms: int
    code: str
    tokens: int
    calls: bytes


def add_attempt(
    db: sa.Connection,
    delivery_id: int,
    *,
    at_ms: int,
    duration_ms: int,
    code: str,
    tokens: int,
    calls: bytes,
) -> None:
    """Write one try down."""
    run(db, _ADD, delivery_id, at_ms, duration_ms, cleaned(code), tokens, calls)


_ADD = (
    "INSERT INTO attempts (delivery_id, at_ms, duration_ms, code, tokens, calls)"
    " VALUES (?, ?, ?, ?, ?, ?)"
)


def attempts(db: sa.Connection, delivery_id: int) -> list[Attempt]:
    """Every try at a Delivery, oldest first."""
    chosen = sa.select(table).where(table.c.delivery_id == delivery_id).order_by(table.c.id)
    return [Attempt._make(row) for row in db.execute(chosen)]

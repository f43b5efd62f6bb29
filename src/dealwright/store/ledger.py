"""Ledger: API tokens that a Connection spent, by day and purpose."""

from typing import NamedTuple

import sqlalchemy as sa

from dealwright.store.statements import upsert
from dealwright.store.tables import ledger


class Spent(NamedTuple):
    """What one purpose took of a day: tokens of Pipedrive's budget, and calls."""

    purpose: str
    tokens: int
    calls: int


def spend(
    db: sa.Connection, connection_id: int, *, day: str, purpose: str, tokens: int, calls: int
) -> None:
    """Add to what a purpose took; `day` is YYYY-MM-DD."""
    statement = upsert(db, ledger).values(
        connection_id=connection_id, day=day, purpose=purpose, tokens=tokens, calls=calls
    )
    db.execute(
        statement.on_conflict_do_update(
            index_elements=["connection_id", "day", "purpose"],
            set_={"tokens": ledger.c.tokens + tokens, "calls": ledger.c.calls + calls},
        )
    )


def spent(db: sa.Connection, connection_id: int, *, day: str) -> list[Spent]:
    """What a day took so far, by purpose in the alphabet's order."""
    chosen = sa.select(ledger.c.purpose, ledger.c.tokens, ledger.c.calls).where(
        ledger.c.connection_id == connection_id, ledger.c.day == day
    )
    return sorted(Spent._make(row) for row in db.execute(chosen))

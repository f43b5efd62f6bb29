"""Ledger: API tokens that a Connection spent, by hour, purpose and Mapping."""

from typing import NamedTuple

import sqlalchemy as sa

from dealwright.core.clock import from_ms
from dealwright.store.statements import upsert
from dealwright.store.tables import ledger


class Spent(NamedTuple):
    """What one purpose took of a day: tokens of Pipedrive's budget, and calls."""

    purpose: str
    tokens: int
    calls: int


class Entry(NamedTuple):
    """A line of the Ledger: what one purpose took for one Mapping (0: none) in an hour (UTC)."""

    day: str
    hour: int
    purpose: str
    mapping_id: int
    tokens: int
    calls: int


def enter(db: sa.Connection, connection_id: int, *, entries: list[Entry]) -> None:
    """Add lines to the Ledger; what has the same key is added up."""
    if not entries:
        return
    statement = upsert(db, ledger)
    adding = statement.on_conflict_do_update(
        index_elements=["connection_id", "day", "hour", "purpose", "mapping_id"],
        set_={
            "tokens": ledger.c.tokens + statement.excluded.tokens,
            "calls": ledger.c.calls + statement.excluded.calls,
        },
    )
    rows = [{"connection_id": connection_id, **entry._asdict()} for entry in entries]
    db.execute(adding, rows)


def hour_of(at_ms: int) -> tuple[str, int]:
    """The UTC day (YYYY-MM-DD) and hour of a moment, as the Ledger names them."""
    at = from_ms(at_ms)
    return at.date().isoformat(), at.hour


def spent(db: sa.Connection, connection_id: int, *, day: str) -> list[Spent]:
    """What a day took so far, by purpose in the alphabet's order."""
    chosen = (
        sa.select(ledger.c.purpose, sa.func.sum(ledger.c.tokens), sa.func.sum(ledger.c.calls))
        .where(ledger.c.connection_id == connection_id, ledger.c.day == day)
        .group_by(ledger.c.purpose)
    )
    rows = db.execute(chosen)
    return sorted(Spent(purpose, int(tokens), int(calls)) for purpose, tokens, calls in rows)


def prune_ledger(db: sa.Connection, *, before_day: str) -> int:
    """Delete the lines of all days before one; says how many."""
    return db.execute(sa.delete(ledger).where(ledger.c.day < before_day)).rowcount


def entries_since(db: sa.Connection, connection_id: int, *, day: str) -> list[Entry]:
    """The lines of a day and of all after it, oldest first."""
    columns = [ledger.c[name] for name in Entry._fields]
    chosen = (
        sa.select(*columns)
        .where(ledger.c.connection_id == connection_id, ledger.c.day >= day)
        .order_by(ledger.c.day, ledger.c.hour, ledger.c.purpose, ledger.c.mapping_id)
    )
    return [Entry._make(row) for row in db.execute(chosen)]

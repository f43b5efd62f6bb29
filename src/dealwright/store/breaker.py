"""The breaker before Pipedrive, in the budget's row: what one process met, all know."""

import sqlalchemy as sa

from dealwright.core.breaker import PROBE_S, Breaker
from dealwright.store.budget import make_row
from dealwright.store.budget_tables import budgets


def breaker(db: sa.Connection, connection_id: int) -> Breaker:
    """How it stands."""
    columns = (
        budgets.c.failures,
        budgets.c.breaker_code,
        sa.func.coalesce(budgets.c.open_until_ms, 0),
        sa.func.coalesce(budgets.c.probe_until_ms, 0),
    )
    row = db.execute(sa.select(*columns).where(_of(connection_id))).one_or_none()
    return Breaker() if row is None else Breaker(*row)


def open_breaker(db: sa.Connection, connection_id: int, *, found: Breaker, now_ms: int) -> None:
    """Let nobody ask for a while."""
    make_row(db, connection_id, now_ms)
    values = {
        "failures": found.times,
        "breaker_code": found.code,
        "open_until_ms": found.open_until_ms,
        "probe_until_ms": None,
    }
    db.execute(sa.update(budgets).where(_of(connection_id)).values(values))


def take_probe(db: sa.Connection, connection_id: int, *, now_ms: int) -> bool:
    """Be the one that tries again; False while it is too early, or another does."""
    free = sa.func.coalesce(budgets.c.probe_until_ms, 0) <= now_ms
    over = budgets.c.open_until_ms <= now_ms
    taken = (
        sa.update(budgets)
        .where(_of(connection_id), budgets.c.failures > 0, over, free)
        .values(probe_until_ms=now_ms + int(PROBE_S * 1000))
    )
    return bool(db.execute(taken).rowcount)


def close_breaker(db: sa.Connection, connection_id: int) -> None:
    """Let everybody ask: Pipedrive has answered."""
    values = {"failures": 0, "breaker_code": "", "open_until_ms": None, "probe_until_ms": None}
    db.execute(sa.update(budgets).where(_of(connection_id)).values(values))


def _of(connection_id: int) -> sa.ColumnElement[bool]:
    return budgets.c.connection_id == connection_id

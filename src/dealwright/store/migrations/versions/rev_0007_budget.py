"""The budget of a day and the burst window, shared by all processes; priorities; a finer Ledger."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_INT = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_TEXT = sa.Text()
_NORMAL = sa.text("40")


def upgrade() -> None:
    """Make the tables and columns."""
    op.add_column("mappings", _column("priority", _INT, server_default=_NORMAL))
    op.add_column("deliveries", _column("priority", _INT, server_default=_NORMAL))
    _refine_ledger()
    _create_budgets()
    _create_leases()


def _column(name: str, kind: sa.types.TypeEngine[Any], **options: Any) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=False, **options)


def _maybe(name: str, kind: sa.types.TypeEngine[Any]) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=True)


def _refine_ledger() -> None:
    # A new primary key: SQLite makes one only with a new table. What was spent before is kept as
    # spent in the first hour, by no Mapping.
    op.execute("CREATE TEMPORARY TABLE ledger_by_day AS SELECT * FROM ledger")
    op.drop_table("ledger")
    op.create_table(
        "ledger",
        _column("connection_id", _INT, autoincrement=False),
        _column("day", _TEXT),
        _column("hour", _INT, autoincrement=False),
        _column("purpose", _TEXT),
        _column("mapping_id", _INT, autoincrement=False),
        _column("tokens", _INT),
        _column("calls", _INT),
        sa.PrimaryKeyConstraint(
            "connection_id", "day", "hour", "purpose", "mapping_id", name="pk_ledger"
        ),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.execute(
        "INSERT INTO ledger (connection_id, day, hour, purpose, mapping_id, tokens, calls)"
        " SELECT connection_id, day, 0, purpose, 0, tokens, calls FROM ledger_by_day"
    )
    op.drop_table("ledger_by_day")


def _create_budgets() -> None:
    op.create_table(
        "budgets",
        _column("connection_id", _INT, autoincrement=False),
        _column("reserve_percent", _INT),
        _column("extra_tokens", _INT),
        _column("resets_at_ms", _INT),
        _column("used", _INT),
        _maybe("told_limit", _INT),
        _maybe("told_remaining", _INT),
        _maybe("told_at_ms", _INT),
        _column("told_counted", _INT),
        _maybe("exhausted_until_ms", _INT),
        _maybe("burst", _INT),
        _column("failures", _INT),
        _column("breaker_code", _TEXT),
        _maybe("open_until_ms", _INT),
        _maybe("probe_until_ms", _INT),
        sa.PrimaryKeyConstraint("connection_id", name="pk_budgets"),
        sa.ForeignKeyConstraint(
            ["connection_id"],
            ["connections.id"],
            name="fk_budgets_connection_id",
            ondelete="CASCADE",
        ),
        sqlite_strict=True,
    )


def _create_leases() -> None:
    op.create_table(
        "budget_leases",
        _column("connection_id", _INT, autoincrement=False),
        _column("holder", _TEXT),
        _column("side", _TEXT),
        _column("tokens", _INT),
        _column("slots", _INT),
        _column("expires_at_ms", _INT),
        sa.PrimaryKeyConstraint("connection_id", "holder", name="pk_budget_leases"),
        sa.ForeignKeyConstraint(
            ["connection_id"],
            ["connections.id"],
            name="fk_budget_leases_connection_id",
            ondelete="CASCADE",
        ),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )

"""Dry runs and what they foretell."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

_INT = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "dry_runs",
        sa.Column("id", _INT, sa.Identity(), nullable=False),
        _number("connection_id"),
        _number("mapping_id"),
        _number("mapping_version"),
        _text("name"),
        _text("state"),
        _number("total"),
        _number("done"),
        _blob("wanted"),
        _blob("summary"),
        _text("code"),
        _text("message"),
        _text("made_by"),
        _number("created_at_ms"),
        _number("updated_at_ms"),
        sa.PrimaryKeyConstraint("id", name="pk_dry_runs"),
        _with("dry_runs", "connection_id", "connections"),
        sqlite_strict=True,
        sqlite_autoincrement=True,
    )
    for column in ("connection_id", "mapping_id", "created_at_ms"):
        op.create_index(f"ix_dry_runs_{column}", "dry_runs", [column])
    op.create_table(
        "dry_run_results",
        sa.Column("dry_run_id", _INT, nullable=False, autoincrement=False),
        sa.Column("number", _INT, nullable=False, autoincrement=False),
        _text("outcome"),
        _text("code"),
        _blob("body"),
        _with("dry_run_results", "dry_run_id", "dry_runs"),
        sa.PrimaryKeyConstraint("dry_run_id", "number", name="pk_dry_run_results"),
        sqlite_strict=True,
    )


def _with(table: str, column: str, parent: str) -> sa.ForeignKeyConstraint:
    """Rows that go with those of another table."""
    return sa.ForeignKeyConstraint(
        [column], [f"{parent}.id"], name=f"fk_{table}_{column}", ondelete="CASCADE"
    )


def _number(name: str) -> sa.Column[Any]:
    return sa.Column(name, _INT, nullable=False)


def _text(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.Text(), nullable=False)


def _blob(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.LargeBinary(), nullable=False)

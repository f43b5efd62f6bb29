"""Likely twins of an account, and what people said of them."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

_INT = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "duplicates",
        sa.Column("id", _INT, sa.Identity(), nullable=False),
        _number("connection_id"),
        _text("kind"),
        _text("members"),
        _number("score"),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        _number("found_at_ms"),
        _of_connection("duplicates"),
        sa.PrimaryKeyConstraint("id", name="pk_duplicates"),
        sqlite_strict=True,
        sqlite_autoincrement=True,
    )
    op.create_index("ix_duplicates_connection", "duplicates", ["connection_id", "kind", "score"])
    op.create_table(
        "duplicates_apart",
        _key("connection_id"),
        _text("kind"),
        _key("one"),
        _key("other"),
        _text("said_by"),
        _number("at_ms"),
        _of_connection("duplicates_apart"),
        sa.PrimaryKeyConstraint(
            "connection_id", "kind", "one", "other", name="pk_duplicates_apart"
        ),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "duplicate_looks",
        _key("connection_id"),
        _text("kind"),
        _number("at_ms"),
        _number("records"),
        _of_connection("duplicate_looks"),
        sa.PrimaryKeyConstraint("connection_id", "kind", name="pk_duplicate_looks"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )


def _of_connection(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["connection_id"],
        ["connections.id"],
        name=f"fk_{table}_connection_id",
        ondelete="CASCADE",
    )


def _key(name: str) -> sa.Column[Any]:
    return sa.Column(name, _INT, nullable=False, autoincrement=False)


def _number(name: str) -> sa.Column[Any]:
    return sa.Column(name, _INT, nullable=False)


def _text(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.Text(), nullable=False)

"""What people have decided of what waited for them."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

_INT = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the tables."""
    _create_questions()
    _create_decisions()
    _create_teachings()


def _create_questions() -> None:
    op.create_table(
        "review_questions",
        sa.Column("delivery_id", _INT, nullable=False, autoincrement=False),
        sa.Column("position", _INT, nullable=False, autoincrement=False),
        _number("connection_id"),
        _text("code"),
        _text("same"),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("delivery_id", "position", name="pk_review_questions"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index("ix_review_questions_same", "review_questions", ["connection_id", "same"])
    op.create_table(
        "review_answers",
        sa.Column("delivery_id", _INT, nullable=False, autoincrement=False),
        _text("same"),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        _number("at_ms"),
        sa.PrimaryKeyConstraint("delivery_id", "same", name="pk_review_answers"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )


def _create_decisions() -> None:
    op.create_table(
        "review_decisions",
        sa.Column("id", _INT, sa.Identity(), nullable=False),
        _number("connection_id"),
        _number("delivery_id"),
        _text("item"),
        _text("same"),
        _text("decided_by"),
        _number("at_ms"),
        _number("along"),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_review_decisions"),
        sqlite_strict=True,
        sqlite_autoincrement=True,
    )
    op.create_index("ix_review_decisions_item", "review_decisions", ["item"])
    op.create_index("ix_review_decisions_same", "review_decisions", ["same"])


def _create_teachings() -> None:
    op.create_table(
        "teachings",
        sa.Column("id", _INT, sa.Identity(), nullable=False),
        _number("connection_id"),
        _number("source_id"),
        _text("about"),
        _text("kind"),
        _text("key"),
        _text("value"),
        _text("shown"),
        _text("taught_by"),
        _number("at_ms"),
        sa.ForeignKeyConstraint(
            ["connection_id"],
            ["connections.id"],
            name="fk_teachings_connection_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_teachings"),
        sqlite_strict=True,
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_teachings_key",
        "teachings",
        ["connection_id", "source_id", "about", "kind", "key"],
        unique=True,
    )


def _number(name: str) -> sa.Column[Any]:
    return sa.Column(name, _INT, nullable=False)


def _text(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.Text(), nullable=False)

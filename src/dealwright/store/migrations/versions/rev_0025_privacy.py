"""Who is suppressed, what a Source may keep, and erasures with their proof."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

_INT = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the tables."""
    _create_list()
    _create_rules()
    _create_erasures()


def _create_list() -> None:
    op.create_table(
        "privacy_keys",
        _text("name"),
        _bytes("sealed"),
        _number("created_at_ms"),
        sa.PrimaryKeyConstraint("name", name="pk_privacy_keys"),
        sqlite_strict=True,
    )
    op.create_table(
        "suppressed",
        _bytes("digest"),
        _text("kind"),
        _text("added_by"),
        _number("added_at_ms"),
        sa.Column("erasure_id", _INT, nullable=True),
        sa.PrimaryKeyConstraint("digest", name="pk_suppressed"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "suppressed_records",
        _number("connection_id", autoincrement=False),
        _text("record_id"),
        _bytes("digest"),
        sa.PrimaryKeyConstraint("connection_id", "record_id", name="pk_suppressed_records"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index("ix_suppressed_records_digest", "suppressed_records", ["digest"])


def _create_rules() -> None:
    op.create_table(
        "source_privacy",
        _number("source_id", autoincrement=False),
        _bytes("body"),
        _number("updated_at_ms"),
        sa.PrimaryKeyConstraint("source_id", name="pk_source_privacy"),
        sa.ForeignKeyConstraint(
            ["source_id"],
            ["sources.id"],
            name="fk_source_privacy_source_id",
            ondelete="CASCADE",
        ),
        sqlite_strict=True,
    )
    op.create_table(
        "privacy_state",
        _number("id", autoincrement=False),
        _number("revision"),
        sa.PrimaryKeyConstraint("id", name="pk_privacy_state"),
        sqlite_strict=True,
    )


def _create_erasures() -> None:
    op.create_table(
        "erasures",
        sa.Column("id", _INT, sa.Identity(), nullable=False),
        _text("digest"),
        _text("state"),
        sa.Column("plan", sa.LargeBinary(), nullable=True),
        _bytes("progress"),
        sa.Column("proof", sa.LargeBinary(), nullable=True),
        _text("made_by"),
        _number("made_at_ms"),
        sa.Column("ended_at_ms", _INT, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_erasures"),
        sqlite_strict=True,
        sqlite_autoincrement=True,
    )
    op.create_index("ix_erasures_digest", "erasures", ["digest"])


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False)


def _bytes(name: str) -> sa.Column[bytes]:
    return sa.Column(name, sa.LargeBinary(), nullable=False)


def _number(name: str, **options: Any) -> sa.Column[int]:
    return sa.Column(name, _INT, nullable=False, **options)

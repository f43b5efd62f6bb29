"""What we did to each record, with what stood there before; and what people have us put right."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

_INT = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_OF_CORRECTIONS = sa.text("correction_id IS NOT NULL")
_OF_REPLAYS = sa.text("replay_id IS NOT NULL")


def upgrade() -> None:
    """Make the tables, and say of a Delivery which Correction or Replay it is of."""
    op.add_column("deliveries", sa.Column("correction_id", _INT, nullable=True))
    op.add_column("deliveries", sa.Column("replay_id", _INT, nullable=True))
    op.create_index(
        "ix_deliveries_replay",
        "deliveries",
        ["replay_id"],
        sqlite_where=_OF_REPLAYS,
        postgresql_where=_OF_REPLAYS,
    )
    op.create_index(
        "ix_deliveries_correction",
        "deliveries",
        ["correction_id"],
        sqlite_where=_OF_CORRECTIONS,
        postgresql_where=_OF_CORRECTIONS,
    )
    op.create_table(
        "journal",
        sa.Column("id", _INT, sa.Identity(), nullable=False),
        _column("connection_id", _INT),
        _column("delivery_id", _INT),
        _column("at_ms", _INT),
        _column("act", sa.Text()),
        _column("kind", sa.Text()),
        sa.Column("record_id", sa.Text(), nullable=True),
        _column("external_id", sa.Text()),
        _column("before", sa.LargeBinary()),
        _column("after", sa.LargeBinary()),
        _column("is_sure", _INT),
        sa.Column("correction_id", _INT, nullable=True),
        _column("update_time", sa.Text()),
        sa.PrimaryKeyConstraint("id", name="pk_journal"),
        sqlite_strict=True,
        sqlite_autoincrement=True,
    )
    op.create_index("ix_journal_delivery_id", "journal", ["delivery_id"])
    op.create_index("ix_journal_record", "journal", ["connection_id", "kind", "record_id"])
    op.create_index("ix_journal_at_ms", "journal", ["at_ms"])
    _make_corrections()


def _make_corrections() -> None:
    op.create_table(
        "corrections",
        sa.Column("id", _INT, sa.Identity(), nullable=False),
        _column("connection_id", _INT),
        _column("kind", sa.Text()),
        _column("summary", sa.Text()),
        _column("body", sa.LargeBinary()),
        _column("made_by", sa.Text()),
        _column("made_at_ms", _INT),
        sa.PrimaryKeyConstraint("id", name="pk_corrections"),
        sqlite_strict=True,
        sqlite_autoincrement=True,
    )
    op.create_table(
        "correction_parts",
        sa.Column("delivery_id", _INT, autoincrement=False, nullable=False),
        _column("correction_id", _INT),
        _column("kind", sa.Text()),
        _column("record_id", sa.Text()),
        _column("entries", sa.LargeBinary()),
        sa.PrimaryKeyConstraint("delivery_id", name="pk_correction_parts"),
        sqlite_strict=True,
    )
    op.create_index("ix_correction_parts_correction_id", "correction_parts", ["correction_id"])
    op.create_index("ix_corrections_connection", "corrections", ["connection_id", "id"])


def _column(name: str, kind: sa.types.TypeEngine[Any]) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=False)

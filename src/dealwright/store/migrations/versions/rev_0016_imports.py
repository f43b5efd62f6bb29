"""Imports of files, and Mappings that were deleted."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

_INT = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the table, and the column."""
    op.create_table(
        "imports",
        sa.Column("id", _INT, sa.Identity(), nullable=False),
        sa.Column("source_id", _INT, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("total_bytes", _INT, nullable=True),
        sa.Column("read_bytes", _INT, nullable=False),
        sa.Column("accepted", _INT, nullable=False),
        sa.Column("rejected", _INT, nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("created_at_ms", _INT, nullable=False),
        sa.Column("updated_at_ms", _INT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_imports"),
        sa.ForeignKeyConstraint(
            ["source_id"], ["sources.id"], name="fk_imports_source_id", ondelete="CASCADE"
        ),
        sqlite_autoincrement=True,
        sqlite_strict=True,
    )
    op.create_index("ix_imports_source_id", "imports", ["source_id"])
    op.add_column("mappings", sa.Column("deleted_at_ms", _INT, nullable=True))

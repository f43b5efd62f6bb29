"""An account's own lists, kept, so that pickers cost no tokens."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_INT = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "catalogue",
        sa.Column("connection_id", _INT, nullable=False),
        sa.Column("list", sa.Text(), nullable=False),
        sa.Column("fetched_at_ms", _INT, nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("connection_id", "list", name="pk_catalogue"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )

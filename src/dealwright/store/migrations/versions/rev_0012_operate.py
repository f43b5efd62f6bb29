"""Sources that speak Standard Webhooks or CloudEvents."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_INT = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "event_hooks",
        sa.Column("source_id", _INT, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("source_id", name="pk_event_hooks"),
        sa.ForeignKeyConstraint(
            ["source_id"], ["sources.id"], name="fk_event_hooks_source_id", ondelete="CASCADE"
        ),
        sqlite_strict=True,
    )

"""Webhooks: what Pipedrive is to tell us, and what it has told."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_INT = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_TEXT = sa.Text()


def upgrade() -> None:
    """Make the table."""
    of_connection = sa.ForeignKeyConstraint(
        ["connection_id"],
        ["connections.id"],
        name="fk_webhooks_connection_id",
        ondelete="CASCADE",
    )
    op.create_table(
        "webhooks",
        sa.Column("connection_id", _INT, nullable=False),
        sa.Column("wanted", _INT, nullable=False),
        sa.Column("path_hash", _TEXT, nullable=False),
        sa.Column("auth_hash", _TEXT, nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("address", _TEXT, nullable=False),
        sa.Column("remote_id", _INT, nullable=True),
        sa.Column("code", _TEXT, nullable=False),
        sa.Column("message", _TEXT, nullable=False),
        sa.Column("checked_at_ms", _INT, nullable=True),
        sa.Column("heard_at_ms", _INT, nullable=True),
        sa.Column("doubted_at_ms", _INT, nullable=True),
        sa.PrimaryKeyConstraint("connection_id", name="pk_webhooks"),
        of_connection,
        sa.UniqueConstraint("path_hash", name="uq_webhooks_path_hash"),
        sqlite_strict=True,
    )

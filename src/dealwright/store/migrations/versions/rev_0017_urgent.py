"""What is urgent is found behind much else; accounts that cannot be used are asked again."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

_INT = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_AT_HAND = sa.text(
    "state IN ('queued', 'sending', 'waiting')"
    " AND code NOT IN ('budget_spent', 'budget_reserved', 'budget_low_priority')"
)


def upgrade() -> None:
    """Make the index and the columns."""
    op.create_index(
        "ix_deliveries_urgent",
        "deliveries",
        ["connection_id", "priority", "id"],
        sqlite_where=_AT_HAND,
        postgresql_where=_AT_HAND,
    )
    op.add_column("connections", sa.Column("probe_at_ms", _INT, nullable=True))
    op.add_column(
        "connections",
        sa.Column("probes", _INT, nullable=False, server_default=sa.text("0")),
    )

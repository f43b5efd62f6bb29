"""Find held and failed Deliveries without reading those that have ended well."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_STUCK = sa.text("state IN ('held', 'failed')")


def upgrade() -> None:
    """Make the index."""
    op.create_index(
        "ix_deliveries_stuck",
        "deliveries",
        ["connection_id", "id"],
        sqlite_where=_STUCK,
        postgresql_where=_STUCK,
    )

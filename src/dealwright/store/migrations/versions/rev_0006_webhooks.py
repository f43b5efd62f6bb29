"""Webhooks: what Pipedrive is to tell us, and what it has told."""

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""

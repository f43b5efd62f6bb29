"""Who is suppressed, what a Source may keep, and erasures with their proof."""

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""

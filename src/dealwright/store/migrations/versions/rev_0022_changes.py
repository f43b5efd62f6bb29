"""What we did to each record, with what stood there before; and Corrections."""

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""

"""Whom people say a guest of a meeting is."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

_INT = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "meeting_choices",
        sa.Column("meeting_id", _INT, nullable=False, autoincrement=False),
        sa.Column("slot", sa.Text(), nullable=False),
        sa.Column("person_id", _INT, nullable=False),
        sa.Column("removes", _INT, nullable=False),
        sa.Column("chosen_by", sa.Text(), nullable=False),
        sa.Column("chosen_at_ms", _INT, nullable=False),
        sa.PrimaryKeyConstraint("meeting_id", "slot", name="pk_meeting_choices"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )

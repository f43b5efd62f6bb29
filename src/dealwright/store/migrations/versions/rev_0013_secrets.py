"""Which keys have sealed what stands in the store."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_INT = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the table. Values stay as they are: those of before name no key, and still open."""
    op.create_table(
        "sealing_keys",
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("canary", sa.LargeBinary(), nullable=False),
        sa.Column("since_ms", _INT, nullable=False),
        sa.PrimaryKeyConstraint("key_id", name="pk_sealing_keys"),
        sqlite_strict=True,
    )

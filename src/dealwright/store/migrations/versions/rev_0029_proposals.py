"""What somebody proposes to have done, with what it would do, and who approved of it."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

_INT = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "proposals",
        sa.Column("id", _INT, sa.Identity(), nullable=False),
        _column("connection_id", _INT),
        _column("kind", sa.Text()),
        _column("state", sa.Text()),
        _column("summary", sa.Text()),
        _column("reason", sa.Text()),
        _column("tokens", _INT),
        _column("writes", _INT),
        _column("wish", sa.LargeBinary()),
        _column("preview", sa.LargeBinary()),
        _column("made_by", sa.Text()),
        _column("made_at_ms", _INT),
        _column("decided_by", sa.Text()),
        sa.Column("decided_at_ms", _INT, nullable=True),
        _column("expires_at_ms", _INT),
        _column("result", sa.LargeBinary()),
        sa.PrimaryKeyConstraint("id", name="pk_proposals"),
        sqlite_strict=True,
        sqlite_autoincrement=True,
    )
    op.create_index("ix_proposals_made_at_ms", "proposals", ["made_at_ms"])


def _column(name: str, kind: sa.types.TypeEngine[Any]) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=False)

"""Keys of the management API, requests that may be repeated, and when a write key was used."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_INT = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_TEXT = sa.Text()
_BYTES = sa.LargeBinary()


def upgrade() -> None:
    """Make the tables, and the column."""
    op.create_table(
        "api_keys",
        _column("id", _INT, sa.Identity()),
        _column("name", _TEXT),
        _column("role", _TEXT),
        _column("key_hash", _TEXT),
        _column("prefix", _TEXT),
        _column("made_by", _TEXT),
        _column("created_at_ms", _INT),
        sa.Column("used_at_ms", _INT, nullable=True),
        sa.Column("revoked_at_ms", _INT, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_api_keys"),
        sa.UniqueConstraint("key_hash", name="uq_api_keys_key_hash"),
        sqlite_autoincrement=True,
        sqlite_strict=True,
    )
    op.create_table(
        "repeatable",
        _column("principal", _TEXT),
        _column("key", _TEXT),
        _column("fingerprint", _TEXT),
        _column("status", _INT),
        _column("sealed", _BYTES),
        _column("created_at_ms", _INT),
        sa.PrimaryKeyConstraint("principal", "key", name="pk_repeatable"),
        sqlite_strict=True,
    )
    op.create_index("ix_repeatable_created_at_ms", "repeatable", ["created_at_ms"])
    op.add_column("write_keys", sa.Column("used_at_ms", _INT, nullable=True))


def _column(name: str, kind: sa.types.TypeEngine[Any], *more: Any) -> sa.Column[Any]:
    return sa.Column(name, kind, *more, nullable=False)

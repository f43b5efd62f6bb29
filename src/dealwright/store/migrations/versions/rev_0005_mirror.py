"""The mirror: identities and field values of an account."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_INT = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_TEXT = sa.Text()
_BYTES = sa.LargeBinary()
_LEAN = {"sqlite_strict": True, "sqlite_with_rowid": False}


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "mirror_records",
        _column("connection_id", _INT),
        _column("kind", _TEXT),
        _column("record_id", _TEXT),
        _column("updated_at_ms", _INT),
        _column("checked_at_ms", _INT),
        _column("exact", _INT),
        _column("deleted", _INT),
        _column("keys", _BYTES),
        _column("body", _BYTES),
        sa.PrimaryKeyConstraint("connection_id", "kind", "record_id", name="pk_mirror_records"),
        **_LEAN,
    )
    op.create_table(
        "mirror_keys",
        _column("connection_id", _INT),
        _column("kind", _TEXT),
        _column("key", _INT),
        _column("record_id", _TEXT),
        sa.PrimaryKeyConstraint("connection_id", "kind", "key", "record_id", name="pk_mirror_keys"),
        **_LEAN,
    )
    op.create_table(
        "mirror_state",
        _column("connection_id", _INT),
        _column("kind", _TEXT),
        _column("crawling", _INT, server_default=sa.text("0")),
        _maybe("crawl_cursor", _TEXT),
        _column("crawled", _INT, server_default=sa.text("0")),
        _maybe("started_at_ms", _INT),
        _maybe("complete_at_ms", _INT),
        _maybe("fresh_at_ms", _INT),
        _maybe("reconciled_at_ms", _INT),
        _maybe("next_at_ms", _INT),
        _column("region", _TEXT, server_default=sa.text("''")),
        sa.PrimaryKeyConstraint("connection_id", "kind", name="pk_mirror_state"),
        **_LEAN,
    )


def _column(name: str, kind: sa.types.TypeEngine[Any], **options: Any) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=False, **options)


def _maybe(name: str, kind: sa.types.TypeEngine[Any]) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=True)

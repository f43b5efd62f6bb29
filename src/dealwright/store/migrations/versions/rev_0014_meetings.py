"""Meetings, their versions, participants and what was written of them."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_INT = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_TEXT = sa.Text()
_BYTES = sa.LargeBinary()
_OPEN = sa.text("state = 'open'")
_OF_MEETINGS = sa.text("meeting_id IS NOT NULL")


def upgrade() -> None:
    """Make the tables, and say of a Delivery which Meeting it is of."""
    op.add_column("deliveries", _maybe("meeting_id", _INT))
    op.create_index(
        "ix_deliveries_meeting",
        "deliveries",
        ["meeting_id"],
        sqlite_where=_OF_MEETINGS,
        postgresql_where=_OF_MEETINGS,
    )
    _create_meeting_sources()
    _create_meeting_refusals()
    _create_meeting_inbox()
    _create_meeting_reports()
    _create_meetings()
    _create_meeting_desk()
    _create_meeting_links()
    _create_meeting_writes()


def _column(
    name: str, kind: sa.types.TypeEngine[Any], *more: Any, **options: Any
) -> sa.Column[Any]:
    return sa.Column(name, kind, *more, nullable=False, **options)


def _maybe(name: str, kind: sa.types.TypeEngine[Any]) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=True)


def _create_meeting_sources() -> None:
    op.create_table(
        "meeting_sources",
        _column("source_id", _INT, autoincrement=False),
        _column("kind", _TEXT),
        _column("path_hash", _TEXT),
        _maybe("sealed", _BYTES),
        _column("settings", _BYTES),
        _maybe("connection_id", _INT),
        _column("poll_s", _INT),
        _maybe("poll_at_ms", _INT),
        _maybe("polled_at_ms", _INT),
        _column("poll_code", _TEXT, server_default=sa.text("''")),
        _maybe("heard_at_ms", _INT),
        _column("received", _INT, server_default=sa.text("0")),
        _column("ignored", _INT, server_default=sa.text("0")),
        _column("dead", _INT, server_default=sa.text("0")),
        sa.PrimaryKeyConstraint("source_id", name="pk_meeting_sources"),
        sa.ForeignKeyConstraint(
            ["source_id"], ["sources.id"], name="fk_meeting_sources_source_id", ondelete="CASCADE"
        ),
        sa.UniqueConstraint("path_hash", name="uq_meeting_sources_path_hash"),
        sqlite_strict=True,
    )
    op.create_index("ix_meeting_sources_kind", "meeting_sources", ["kind"])


def _create_meeting_refusals() -> None:
    op.create_table(
        "meeting_refusals",
        _column("path", _TEXT),
        _column("code", _TEXT),
        _column("address", _TEXT),
        _column("count", _INT),
        _column("last_at_ms", _INT),
        sa.PrimaryKeyConstraint("path", "code", "address", name="pk_meeting_refusals"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )


def _create_meeting_inbox() -> None:
    op.create_table(
        "meeting_inbox",
        _column("id", _INT, sa.Identity()),
        _column("source_id", _INT),
        _column("delivery_key", _TEXT),
        _column("meeting_key", _TEXT),
        _column("received_at_ms", _INT),
        _column("headers", _BYTES),
        _maybe("body", _BYTES),
        _column("status", _INT),
        _column("answer", _BYTES),
        _column("state", _TEXT),
        _column("outcome", _TEXT),
        _column("reason", _TEXT),
        _column("attempts", _INT, server_default=sa.text("0")),
        _maybe("next_at_ms", _INT),
        sa.PrimaryKeyConstraint("id", name="pk_meeting_inbox"),
        sa.ForeignKeyConstraint(
            ["source_id"], ["sources.id"], name="fk_meeting_inbox_source_id", ondelete="CASCADE"
        ),
        sqlite_strict=True,
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_meeting_inbox_delivery", "meeting_inbox", ["source_id", "delivery_key"], unique=True
    )
    op.create_index("ix_meeting_inbox_key", "meeting_inbox", ["source_id", "meeting_key"])
    op.create_index(
        "ix_meeting_inbox_open", "meeting_inbox", ["id"], sqlite_where=_OPEN, postgresql_where=_OPEN
    )
    op.create_index("ix_meeting_inbox_received", "meeting_inbox", ["received_at_ms"])


def _create_meeting_reports() -> None:
    op.create_table(
        "meeting_reports",
        _column("id", _INT, sa.Identity()),
        _column("source_id", _INT),
        _column("key", _TEXT),
        _column("public_id", _TEXT),
        _maybe("meeting_id", _INT),
        _maybe("body", _BYTES),
        _column("created_at_ms", _INT),
        _maybe("heard_at_ms", _INT),
        sa.PrimaryKeyConstraint("id", name="pk_meeting_reports"),
        sa.ForeignKeyConstraint(
            ["source_id"], ["sources.id"], name="fk_meeting_reports_source_id", ondelete="CASCADE"
        ),
        sa.UniqueConstraint("public_id", name="uq_meeting_reports_public_id"),
        sqlite_strict=True,
        sqlite_autoincrement=True,
    )
    op.create_index("ix_meeting_reports_key", "meeting_reports", ["source_id", "key"], unique=True)
    op.create_index("ix_meeting_reports_meeting_id", "meeting_reports", ["meeting_id"])


def _create_meetings() -> None:
    op.create_table(
        "meetings",
        _column("id", _INT, sa.Identity()),
        _column("public_id", _TEXT),
        _column("source_id", _INT),
        _maybe("connection_id", _INT),
        _column("key", _TEXT),
        _column("revision", _INT),
        _column("body", _BYTES),
        _maybe("merge", _BYTES),
        _column("state", _TEXT),
        _maybe("next_at_ms", _INT),
        _column("created_at_ms", _INT),
        _column("updated_at_ms", _INT),
        _maybe("started_at_ms", _INT),
        _column("title", _TEXT),
        _column("ical_uid", _TEXT),
        _column("platform_meeting", _TEXT),
        _column("organiser", _TEXT),
        _maybe("result_revision", _INT),
        _maybe("result", _BYTES),
        _maybe("deleted_at_ms", _INT),
        sa.PrimaryKeyConstraint("id", name="pk_meetings"),
        sa.UniqueConstraint("public_id", name="uq_meetings_public_id"),
        sqlite_strict=True,
        sqlite_autoincrement=True,
    )
    op.create_index("ix_meetings_key", "meetings", ["source_id", "key"])
    op.create_index("ix_meetings_next_at_ms", "meetings", ["next_at_ms"])
    op.create_index("ix_meetings_started_at_ms", "meetings", ["started_at_ms"])


def _create_meeting_desk() -> None:
    op.create_table(
        "meeting_desk",
        _column("id", _INT, sa.Identity()),
        _column("holder", _TEXT),
        _column("fence", _INT),
        _column("expires_at_ms", _INT),
        sa.PrimaryKeyConstraint("id", name="pk_meeting_desk"),
        sqlite_strict=True,
    )


def _create_meeting_links() -> None:
    op.create_table(
        "meeting_links",
        _column("connection_id", _INT, autoincrement=False),
        _column("subject", _TEXT),
        _column("deal_id", _INT),
        _column("origin", _TEXT),
        _column("created_at_ms", _INT),
        sa.PrimaryKeyConstraint("connection_id", "subject", name="pk_meeting_links"),
        sa.ForeignKeyConstraint(
            ["connection_id"],
            ["connections.id"],
            name="fk_meeting_links_connection_id",
            ondelete="CASCADE",
        ),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )


def _create_meeting_writes() -> None:
    op.create_table(
        "meeting_writes",
        _column("id", _INT, sa.Identity()),
        _column("meeting_id", _INT),
        _column("kind", _TEXT),
        _column("person_id", _INT),
        _maybe("deal_id", _INT),
        _maybe("record_id", _TEXT),
        _column("content_hash", _TEXT),
        _column("kept_hash", _TEXT),
        _column("state", _TEXT),
        _column("written_at_ms", _INT),
        sa.PrimaryKeyConstraint("id", name="pk_meeting_writes"),
        sqlite_strict=True,
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_meeting_writes_subject",
        "meeting_writes",
        ["meeting_id", "kind", "person_id"],
        unique=True,
    )

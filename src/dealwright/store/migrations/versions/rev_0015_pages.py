"""Pages of meetings: versions of summaries, and links to share."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

_INT = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the tables."""
    _create_summaries()
    _create_shares()
    _create_views()


def _create_summaries() -> None:
    op.create_table(
        "meeting_summaries",
        *_keys(),
        _number("version"),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        _text("content_hash"),
        _text("made_by"),
        _number("made_at_ms"),
        sa.PrimaryKeyConstraint("id", name="pk_meeting_summaries"),
        sqlite_strict=True,
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_meeting_summaries_version", "meeting_summaries", ["meeting_id", "version"], unique=True
    )


def _create_shares() -> None:
    op.create_table(
        "meeting_shares",
        *_keys(),
        _text("token_hash"),
        _text("scope"),
        _text("phrase_hash"),
        _text("made_by"),
        _number("made_at_ms"),
        _number("expires_at_ms"),
        sa.Column("revoked_at_ms", _INT, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_meeting_shares"),
        sa.UniqueConstraint("token_hash", name="uq_meeting_shares_token_hash"),
        sqlite_strict=True,
        sqlite_autoincrement=True,
    )
    op.create_index("ix_meeting_shares_meeting_id", "meeting_shares", ["meeting_id"])


def _create_views() -> None:
    op.create_table(
        "meeting_share_views",
        _own_id(),
        _number("share_id"),
        _number("at_ms"),
        _text("address"),
        _text("agent"),
        sa.PrimaryKeyConstraint("id", name="pk_meeting_share_views"),
        sqlite_strict=True,
        sqlite_autoincrement=True,
    )
    op.create_index("ix_meeting_share_views_share_id", "meeting_share_views", ["share_id"])


def _keys() -> tuple[sa.Column[Any], ...]:
    return (_own_id(), _number("meeting_id"))


def _own_id() -> sa.Column[Any]:
    return sa.Column("id", _INT, sa.Identity(), nullable=False)


def _number(name: str) -> sa.Column[Any]:
    return sa.Column(name, _INT, nullable=False)


def _text(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.Text(), nullable=False)

"""Media, legal hold, erasure and search of meetings."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

_INT = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_NONE = sa.text("0")


def upgrade() -> None:
    """Make the tables."""
    _create_media()
    _create_holds()
    _create_removals()
    _create_texts()


def _create_media() -> None:
    op.create_table(
        "meeting_media",
        sa.Column("id", _INT, sa.Identity(), nullable=False),
        _number("meeting_id"),
        _text("origin"),
        _text("mime_type"),
        _text("file"),
        _number("size"),
        sa.Column("data_key", sa.LargeBinary(), nullable=True),
        _text("state"),
        _text("code"),
        sa.Column("attempts", _INT, server_default=_NONE, nullable=False),
        sa.Column("next_at_ms", _INT, nullable=True),
        _number("added_at_ms"),
        sa.PrimaryKeyConstraint("id", name="pk_meeting_media"),
        sqlite_strict=True,
        sqlite_autoincrement=True,
    )
    op.create_index("ix_meeting_media_meeting_id", "meeting_media", ["meeting_id"])
    op.create_index("ix_meeting_media_next_at_ms", "meeting_media", ["next_at_ms"])


def _create_holds() -> None:
    op.create_table(
        "meeting_holds",
        sa.Column("meeting_id", _INT, nullable=False, autoincrement=False),
        _text("reason"),
        _text("held_by"),
        _number("held_at_ms"),
        sa.PrimaryKeyConstraint("meeting_id", name="pk_meeting_holds"),
        sqlite_strict=True,
    )


def _create_removals() -> None:
    op.create_table(
        "meeting_removals",
        sa.Column("id", _INT, sa.Identity(), nullable=False),
        _number("meeting_id"),
        _text("kind"),
        _text("why"),
        _text("removed_by"),
        _number("removed_at_ms"),
        sa.PrimaryKeyConstraint("id", name="pk_meeting_removals"),
        sqlite_strict=True,
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_meeting_removals_kind", "meeting_removals", ["meeting_id", "kind"], unique=True
    )


def _create_texts() -> None:
    op.create_table(
        "meeting_texts",
        sa.Column("meeting_id", _INT, nullable=False, autoincrement=False),
        _text("words"),
        _text("conversation_type"),
        _text("presenter"),
        sa.PrimaryKeyConstraint("meeting_id", name="pk_meeting_texts"),
        sqlite_strict=True,
    )
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "CREATE VIRTUAL TABLE meeting_search USING fts5(words, content='meeting_texts', "
            "content_rowid='meeting_id', tokenize='unicode61 remove_diacritics 2')"
        )
    else:
        op.execute(
            "CREATE INDEX ix_meeting_texts_words ON meeting_texts USING gin "
            "(array_to_tsvector(string_to_array(words, ' ')))"
        )


def _number(name: str) -> sa.Column[Any]:
    return sa.Column(name, _INT, nullable=False)


def _text(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.Text(), nullable=False)

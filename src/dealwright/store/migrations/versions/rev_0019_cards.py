"""Cards: settings, linked Google users, devices; the mirror finds what stands around a person."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

_INT = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the tables, and have read again what was mirrored without the person it is of."""
    _create_settings()
    _create_google()
    _create_devices()
    op.create_index("ix_meeting_writes_person_id", "meeting_writes", ["person_id"])
    op.execute(
        "UPDATE mirror_state SET complete_at_ms = NULL, crawl_cursor = NULL, crawled = 0,"
        " crawling = 1, next_at_ms = NULL"
        " WHERE kind IN ('deal', 'activity', 'note') AND complete_at_ms IS NOT NULL"
    )


def _create_settings() -> None:
    for name, key, parent in (
        ("card_settings", "connection_id", "connections"),
        ("card_readers", "user_id", "users"),
    ):
        op.create_table(
            name,
            sa.Column(key, _INT, nullable=False, autoincrement=False),
            sa.Column("body", sa.LargeBinary(), nullable=False),
            _number("updated_at_ms"),
            sa.PrimaryKeyConstraint(key, name=f"pk_{name}"),
            _parent(name, key, parent),
            sqlite_strict=True,
        )


def _create_google() -> None:
    op.create_table(
        "google_users",
        _text("issuer"),
        _text("subject"),
        _number("user_id"),
        _text("email"),
        _number("linked_at_ms"),
        sa.PrimaryKeyConstraint("issuer", "subject", name="pk_google_users"),
        _parent("google_users", "user_id", "users"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index("ix_google_users_user_id", "google_users", ["user_id"])
    op.create_table(
        "google_tickets",
        _text("ticket_hash"),
        _text("issuer"),
        _text("subject"),
        _text("email"),
        _number("expires_at_ms"),
        sa.PrimaryKeyConstraint("ticket_hash", name="pk_google_tickets"),
        sqlite_strict=True,
    )
    op.create_index("ix_google_tickets_expires_at_ms", "google_tickets", ["expires_at_ms"])


def _create_devices() -> None:
    op.create_table(
        "card_devices",
        sa.Column("id", _INT, sa.Identity(), nullable=False),
        _text("token_hash"),
        _number("user_id"),
        _text("label"),
        _text("origin"),
        _number("may_write"),
        _number("created_at_ms"),
        sa.Column("seen_at_ms", _INT, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_card_devices"),
        sa.UniqueConstraint("token_hash", name="uq_card_devices_token_hash"),
        _parent("card_devices", "user_id", "users"),
        sqlite_strict=True,
        sqlite_autoincrement=True,
    )
    op.create_index("ix_card_devices_user_id", "card_devices", ["user_id"])
    op.create_table(
        "card_codes",
        _text("code_hash"),
        _number("user_id"),
        sa.Column("device_id", _INT, nullable=True),
        _number("may_write"),
        _number("expires_at_ms"),
        sa.PrimaryKeyConstraint("code_hash", name="pk_card_codes"),
        _parent("card_codes", "user_id", "users"),
        _parent("card_codes", "device_id", "card_devices"),
        sqlite_strict=True,
    )
    op.create_index("ix_card_codes_user_id", "card_codes", ["user_id"])
    op.create_index("ix_card_codes_device_id", "card_codes", ["device_id"])
    op.create_index("ix_card_codes_expires_at_ms", "card_codes", ["expires_at_ms"])


def _parent(table: str, column: str, parent: str) -> sa.ForeignKeyConstraint:
    name = f"fk_{table}_{column}"
    return sa.ForeignKeyConstraint([column], [f"{parent}.id"], name=name, ondelete="CASCADE")


def _number(name: str) -> sa.Column[Any]:
    return sa.Column(name, _INT, nullable=False)


def _text(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.Text(), nullable=False)

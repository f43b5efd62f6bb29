"""People who use the hub, their sessions, and the record of what was changed."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_INT = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_TEXT = sa.Text()
_BYTES = sa.LargeBinary()


def upgrade() -> None:
    """Make the tables."""
    _create_users()
    _create_sessions()
    _create_second_factor()
    _create_ways_in()
    _create_audit()


def _column(name: str, kind: sa.types.TypeEngine[Any], *more: Any) -> sa.Column[Any]:
    return sa.Column(name, kind, *more, nullable=False)


def _maybe(name: str, kind: sa.types.TypeEngine[Any]) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=True)


def _of_user(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["user_id"], ["users.id"], name=f"fk_{table}_user_id", ondelete="CASCADE"
    )


def _create_users() -> None:
    op.create_table(
        "users",
        _column("id", _INT, sa.Identity()),
        _column("email", _TEXT),
        _column("name", _TEXT),
        _column("role", _TEXT),
        _column("password_hash", _TEXT),
        _maybe("totp", _BYTES),
        _column("totp_on", _INT),
        _column("totp_step", _INT),
        _maybe("subject", _TEXT),
        _column("created_at_ms", _INT),
        _maybe("signed_in_at_ms", _INT),
        sa.PrimaryKeyConstraint("id", name="pk_users"),
        sa.UniqueConstraint("email", name="uq_users_email"),
        sa.UniqueConstraint("subject", name="uq_users_subject"),
        sqlite_autoincrement=True,
        sqlite_strict=True,
    )


def _create_sessions() -> None:
    op.create_table(
        "sessions",
        _column("id", _INT, sa.Identity()),
        _column("token_hash", _TEXT),
        _column("user_id", _INT),
        _column("stage", _TEXT),
        _column("method", _TEXT),
        _column("address", _TEXT),
        _column("agent", _TEXT),
        _column("created_at_ms", _INT),
        _column("seen_at_ms", _INT),
        _column("expires_at_ms", _INT),
        _column("tries", _INT),
        sa.PrimaryKeyConstraint("id", name="pk_sessions"),
        sa.UniqueConstraint("token_hash", name="uq_sessions_token_hash"),
        _of_user("sessions"),
        sqlite_autoincrement=True,
        sqlite_strict=True,
    )
    op.create_index("ix_sessions_expires_at_ms", "sessions", ["expires_at_ms"])
    op.create_index("ix_sessions_user_id", "sessions", ["user_id"])


def _create_second_factor() -> None:
    op.create_table(
        "recovery_codes",
        _column("user_id", _INT),
        _column("code_hash", _TEXT),
        sa.PrimaryKeyConstraint("user_id", "code_hash", name="pk_recovery_codes"),
        _of_user("recovery_codes"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )


def _create_ways_in() -> None:
    op.create_table(
        "set_up_links",
        _column("token_hash", _TEXT),
        _maybe("user_id", _INT),
        _column("created_at_ms", _INT),
        _column("expires_at_ms", _INT),
        sa.PrimaryKeyConstraint("token_hash", name="pk_set_up_links"),
        _of_user("set_up_links"),
        sqlite_strict=True,
    )
    op.create_table(
        "tries",
        _column("key", _TEXT),
        _column("count", _INT),
        _column("until_ms", _INT),
        sa.PrimaryKeyConstraint("key", name="pk_tries"),
        sqlite_strict=True,
    )
    op.create_index("ix_tries_until_ms", "tries", ["until_ms"])
    op.create_table(
        "oidc_visits",
        _column("state_hash", _TEXT),
        _column("bound_to", _TEXT),
        _column("sealed", _BYTES),
        _column("expires_at_ms", _INT),
        sa.PrimaryKeyConstraint("state_hash", name="pk_oidc_visits"),
        sqlite_strict=True,
    )
    op.create_index("ix_oidc_visits_expires_at_ms", "oidc_visits", ["expires_at_ms"])


def _create_audit() -> None:
    op.create_table(
        "audit",
        _column("id", _INT, sa.Identity()),
        _column("at_ms", _INT),
        _column("principal_kind", _TEXT),
        _column("principal_id", _INT),
        _column("principal_name", _TEXT),
        _column("action", _TEXT),
        _column("target", _TEXT),
        _maybe("before", _BYTES),
        _maybe("after", _BYTES),
        sa.PrimaryKeyConstraint("id", name="pk_audit"),
        sqlite_autoincrement=True,
        sqlite_strict=True,
    )

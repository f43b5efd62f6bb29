"""What has changed in an account under a Mapping, and alerts."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

_INT = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the tables."""
    _make_drift()
    _make_alerts()


def _make_drift() -> None:
    op.create_table(
        "drift_names",
        sa.Column("connection_id", _INT, nullable=False, autoincrement=False),
        _text("list"),
        _number("fetched_at_ms"),
        _blob("body"),
        sa.PrimaryKeyConstraint("connection_id", "list", name="pk_drift_names"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "drifts",
        sa.Column("id", _INT, sa.Identity(), nullable=False),
        _number("connection_id"),
        _text("subject"),
        _number("subject_id"),
        _text("list"),
        _text("ref"),
        _blob("thing"),
        *(_text(name) for name in ("after", "sentence", "mend")),
        _number("breaks"),
        _text("state"),
        _number("since_ms"),
        sa.Column("ended_at_ms", _INT, nullable=True),
        _text("ended_by"),
        _number("mended_version"),
        sa.PrimaryKeyConstraint("id", name="pk_drifts"),
        _with("drifts", "connection_id", "connections"),
        sqlite_strict=True,
        sqlite_autoincrement=True,
    )
    named = ["connection_id", "subject", "subject_id", "list", "ref"]
    _index("ix_drifts_open", "drifts", named, where="state = 'open'", unique=True)


def _make_alerts() -> None:
    op.create_table(
        "alerts",
        sa.Column("id", _INT, sa.Identity(), nullable=False),
        _text("key"),
        _text("kind"),
        _number("connection_id"),
        _text("title"),
        _text("message"),
        _number("since_ms"),
        sa.Column("ended_at_ms", _INT, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_alerts"),
        sqlite_strict=True,
        sqlite_autoincrement=True,
    )
    _index("ix_alerts_key", "alerts", ["key"], where="ended_at_ms IS NULL", unique=True)
    op.create_index("ix_alerts_since_ms", "alerts", ["since_ms"])
    op.create_table(
        "alert_sends",
        sa.Column("id", _INT, sa.Identity(), nullable=False),
        _number("alert_id"),
        _text("word"),
        _text("channel"),
        _text("state"),
        _number("attempts"),
        sa.Column("next_at_ms", _INT, nullable=True),
        sa.Column("sent_at_ms", _INT, nullable=True),
        _text("message"),
        sa.PrimaryKeyConstraint("id", name="pk_alert_sends"),
        _with("alert_sends", "alert_id", "alerts"),
        sqlite_strict=True,
        sqlite_autoincrement=True,
    )
    op.create_index("ix_alert_sends_alert_id", "alert_sends", ["alert_id"])
    _index("ix_alert_sends_due", "alert_sends", ["next_at_ms"], where="state = 'queued'")


def _index(name: str, table: str, columns: list[str], *, where: str, unique: bool = False) -> None:
    condition = sa.text(where)
    op.create_index(
        name,
        table,
        columns,
        unique=unique,
        sqlite_where=condition,
        postgresql_where=condition,
    )


def _with(table: str, column: str, parent: str) -> sa.ForeignKeyConstraint:
    """Rows that go with those of another table."""
    return sa.ForeignKeyConstraint(
        [column], [f"{parent}.id"], name=f"fk_{table}_{column}", ondelete="CASCADE"
    )


def _number(name: str) -> sa.Column[Any]:
    return sa.Column(name, _INT, nullable=False)


def _text(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.Text(), nullable=False)


def _blob(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.LargeBinary(), nullable=False)

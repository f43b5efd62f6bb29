"""What we wrote into each record, field by field; and record ids as text, since leads have UUIDs.

SQLite changes no column: such a table is made anew under its name and filled from the old one.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_INT = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_TEXT = sa.Text()
_BYTES = sa.LargeBinary()
_OPEN = sa.text("state IN ('queued', 'sending', 'waiting')")
_STUCK = sa.text("state IN ('held', 'failed')")
_CONVERTED = ("deliveries", "intents", "links")


def upgrade() -> None:
    """Make the table, and convert the columns of the others."""
    op.create_table(
        "written",
        _column("connection_id", _INT),
        _column("kind", _TEXT),
        _column("record_id", _TEXT),
        _column("body", _BYTES),
        sa.PrimaryKeyConstraint("connection_id", "kind", "record_id", name="pk_written"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    if op.get_context().dialect.name == "sqlite":
        _make_anew()
        return
    for table in _CONVERTED:
        op.alter_column(table, "record_id", type_=_TEXT, postgresql_using="record_id::text")


def _make_anew() -> None:
    for index in (
        "ix_deliveries_event_seq",
        "ix_deliveries_open",
        "ix_deliveries_stuck",
        "ix_intents_delivery_id",
        "ix_intents_record",
        "ix_links_record",
    ):
        op.drop_index(index)
    for table in _CONVERTED:
        op.rename_table(table, f"{table}_before")
    _create_deliveries()
    _create_intents()
    _create_links()
    for table in _CONVERTED:
        # A STRICT table takes a number into a text column, as text.
        op.execute(f"INSERT INTO {table} SELECT * FROM {table}_before")  # noqa: S608 - constants
    for table in ("deliveries", "intents"):
        # Ids go on where they were, also past rows that are gone.
        op.execute(f"DELETE FROM sqlite_sequence WHERE name = '{table}'")  # noqa: S608
        op.execute(
            f"UPDATE sqlite_sequence SET name = '{table}'"  # noqa: S608
            f" WHERE name = '{table}_before'"
        )
    for table in _CONVERTED:
        op.drop_table(f"{table}_before")


def _column(
    name: str, kind: sa.types.TypeEngine[Any], *more: Any, **options: Any
) -> sa.Column[Any]:
    return sa.Column(name, kind, *more, nullable=False, **options)


def _maybe(name: str, kind: sa.types.TypeEngine[Any]) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=True)


def _create_deliveries() -> None:
    op.create_table(
        "deliveries",
        _column("id", _INT, sa.Identity()),
        _column("connection_id", _INT),
        _column("mapping_id", _INT),
        _column("mapping_version", _INT),
        _column("source_id", _INT),
        _column("event_seq", _INT),
        _column("lanes", _TEXT),
        _column("state", _TEXT),
        _column("code", _TEXT),
        _column("message", _TEXT),
        _column("attempts", _INT, server_default=sa.text("0")),
        _maybe("next_at_ms", _INT),
        _column("created_at_ms", _INT),
        _column("updated_at_ms", _INT),
        _maybe("record_kind", _TEXT),
        _maybe("record_id", _TEXT),
        _column("tokens", _INT, server_default=sa.text("0")),
        _maybe("written_by", _INT),
        _maybe("trace", _BYTES),
        sa.PrimaryKeyConstraint("id", name="pk_deliveries"),
        sqlite_autoincrement=True,
        sqlite_strict=True,
    )
    op.create_index("ix_deliveries_event_seq", "deliveries", ["event_seq"])
    of_connection = ["connection_id", "id"]
    op.create_index("ix_deliveries_open", "deliveries", of_connection, sqlite_where=_OPEN)
    op.create_index("ix_deliveries_stuck", "deliveries", of_connection, sqlite_where=_STUCK)


def _create_intents() -> None:
    op.create_table(
        "intents",
        _column("id", _INT, sa.Identity()),
        _column("connection_id", _INT),
        _column("delivery_id", _INT),
        _column("kind", _TEXT),
        _column("external_id", _TEXT),
        _column("body", _BYTES),
        _column("created_at_ms", _INT),
        _maybe("settled_at_ms", _INT),
        _maybe("record_id", _TEXT),
        sa.PrimaryKeyConstraint("id", name="pk_intents"),
        sqlite_autoincrement=True,
        sqlite_strict=True,
    )
    op.create_index("ix_intents_delivery_id", "intents", ["delivery_id"])
    op.create_index("ix_intents_record", "intents", ["connection_id", "kind", "record_id"])


def _create_links() -> None:
    op.create_table(
        "links",
        _column("connection_id", _INT),
        _column("source_id", _INT),
        _column("kind", _TEXT),
        _column("external_id", _TEXT),
        _column("record_id", _TEXT),
        sa.PrimaryKeyConstraint(
            "connection_id", "source_id", "kind", "external_id", name="pk_links"
        ),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index("ix_links_record", "links", ["connection_id", "kind", "record_id"])

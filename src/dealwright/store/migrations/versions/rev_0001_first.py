"""The first schema: log, sources, connections, mappings, deliveries and what they leave behind."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# A revision is frozen: it names no type of `store.tables`, which go on changing.
_INT = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_TEXT = sa.Text()
_BYTES = sa.LargeBinary()
_OPEN = sa.text("state IN ('queued', 'sending', 'waiting')")


def upgrade() -> None:
    """Make every table."""
    _create_log()
    _create_sources()
    _create_connections()
    _create_leases()
    _create_mappings()
    _create_deliveries()
    _create_results()


def _column(
    name: str, kind: sa.types.TypeEngine[Any], *more: Any, **options: Any
) -> sa.Column[Any]:
    return sa.Column(name, kind, *more, nullable=False, **options)


def _maybe(name: str, kind: sa.types.TypeEngine[Any]) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=True)


def _create_log() -> None:
    op.create_table(
        "events",
        _column("seq", _INT, sa.Identity()),
        _column("source_id", _INT),
        _column("received_at_ms", _INT),
        _maybe("sent_at_ms", _INT),
        _column("message_id", _TEXT),
        _column("payload", _BYTES),
        _maybe("envelope", _BYTES),
        sa.PrimaryKeyConstraint("seq", name="pk_events"),
        sqlite_autoincrement=True,
        sqlite_strict=True,
    )
    op.create_table(
        "rejects",
        _column("id", _INT, sa.Identity()),
        _column("source_id", _INT),
        _column("received_at_ms", _INT),
        _column("code", _TEXT),
        _column("reason", _TEXT),
        _column("payload", _BYTES),
        sa.PrimaryKeyConstraint("id", name="pk_rejects"),
        sqlite_autoincrement=True,
        sqlite_strict=True,
    )
    op.create_table(
        "seen",
        _column("connection_id", _INT),
        _column("source_id", _INT),
        _column("digest", _BYTES),
        _column("at_ms", _INT),
        sa.PrimaryKeyConstraint("connection_id", "source_id", "digest", name="pk_seen"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index("ix_seen_at_ms", "seen", ["at_ms"])


def _create_sources() -> None:
    op.create_table(
        "sources",
        _column("id", _INT, sa.Identity()),
        _column("name", _TEXT),
        _column("created_at_ms", _INT),
        sa.PrimaryKeyConstraint("id", name="pk_sources"),
        sa.UniqueConstraint("name", name="uq_sources_name"),
        sqlite_autoincrement=True,
        sqlite_strict=True,
    )
    op.create_table(
        "write_keys",
        _column("key_hash", _TEXT),
        _column("source_id", _INT),
        _column("prefix", _TEXT),
        _column("created_at_ms", _INT),
        sa.ForeignKeyConstraint(
            ["source_id"], ["sources.id"], name="fk_write_keys_source_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("key_hash", name="pk_write_keys"),
        sqlite_strict=True,
    )
    op.create_index("ix_write_keys_source_id", "write_keys", ["source_id"])


def _create_connections() -> None:
    op.create_table(
        "connections",
        _column("id", _INT, sa.Identity()),
        _column("name", _TEXT),
        _column("state", _TEXT),
        _column("state_reason", _TEXT),
        _column("base_url", _TEXT),
        _maybe("company_id", _INT),
        _column("company_name", _TEXT),
        _maybe("user_id", _INT),
        _column("user_name", _TEXT),
        _column("plan", _TEXT),
        _column("seats", _INT),
        _column("delivering", _INT),
        _column("position", _INT),
        _column("hears_all", _INT),
        _column("defaults", _BYTES),
        _maybe("paused_until_ms", _INT),
        _column("pause_code", _TEXT),
        _maybe("credentials", _BYTES),
        _column("created_at_ms", _INT),
        sa.PrimaryKeyConstraint("id", name="pk_connections"),
        sa.UniqueConstraint("name", name="uq_connections_name"),
        sqlite_autoincrement=True,
        sqlite_strict=True,
    )
    op.create_table(
        "connection_sources",
        _column("connection_id", _INT),
        _column("source_id", _INT),
        sa.ForeignKeyConstraint(
            ["connection_id"],
            ["connections.id"],
            name="fk_connection_sources_connection_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["source_id"],
            ["sources.id"],
            name="fk_connection_sources_source_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("connection_id", "source_id", name="pk_connection_sources"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index("ix_connection_sources_source_id", "connection_sources", ["source_id"])


def _create_leases() -> None:
    op.create_table(
        "leases",
        _column("connection_id", _INT),
        _column("holder", _TEXT),
        _column("fence", _INT),
        _column("expires_at_ms", _INT),
        sa.ForeignKeyConstraint(
            ["connection_id"],
            ["connections.id"],
            name="fk_leases_connection_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("connection_id", name="pk_leases"),
        sqlite_strict=True,
    )


def _create_mappings() -> None:
    op.create_table(
        "mappings",
        _column("id", _INT, sa.Identity()),
        _column("connection_id", _INT),
        _column("name", _TEXT),
        _column("action", _TEXT),
        _column("version", _INT),
        _column("enabled", _INT),
        _column("created_at_ms", _INT),
        sa.ForeignKeyConstraint(
            ["connection_id"],
            ["connections.id"],
            name="fk_mappings_connection_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_mappings"),
        sqlite_autoincrement=True,
        sqlite_strict=True,
    )
    op.create_index("ix_mappings_connection_id", "mappings", ["connection_id"])
    op.create_table(
        "mapping_versions",
        _column("mapping_id", _INT),
        _column("version", _INT),
        _column("trigger", _TEXT),
        _column("fields", _BYTES),
        _column("created_at_ms", _INT),
        sa.ForeignKeyConstraint(
            ["mapping_id"],
            ["mappings.id"],
            name="fk_mapping_versions_mapping_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("mapping_id", "version", name="pk_mapping_versions"),
        sqlite_strict=True,
    )


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
        _maybe("record_id", _INT),
        _column("tokens", _INT, server_default=sa.text("0")),
        _maybe("written_by", _INT),
        _maybe("trace", _BYTES),
        sa.PrimaryKeyConstraint("id", name="pk_deliveries"),
        sqlite_autoincrement=True,
        sqlite_strict=True,
    )
    op.create_index("ix_deliveries_event_seq", "deliveries", ["event_seq"])
    op.create_index(
        "ix_deliveries_open",
        "deliveries",
        ["connection_id", "id"],
        sqlite_where=_OPEN,
        postgresql_where=_OPEN,
    )


def _create_results() -> None:
    op.create_table(
        "attempts",
        _column("id", _INT, sa.Identity()),
        _column("delivery_id", _INT),
        _column("at_ms", _INT),
        _column("duration_ms", _INT),
        _column("code", _TEXT),
        _column("tokens", _INT),
        _column("calls", _BYTES),
        sa.PrimaryKeyConstraint("id", name="pk_attempts"),
        sqlite_strict=True,
    )
    op.create_index("ix_attempts_delivery_id", "attempts", ["delivery_id"])
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
        _maybe("record_id", _INT),
        sa.PrimaryKeyConstraint("id", name="pk_intents"),
        sqlite_autoincrement=True,
        sqlite_strict=True,
    )
    op.create_index("ix_intents_delivery_id", "intents", ["delivery_id"])
    op.create_index("ix_intents_record", "intents", ["connection_id", "kind", "record_id"])
    op.create_table(
        "ledger",
        _column("connection_id", _INT),
        _column("day", _TEXT),
        _column("purpose", _TEXT),
        _column("tokens", _INT),
        _column("calls", _INT),
        sa.PrimaryKeyConstraint("connection_id", "day", "purpose", name="pk_ledger"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "links",
        _column("connection_id", _INT),
        _column("source_id", _INT),
        _column("kind", _TEXT),
        _column("external_id", _TEXT),
        _column("record_id", _INT),
        sa.PrimaryKeyConstraint(
            "connection_id", "source_id", "kind", "external_id", name="pk_links"
        ),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index("ix_links_record", "links", ["connection_id", "kind", "record_id"])

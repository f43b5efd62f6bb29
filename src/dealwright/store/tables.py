"""The tables, for SQLite and PostgreSQL alike; nouns as in the glossary.

Machine times are BIGINT milliseconds, flags are 0 or 1, JSON is bytes that msgspec wrote: the two
databases treat datetime, BOOLEAN and JSON too differently for shared code.
"""

from typing import Any

import sqlalchemy as sa

from dealwright.core.record import RecordId

metadata = sa.MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
    }
)

# Only a column whose declared type is exactly INTEGER gets SQLite's row id.
Int = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def clean_text(text: str) -> str:
    """`text` without what a database cannot hold: NUL characters and lone surrogates."""
    if "\0" in text:
        text = text.replace("\0", "")
    if text.isascii():
        return text
    return text.encode("utf-8", "replace").decode("utf-8")


class CleanText(sa.types.TypeDecorator[str]):
    """TEXT that is cleaned on its way in; PostgreSQL refuses NUL, so SQLite does not get it."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: sa.Dialect) -> str | None:
        """Clean one value."""
        del dialect
        return value if value is None else clean_text(value)


class RecordIdText(sa.types.TypeDecorator[RecordId]):
    """A record's id as TEXT, since leads have UUIDs; read as a number where it is one."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: RecordId | None, dialect: sa.Dialect) -> str | None:
        """As text."""
        del dialect
        return None if value is None else str(value)

    def process_result_value(self, value: str | None, dialect: sa.Dialect) -> RecordId | None:
        """As Pipedrive gives it: a whole number, of a lead a UUID."""
        del dialect
        return None if value is None else record_id_of(value)


def record_id_of(text: str) -> RecordId:
    """A record's id of its text."""
    return int(text) if text.isdecimal() else text


def _table(name: str, *items: sa.Column[Any] | sa.Index, **options: Any) -> sa.Table:
    # STRICT: without it SQLite puts a text into an integer column.
    return sa.Table(name, metadata, *items, sqlite_strict=True, **options)


def _own_id() -> sa.Column[int]:
    return sa.Column("id", Int, sa.Identity(), primary_key=True)


def _number(name: str, **options: Any) -> sa.Column[int]:
    return sa.Column(name, Int, nullable=False, **options)


def _maybe_number(name: str) -> sa.Column[int]:
    return sa.Column(name, Int, nullable=True)


def _text(name: str, **options: Any) -> sa.Column[str]:
    return sa.Column(name, CleanText(), nullable=False, **options)


def _blob(name: str) -> sa.Column[bytes]:
    return sa.Column(name, sa.LargeBinary(), nullable=False)


def _maybe_blob(name: str) -> sa.Column[bytes]:
    return sa.Column(name, sa.LargeBinary(), nullable=True)


def _record_id(**options: Any) -> sa.Column[RecordId]:
    return sa.Column("record_id", RecordIdText(), **options)


def _of(name: str, parent: str, **options: Any) -> sa.Column[int]:
    key = sa.ForeignKey(f"{parent}.id", ondelete="CASCADE")
    return sa.Column(name, Int, key, nullable=False, **options)


# The log. AUTOINCREMENT, because a pruned log must never number from 1 again: positions would
# be ahead of it. No foreign key and no unique index: intake does nothing but append.
events = _table(
    "events",
    sa.Column("seq", Int, sa.Identity(), primary_key=True),
    _number("source_id"),
    _number("received_at_ms"),
    _maybe_number("sent_at_ms"),
    _text("message_id"),
    _blob("payload"),
    _maybe_blob("envelope"),
    sqlite_autoincrement=True,
)

rejects = _table(
    "rejects",
    _own_id(),
    _number("source_id"),
    _number("received_at_ms"),
    _text("code"),
    _text("reason"),
    _blob("payload"),
    sqlite_autoincrement=True,
)

# A digest, so that a messageId of any length makes a short key.
seen = _table(
    "seen",
    _number("connection_id", primary_key=True, autoincrement=False),
    _number("source_id", primary_key=True, autoincrement=False),
    sa.Column("digest", sa.LargeBinary(), primary_key=True),
    _number("at_ms"),
    sa.Index("ix_seen_at_ms", "at_ms"),
    sqlite_with_rowid=False,
)

sources = _table(
    "sources",
    _own_id(),
    _text("name", unique=True),
    _number("created_at_ms"),
    sqlite_autoincrement=True,
)

write_keys = _table(
    "write_keys",
    sa.Column("key_hash", CleanText(), primary_key=True),
    _of("source_id", "sources", index=True),
    _text("prefix"),
    _number("created_at_ms"),
)

connections = _table(
    "connections",
    _own_id(),
    _text("name", unique=True),
    _text("state"),
    _text("state_reason"),
    _text("base_url"),
    _maybe_number("company_id"),
    _text("company_name"),
    _maybe_number("user_id"),
    _text("user_name"),
    _text("plan"),
    _number("seats"),
    _number("delivering"),
    _number("position"),
    _number("hears_all"),
    _blob("defaults"),
    _maybe_number("paused_until_ms"),
    _text("pause_code"),
    _maybe_blob("credentials"),
    _number("created_at_ms"),
    sqlite_autoincrement=True,
)

connection_sources = _table(
    "connection_sources",
    _of("connection_id", "connections", primary_key=True, autoincrement=False),
    _of("source_id", "sources", primary_key=True, autoincrement=False, index=True),
    sqlite_with_rowid=False,
)

leases = _table(
    "leases",
    _of("connection_id", "connections", primary_key=True, autoincrement=False),
    _text("holder"),
    _number("fence"),
    _number("expires_at_ms"),
)

mappings = _table(
    "mappings",
    _own_id(),
    _of("connection_id", "connections", index=True),
    _text("name"),
    _text("action"),
    _number("version"),
    _number("enabled"),
    _number("created_at_ms"),
    sqlite_autoincrement=True,
)

mapping_versions = _table(
    "mapping_versions",
    _of("mapping_id", "mappings", primary_key=True, autoincrement=False),
    _number("version", primary_key=True, autoincrement=False),
    _text("trigger"),
    _blob("fields"),
    _number("created_at_ms"),
)

#: Word for word in every query: SQLite sees through no parameter to the partial index.
IS_OPEN = sa.text("state IN ('queued', 'sending', 'waiting')")

#: Word for word as well.
IS_STUCK = sa.text("state IN ('held', 'failed')")

deliveries = _table(
    "deliveries",
    _own_id(),
    _number("connection_id"),
    _number("mapping_id"),
    _number("mapping_version"),
    _number("source_id"),
    _number("event_seq"),
    _text("lanes"),
    _text("state"),
    _text("code"),
    _text("message"),
    _number("attempts", server_default=sa.text("0")),
    _maybe_number("next_at_ms"),
    _number("created_at_ms"),
    _number("updated_at_ms"),
    sa.Column("record_kind", CleanText(), nullable=True),
    _record_id(nullable=True),
    _number("tokens", server_default=sa.text("0")),
    _maybe_number("written_by"),
    _maybe_blob("trace"),
    # The drain's view: as small as what is still to do, however long the history grows.
    sa.Index(
        "ix_deliveries_open",
        "connection_id",
        "id",
        sqlite_where=IS_OPEN,
        postgresql_where=IS_OPEN,
    ),
    # What people look for among it.
    sa.Index(
        "ix_deliveries_stuck",
        "connection_id",
        "id",
        sqlite_where=IS_STUCK,
        postgresql_where=IS_STUCK,
    ),
    sa.Index("ix_deliveries_event_seq", "event_seq"),
    sqlite_autoincrement=True,
)

attempts = _table(
    "attempts",
    _own_id(),
    _number("delivery_id", index=True),
    _number("at_ms"),
    _number("duration_ms"),
    _text("code"),
    _number("tokens"),
    _blob("calls"),
)

links = _table(
    "links",
    _number("connection_id", primary_key=True, autoincrement=False),
    _number("source_id", primary_key=True, autoincrement=False),
    sa.Column("kind", CleanText(), primary_key=True),
    sa.Column("external_id", CleanText(), primary_key=True),
    _record_id(nullable=False),
    sa.Index("ix_links_record", "connection_id", "kind", "record_id"),
    sqlite_with_rowid=False,
)

intents = _table(
    "intents",
    _own_id(),
    _number("connection_id"),
    _number("delivery_id", index=True),
    _text("kind"),
    _text("external_id"),
    _blob("body"),
    _number("created_at_ms"),
    _maybe_number("settled_at_ms"),
    _record_id(nullable=True),
    sa.Index("ix_intents_record", "connection_id", "kind", "record_id"),
    sqlite_autoincrement=True,
)

ledger = _table(
    "ledger",
    _number("connection_id", primary_key=True, autoincrement=False),
    sa.Column("day", CleanText(), primary_key=True),
    sa.Column("purpose", CleanText(), primary_key=True),
    _number("tokens"),
    _number("calls"),
    sqlite_with_rowid=False,
)

# What we wrote into a record, field by field: of which moment, and a digest of what stood then.
written = _table(
    "written",
    _number("connection_id", primary_key=True, autoincrement=False),
    sa.Column("kind", CleanText(), primary_key=True),
    _record_id(primary_key=True),
    _blob("body"),
    sqlite_with_rowid=False,
)

# The mirror of an account. A key is a number of 64 bits; `keys` are the record's own, so that no
# second index has to find them again.
mirror_records = _table(
    "mirror_records",
    _number("connection_id", primary_key=True, autoincrement=False),
    sa.Column("kind", CleanText(), primary_key=True),
    sa.Column("record_id", CleanText(), primary_key=True),
    _number("updated_at_ms"),
    _number("checked_at_ms"),
    _number("exact"),
    _number("deleted"),
    _blob("keys"),
    _blob("body"),
    sqlite_with_rowid=False,
)

mirror_keys = _table(
    "mirror_keys",
    _number("connection_id", primary_key=True, autoincrement=False),
    sa.Column("kind", CleanText(), primary_key=True),
    _number("key", primary_key=True, autoincrement=False),
    sa.Column("record_id", CleanText(), primary_key=True),
    sqlite_with_rowid=False,
)

mirror_state = _table(
    "mirror_state",
    _number("connection_id", primary_key=True, autoincrement=False),
    sa.Column("kind", CleanText(), primary_key=True),
    sa.Column("crawl_cursor", CleanText(), nullable=True),
    _number("crawled", server_default=sa.text("0")),
    _maybe_number("started_at_ms"),
    _maybe_number("complete_at_ms"),
    _maybe_number("fresh_at_ms"),
    _maybe_number("reconciled_at_ms"),
    _maybe_number("next_at_ms"),
    sqlite_with_rowid=False,
)

# What Pipedrive is to tell us of a Connection. Of the secrets that it needs for that only hashes
# and what the Vault sealed; `address` is the public one that it was told, "" before.
webhooks = _table(
    "webhooks",
    _of("connection_id", "connections", primary_key=True, autoincrement=False),
    _number("wanted"),
    _text("path_hash", unique=True),
    _text("auth_hash"),
    _blob("sealed"),
    _text("address"),
    _maybe_number("remote_id"),
    _text("code"),
    _text("message"),
    _maybe_number("checked_at_ms"),
    _maybe_number("heard_at_ms"),
    _maybe_number("agreed_at_ms"),
    _maybe_number("doubted_at_ms"),
)

"""The tables of the management API, beside those of `tables`."""

import sqlalchemy as sa

from dealwright.store.columns import (
    CleanText,
    maybe_number,
    number,
    of,
    own_id,
    sealed,
    table,
    text,
)

# Only the key's hash is kept; a revoked one stays, so that the audit's names mean something.
api_keys = table(
    "api_keys",
    own_id(),
    text("name"),
    text("role"),
    text("key_hash", unique=True),
    text("prefix"),
    text("made_by"),
    number("created_at_ms"),
    maybe_number("used_at_ms"),
    maybe_number("revoked_at_ms"),
    sqlite_autoincrement=True,
)

# What a request with an Idempotency-Key was answered, sealed by the Vault: it may hold a key that
# is shown once.
repeatable = table(
    "repeatable",
    sa.Column("principal", CleanText(), primary_key=True),
    sa.Column("key", CleanText(), primary_key=True),
    text("fingerprint"),
    number("status"),
    sealed("sealed"),
    number("created_at_ms", index=True),
)

# Files of events that were brought in; `updated_at_ms` tells one whose process is gone.
imports = table(
    "imports",
    own_id(),
    of("source_id", "sources", index=True),
    text("name"),
    text("state"),
    maybe_number("total_bytes"),
    number("read_bytes"),
    number("accepted"),
    number("rejected"),
    text("code"),
    text("message"),
    text("made_by"),
    number("created_at_ms"),
    number("updated_at_ms"),
    sqlite_autoincrement=True,
)

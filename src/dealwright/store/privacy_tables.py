"""The tables of privacy: who is suppressed, what a Source may keep, and erasures."""

import sqlalchemy as sa

from dealwright.store.columns import (
    CleanText,
    blob,
    maybe_blob,
    maybe_number,
    maybe_sealed,
    number,
    of,
    own_id,
    sealed,
    table,
    text,
)

# What digests are made with and proofs are signed with, sealed by the Vault.
privacy_keys = table(
    "privacy_keys",
    sa.Column("name", CleanText(), primary_key=True),
    sealed("sealed"),
    number("created_at_ms"),
)

# Who is suppressed: of an address, a number or a user id only a keyed digest, which nobody can
# read without the hub's key. `erasure_id` is the erasure that put it there.
suppressed = table(
    "suppressed",
    sa.Column("digest", sa.LargeBinary(), primary_key=True),
    text("kind"),
    text("added_by"),
    number("added_at_ms"),
    maybe_number("erasure_id"),
    sqlite_with_rowid=False,
)

# Persons of Pipedrive that are suppressed: the mirror does not take them up again. `digest` is that
# of the address by which they were known, and takes its records along.
suppressed_records = table(
    "suppressed_records",
    number("connection_id", primary_key=True, autoincrement=False),
    sa.Column("record_id", CleanText(), primary_key=True),
    sa.Column("digest", sa.LargeBinary(), nullable=False, index=True),
    sqlite_with_rowid=False,
)

# What is kept of the events of a Source: JSON of `core.privacyrules.Rules`.
source_privacy = table(
    "source_privacy",
    of("source_id", "sources", primary_key=True, autoincrement=False),
    blob("body"),
    number("updated_at_ms"),
)

# A number that grows with every change of rules and list: by it processes see that they are old.
privacy_state = table(
    "privacy_state",
    number("id", primary_key=True, autoincrement=False),
    number("revision"),
)

# Erasures. `digest` tells the same person again, `plan` is sealed and gone at the end; `progress`
# is JSON of how far it is, `proof` the signed document of what was done.
erasures = table(
    "erasures",
    own_id(),
    text("digest"),
    text("state"),
    maybe_sealed("plan"),
    blob("progress"),
    maybe_blob("proof"),
    text("made_by"),
    number("made_at_ms"),
    maybe_number("ended_at_ms"),
    sa.Index("ix_erasures_digest", "digest"),
    sqlite_autoincrement=True,
)

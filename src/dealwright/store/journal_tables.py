"""The journal of what we did to each record, and what people have us put right."""

import sqlalchemy as sa

from dealwright.store.columns import (
    CleanText,
    blob,
    maybe_number,
    number,
    own_id,
    record_id,
    table,
    text,
)

# Each Change that was done, by the Delivery that did it. `after` is what was sent, `before` what
# stood in the same fields. `is_sure` is 0 while the answer to an update is not known.
journal = table(
    "journal",
    own_id(),
    number("connection_id"),
    number("delivery_id", index=True),
    number("at_ms"),
    text("act"),
    sa.Column("kind", CleanText(), nullable=False),
    record_id(nullable=True),
    text("external_id"),
    blob("before"),
    blob("after"),
    number("is_sure"),
    maybe_number("correction_id"),
    text("update_time"),
    sa.Index("ix_journal_record", "connection_id", "kind", "record_id"),
    sa.Index("ix_journal_at_ms", "at_ms"),
    sqlite_autoincrement=True,
)

# The records of a Correction, one Delivery each; `entries` are the ids of what is put right.
correction_parts = table(
    "correction_parts",
    number("delivery_id", primary_key=True, autoincrement=False),
    number("correction_id", index=True),
    sa.Column("kind", CleanText(), nullable=False),
    record_id(nullable=False),
    blob("entries"),
)

# What a person has decided to put right, done by Deliveries of its own: `kind` is undo or merge.
corrections = table(
    "corrections",
    own_id(),
    number("connection_id"),
    text("kind"),
    text("summary"),
    blob("body"),
    text("made_by"),
    number("made_at_ms"),
    sa.Index("ix_corrections_connection", "connection_id", "id"),
    sqlite_autoincrement=True,
)

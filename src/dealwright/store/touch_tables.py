"""Who else changed what we wrote: people, and other programs."""

import sqlalchemy as sa

from dealwright.store.columns import CleanText, blob, number, record_id, table

# One row for each record of ours that somebody else has changed: `body` has by field who did it
# last, and when; never a value.
touches = table(
    "touches",
    number("connection_id", primary_key=True, autoincrement=False),
    sa.Column("kind", CleanText(), primary_key=True),
    record_id(primary_key=True),
    number("at_ms"),
    blob("body"),
    sqlite_with_rowid=False,
)

"""The tables of duplicates: what is likely one, what is not, and when it was looked for."""

import sqlalchemy as sa

from dealwright.store.columns import CleanText, blob, number, of, own_id, table, text

# Records that are likely one. `members` are their ids in order, with commas; `body` the pairs with
# their reasons. A group whose members stay the same keeps its number.
duplicates = table(
    "duplicates",
    own_id(),
    of("connection_id", "connections"),
    text("kind"),
    text("members"),
    number("score"),
    blob("body"),
    number("found_at_ms"),
    sa.Index("ix_duplicates_connection", "connection_id", "kind", "score"),
    sqlite_autoincrement=True,
)

# Pairs that people said are not the same, the lower id first: for good.
duplicates_apart = table(
    "duplicates_apart",
    of("connection_id", "connections", primary_key=True, autoincrement=False),
    sa.Column("kind", CleanText(), primary_key=True),
    number("one", primary_key=True, autoincrement=False),
    number("other", primary_key=True, autoincrement=False),
    text("said_by"),
    number("at_ms"),
    sqlite_with_rowid=False,
)

# When each kind was looked through last, and how many records that were.
duplicate_looks = table(
    "duplicate_looks",
    of("connection_id", "connections", primary_key=True, autoincrement=False),
    sa.Column("kind", CleanText(), primary_key=True),
    number("at_ms"),
    number("records"),
    sqlite_with_rowid=False,
)

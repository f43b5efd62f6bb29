"""The tables of what has changed in an account under those who name it, and of alerts."""

import sqlalchemy as sa

from dealwright.store.columns import (
    CleanText,
    blob,
    maybe_number,
    number,
    of,
    own_id,
    table,
    text,
)

IS_OPEN = sa.text("state = 'open'")
IS_STANDING = sa.text("ended_at_ms IS NULL")

# The lists of an account as they were when they were compared last.
drift_names = table(
    "drift_names",
    number("connection_id", primary_key=True, autoincrement=False),
    sa.Column("list", CleanText(), primary_key=True),
    number("fetched_at_ms"),
    blob("body"),
    sqlite_with_rowid=False,
)

# Who names something of the account that was renamed or is gone. `thing` is what it was, `ref` how
# it is named, `mend` what to write instead, "" for nothing that is near.
drifts = table(
    "drifts",
    own_id(),
    of("connection_id", "connections"),
    text("subject"),
    number("subject_id"),
    text("list"),
    text("ref"),
    blob("thing"),
    text("after"),
    text("sentence"),
    text("mend"),
    number("breaks"),
    text("state"),
    number("since_ms"),
    maybe_number("ended_at_ms"),
    text("ended_by"),
    number("mended_version"),
    sa.Index(
        "ix_drifts_open",
        *("connection_id", "subject", "subject_id", "list", "ref"),
        unique=True,
        sqlite_where=IS_OPEN,
        postgresql_where=IS_OPEN,
    ),
    sqlite_autoincrement=True,
)

# What is wrong, from when until when; one that stands has no end. `key` says what of.
alerts = table(
    "alerts",
    own_id(),
    text("key"),
    text("kind"),
    number("connection_id"),
    text("title"),
    text("message"),
    number("since_ms"),
    maybe_number("ended_at_ms"),
    sa.Index(
        "ix_alerts_key",
        "key",
        unique=True,
        sqlite_where=IS_STANDING,
        postgresql_where=IS_STANDING,
    ),
    sa.Index("ix_alerts_since_ms", "since_ms"),
    sqlite_autoincrement=True,
)

# What is to be said of it, by which channel: once of its beginning, once of its end.
alert_sends = table(
    "alert_sends",
    own_id(),
    of("alert_id", "alerts", index=True),
    text("word"),
    text("channel"),
    text("state"),
    number("attempts"),
    maybe_number("next_at_ms"),
    maybe_number("sent_at_ms"),
    text("message"),
    sa.Index(
        "ix_alert_sends_due",
        "next_at_ms",
        sqlite_where=sa.text("state = 'queued'"),
        postgresql_where=sa.text("state = 'queued'"),
    ),
    sqlite_autoincrement=True,
)

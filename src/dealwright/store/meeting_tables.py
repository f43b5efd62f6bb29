"""The tables of Meetings, of the Sources that tell of them and of what was written about them."""

import sqlalchemy as sa

from dealwright.store.columns import (
    CleanText,
    Int,
    blob,
    maybe_blob,
    maybe_number,
    maybe_sealed,
    number,
    of,
    own_id,
    record_id,
    table,
    text,
)

# What recorders post to, beside `sources`. `path_hash` is the hash of the last segment of its
# address; `sealed` are secrets and credentials as the Vault sealed them, `settings` what people
# decided. Without `connection_id` its Meetings go to the hub's default Connection.
meeting_sources = table(
    "meeting_sources",
    of("source_id", "sources", primary_key=True, autoincrement=False),
    text("kind", index=True),
    text("path_hash", unique=True),
    maybe_sealed("sealed"),
    blob("settings"),
    maybe_number("connection_id"),
    # How often its provider is asked what came, 0 never; when next, and since when it was asked.
    number("poll_s"),
    maybe_number("poll_at_ms"),
    maybe_number("polled_at_ms"),
    text("poll_code", server_default=sa.text("''")),
    maybe_number("heard_at_ms"),
    number("received", server_default=sa.text("0")),
    number("ignored", server_default=sa.text("0")),
    number("dead", server_default=sa.text("0")),
)

# Of what was refused only how often, from where: nobody can fill the store with it.
meeting_refusals = table(
    "meeting_refusals",
    sa.Column("path", CleanText(), primary_key=True),
    sa.Column("code", CleanText(), primary_key=True),
    sa.Column("address", CleanText(), primary_key=True),
    number("count"),
    number("last_at_ms"),
    sqlite_with_rowid=False,
)

# Raw deliveries of recorders. `outcome` is what became of one, `answer` what its sender was
# answered; `body` is sealed, for recorders put tokens into it, and goes when it is no longer kept.
meeting_inbox = table(
    "meeting_inbox",
    own_id(),
    of("source_id", "sources"),
    text("delivery_key"),
    text("meeting_key"),
    number("received_at_ms"),
    blob("headers"),
    maybe_sealed("body"),
    number("status"),
    blob("answer"),
    text("state"),
    text("outcome"),
    text("reason"),
    number("attempts", server_default=sa.text("0")),
    maybe_number("next_at_ms"),
    sa.Index("ix_meeting_inbox_delivery", "source_id", "delivery_key", unique=True),
    sa.Index("ix_meeting_inbox_key", "source_id", "meeting_key"),
    sa.Index("ix_meeting_inbox_received", "received_at_ms"),
    sa.Index(
        "ix_meeting_inbox_open",
        "id",
        sqlite_where=sa.text("state = 'open'"),
        postgresql_where=sa.text("state = 'open'"),
    ),
    sqlite_autoincrement=True,
)

# What one Source tells of one meeting, folded of all that it sent. A Meeting is made of one or
# several; one of people who joined waits for its Meeting. `public_id` is known from the first
# delivery on, `body` from the first that was read.
meeting_reports = table(
    "meeting_reports",
    own_id(),
    of("source_id", "sources"),
    text("key"),
    text("public_id", unique=True),
    maybe_number("meeting_id"),
    maybe_blob("body"),
    number("created_at_ms"),
    maybe_number("heard_at_ms"),
    sa.Index("ix_meeting_reports_key", "source_id", "key", unique=True),
    sa.Index("ix_meeting_reports_meeting_id", "meeting_id"),
    sqlite_autoincrement=True,
)

# `state` is what people read of it (`synced`, `needs_review:no_person`, …), `result` the JSON of
# what the last try at its Delivery found, `next_at_ms` when its wait for a summary ends.
meetings = table(
    "meetings",
    own_id(),
    text("public_id", unique=True),
    number("source_id"),
    maybe_number("connection_id"),
    text("key"),
    number("revision"),
    blob("body"),
    maybe_blob("merge"),
    text("state"),
    maybe_number("next_at_ms"),
    number("created_at_ms"),
    number("updated_at_ms"),
    maybe_number("started_at_ms"),
    text("title"),
    text("ical_uid"),
    text("platform_meeting"),
    text("organiser"),
    maybe_number("result_revision"),
    maybe_blob("result"),
    maybe_number("deleted_at_ms"),
    sa.Index("ix_meetings_key", "source_id", "key"),
    sa.Index("ix_meetings_started_at_ms", "started_at_ms"),
    sa.Index("ix_meetings_next_at_ms", "next_at_ms"),
    sqlite_autoincrement=True,
)

# Who works at all of this: one process at a time, until `expires_at_ms`.
meeting_desk = table(
    "meeting_desk",
    own_id(),
    text("holder"),
    number("fence"),
    number("expires_at_ms"),
)

# Which deal a meeting is linked to; `subject` is `meeting:<id>` or `uid:<calendar UID>`, for links
# that are known before their Meeting.
meeting_links = table(
    "meeting_links",
    of("connection_id", "connections", primary_key=True, autoincrement=False),
    sa.Column("subject", CleanText(), primary_key=True),
    number("deal_id"),
    text("origin"),
    number("created_at_ms"),
    sqlite_with_rowid=False,
)

# Notes and activities of ours; `person_id` 0 where it is nobody's. `content_hash` is of what was
# sent, `kept_hash` of what Pipedrive made of it.
meeting_writes = table(
    "meeting_writes",
    own_id(),
    sa.Column("meeting_id", Int, nullable=False),
    text("kind"),
    number("person_id"),
    maybe_number("deal_id"),
    record_id(nullable=True),
    text("content_hash"),
    text("kept_hash"),
    text("state"),
    number("written_at_ms"),
    sa.Index("ix_meeting_writes_subject", "meeting_id", "kind", "person_id", unique=True),
    sa.Index("ix_meeting_writes_person_id", "person_id"),
    sqlite_autoincrement=True,
)

# Whom people say a guest is; `slot` is how the guest is known in this Meeting. `removes` is 1 when
# what was written about somebody else is to go.
meeting_choices = table(
    "meeting_choices",
    number("meeting_id", primary_key=True, autoincrement=False),
    sa.Column("slot", CleanText(), primary_key=True),
    number("person_id"),
    number("removes"),
    text("chosen_by"),
    number("chosen_at_ms"),
    sqlite_with_rowid=False,
)

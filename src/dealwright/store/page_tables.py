"""The tables behind the pages of Meetings: versions of summaries, and links to share."""

import sqlalchemy as sa

from dealwright.store.columns import blob, maybe_number, number, own_id, table, text

# Summaries that were in use or are; `body` is JSON of a Summary, `made_by` who put it there.
meeting_summaries = table(
    "meeting_summaries",
    own_id(),
    number("meeting_id"),
    number("version"),
    blob("body"),
    text("content_hash"),
    text("made_by"),
    number("made_at_ms"),
    sa.Index("ix_meeting_summaries_version", "meeting_id", "version", unique=True),
    sqlite_autoincrement=True,
)

# Links that open one Meeting without an account: of the token and of the pass phrase ("" none)
# only hashes. `scope` is `summary`, `transcript` or `media`, each with those before it.
meeting_shares = table(
    "meeting_shares",
    own_id(),
    number("meeting_id", index=True),
    text("token_hash", unique=True),
    text("scope"),
    text("phrase_hash"),
    text("made_by"),
    number("made_at_ms"),
    number("expires_at_ms"),
    maybe_number("revoked_at_ms"),
    sqlite_autoincrement=True,
)

# Who opened a link, as far as an address and a browser's name tell.
meeting_share_views = table(
    "meeting_share_views",
    own_id(),
    number("share_id", index=True),
    number("at_ms"),
    text("address"),
    text("agent"),
    sqlite_autoincrement=True,
)

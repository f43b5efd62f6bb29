"""The tables, for SQLite and PostgreSQL alike; nouns as in the glossary."""

import sqlalchemy as sa

from dealwright.store.access_tables import renewals, sign_ins
from dealwright.store.api_tables import api_keys, repeatable
from dealwright.store.budget_tables import budget_leases, budgets
from dealwright.store.card_tables import card_settings
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
    sealed,
    table,
    text,
)
from dealwright.store.drift_tables import alert_sends, alerts, drift_names, drifts
from dealwright.store.dry_run_tables import dry_run_results, dry_runs
from dealwright.store.duplicate_tables import duplicate_looks, duplicates, duplicates_apart
from dealwright.store.journal_tables import correction_parts, corrections, journal
from dealwright.store.keeping_tables import (
    meeting_holds,
    meeting_media,
    meeting_removals,
    meeting_texts,
)
from dealwright.store.meeting_tables import meetings
from dealwright.store.operate_tables import event_hooks
from dealwright.store.page_tables import meeting_share_views, meeting_shares, meeting_summaries
from dealwright.store.people_tables import audit, users
from dealwright.store.privacy_tables import erasures, suppressed
from dealwright.store.proposal_tables import proposals
from dealwright.store.replay_tables import replays
from dealwright.store.review_tables import (
    review_answers,
    review_decisions,
    review_questions,
    teachings,
)
from dealwright.store.secret_tables import sealing_keys
from dealwright.store.touch_tables import touches

#: They stand in files of their own, and in the same metadata.
ACCESS_TABLES = (renewals, sign_ins)
API_TABLES = (api_keys, repeatable)
BUDGET_TABLES = (budgets, budget_leases)
CARD_TABLES = (card_settings,)
PEOPLE_TABLES = (users, audit)
OPERATE_TABLES = (event_hooks,)
MEETING_TABLES = (meetings,)
PAGE_TABLES = (meeting_summaries, meeting_shares, meeting_share_views)
KEEPING_TABLES = (meeting_media, meeting_holds, meeting_removals, meeting_texts)
SECRET_TABLES = (sealing_keys,)
PROPOSAL_TABLES = (proposals,)
REVIEW_TABLES = (review_questions, review_answers, review_decisions, teachings)
PRIVACY_TABLES = (suppressed, erasures)
DRY_RUN_TABLES = (dry_runs, dry_run_results)
REPLAY_TABLES = (replays,)
TRUST_TABLES = (touches, duplicates, duplicates_apart, duplicate_looks)
DRIFT_TABLES = (drift_names, drifts, alerts, alert_sends)
JOURNAL_TABLES = (journal, corrections, correction_parts)


def _partial(name: str, *columns: str, where: sa.TextClause) -> sa.Index:
    return sa.Index(name, *columns, sqlite_where=where, postgresql_where=where)


# The log. AUTOINCREMENT, because a pruned log must never number from 1 again: positions would
# be ahead of it. No foreign key and no unique index: intake does nothing but append.
events = table(
    "events",
    sa.Column("seq", Int, sa.Identity(), primary_key=True),
    number("source_id"),
    number("received_at_ms"),
    maybe_number("sent_at_ms"),
    text("message_id"),
    blob("payload"),
    maybe_blob("envelope"),
    sqlite_autoincrement=True,
)

rejects = table(
    "rejects",
    own_id(),
    number("source_id"),
    number("received_at_ms"),
    text("code"),
    text("reason"),
    blob("payload"),
    sqlite_autoincrement=True,
)

# A digest, so that a messageId of any length makes a short key.
seen = table(
    "seen",
    number("connection_id", primary_key=True, autoincrement=False),
    number("source_id", primary_key=True, autoincrement=False),
    sa.Column("digest", sa.LargeBinary(), primary_key=True),
    number("at_ms"),
    sa.Index("ix_seen_at_ms", "at_ms"),
    sqlite_with_rowid=False,
)

sources = table(
    "sources",
    own_id(),
    text("name", unique=True),
    number("created_at_ms"),
    sqlite_autoincrement=True,
)

write_keys = table(
    "write_keys",
    sa.Column("key_hash", CleanText(), primary_key=True),
    of("source_id", "sources", index=True),
    text("prefix"),
    number("created_at_ms"),
    maybe_number("used_at_ms"),
)

connections = table(
    "connections",
    own_id(),
    text("name"),
    text("state"),
    text("state_reason"),
    text("base_url"),
    maybe_number("company_id"),
    text("company_name"),
    maybe_number("user_id"),
    text("user_name"),
    text("plan"),
    number("seats"),
    number("delivering"),
    number("position"),
    number("hears_all"),
    blob("defaults"),
    maybe_number("paused_until_ms"),
    text("pause_code"),
    maybe_sealed("credentials"),
    number("created_at_ms"),
    # How it signs in, what it was granted ("" is everything), and how often a person has done that.
    text("auth", server_default=sa.text("'api_token'")),
    text("scopes", server_default=sa.text("''")),
    number("signed_in", server_default=sa.text("0")),
    # Keys of Actions, joined by commas; "*" is every one, also those to come.
    text("actions", server_default=sa.text("'*'")),
    text("run", server_default=sa.text("'automatic'")),
    number("shown", server_default=sa.text("1")),
    number("is_default", server_default=sa.text("0")),
    # When it is asked again whether it can be used by now, and how often it was.
    maybe_number("probe_at_ms"),
    number("probes", server_default=sa.text("0")),
    # Connections to one company share its day (store/budget.py).
    sa.Index("ix_connections_company", "company_id"),
    sqlite_autoincrement=True,
)

connection_sources = table(
    "connection_sources",
    of("connection_id", "connections", primary_key=True, autoincrement=False),
    of("source_id", "sources", primary_key=True, autoincrement=False, index=True),
    sqlite_with_rowid=False,
)

leases = table(
    "leases",
    of("connection_id", "connections", primary_key=True, autoincrement=False),
    text("holder"),
    number("fence"),
    number("expires_at_ms"),
    # Written with the end of a lease: until then only new Events make it due (store/due.py).
    number("idle_until_ms", server_default=sa.text("0")),
)

mappings = table(
    "mappings",
    own_id(),
    of("connection_id", "connections", index=True),
    text("name"),
    text("action"),
    number("version"),
    number("enabled"),
    number("created_at_ms"),
    number("priority", server_default=sa.text("40")),
    maybe_number("deleted_at_ms"),
    sqlite_autoincrement=True,
)

mapping_versions = table(
    "mapping_versions",
    of("mapping_id", "mappings", primary_key=True, autoincrement=False),
    number("version", primary_key=True, autoincrement=False),
    text("trigger"),
    blob("fields"),
    number("created_at_ms"),
)

#: Word for word in every query: SQLite sees through no parameter to the partial index.
IS_OPEN = sa.text("state IN ('queued', 'sending', 'waiting')")

#: What waits for the next day of the budget (core/budget.py has the codes), perhaps a few hundred
#: thousand for hours; and what does not, which is all that is looked at meanwhile.
IS_PARKED = sa.text(
    "state IN ('queued', 'sending', 'waiting')"
    " AND code IN ('budget_spent', 'budget_reserved', 'budget_low_priority')"
)
IS_AT_HAND = sa.text(
    "state IN ('queued', 'sending', 'waiting')"
    " AND code NOT IN ('budget_spent', 'budget_reserved', 'budget_low_priority')"
)

#: Word for word as well.
IS_STUCK = sa.text("state IN ('held', 'failed')")

#: Likewise: from which nothing follows, and which nobody has to look at.
IS_ENDED = sa.text("state IN ('delivered', 'unchanged', 'dropped')")

deliveries = table(
    "deliveries",
    own_id(),
    number("connection_id"),
    number("mapping_id"),
    number("mapping_version"),
    number("source_id"),
    number("event_seq"),
    text("lanes"),
    text("state"),
    text("code"),
    text("message"),
    number("attempts", server_default=sa.text("0")),
    maybe_number("next_at_ms"),
    number("created_at_ms"),
    number("updated_at_ms"),
    sa.Column("record_kind", CleanText(), nullable=True),
    record_id(nullable=True),
    number("tokens", server_default=sa.text("0")),
    maybe_number("written_by"),
    maybe_blob("trace"),
    number("priority", server_default=sa.text("40")),
    maybe_number("meeting_id"),
    maybe_number("card_act_id"),
    maybe_number("correction_id"),
    maybe_number("replay_id"),
    # The drain's view: as small as what is still to do, however long the history grows.
    _partial("ix_deliveries_open", "connection_id", "id", where=IS_OPEN),
    _partial("ix_deliveries_at_hand", "connection_id", "id", where=IS_AT_HAND),
    # Who goes first, however much stands before it (store/backlog.py).
    _partial("ix_deliveries_urgent", "connection_id", "priority", "id", where=IS_AT_HAND),
    _partial("ix_deliveries_parked", "connection_id", "next_at_ms", where=IS_PARKED),
    # What people look for among it.
    _partial("ix_deliveries_stuck", "connection_id", "id", where=IS_STUCK),
    sa.Index("ix_deliveries_event_seq", "event_seq"),
    _partial("ix_deliveries_meeting", "meeting_id", where=sa.text("meeting_id IS NOT NULL")),
    _partial("ix_deliveries_card_act", "card_act_id", where=sa.text("card_act_id IS NOT NULL")),
    _partial(
        "ix_deliveries_correction", "correction_id", where=sa.text("correction_id IS NOT NULL")
    ),
    _partial("ix_deliveries_replay", "replay_id", where=sa.text("replay_id IS NOT NULL")),
    # How many have ended, and how: counted from the index alone (store/counts.py).
    _partial("ix_deliveries_ended", "connection_id", "state", where=IS_ENDED),
    sqlite_autoincrement=True,
)

attempts = table(
    "attempts",
    own_id(),
    number("delivery_id", index=True),
    number("at_ms"),
    number("duration_ms"),
    text("code"),
    number("tokens"),
    blob("calls"),
)

links = table(
    "links",
    number("connection_id", primary_key=True, autoincrement=False),
    number("source_id", primary_key=True, autoincrement=False),
    sa.Column("kind", CleanText(), primary_key=True),
    sa.Column("external_id", CleanText(), primary_key=True),
    record_id(nullable=False),
    sa.Index("ix_links_record", "connection_id", "kind", "record_id"),
    sqlite_with_rowid=False,
)

intents = table(
    "intents",
    own_id(),
    number("connection_id"),
    number("delivery_id", index=True),
    text("kind"),
    text("external_id"),
    blob("body"),
    number("created_at_ms"),
    maybe_number("settled_at_ms"),
    record_id(nullable=True),
    sa.Index("ix_intents_record", "connection_id", "kind", "record_id"),
    _partial("ix_intents_open", "connection_id", where=sa.text("settled_at_ms IS NULL")),
    sqlite_autoincrement=True,
)

ledger = table(
    "ledger",
    number("connection_id", primary_key=True, autoincrement=False),
    sa.Column("day", CleanText(), primary_key=True),
    number("hour", primary_key=True, autoincrement=False),
    sa.Column("purpose", CleanText(), primary_key=True),
    number("mapping_id", primary_key=True, autoincrement=False),
    number("tokens"),
    number("calls"),
    sqlite_with_rowid=False,
)

# What we wrote into a record, field by field: of which moment, and a digest of what stood then.
written = table(
    "written",
    number("connection_id", primary_key=True, autoincrement=False),
    sa.Column("kind", CleanText(), primary_key=True),
    record_id(primary_key=True),
    blob("body"),
    sqlite_with_rowid=False,
)

# The mirror of an account. A key is a number of 64 bits; `keys` are the record's own, so that no
# second index has to find them again.
mirror_records = table(
    "mirror_records",
    number("connection_id", primary_key=True, autoincrement=False),
    sa.Column("kind", CleanText(), primary_key=True),
    sa.Column("record_id", CleanText(), primary_key=True),
    number("updated_at_ms"),
    number("checked_at_ms"),
    number("exact"),
    number("deleted"),
    blob("keys"),
    blob("body"),
    sqlite_with_rowid=False,
)

mirror_keys = table(
    "mirror_keys",
    number("connection_id", primary_key=True, autoincrement=False),
    sa.Column("kind", CleanText(), primary_key=True),
    number("key", primary_key=True, autoincrement=False),
    sa.Column("record_id", CleanText(), primary_key=True),
    sqlite_with_rowid=False,
)

mirror_state = table(
    "mirror_state",
    number("connection_id", primary_key=True, autoincrement=False),
    sa.Column("kind", CleanText(), primary_key=True),
    number("crawling", server_default=sa.text("0")),
    sa.Column("crawl_cursor", CleanText(), nullable=True),
    number("crawled", server_default=sa.text("0")),
    maybe_number("started_at_ms"),
    maybe_number("complete_at_ms"),
    maybe_number("fresh_at_ms"),
    maybe_number("reconciled_at_ms"),
    maybe_number("next_at_ms"),
    text("region", server_default=sa.text("''")),
    sqlite_with_rowid=False,
)

# What Pipedrive is to tell us of a Connection. Of the secrets that it needs for that only hashes
# and what the Vault sealed; `address` is the public one that it was told, "" before.
webhooks = table(
    "webhooks",
    of("connection_id", "connections", primary_key=True, autoincrement=False),
    number("wanted"),
    text("path_hash", unique=True),
    text("auth_hash"),
    sealed("sealed"),
    text("address"),
    maybe_number("remote_id"),
    text("code"),
    text("message"),
    maybe_number("checked_at_ms"),
    maybe_number("heard_at_ms"),
    maybe_number("doubted_at_ms"),
)

# The lists of an account, as they were told last. The moment stands before the body, so that it
# can be read without it.
catalogue = table(
    "catalogue",
    number("connection_id", primary_key=True, autoincrement=False),
    sa.Column("list", CleanText(), primary_key=True),
    number("fetched_at_ms"),
    blob("body"),
    sqlite_with_rowid=False,
)

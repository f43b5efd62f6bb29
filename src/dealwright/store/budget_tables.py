"""The tables of the day's API tokens, beside those of `tables`."""

import sqlalchemy as sa

from dealwright.store.columns import CleanText, maybe_number, number, of, table, text

# The day of a Connection's API tokens, and the breaker before Pipedrive; one row for all processes.
budgets = table(
    "budgets",
    of("connection_id", "connections", primary_key=True, autoincrement=False),
    number("reserve_percent"),
    number("extra_tokens"),
    number("resets_at_ms"),
    number("used"),
    maybe_number("told_limit"),
    maybe_number("told_remaining"),
    maybe_number("told_at_ms"),
    number("told_counted"),
    maybe_number("exhausted_until_ms"),
    maybe_number("burst"),
    number("failures"),
    text("breaker_code"),
    maybe_number("open_until_ms"),
    maybe_number("probe_until_ms"),
)

# What a process may spend (`tokens`) and send per 2 seconds (`slots`) without asking again.
budget_leases = table(
    "budget_leases",
    of("connection_id", "connections", primary_key=True, autoincrement=False),
    sa.Column("holder", CleanText(), primary_key=True),
    text("side"),
    number("tokens"),
    number("slots"),
    number("expires_at_ms"),
    sqlite_with_rowid=False,
)

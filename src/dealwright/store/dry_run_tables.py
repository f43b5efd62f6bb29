"""The tables of dry runs: what was tried, and what it foretold."""

from dealwright.store.columns import blob, number, of, own_id, table, text

# `wanted` is what was tried on what, `summary` its figures, both JSON; `events` of `total` were
# looked at. `mapping_id` is 0 for a draft of no Mapping.
dry_runs = table(
    "dry_runs",
    own_id(),
    of("connection_id", "connections", index=True),
    number("mapping_id", index=True),
    number("mapping_version"),
    text("name"),
    text("state"),
    number("total"),
    number("done"),
    blob("wanted"),
    blob("summary"),
    text("code"),
    text("message"),
    text("made_by"),
    number("created_at_ms", index=True),
    number("updated_at_ms"),
    sqlite_autoincrement=True,
)

# One would-be write each, in the order in which they would be made; `body` is JSON.
dry_run_results = table(
    "dry_run_results",
    of("dry_run_id", "dry_runs", primary_key=True, autoincrement=False),
    number("number", primary_key=True, autoincrement=False),
    text("outcome"),
    text("code"),
    blob("body"),
)

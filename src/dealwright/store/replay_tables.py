"""The table of Replays."""

from dealwright.store.columns import number, of, own_id, table, text

# Ranges of the log that are read once more; `position` is the last Event that was routed.
replays = table(
    "replays",
    own_id(),
    of("connection_id", "connections", index=True),
    number("mapping_id"),
    number("mapping_version"),
    number("from_seq"),
    number("to_seq"),
    number("position"),
    text("state"),
    number("made"),
    number("created_at_ms"),
    number("updated_at_ms"),
    sqlite_autoincrement=True,
)

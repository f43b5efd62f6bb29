"""The table of Sources that speak something else than Segment's API, beside those of `tables`."""

from dealwright.store.columns import maybe_sealed, of, table, text

# Of secrets that senders sign with, what the Vault sealed; nothing where a write key is enough.
event_hooks = table(
    "event_hooks",
    of("source_id", "sources", primary_key=True, autoincrement=False),
    text("kind"),
    maybe_sealed("sealed"),
)

"""What somebody proposes to have done, until a person or a policy has approved of it."""

import sqlalchemy as sa

from dealwright.store.columns import blob, maybe_number, number, own_id, table, text

proposals = table(
    "proposals",
    own_id(),
    number("connection_id"),
    text("kind"),
    text("state"),
    text("summary"),
    text("reason"),
    number("tokens"),
    number("writes"),
    blob("wish"),
    blob("preview"),
    text("made_by"),
    number("made_at_ms"),
    text("decided_by"),
    maybe_number("decided_at_ms"),
    number("expires_at_ms"),
    blob("result"),
    sa.Index("ix_proposals_made_at_ms", "made_at_ms"),
    sqlite_autoincrement=True,
)

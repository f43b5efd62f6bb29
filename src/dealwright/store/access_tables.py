"""The tables of who may do what in an account, beside those of `tables`."""

import sqlalchemy as sa

from dealwright.store.columns import CleanText, maybe_sealed, number, of, table, text

# Who renews the token of a Connection at this moment; all others wait for what comes of it.
renewals = table(
    "renewals",
    of("connection_id", "connections", primary_key=True, autoincrement=False),
    text("holder"),
    number("until_ms"),
)

# A user who was sent to Pipedrive to allow the app: of the state only a hash, of what was granted
# what the Vault sealed. `bound_to` is the hash of what only the same browser has.
sign_ins = table(
    "sign_ins",
    sa.Column("state_hash", CleanText(), primary_key=True),
    text("bound_to"),
    text("server"),
    text("redirect_uri"),
    text("stage"),
    text("code"),
    text("message"),
    maybe_sealed("sealed"),
    number("expires_at_ms", index=True),
)

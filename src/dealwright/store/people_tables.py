"""The tables of the people who use the hub, and of what was changed, beside those of `tables`."""

import sqlalchemy as sa

from dealwright.store.columns import (
    CleanText,
    Int,
    maybe_blob,
    maybe_number,
    maybe_sealed,
    number,
    of,
    own_id,
    sealed,
    table,
    text,
)

# `email` is lower case. A password is an Argon2id hash, "" for none; `totp` is what the Vault
# sealed, `totp_step` the last moment whose code was taken. `subject` is issuer and subject of an
# OpenID provider.
users = table(
    "users",
    own_id(),
    text("email", unique=True),
    text("name"),
    text("role"),
    text("password_hash"),
    maybe_sealed("totp"),
    number("totp_on"),
    number("totp_step"),
    sa.Column("subject", CleanText(), nullable=True, unique=True),
    number("created_at_ms"),
    maybe_number("signed_in_at_ms"),
    sqlite_autoincrement=True,
)

# Only the token's hash is kept. `stage` tells whether the second factor is still to come.
sessions = table(
    "sessions",
    own_id(),
    text("token_hash", unique=True),
    of("user_id", "users", index=True),
    text("stage"),
    text("method"),
    text("address"),
    text("agent"),
    number("created_at_ms"),
    number("seen_at_ms"),
    number("expires_at_ms", index=True),
    number("tries"),
    sqlite_autoincrement=True,
)

recovery_codes = table(
    "recovery_codes",
    of("user_id", "users", primary_key=True, autoincrement=False),
    sa.Column("code_hash", CleanText(), primary_key=True),
    sqlite_with_rowid=False,
)

# Of a link that lets somebody choose a password only the hash; `user_id` is nothing for the one
# that makes the first owner.
set_up_links = table(
    "set_up_links",
    sa.Column("token_hash", CleanText(), primary_key=True),
    sa.Column("user_id", Int, sa.ForeignKey("users.id", ondelete="CASCADE"), nullable=True),
    number("created_at_ms"),
    number("expires_at_ms"),
)

# How often something was tried in a window of time, per account and per address.
tries = table(
    "tries",
    sa.Column("key", CleanText(), primary_key=True),
    number("count"),
    number("until_ms", index=True),
)

# Somebody who was sent to the OpenID provider; `bound_to` is the hash of what only the same browser
# has, `sealed` the nonce and the verifier.
oidc_visits = table(
    "oidc_visits",
    sa.Column("state_hash", CleanText(), primary_key=True),
    text("bound_to"),
    sealed("sealed"),
    number("expires_at_ms", index=True),
)

# What was changed, by whom. Nothing refers to it, and no line is ever taken out or altered, but for
# the address of a customer who asked to be forgotten (store/privacy_places.py).
audit = table(
    "audit",
    own_id(),
    number("at_ms"),
    text("principal_kind"),
    number("principal_id"),
    text("principal_name"),
    text("action"),
    text("target"),
    maybe_blob("before"),
    maybe_blob("after"),
    sqlite_autoincrement=True,
)

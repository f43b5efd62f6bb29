"""The tables of contact cards: settings, linked Google users, tickets, devices, and buttons."""

import sqlalchemy as sa

from dealwright.store.columns import (
    CleanText,
    Int,
    blob,
    maybe_number,
    number,
    of,
    own_id,
    sealed,
    table,
    text,
)

# What people decided of the cards of a Connection; without a row all is on and allowed.
card_settings = table(
    "card_settings",
    of("connection_id", "connections", primary_key=True, autoincrement=False),
    blob("body"),
    number("updated_at_ms"),
)

# What a user of the hub chose for the cards that he reads.
card_readers = table(
    "card_readers",
    of("user_id", "users", primary_key=True, autoincrement=False),
    blob("body"),
    number("updated_at_ms"),
)

# Whom a Google user is here. Issuer and subject say who it is; the address is only shown.
google_users = table(
    "google_users",
    sa.Column("issuer", CleanText(), primary_key=True),
    sa.Column("subject", CleanText(), primary_key=True),
    of("user_id", "users", index=True),
    text("email"),
    number("linked_at_ms"),
    sqlite_with_rowid=False,
)

# One-time tickets with which a Google user becomes a user of the hub; only the hash is kept.
google_tickets = table(
    "google_tickets",
    sa.Column("ticket_hash", CleanText(), primary_key=True),
    text("issuer"),
    text("subject"),
    text("email"),
    number("expires_at_ms", index=True),
)

# Browsers and mail programs that show cards; only the hash of a token is kept.
card_devices = table(
    "card_devices",
    own_id(),
    text("token_hash", unique=True),
    of("user_id", "users", index=True),
    text("label"),
    text("origin"),
    number("may_write"),
    number("created_at_ms"),
    maybe_number("seen_at_ms"),
    sqlite_autoincrement=True,
)

# One-time codes: without a device one that pairs a new device, with one that opens a card in it.
card_codes = table(
    "card_codes",
    sa.Column("code_hash", CleanText(), primary_key=True),
    of("user_id", "users", index=True),
    sa.Column("device_id", Int, sa.ForeignKey("card_devices.id", ondelete="CASCADE"), index=True),
    number("may_write"),
    number("expires_at_ms", index=True),
)

# A button that was pressed: its op, and what was filled in. Its Delivery says what became of it.
# `nonce` is that of the button: pressed twice it is one act.
card_acts = table(
    "card_acts",
    own_id(),
    number("connection_id"),
    number("user_id"),
    text("user_name"),
    text("op"),
    text("nonce", unique=True),
    blob("body"),
    number("created_at_ms"),
    sa.Index("ix_card_acts_created_at_ms", "created_at_ms"),
    sqlite_autoincrement=True,
)

# What buttons are signed with, sealed by the Vault; the newest signs, all of them are believed.
card_keys = table(
    "card_keys",
    sa.Column("name", CleanText(), primary_key=True),
    sealed("sealed"),
    number("created_at_ms"),
)

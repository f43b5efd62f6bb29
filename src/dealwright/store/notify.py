"""Notify: how PostgreSQL carries a wake-up to the workers of all machines, with the commit."""

import sqlalchemy as sa

#: Where workers listen; a name that LISTEN need not quote.
CHANNEL = "dealwright_wake"

#: Instead of a Connection's id: all of them, because something other than the log has changed.
EVERY = 0


def word(connection_id: int | None) -> str:
    """A wake-up as it is sent: empty for new Events, else whose it is."""
    return "" if connection_id is None else str(connection_id)


def connection_of(word: str) -> int | None:
    """Whom a wake-up is for; None: whoever has not read the log to its end."""
    return int(word) if word.isdecimal() else None


def notify(db: sa.Connection, connection_id: int | None = None) -> None:
    """Wake drains when this transaction commits; SQLite cannot, there the socket does it."""
    if db.dialect.name == "postgresql":
        db.execute(sa.select(sa.func.pg_notify(CHANNEL, word(connection_id))))

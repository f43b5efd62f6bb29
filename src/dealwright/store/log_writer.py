"""How a group of rows reaches the disk: hand-written SQL on the driver's own connection.

SQLAlchemy on this statement costs 2.6 to 3.2 times the CPU (ENGINE.md 7).
"""

import sqlite3
from collections.abc import Sequence
from contextlib import suppress
from itertools import chain
from typing import NamedTuple, Protocol

import psycopg

from dealwright.store.engine import Dialect, Store
from dealwright.store.notify import CHANNEL


class EventRow(NamedTuple):
    """An Event to be appended.

    `payload` is the sender's own bytes of this one event; `envelope` is JSON of what the batch or
    the path said about it (`context`, `integrations`, `type`), None where they said nothing.
    """

    source_id: int
    received_at_ms: int
    sent_at_ms: int | None
    message_id: str
    payload: bytes
    envelope: bytes | None


class RejectRow(NamedTuple):
    """Something that was sent as an Event and cannot be one."""

    source_id: int
    received_at_ms: int
    code: str
    reason: str
    payload: bytes


class LogWriter(Protocol):
    """Writes groups, each in one transaction; reopens its connection after a failure."""

    def write(self, events: Sequence[EventRow], rejects: Sequence[RejectRow]) -> None:
        """Return once the group is durable; raises the driver's error and keeps nothing."""
        ...

    def close(self) -> None:
        """Close the connection."""
        ...


def open_log_writer(store: Store) -> LogWriter:
    """The writer for this database; it connects when it first writes."""
    if store.dialect is Dialect.SQLITE:
        return SqliteLogWriter(store)
    return PostgresLogWriter(store)


_INSERT_EVENT = (
    "INSERT INTO events (source_id, received_at_ms, sent_at_ms, message_id, payload, envelope)"
    " VALUES (?, ?, ?, ?, ?, ?)"
)
#: Rows in one statement, most first: the driver gives the interpreter away and takes it back for
#: each statement, which beside a busy event loop costs as much as the insert itself.
_INSERTS = {
    rows: _INSERT_EVENT + ", (?, ?, ?, ?, ?, ?)" * (rows - 1)
    for rows in (512, 256, 128, 64, 32, 16, 8, 4, 2, 1)
}
_INSERT_REJECT = (
    "INSERT INTO rejects (source_id, received_at_ms, code, reason, payload) VALUES (?, ?, ?, ?, ?)"
)


class SqliteLogWriter:
    """Some INSERTs in one transaction, which one fdatasync makes durable."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._connection: sqlite3.Connection | None = None

    def write(self, events: Sequence[EventRow], rejects: Sequence[RejectRow]) -> None:
        """Write a group; waits for its turn among this process's writers."""
        with self._store.turns:
            self._store.check_file()
            db: sqlite3.Connection = self._connection or self._store.driver_connection()
            self._connection = db
            try:
                self._write(db, events, rejects)
            except BaseException:
                self.close()
                raise

    def close(self) -> None:
        """Close the connection; a transaction that is open is rolled back."""
        if self._connection is not None:
            with suppress(sqlite3.Error):
                self._connection.close()
            self._connection = None

    @staticmethod
    def _write(
        db: sqlite3.Connection, events: Sequence[EventRow], rejects: Sequence[RejectRow]
    ) -> None:
        db.execute("BEGIN IMMEDIATE")
        start = 0
        for rows, statement in _INSERTS.items():
            while len(events) - start >= rows:
                chunk = events[start : start + rows]
                db.execute(statement, tuple(chain.from_iterable(chunk)))
                start += rows
        if rejects:
            db.executemany(_INSERT_REJECT, rejects)
        db.execute("COMMIT")


#: Held by whoever appends, from before the first number is drawn until the commit is visible.
LOG_LOCK = 0x6465_616C_0001

# Numbers are drawn at the insert and become visible at the commit: without the lock a reader could
# see 6, move on, and never see a 5 that commits later. `pg_snapshot_xmin` alone does not help:
# transactions may draw their numbers in another order than their ids (ENGINE.md 10.2).
_BEGIN = f"BEGIN; SELECT pg_advisory_xact_lock({LOG_LOCK})".encode()

# The wake-up goes with the commit: whoever hears it sees the Events.
_COMMIT = f"NOTIFY {CHANNEL}; COMMIT".encode()

_COPY_EVENTS = (
    b"COPY events (source_id, received_at_ms, sent_at_ms, message_id, payload, envelope)"
    b" FROM STDIN (FORMAT BINARY)"
)
_EVENT_TYPES = ("int8", "int8", "int8", "text", "bytea", "bytea")
_COPY_REJECTS = (
    b"COPY rejects (source_id, received_at_ms, code, reason, payload) FROM STDIN (FORMAT BINARY)"
)
_REJECT_TYPES = ("int8", "int8", "text", "text", "bytea")


class PostgresLogWriter:
    """One binary COPY per table in one transaction, one appender of the whole hub at a time."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._connection: psycopg.Connection | None = None

    def write(self, events: Sequence[EventRow], rejects: Sequence[RejectRow]) -> None:
        """Write a group; waits for the appenders of other processes."""
        db = self._begun()
        try:
            _copy(db, _COPY_EVENTS, _EVENT_TYPES, events)
            if rejects:
                _copy(db, _COPY_REJECTS, _REJECT_TYPES, rejects)
            db.execute(_COMMIT if events else b"COMMIT")
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Close the connection; a transaction that is open is rolled back."""
        if self._connection is not None:
            with suppress(psycopg.Error):
                self._connection.close()
            self._connection = None

    def _begun(self) -> psycopg.Connection:
        if self._connection is not None:
            try:
                self._connection.execute(_BEGIN)
            except psycopg.OperationalError:
                # The server may have restarted while nothing was sent; a new connection will tell.
                self.close()
            else:
                return self._connection
        db: psycopg.Connection = self._store.driver_connection()
        db.autocommit = True
        self._connection = db
        try:
            db.execute(_BEGIN)
        except BaseException:
            self.close()
            raise
        return db


def _copy(
    db: psycopg.Connection,
    statement: bytes,
    types: tuple[str, ...],
    rows: Sequence[EventRow] | Sequence[RejectRow],
) -> None:
    with db.cursor().copy(statement) as copy:
        copy.set_types(types)
        for row in rows:
            copy.write_row(row)

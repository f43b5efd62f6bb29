"""Store: one database, SQLite or PostgreSQL, reached through short transactions in threads."""

import asyncio
import os
import sqlite3
import threading
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy import event, exc

from dealwright.core.errors import ConfigError, StoreUnavailable
from dealwright.store.together import Together, TogetherReading

T = TypeVar("T")

#: How long a write waits for another process before it is refused.
BUSY_TIMEOUT_S = 10

_READERS = 4

# After a burst the write-ahead log is cut back to this, instead of keeping its largest size.
_WAL_BYTES_KEPT = 64 * 1024 * 1024
_POSTGRES_WRITERS = 8

# https://www.postgresql.org/docs/current/errcodes-appendix.html
_DEADLOCK_DETECTED = "40P01"
# So often a transaction that lost a deadlock begins anew.
_DEADLOCKS = 5

# The usual 2 MB are 125 pages, fewer than a busy second changes.
_WRITER_CACHE_KB = 16_000


class Dialect(StrEnum):
    """The databases that the hub can keep its data in."""

    SQLITE = "sqlite"
    POSTGRESQL = "postgresql"


class _Deadlock(StoreUnavailable):
    """PostgreSQL has ended a transaction so that another one can go on."""


class Turns:
    """A lock that serves threads in the order in which they came.

    SQLite's own waiting is by polling, and `threading.Lock` lets a busy writer take it again at
    once: either way a process that appends without pause would starve its other writes.
    """

    def __init__(self) -> None:
        self._called = threading.Condition()
        self._next = 0
        self._served = 0

    def __enter__(self) -> None:
        with self._called:
            ticket = self._next
            self._next += 1
            self._called.wait_for(lambda: self._served == ticket)

    @property
    def waiting(self) -> int:
        """How many threads wait for their turn."""
        with self._called:
            return max(0, self._next - self._served - 1)

    def __exit__(self, *error: object) -> None:
        with self._called:
            self._served += 1
            self._called.notify_all()


class Store:
    """A database and the threads that talk to it.

    `turns` is held around every write to SQLite by this process; on PostgreSQL nobody takes it.
    """

    def __init__(self, url: sa.URL, dialect: Dialect) -> None:
        self.dialect = dialect
        self.turns = Turns()
        self.path = Path(url.database or "") if dialect is Dialect.SQLITE else None
        self._file = _identity(self.path) if self.path else None
        if dialect is Dialect.SQLITE:
            self._writers = _sqlite_engine(url, begin="BEGIN IMMEDIATE", size=1)
            self._readers = _sqlite_engine(url, begin="BEGIN", size=_READERS)
        else:
            self._writers = _postgres_engine(url)
            self._readers = self._writers.execution_options(postgresql_readonly=True)
        writers = 1 if dialect is Dialect.SQLITE else _POSTGRES_WRITERS
        self._read_threads = ThreadPoolExecutor(_READERS, thread_name_prefix="store-read")
        self._write_threads = ThreadPoolExecutor(writers, thread_name_prefix="store-write")
        self._reading = TogetherReading(self._read_threads, self.snapshot)
        self._writing = Together(self._write_threads, self.transaction, is_outage=is_outage)

    @staticmethod
    def open(url: str) -> "Store":
        """Name a database; SQLite's file is made with mode 0600, its folder with 0700.

        `sqlite:////absolute/path.db`, `postgresql://…` or `postgresql+psycopg://…`. PostgreSQL is
        not asked before the first transaction. Raises ConfigError (`unsupported_database`) and
        StoreUnavailable (the file cannot be made).
        """
        parsed, dialect = _parse(url)
        if dialect is Dialect.SQLITE:
            _make_private(Path(parsed.database or ""))
        return Store(parsed, dialect)

    async def read(self, fn: Callable[[sa.Connection], T]) -> T:
        """Run `fn` in a thread, in a transaction that cannot write.

        On SQLite it sees one snapshot. Raises StoreUnavailable.
        """
        return await _in_thread(self._read_threads, lambda: _run(self.snapshot, fn))

    async def look(self, fn: Callable[[sa.Connection], T]) -> T:
        """Like `read`, in one transaction with whatever else is looked at in this turn of the loop.

        For the few rows that a try needs; `fn` runs once more by itself when another one failed.
        """
        return await self._reading.ask(fn)

    async def write(self, fn: Callable[[sa.Connection], T]) -> T:
        """Run `fn` in a thread: all of it is durable when this returns, or nothing is kept.

        Raises StoreUnavailable when the database is locked, full, read-only or gone, and
        whatever `fn` raises; nothing is kept then. `fn` changes nothing but the database: it may
        run twice, and only once for good.
        """
        if self.dialect is Dialect.SQLITE:
            return await self._writing.ask(fn)
        return await _in_thread(self._write_threads, lambda: self._written(fn))

    def soon(self, fn: Callable[[sa.Connection], object]) -> None:
        """Run `fn` in a thread, as one transaction, some time; nobody learns what became of it."""
        with suppress(RuntimeError):  # the threads have ended: so will whoever would be told
            self._write_threads.submit(self._written, fn)

    def _written(self, fn: Callable[[sa.Connection], T]) -> T:
        """Run `fn` in a transaction, anew when PostgreSQL ends it because two waited in a ring.

        Nothing of it is kept then, and whoever it waited for goes on: mostly once is enough.
        """
        for _ in range(_DEADLOCKS):
            try:
                return _run(self.transaction, fn)
            except _Deadlock:
                continue
        return _run(self.transaction, fn)

    @contextmanager
    def snapshot(self) -> Generator[sa.Connection]:
        """A transaction for reading, in this thread."""
        with _told_plainly(), self._readers.begin() as db:
            yield db

    @contextmanager
    def transaction(self) -> Generator[sa.Connection]:
        """A transaction for writing, in this thread."""
        if self.dialect is Dialect.POSTGRESQL:
            with _told_plainly(), self._writers.begin() as db:
                yield db
            return
        with _told_plainly(), self.turns:
            self.check_file()
            with self._writers.begin() as db:
                yield db

    def check_file(self) -> None:
        """See that SQLite's file still is the one that was opened; costs a few microseconds.

        What is written to a file that was removed or replaced is lost when the process ends, and
        SQLite does not say so. Raises StoreUnavailable.
        """
        if self.path is not None and _identity(self.path) != self._file:
            raise StoreUnavailable(
                f"{self.path} was removed or replaced while the hub runs. Nothing was stored; "
                "stop the hub, put the file back, and start it again."
            )

    def driver_connection(self) -> Any:
        """A connection of the driver itself, the caller's to close: for the append of events."""
        with _told_plainly():
            pooled = self._writers.raw_connection()
            driver = pooled.driver_connection
            pooled.detach()
            return driver

    def connect_arguments(self) -> dict[str, Any]:
        """What PostgreSQL's driver is called with, for connections beside the pool."""
        return dict(self._writers.dialect.create_connect_args(self._writers.url)[1])

    def close(self) -> None:
        """Let running transactions end, then close every connection."""
        self._read_threads.shutdown()
        self._write_threads.shutdown()
        self._readers.dispose()
        self._writers.dispose()


def is_outage(error: BaseException) -> bool:
    """Whether it is the database that fails, not the statement."""
    if isinstance(error, StoreUnavailable):
        return True
    if isinstance(error, exc.DBAPIError) and error.orig is not None:
        return is_outage(error.orig)
    if isinstance(error, exc.TimeoutError):
        return True
    import psycopg

    # InternalError: PostgreSQL's word for a transaction on a read-only server.
    outages = (
        sqlite3.OperationalError,
        psycopg.OperationalError,
        psycopg.InterfaceError,
        psycopg.InternalError,
    )
    return isinstance(error, outages) or type(error) is sqlite3.DatabaseError


def unavailable(error: BaseException) -> StoreUnavailable:
    """Say an outage in a sentence; statements and values are left out of it."""
    if isinstance(error, StoreUnavailable):
        return error
    orig = error.orig if isinstance(error, exc.DBAPIError) else error
    cause = str(orig or error).strip().partition("\n")[0]
    is_deadlock = getattr(orig, "sqlstate", None) == _DEADLOCK_DETECTED
    return (_Deadlock if is_deadlock else StoreUnavailable)(
        f"The database cannot be used ({cause}). Nothing was stored; check its disk, its rights "
        "and that it runs, then try again."
    )


@contextmanager
def _told_plainly() -> Generator[None]:
    try:
        yield
    # The hot statements go to SQLite's driver itself.
    except (exc.SQLAlchemyError, sqlite3.Error) as error:
        if is_outage(error):
            raise unavailable(error) from error
        raise


def _run(begin: Callable[[], Any], fn: Callable[[sa.Connection], T]) -> T:
    with begin() as db:
        return fn(db)


async def _in_thread(threads: ThreadPoolExecutor, work: Callable[[], T]) -> T:
    return await asyncio.get_running_loop().run_in_executor(threads, work)


def _parse(url: str) -> tuple[sa.URL, Dialect]:
    try:
        parsed = sa.make_url(url)
    except exc.ArgumentError as error:
        raise _unsupported() from error
    if parsed.drivername == "sqlite" and parsed.database not in {None, "", ":memory:"}:
        return parsed, Dialect.SQLITE
    if parsed.drivername in {"postgresql", "postgresql+psycopg"}:
        return parsed.set(drivername="postgresql+psycopg"), Dialect.POSTGRESQL
    raise _unsupported()


def _unsupported() -> ConfigError:
    # The URL is not repeated: it may hold a password.
    return ConfigError(
        "The database URL is not one that can be used. Give sqlite:////path/to/file.db or "
        "postgresql://user:password@host/database.",
        code="unsupported_database",
    )


def _make_private(path: Path) -> None:
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_RDONLY, 0o600))
        # SQLite gives -wal and -shm the mode of the file itself.
        if path.stat().st_mode & 0o077:
            path.chmod(0o600)
    except OSError as error:
        raise StoreUnavailable(
            f"{path} cannot be opened ({error.strerror}). Check the folder and its rights."
        ) from error


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _sqlite_engine(url: sa.URL, *, begin: str, size: int) -> sa.Engine:
    engine = sa.create_engine(
        url, poolclass=sa.QueuePool, pool_size=size, max_overflow=0, hide_parameters=True
    )
    is_writer = begin != "BEGIN"

    def connected(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None
        connection.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_S * 1000}")
        if is_writer:
            # Counts for a new file only. Measured: an event of 1 KB costs half of what it costs
            # with pages of 4 KB.
            connection.execute("PRAGMA page_size = 16384")
            connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("PRAGMA foreign_keys = ON")
            # What is kept for a rollback within a transaction: as files it was two thirds of all
            # that a worker wrote.
            connection.execute("PRAGMA temp_store = MEMORY")
            connection.execute(f"PRAGMA cache_size = -{_WRITER_CACHE_KB}")
            connection.execute(f"PRAGMA journal_size_limit = {_WAL_BYTES_KEPT}")
        else:
            connection.execute("PRAGMA query_only = ON")

    def begun(connection: sa.Connection) -> None:
        # The driver would begin at the first write, so that a SELECT before it stood outside.
        connection.exec_driver_sql(begin)

    event.listen(engine, "connect", connected)
    event.listen(engine, "begin", begun)
    return engine


def _postgres_engine(url: sa.URL) -> sa.Engine:
    return sa.create_engine(
        url,
        pool_size=_READERS + _POSTGRES_WRITERS,
        max_overflow=1,
        pool_timeout=BUSY_TIMEOUT_S,
        pool_pre_ping=True,
        hide_parameters=True,
        connect_args={
            "connect_timeout": BUSY_TIMEOUT_S,
            "application_name": "dealwright",
            # A lock is waited for as long as SQLite's; a holder that hangs is cut off.
            "options": f"-c lock_timeout={BUSY_TIMEOUT_S}s "
            f"-c idle_in_transaction_session_timeout={3 * BUSY_TIMEOUT_S}s",
        },
    )

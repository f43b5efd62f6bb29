"""Bring a database to this version's schema, one process at a time, and never backwards.

Alembic is imported only where there is something to do: it takes longer than most commands.
"""

import fcntl
import os
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum

import sqlalchemy as sa

from dealwright.core.errors import ConfigError
from dealwright.store.engine import Dialect, Store

#: The revision that this version wants: the newest of `migrations/versions`.
HEAD = "0030"

#: Where Alembic notes the revision.
_VERSION = sa.table("alembic_version", sa.column("version_num", sa.String))

#: Held by whoever migrates a PostgreSQL database.
MIGRATION_LOCK = 0x6465_616C_0002


class SchemaState(StrEnum):
    """What a database's schema is to this version of the program."""

    EMPTY = "empty"
    OUTDATED = "outdated"
    CURRENT = "current"
    TOO_NEW = "too_new"


@dataclass(frozen=True, slots=True, kw_only=True)
class SchemaStatus:
    """The revision that a database has (None: no tables yet), and the one it should have."""

    current: str | None
    head: str
    state: SchemaState


def migrate(store: Store) -> str:
    """Upgrade to this version's schema and say its revision; nothing to do is quick.

    Other processes that start at the same time wait. Raises ConfigError (`schema_too_new`) for a
    database that a newer version has upgraded, and StoreUnavailable.
    """
    with store.snapshot() as db:
        if _revision(db) == HEAD:
            return HEAD
    with _locked(store), store.transaction() as db:
        if store.dialect is Dialect.POSTGRESQL:
            db.execute(sa.select(sa.func.pg_advisory_xact_lock(MIGRATION_LOCK)))
        found = _status(db)
        if found.state is SchemaState.TOO_NEW:
            raise ConfigError(
                f"The database is of a newer Dealwright (schema {found.current}, this version "
                f"knows {found.head}). Install that version again, or restore a backup.",
                code="schema_too_new",
            )
        if found.state is not SchemaState.CURRENT:
            from dealwright.store.revisions import upgrade

            upgrade(db)
        return found.head


def status(store: Store) -> SchemaStatus:
    """How the database's schema stands to this version; changes nothing."""
    with store.snapshot() as db:
        return _status(db)


def _status(db: sa.Connection) -> SchemaStatus:
    current = _revision(db)
    if current is None:
        state = SchemaState.EMPTY
    elif current == HEAD:
        state = SchemaState.CURRENT
    else:
        from dealwright.store.revisions import known

        state = SchemaState.OUTDATED if current in known() else SchemaState.TOO_NEW
    return SchemaStatus(current=current, head=HEAD, state=state)


def _revision(db: sa.Connection) -> str | None:
    if not sa.inspect(db).has_table(_VERSION.name):
        return None
    return db.execute(sa.select(_VERSION.c.version_num)).scalar()


@contextmanager
def _locked(store: Store) -> Generator[None]:
    """Hold the lock file beside a SQLite database; PostgreSQL has a lock of its own."""
    if store.path is None:
        yield
        return
    lock = os.open(store.path.with_name(f"{store.path.name}.lock"), os.O_CREAT | os.O_RDWR, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)

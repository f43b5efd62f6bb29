"""Bring a database to this version's schema, one process at a time, and never backwards."""

import fcntl
import os
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from dealwright.core.errors import ConfigError
from dealwright.store.engine import Dialect, Store

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
            config = _config()
            config.attributes["connection"] = db
            command.upgrade(config, "head")
        return found.head


def status(store: Store) -> SchemaStatus:
    """How the database's schema stands to this version; changes nothing."""
    with store.snapshot() as db:
        return _status(db)


def _status(db: sa.Connection) -> SchemaStatus:
    scripts = ScriptDirectory.from_config(_config())
    known = {script.revision for script in scripts.walk_revisions()}
    current = MigrationContext.configure(db).get_current_revision()
    head = scripts.get_current_head() or ""
    if current is None:
        state = SchemaState.EMPTY
    elif current == head:
        state = SchemaState.CURRENT
    else:
        state = SchemaState.OUTDATED if current in known else SchemaState.TOO_NEW
    return SchemaStatus(current=current, head=head, state=state)


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")))
    config.set_main_option("path_separator", "os")
    return config


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

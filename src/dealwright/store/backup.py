"""Backup: one file that holds the whole store as it was at one moment, made while the hub runs.

SQLite: a copy by its own backup, which reads one snapshot and keeps nobody from writing.
PostgreSQL: `pg_dump` and `pg_restore`, where they are installed. The key that opens the stored
credentials is in neither: whoever has the file alone opens no Pipedrive account.
"""

import contextlib
import os
import shutil
import sqlite3
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy import exc

from dealwright.core.errors import ConfigError, StoreUnavailable
from dealwright.store.engine import Store, unavailable
from dealwright.store.migrate import SchemaState, migrate, status

#: How PostgreSQL's own format of a dump begins.
_DUMP = b"PGDMP"
_SQLITE = b"SQLite format 3\0"


def back_up(store: Store, file: Path) -> int:
    """Write the store into a new file that only its owner may read; its size in bytes.

    The file appears when it is whole. Raises ConfigError (`file_exists`, `program_missing`,
    `program_failed`) and StoreUnavailable.
    """
    if file.exists():
        raise ConfigError(f"{file} is there already: name another file.", code="file_exists")
    unfinished = file.with_name(f".{file.name}.unfinished")
    try:
        os.close(os.open(unfinished, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600))
        try:
            if store.path is not None:
                _copy(store.path, unfinished)
            else:
                _dump(store, unfinished)
            _sync(unfinished)
            unfinished.rename(file)
            _sync(file.parent)
        finally:
            unfinished.unlink(missing_ok=True)
        return file.stat().st_size
    except OSError as error:
        raise ConfigError(
            f"{file} cannot be written ({error.strerror}). Choose another place.",
            code="file_not_written",
        ) from error


def put_back(url: str, file: Path) -> str:
    """Make a database what a backup holds, brought to this version's schema; that schema.

    What there was before is lost on PostgreSQL; on SQLite it stays beside, as `….replaced`. Nobody
    else may use the database. Raises ConfigError (`not_a_backup`, `schema_too_new`,
    `program_missing`, `program_failed`), with nothing changed, and StoreUnavailable.
    """
    kind = _kind(file)
    store = Store.open(url)
    path = store.path
    try:
        if (path is None) != (kind == _DUMP):
            raise _no_backup(file, "it is of the other kind of database")
        if path is None:
            _check_dump(file)
            _undump(store, file)
    finally:
        store.close()
    if path is not None:
        _replace(path, file)
    store = Store.open(url)
    try:
        return migrate(store)
    finally:
        store.close()


def others(store: Store) -> int:
    """How many other connections of hubs a PostgreSQL database has; of SQLite it cannot tell: 0."""
    if store.path is not None:
        return 0
    with store.snapshot() as db:
        counted = sa.text(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
            "AND application_name = 'dealwright' AND pid <> pg_backend_pid()"
        )
        return db.scalar(counted) or 0


# -- SQLite


def _copy(path: Path, to: Path) -> None:
    # A connection of its own, which can only read: neither turns nor the pool are needed.
    try:
        with (
            contextlib.closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as source,
            contextlib.closing(sqlite3.connect(to)) as target,
        ):
            # All pages in one step: a copy in parts begins anew whenever somebody writes.
            source.backup(target, pages=-1)
            # One file, without the two that belong to a write-ahead log.
            target.execute("PRAGMA journal_mode = DELETE")
            (found,) = target.execute("PRAGMA quick_check(1)").fetchone()
    except sqlite3.Error as error:
        raise unavailable(error) from error
    if found != "ok":
        raise StoreUnavailable(f"The database is damaged ({found}). Restore an older backup.")


def _replace(path: Path, file: Path) -> None:
    beside = path.with_name(f".{path.name}.restoring")
    try:
        shutil.copyfile(file, beside)
        beside.chmod(0o600)
        _check_copy(beside, file)
        _sync(beside)
        if path.stat().st_size:
            _fold(path)
            path.rename(path.with_name(f"{path.name}.replaced"))
        for suffix in ("-wal", "-shm"):
            path.with_name(f"{path.name}{suffix}").unlink(missing_ok=True)
        beside.rename(path)
        _sync(path.parent)
    except OSError as error:
        raise StoreUnavailable(
            f"{path} cannot be replaced ({error.strerror}). Check the folder and its rights."
        ) from error
    finally:
        for left in path.parent.glob(f"{beside.name}*"):
            left.unlink(missing_ok=True)


def _check_copy(copy: Path, file: Path) -> None:
    store = Store.open(f"sqlite:///{copy}")
    try:
        found = status(store)
        with store.snapshot() as db:
            sound = db.exec_driver_sql("PRAGMA quick_check(1)").scalar()
    except (exc.DatabaseError, StoreUnavailable) as error:
        raise _no_backup(file, "SQLite cannot read it") from error
    finally:
        store.close()
    _check_schema(found.state, file)
    if sound != "ok":
        raise _no_backup(file, "it is damaged")


def _fold(path: Path) -> None:
    """Bring what the write-ahead log holds into the file."""
    with (
        contextlib.suppress(sqlite3.Error),
        contextlib.closing(sqlite3.connect(path)) as database,
    ):
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")


# -- PostgreSQL


def _dump(store: Store, to: Path) -> None:
    _run(store, "pg_dump", ["--format=custom", "--no-owner", "--no-privileges", f"--file={to}"])


def _undump(store: Store, file: Path) -> None:
    options = ["--clean", "--if-exists", "--no-owner", "--no-privileges", "--exit-on-error"]
    name = str(store.connect_arguments()["dbname"])
    _run(store, "pg_restore", [*options, "--single-transaction", f"--dbname={name}", str(file)])


def _check_dump(file: Path) -> None:
    """See that a dump is one of ours, and not of a newer version."""
    told = _program(["pg_restore", "--data-only", "--table=alembic_version", "--file=-", str(file)])
    lines = told.splitlines()
    begun = next((i for i, line in enumerate(lines) if line.startswith("COPY ")), None)
    if begun is None or begun + 1 >= len(lines):
        raise _no_backup(file, "it holds no tables of Dealwright")
    from dealwright.store.revisions import known  # noqa: PLC0415 - it draws in Alembic

    is_known = lines[begun + 1].strip() in known()
    _check_schema(SchemaState.CURRENT if is_known else SchemaState.TOO_NEW, file)


def _run(store: Store, program: str, options: Sequence[str]) -> None:
    arguments = store.connect_arguments()
    # By the environment, for everybody sees the arguments of a process.
    names = {"host": "PGHOST", "port": "PGPORT", "user": "PGUSER", "password": "PGPASSWORD"}
    own = {variable: str(arguments[name]) for name, variable in names.items() if name in arguments}
    own["PGDATABASE"] = str(arguments["dbname"])
    _program([program, *options], own)


def _program(command: Sequence[str], environment: Mapping[str, str] | None = None) -> str:
    found = shutil.which(command[0])
    if found is None:
        raise ConfigError(
            f"{command[0]} is not installed: install PostgreSQL's client programs of at least the "
            "server's version, or let the server's own backups do this.",
            code="program_missing",
        )
    ran = subprocess.run(  # noqa: S603 - a program of this machine, with options of ours
        [found, *command[1:]],
        env={**os.environ, **(environment or {})},
        capture_output=True,
        text=True,
        check=False,
    )
    if ran.returncode:
        reason = (ran.stderr.strip().splitlines() or ["it said nothing"])[0]
        raise ConfigError(f"{command[0]} failed: {reason}", code="program_failed")
    return ran.stdout


# -- both


def _kind(file: Path) -> bytes:
    try:
        with file.open("rb") as opened:
            begins = opened.read(len(_SQLITE))
    except OSError as error:
        raise _no_backup(file, error.strerror or "it cannot be read") from error
    for kind in (_DUMP, _SQLITE):
        if begins.startswith(kind):
            return kind
    raise _no_backup(file, "it begins with something else")


def _check_schema(state: SchemaState, file: Path) -> None:
    if state is SchemaState.TOO_NEW:
        raise ConfigError(
            f"{file} is of a newer Dealwright: install that version, then restore.",
            code="schema_too_new",
        )
    if state is SchemaState.EMPTY:
        raise _no_backup(file, "it holds no tables of Dealwright")


def _no_backup(file: Path, reason: str) -> ConfigError:
    return ConfigError(f"{file} is no backup of this store: {reason}.", code="not_a_backup")


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

"""The schema: the same from scratch and by migration, migrated once, never backwards."""

import re
import shutil
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import sqlalchemy as sa
from tests.postgres import PostgresServer

from dealwright.core.errors import ConfigError, StoreUnavailable
from dealwright.store.engine import Store
from dealwright.store.migrate import HEAD, SchemaState, migrate, status
from dealwright.store.revisions import known
from dealwright.store.tables import events as any_table

POSTGRES_COLUMNS = """
    SELECT table_name, column_name, data_type, is_nullable, column_default, is_identity
    FROM information_schema.columns
    WHERE table_schema = 'public' AND table_name <> 'alembic_version' ORDER BY 1, ordinal_position
"""
POSTGRES_CONSTRAINTS = """
    SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
    WHERE connamespace = 'public'::regnamespace
      AND conrelid::regclass::text <> 'alembic_version' ORDER BY 1, 2
"""
POSTGRES_INDEXES = """
    SELECT indexdef FROM pg_indexes
    WHERE schemaname = 'public' AND tablename <> 'alembic_version' ORDER BY 1
"""


def sqlite_schema(store: Store) -> list[str]:
    with store.snapshot() as db:
        made = db.exec_driver_sql(
            "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND tbl_name NOT IN"
            " ('alembic_version', 'sqlite_sequence') ORDER BY name"
        )
        return [re.sub(r"\s+", " ", sql).replace(" ,", ",").replace(" )", ")") for (sql,) in made]


def postgres_schema(store: Store) -> list[tuple[object, ...]]:
    with store.snapshot() as db:
        return [
            tuple(row)
            for query in (POSTGRES_COLUMNS, POSTGRES_CONSTRAINTS, POSTGRES_INDEXES)
            for row in db.execute(sa.text(query))
        ]


def test_migrations_and_tables_agree_on_sqlite(tmp_path: Path) -> None:
    scratch = Store.open(f"sqlite:///{tmp_path / 'scratch.db'}")
    migrated = Store.open(f"sqlite:///{tmp_path / 'migrated.db'}")
    with scratch.transaction() as db:
        any_table.metadata.create_all(db)
    migrate(migrated)

    assert sqlite_schema(migrated) == sqlite_schema(scratch)
    assert len(sqlite_schema(scratch)) > len(any_table.metadata.tables)
    scratch.close()
    migrated.close()


@pytest.mark.postgres
def test_migrations_and_tables_agree_on_postgresql(postgres: PostgresServer) -> None:
    scratch = Store.open(postgres.database())
    migrated = Store.open(postgres.database())
    with scratch.transaction() as db:
        any_table.metadata.create_all(db)
    migrate(migrated)

    assert postgres_schema(migrated) == postgres_schema(scratch)
    assert len(postgres_schema(scratch)) > len(any_table.metadata.tables)
    scratch.close()
    migrated.close()


def test_the_schema_that_is_wanted_is_the_newest_revision() -> None:
    assert known()[0] == HEAD


def test_a_new_database_is_empty_and_then_current(empty_url: str) -> None:
    store = Store.open(empty_url)
    before = status(store).state
    migrate(store)

    assert (before, status(store).state) == (SchemaState.EMPTY, SchemaState.CURRENT)
    store.close()


def test_migrating_twice_changes_nothing(store: Store) -> None:
    assert migrate(store) == migrate(store) == status(store).head


def test_processes_that_start_together_migrate_once(empty_url: str) -> None:
    stores = [Store.open(empty_url) for _ in range(4)]
    with ThreadPoolExecutor(4) as threads:
        heads = set(threads.map(migrate, stores))

    assert heads == {status(stores[0]).head}
    for store in stores:
        store.close()


def test_a_newer_schema_is_refused(store: Store) -> None:
    with store.transaction() as db:
        db.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))

    assert status(store).state is SchemaState.TOO_NEW
    with pytest.raises(ConfigError, match="newer Dealwright") as caught:
        migrate(store)
    assert caught.value.code == "schema_too_new"


def test_every_table_of_sqlite_is_strict(sqlite_store: Store) -> None:
    with sqlite_store.snapshot() as db:
        loose = db.exec_driver_sql(
            "SELECT name FROM pragma_table_list WHERE type = 'table' AND strict = 0"
            " AND name NOT LIKE 'sqlite_%' AND name <> 'alembic_version'"
        ).all()
    assert loose == []


def test_a_text_in_a_number_is_refused_by_both(store: Store) -> None:
    with pytest.raises(sa.exc.DBAPIError), store.transaction() as db:
        db.execute(sa.text("INSERT INTO sources (name, created_at_ms) VALUES ('a', 'soon')"))


@pytest.mark.parametrize("url", ["sqlite://", "mysql://host/db", "nonsense", "sqlite:///:memory:"])
def test_other_databases_are_refused(url: str) -> None:
    with pytest.raises(ConfigError) as caught:
        Store.open(url)
    assert caught.value.code == "unsupported_database"


def test_a_refused_url_is_not_repeated_because_of_its_password() -> None:
    with pytest.raises(ConfigError) as caught:
        Store.open("mysql://ada:hunter2@host/db")
    assert "hunter2" not in str(caught.value)


def test_files_belong_to_their_owner_alone(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "data"
    store = Store.open(f"sqlite:///{folder / 'dealwright.db'}")
    migrate(store)

    assert folder.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}
    store.close()


def test_a_loose_database_file_is_closed_to_others(tmp_path: Path) -> None:
    path = tmp_path / "dealwright.db"
    path.touch(mode=0o644)
    Store.open(f"sqlite:///{path}").close()
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_folder_that_cannot_be_made_is_said_plainly(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreUnavailable, match="Check the folder"):
        Store.open(f"sqlite:///{tmp_path / 'file' / 'dealwright.db'}")


def test_sqlite_is_durable_at_every_commit(sqlite_store: Store) -> None:
    with sqlite_store.transaction() as db:
        found = [
            db.exec_driver_sql(f"PRAGMA {name}").scalar_one()
            for name in ("journal_mode", "synchronous", "busy_timeout", "foreign_keys")
        ]
    assert found == ["wal", 2, 10_000, 1]


async def test_a_reader_cannot_write(store: Store) -> None:
    insert = sa.text("INSERT INTO sources (name, created_at_ms) VALUES ('a', 1)")
    with pytest.raises((StoreUnavailable, sa.exc.DBAPIError)):
        await store.read(lambda db: db.execute(insert))


async def test_a_write_that_raises_keeps_nothing(store: Store) -> None:
    def half(db: sa.Connection) -> None:
        db.execute(sa.text("INSERT INTO sources (name, created_at_ms) VALUES ('a', 1)"))
        raise LookupError

    with pytest.raises(LookupError):
        await store.write(half)
    assert await store.read(lambda db: db.scalar(sa.text("SELECT count(*) FROM sources"))) == 0


async def test_a_file_that_is_locked_for_too_long_is_unavailable(
    migrated_sqlite: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dealwright.store.engine.BUSY_TIMEOUT_S", 0)
    path = shutil.copy(migrated_sqlite, tmp_path / "dealwright.db")
    store = Store.open(f"sqlite:///{path}")
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    with pytest.raises(StoreUnavailable, match="locked"):
        await store.write(lambda db: db.execute(sa.text("DELETE FROM sources")))
    other.close()
    store.close()

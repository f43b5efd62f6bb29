"""A backup is the store of one moment, whoever writes meanwhile; only a sound one is put back."""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from tests.postgres import PostgresServer

from dealwright.core.errors import ConfigError
from dealwright.store.append import Appender, EventRow
from dealwright.store.backup import back_up, others, put_back
from dealwright.store.engine import Store
from dealwright.store.events import count_events, end_of_log
from dealwright.store.sources import create_source, list_sources


@pytest.fixture(autouse=True)
def _programs(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """The client programs of the server that is tested, not those of the machine."""
    if "postgresql" in request.node.name:
        server: PostgresServer = request.getfixturevalue("postgres")
        monkeypatch.setenv("PATH", str(server.programs), prepend=":")


async def test_what_was_there_is_there_again(store: Store, url: str, tmp_path: Path) -> None:
    await store.write(lambda db: create_source(db, "website", now_ms=0))
    await asyncio.to_thread(back_up, store, tmp_path / "copy")
    await store.write(lambda db: create_source(db, "later", now_ms=0))
    store.close()

    put_back(url, tmp_path / "copy")

    again = Store.open(url)
    assert [one.name for one in await again.read(list_sources)] == ["website"]
    again.close()


async def test_a_backup_that_is_made_while_many_write_is_one_moment(
    sqlite_store: Store, tmp_path: Path
) -> None:
    appender = Appender(sqlite_store)

    async def write(first: int) -> None:
        for number in range(first, first + 200):
            row = EventRow(1, 0, None, f"m-{number}", b'{"type":"track"}' * 50, None)
            await appender.append([row, row])

    writing = [asyncio.create_task(write(1000 * one)) for one in range(4)]
    while await sqlite_store.read(end_of_log) < 100:
        await asyncio.wait(writing, timeout=0.001)
    await asyncio.to_thread(back_up, sqlite_store, tmp_path / "copy.db")
    held = any(not task.done() for task in writing)
    await asyncio.gather(*writing)
    await appender.close()

    with closing(sqlite3.connect(tmp_path / "copy.db")) as copy:
        (count,) = copy.execute("SELECT count(*) FROM events").fetchone()
        (sound,) = copy.execute("PRAGMA integrity_check").fetchone()
    total = await sqlite_store.read(count_events)
    # Each append is of two events: half of one would be no moment that there was.
    assert (sound, count % 2, 100 <= count <= total, held) == ("ok", 0, True, True)


async def test_only_its_owner_may_read_it(sqlite_store: Store, tmp_path: Path) -> None:
    back_up(sqlite_store, tmp_path / "copy.db")

    assert (tmp_path / "copy.db").stat().st_mode & 0o077 == 0


def test_no_file_is_written_over(sqlite_store: Store, tmp_path: Path) -> None:
    (tmp_path / "copy.db").write_text("precious")

    with pytest.raises(ConfigError) as refused:
        back_up(sqlite_store, tmp_path / "copy.db")
    assert refused.value.code == "file_exists"


def test_what_there_was_stays_beside(sqlite_store: Store, tmp_path: Path) -> None:
    back_up(sqlite_store, tmp_path / "copy.db")
    sqlite_store.close()

    put_back(f"sqlite:///{tmp_path / 'dealwright.db'}", tmp_path / "copy.db")

    assert (tmp_path / "dealwright.db.replaced").is_file()


@pytest.mark.parametrize("content", [b"", b"PGD", b"SQLite format 3\0 and no more", b"PGDMP"])
def test_what_is_no_backup_changes_nothing(
    sqlite_store: Store, tmp_path: Path, content: bytes
) -> None:
    sqlite_store.close()
    before = (tmp_path / "dealwright.db").read_bytes()
    (tmp_path / "copy").write_bytes(content)

    with pytest.raises(ConfigError) as refused:
        put_back(f"sqlite:///{tmp_path / 'dealwright.db'}", tmp_path / "copy")
    kept = (tmp_path / "dealwright.db").read_bytes() == before
    assert (refused.value.code, kept) == ("not_a_backup", True)


def test_a_database_of_something_else_is_no_backup(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "other.db")) as other:
        other.execute("CREATE TABLE recipes (name TEXT)")

    with pytest.raises(ConfigError) as refused:
        put_back(f"sqlite:///{tmp_path / 'dealwright.db'}", tmp_path / "other.db")
    assert refused.value.code == "not_a_backup"


def _of_the_future(store: Store) -> None:
    with store.transaction() as db:
        db.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")


def test_a_backup_of_a_newer_version_is_refused(store: Store, url: str, tmp_path: Path) -> None:
    _of_the_future(store)
    back_up(store, tmp_path / "copy")
    store.close()

    with pytest.raises(ConfigError) as refused:
        put_back(url, tmp_path / "copy")
    assert refused.value.code == "schema_too_new"


@pytest.mark.postgres
def test_without_pg_dump_it_is_said_what_to_do(
    postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    store = Store.open(postgres_url)

    with pytest.raises(ConfigError, match="pg_dump is not installed") as refused:
        back_up(store, tmp_path / "copy")
    store.close()
    assert (refused.value.code, list(tmp_path.glob("*copy*"))) == ("program_missing", [])


@pytest.mark.postgres
async def test_another_process_on_postgresql_is_seen(postgres_url: str) -> None:
    here, there = Store.open(postgres_url), Store.open(postgres_url)
    await there.read(list_sources)

    assert others(here) == 1
    here.close()
    there.close()

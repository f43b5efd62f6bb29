"""The log's one writer: durable before it answers, grouped, bounded, and never reordered."""

import asyncio
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest
import sqlalchemy as sa
from tests.postgres import PostgresServer

from dealwright.core.errors import StoreUnavailable
from dealwright.store.append import MAX_REJECT_BYTES, Appender
from dealwright.store.engine import Store, Turns
from dealwright.store.events import (
    StoredEvent,
    count_events,
    count_rejects,
    end_of_log,
    events_by_seq,
    newest_of_source,
    read_batch,
    recent_events,
    recent_rejects,
)
from dealwright.store.log_writer import LOG_LOCK, EventRow, PostgresLogWriter, RejectRow
from dealwright.store.migrate import migrate

ROOT = Path(__file__).parents[3]


def event(message_id: str, payload: bytes = b'{"type":"track"}') -> EventRow:
    return EventRow(1, 1_700_000_000_000, None, message_id, payload, None)


def every_event(db: sa.Connection) -> list[StoredEvent]:
    return read_batch(db, 0, limit=100_000)


async def message_ids(store: Store) -> list[str]:
    return [row.message_id for row in await store.read(every_event)]


def start_writer(mode: str, url: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.contract.store.writer_process", mode, url]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)


@pytest.fixture
async def appender(store: Store) -> AsyncIterator[Appender]:
    appender = Appender(store)
    yield appender
    await appender.close()


async def test_what_was_appended_is_read_as_it_was_sent(store: Store, appender: Appender) -> None:
    sent = EventRow(7, 2, 1, "m-1", b'{"a": "\\u0000\xc3\xa9"}', b'{"context": {}}')
    await appender.append([sent])

    assert await store.read(every_event) == [StoredEvent(1, *sent)]


async def test_a_batch_keeps_its_order(store: Store, appender: Appender) -> None:
    await appender.append([event(f"m-{n}") for n in range(500)])
    assert await message_ids(store) == [f"m-{n}" for n in range(500)]


async def test_an_acknowledged_event_is_visible_at_once(store: Store, appender: Appender) -> None:
    await appender.append([event("first")])
    first = await store.read(end_of_log)
    await appender.append([event("second")])

    assert [first, await store.read(end_of_log)] == [1, 2]


async def test_concurrent_callers_share_commits(store: Store, appender: Appender) -> None:
    await asyncio.gather(*(appender.append([event(f"m-{n}")]) for n in range(1000)))

    assert len(await message_ids(store)) == appender.events == 1000
    assert appender.commits < 100


async def test_a_nul_in_a_message_id_is_left_out_and_in_a_payload_kept(
    store: Store, appender: Appender
) -> None:
    await appender.append([event("a\0b\ud800", b"\0")])

    (stored,) = await store.read(every_event)
    assert (stored.message_id, stored.payload) == ("ab?", b"\0")


async def test_a_reject_is_kept_beside_the_rest_and_cut(store: Store, appender: Appender) -> None:
    reject = RejectRow(1, 5, "invalid_event", "userId: got\0 7", b"x" * 10_000)
    await appender.append([event("good")], [reject])

    (kept,) = await store.read(lambda db: recent_rejects(db, limit=10))
    assert kept[1:5] == (1, 5, "invalid_event", "userId: got 7")
    assert len(kept.payload) == MAX_REJECT_BYTES
    assert await message_ids(store) == ["good"]


async def test_only_rejects_can_be_appended(store: Store, appender: Appender) -> None:
    await appender.append([], [RejectRow(1, 5, "invalid_json", "no JSON", b"{")])
    assert await store.read(lambda db: (count_events(db), count_rejects(db))) == (0, 1)


async def test_nothing_at_all_is_no_commit(appender: Appender) -> None:
    await appender.append([])
    assert appender.commits == 0


async def test_one_callers_impossible_row_does_not_harm_the_others(
    store: Store, appender: Appender
) -> None:
    impossible = event("bad")._replace(sent_at_ms=2**70)
    outcomes = await asyncio.gather(
        *(appender.append([event(f"m-{n}")]) for n in range(20)),
        appender.append([event("with the bad one"), impossible]),
        return_exceptions=True,
    )

    assert [outcome is None for outcome in outcomes] == [True] * 20 + [False]
    assert sorted(await message_ids(store)) == sorted(f"m-{n}" for n in range(20))


async def test_a_caller_that_gives_up_harms_nobody(store: Store, appender: Appender) -> None:
    gone = asyncio.create_task(appender.append([event("gone")]))
    stays = asyncio.create_task(appender.append([event("stays")]))
    await asyncio.get_running_loop().run_in_executor(None, lambda: None)
    gone.cancel()
    await stays

    assert "stays" in await message_ids(store)


async def test_too_many_waiting_rows_are_refused_as_overload(store: Store) -> None:
    appender = Appender(store, max_rows=100)
    with _nobody_may_append(store):
        waiting = [asyncio.create_task(appender.append([event(f"m-{n}")])) for n in range(101)]
        await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        refused = [task.exception() for task in waiting if task.done()]
    await asyncio.gather(*waiting, return_exceptions=True)

    assert [getattr(error, "code", None) for error in refused] == ["overloaded"]
    assert await store.read(count_events) == 100
    await appender.close()


async def test_too_many_waiting_bytes_are_refused_as_overload(store: Store) -> None:
    appender = Appender(store, max_bytes=10_000)
    with _nobody_may_append(store):
        waiting = [
            asyncio.create_task(appender.append([event(f"m-{n}", b"x" * 3_000)])) for n in range(4)
        ]
        await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        refused = [task.exception() for task in waiting if task.done()]
    await asyncio.gather(*waiting, return_exceptions=True)

    assert [getattr(error, "code", None) for error in refused] == ["overloaded"]
    await appender.close()


async def test_closing_writes_what_waits_and_refuses_the_rest(store: Store) -> None:
    appender = Appender(store)
    waiting = asyncio.create_task(appender.append([event("waits")]))
    await asyncio.get_running_loop().run_in_executor(None, lambda: None)
    await appender.close()
    await waiting

    assert await message_ids(store) == ["waits"]
    with pytest.raises(StoreUnavailable):
        await appender.append([event("late")])


async def test_pages_of_recent_events_go_backwards(store: Store, appender: Appender) -> None:
    await appender.append([event(f"m-{n}") for n in range(1, 6)])
    pages = await store.read(
        lambda db: recent_events(db, limit=2) + recent_events(db, limit=2, before=4)
    )
    assert [row.seq for row in pages] == [5, 4, 3, 2]


async def test_events_are_found_by_their_numbers(store: Store, appender: Appender) -> None:
    await appender.append([event("one"), event("two"), event("three")])
    found = await store.read(lambda db: events_by_seq(db, [3, 1, 99]))
    assert {seq: row.message_id for seq, row in found.items()} == {1: "one", 3: "three"}


async def test_the_newest_of_a_source_are_those_among_the_newest_of_all(
    store: Store, appender: Appender
) -> None:
    rows = [event(f"m-{n}", b"%d" % n)._replace(source_id=2 - n % 2) for n in range(1, 10)]
    await appender.append(rows)
    found = await store.read(lambda db: newest_of_source(db, 1, limit=4))
    assert [(seq, payload) for seq, _, payload in found] == [(7, b"7"), (9, b"9")]


async def test_a_batch_begins_after_the_position_and_ends_at_the_limit(
    store: Store, appender: Appender
) -> None:
    await appender.append([event(f"m-{n}") for n in range(1, 10)])
    batch = await store.read(lambda db: read_batch(db, 3, limit=4))
    assert [row.seq for row in batch] == [4, 5, 6, 7]


async def test_a_pruned_log_never_numbers_from_one_again(store: Store, appender: Appender) -> None:
    await appender.append([event("old")])
    await store.write(lambda db: db.execute(sa.text("DELETE FROM events")))
    await appender.append([event("new")])

    assert [row.seq for row in await store.read(every_event)] == [2]


@pytest.mark.postgres
async def test_a_reader_never_skips_an_append_that_commits_late(postgres_url: str) -> None:
    store = Store.open(postgres_url)
    copying, release = threading.Event(), threading.Event()

    def early_rows() -> Iterator[EventRow]:
        yield event("early")
        copying.set()
        release.wait(60)
        yield event("early, too")

    early = PostgresLogWriter(store)
    first = asyncio.create_task(asyncio.to_thread(early.write, early_rows(), []))
    await asyncio.to_thread(copying.wait, 60)
    appender = Appender(store)
    second = asyncio.create_task(appender.append([event("late")]))
    while not second.done() and not await store.read(_someone_waits_for_the_log):
        await asyncio.to_thread(lambda: None)
    meanwhile = await message_ids(store)
    release.set()
    await asyncio.gather(first, second)

    assert meanwhile == []
    assert await message_ids(store) == ["early", "early, too", "late"]
    early.close()
    await appender.close()
    store.close()


@pytest.mark.postgres
async def test_a_reader_behind_three_processes_that_append_sees_every_event_once(
    postgres_url: str,
) -> None:
    stores = [Store.open(postgres_url) for _ in range(3)]
    appenders = [Appender(store) for store in stores]
    ending = asyncio.Event()

    async def append(appender: Appender, name: str) -> None:
        for number in range(60):
            await appender.append([event(f"{name}-{number}")])

    async def follow() -> list[str]:
        seen: list[str] = []
        position = 0
        while True:
            over = ending.is_set()
            batch = await stores[0].read(partial(read_batch, after=position, limit=7))
            seen += [one.message_id for one in batch]
            if batch:
                position = batch[-1].seq
            elif over:
                return seen

    following = asyncio.create_task(follow())
    await asyncio.gather(*(append(one, name) for one, name in zip(appenders, "abc", strict=True)))
    ending.set()
    seen = await following
    for appender, store in zip(appenders, stores, strict=True):
        await appender.close()
        store.close()

    assert sorted(seen) == sorted(f"{name}-{number}" for name in "abc" for number in range(60))


@pytest.mark.process
async def test_kill_9_loses_no_acknowledged_event(url: str) -> None:
    with start_writer("forever", url) as writer:
        assert writer.stdout is not None
        acknowledged = {writer.stdout.readline().strip() for _ in range(3000)}
        writer.kill()
        rest = writer.stdout.read().rpartition("\n")[0]
        acknowledged |= set(rest.splitlines())

    store = Store.open(url)
    stored = set(await message_ids(store))
    store.close()
    assert len(acknowledged) >= 3000
    assert acknowledged - stored == set()


@pytest.mark.process
async def test_a_full_disk_acknowledges_nothing_more(migrated_sqlite: Path, tmp_path: Path) -> None:
    path = shutil.copy(migrated_sqlite, tmp_path / "dealwright.db")
    with start_writer("full", f"sqlite:///{path}") as writer:
        *acknowledged, error = writer.communicate(timeout=60)[0].splitlines()

    store = Store.open(f"sqlite:///{path}")
    assert error == "error store_unavailable"
    assert await message_ids(store) == acknowledged
    assert acknowledged
    store.close()


@pytest.mark.process
def test_a_read_only_file_acknowledges_nothing(migrated_sqlite: Path) -> None:
    folder = Path(tempfile.mkdtemp())
    path = shutil.copy(migrated_sqlite, folder / "dealwright.db")
    with start_writer("read-only", f"sqlite:///{path}") as writer:
        said = writer.communicate(timeout=60)[0].splitlines()

    assert said == ["error store_unavailable"]
    folder.chmod(0o700)
    shutil.rmtree(folder)


@pytest.mark.postgres
async def test_a_read_only_server_acknowledges_nothing(postgres_url: str) -> None:
    store = Store.open(postgres_url)
    name = sa.make_url(postgres_url).database
    with store.transaction() as db:
        db.exec_driver_sql(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    store.close()
    store = Store.open(postgres_url)
    appender = Appender(store)

    with pytest.raises(StoreUnavailable) as caught:
        await appender.append([event("m")])
    assert caught.value.code == "store_unavailable"
    with pytest.raises(StoreUnavailable):
        await store.write(lambda db: db.execute(sa.text("DELETE FROM sources")))
    await appender.close()
    store.close()


@pytest.mark.postgres
async def test_a_server_that_comes_back_is_used_again() -> None:
    server = PostgresServer().start()
    store = Store.open(server.database())
    migrate(store)
    appender = Appender(store)
    await appender.append([event("before")])
    server.crash()
    with pytest.raises(StoreUnavailable):
        await appender.append([event("meanwhile")])
    with pytest.raises(StoreUnavailable):
        await store.read(end_of_log)
    server.restart()
    await appender.append([event("after")])

    assert await message_ids(store) == ["before", "after"]
    await appender.close()
    store.close()
    server.stop()


def test_writers_of_one_process_take_turns_in_the_order_they_came() -> None:
    turns, served = Turns(), list[int]()
    with turns:
        threads = []
        for number in range(8):
            threads.append(threading.Thread(target=_take_a_turn, args=(turns, served, number)))
            threads[-1].start()
            while turns.waiting < number + 1:
                threading.Event().wait(0.001)
    for thread in threads:
        thread.join()
    assert served == list(range(8))


def _someone_waits_for_the_log(db: sa.Connection) -> bool:
    waiting = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
    return bool(db.scalar(sa.text(waiting)))


@contextmanager
def _nobody_may_append(store: Store) -> Iterator[None]:
    if store.path:
        with store.turns:
            yield
        return
    with store.transaction() as db:
        db.execute(sa.select(sa.func.pg_advisory_xact_lock(LOG_LOCK)))
        yield


def _take_a_turn(turns: Turns, served: list[int], number: int) -> None:
    with turns:
        served.append(number)

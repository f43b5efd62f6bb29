"""Writes that are asked for at the same moment share a commit, and nothing else."""

import asyncio
import threading
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa

from dealwright.core.errors import StoreUnavailable
from dealwright.store.engine import Store


@pytest.fixture
async def store(tmp_path: Path) -> AsyncGenerator[Store]:
    """A database with one table."""
    store = Store.open(f"sqlite:///{tmp_path / 'some.db'}")
    await store.write(lambda db: db.execute(sa.text("CREATE TABLE said (word TEXT PRIMARY KEY)")))
    yield store
    store.close()


def say(db: sa.Connection, word: str) -> str:
    db.execute(sa.text("INSERT INTO said VALUES (:word)"), {"word": word})
    return word


async def words(store: Store) -> list[str]:
    chosen = sa.text("SELECT word FROM said ORDER BY word")
    return list(await store.read(lambda db: db.execute(chosen).scalars().all()))


@asynccontextmanager
async def busy(store: Store) -> AsyncGenerator[None]:
    """Have the writing thread busy with something else."""
    started, over = threading.Event(), threading.Event()

    def keep_busy(_: sa.Connection) -> None:
        started.set()
        over.wait()

    waiting = asyncio.create_task(store.write(keep_busy))
    await asyncio.to_thread(started.wait)
    yield
    over.set()
    await waiting


async def asked_at_once(store: Store, words: list[str]) -> list[str | BaseException]:
    """Ask for all of them while the writing thread is busy."""
    async with busy(store):
        asked = [
            asyncio.create_task(store.write(lambda db, word=word: say(db, word))) for word in words
        ]
        await asyncio.sleep(0)
    return await asyncio.gather(*asked, return_exceptions=True)


async def test_each_gets_its_own_answer(store: Store) -> None:
    assert await asked_at_once(store, ["a", "b", "c"]) == ["a", "b", "c"]
    assert await words(store) == ["a", "b", "c"]


async def test_one_that_fails_takes_nobody_else_with_it(store: Store) -> None:
    first, second, third = await asked_at_once(store, ["a", "a", "b"])

    assert (first, third) == ("a", "b")
    assert isinstance(second, sa.exc.IntegrityError)
    assert await words(store) == ["a", "b"]


async def test_what_is_asked_for_at_once_is_one_commit(store: Store) -> None:
    commits: list[object] = []
    sa.event.listen(store._writers, "commit", commits.append)
    await asked_at_once(store, [f"w{n}" for n in range(20)])

    # The one that kept the thread busy, and all others.
    assert len(commits) == 2


async def test_one_that_nobody_waits_for_any_more_is_not_written(store: Store) -> None:
    async with busy(store):
        given_up = asyncio.create_task(store.write(lambda db: say(db, "a")))
        await asyncio.sleep(0)
        given_up.cancel()
        await asyncio.sleep(0)

    assert await words(store) == []


async def test_what_is_looked_at_at_once_is_one_read(store: Store) -> None:
    begun: list[object] = []
    sa.event.listen(store._readers, "begin", begun.append)
    chosen = sa.text("SELECT 7")

    assert await asyncio.gather(*(store.look(lambda db: db.scalar(chosen)) for _ in range(20)))
    assert len(begun) == 1


async def test_a_look_that_fails_takes_nobody_else_with_it(store: Store) -> None:
    seven, nothing = sa.text("SELECT 7"), sa.text("SELECT word FROM nowhere")
    looked = await asyncio.gather(
        store.look(lambda db: db.scalar(seven)),
        store.look(lambda db: db.scalar(nothing)),
        return_exceptions=True,
    )

    assert looked[0] == 7
    assert isinstance(looked[1], StoreUnavailable)


async def test_a_store_that_was_closed_answers_nobody_with_silence(store: Store) -> None:
    store.close()

    with pytest.raises(RuntimeError):
        await store.look(lambda db: db.scalar(sa.text("SELECT 7")))
    with pytest.raises(RuntimeError):
        await store.write(lambda db: say(db, "a"))

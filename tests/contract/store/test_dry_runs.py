"""Dry runs as they are kept: results in their order, an end that stands, and what leaves."""

import pytest
import sqlalchemy as sa

from dealwright.core.errors import ConfigError, NotFound
from dealwright.core.foretold import Foretold, Outcome, Summary
from dealwright.store.connections import NewConnection, create_connection
from dealwright.store.dry_run_tables import dry_run_results
from dealwright.store.dry_runs import (
    SILENT_MS,
    DryRunState,
    NewDryRun,
    StoredDryRun,
    Tried,
    count_events,
    create_dry_run,
    end_dry_run,
    find_dry_run,
    first_of_newest,
    keep_results,
    list_dry_runs,
    prune_dry_runs,
    results_of,
)
from dealwright.store.engine import Store

NOW = 1_800_000_000_000
TRIED = Tried(action="upsert_person", trigger="", fields={"name": "Ada"}, first=1, last=9)


def foretold(number: int, outcome: Outcome = Outcome.CREATE) -> Foretold:
    return Foretold(number=number, events=(number,), outcome=outcome, code="created", message="–")


def begun(db: sa.Connection, *, at_ms: int = NOW, mapping_id: int = 3) -> StoredDryRun:
    new = NewDryRun(
        connection_id=1,
        mapping_id=mapping_id,
        mapping_version=2,
        name="Persons",
        total=9,
        tried=TRIED,
        made_by="tests",
    )
    return create_dry_run(db, new, now_ms=at_ms)


@pytest.fixture
async def store(store: Store) -> Store:
    """A store with a Connection."""
    new = NewConnection(name="acme", base_url="https://acme.pipedrive.com", plan="growth", seats=5)
    await store.write(lambda db: create_connection(db, new, now_ms=NOW))
    return store


async def kept(store: Store, number: int, *results: Foretold, now_ms: int = NOW) -> bool:
    return await store.write(
        lambda db: keep_results(
            db,
            number,
            results,
            summary=Summary(results=len(results)),
            done=len(results),
            now_ms=now_ms,
        )
    )


async def test_what_was_begun_is_found_again(store: Store) -> None:
    made = await store.write(begun)
    found = await store.read(lambda db: find_dry_run(db, made.id, now_ms=NOW))

    assert found == made
    assert (found.tried, found.state) == (TRIED, DryRunState.RUNNING)


async def test_nobody_knows_one_that_was_not_begun(store: Store) -> None:
    with pytest.raises(NotFound, match="no dry run 7"):
        await store.read(lambda db: find_dry_run(db, 7, now_ms=NOW))


async def test_results_come_in_their_order_by_the_page(store: Store) -> None:
    made = await store.write(begun)
    await kept(store, made.id, foretold(1), foretold(2, Outcome.HOLD), foretold(3))

    first = await store.read(lambda db: results_of(db, made.id, limit=2))
    rest = await store.read(lambda db: results_of(db, made.id, limit=2, after=2))
    held = await store.read(lambda db: results_of(db, made.id, limit=2, outcome=Outcome.HOLD))

    assert [one.number for one in (*first, *rest)] == [1, 2, 3]
    assert held == [foretold(2, Outcome.HOLD)]


async def test_how_far_it_is_stands_with_the_results(store: Store) -> None:
    made = await store.write(begun)
    await kept(store, made.id, foretold(1), foretold(2), now_ms=NOW + 5)
    found = await store.read(lambda db: find_dry_run(db, made.id, now_ms=NOW + 5))

    assert (found.done, found.summary.results, found.updated_at_ms) == (2, 2, NOW + 5)


async def test_nothing_is_kept_of_one_that_was_cancelled(store: Store) -> None:
    made = await store.write(begun)
    await store.write(lambda db: end_dry_run(db, made.id, state=DryRunState.CANCELLED, now_ms=NOW))

    assert not await kept(store, made.id, foretold(1))
    assert await store.read(lambda db: results_of(db, made.id, limit=9)) == []


async def test_the_first_end_stands(store: Store) -> None:
    made = await store.write(begun)
    error = ConfigError("The hub failed.", code="internal_error")
    ends = [
        await store.write(
            lambda db: end_dry_run(db, made.id, state=DryRunState.FAILED, error=error, now_ms=NOW)
        ),
        await store.write(lambda db: end_dry_run(db, made.id, state=DryRunState.DONE, now_ms=NOW)),
    ]
    found = await store.read(lambda db: find_dry_run(db, made.id, now_ms=NOW))

    assert ends == [True, False]
    assert (found.state, found.code) == (DryRunState.FAILED, "internal_error")


async def test_one_whose_process_is_silent_is_interrupted(store: Store) -> None:
    made = await store.write(begun)
    later = NOW + SILENT_MS + 1
    found = await store.read(lambda db: find_dry_run(db, made.id, now_ms=later))

    assert found.state is DryRunState.INTERRUPTED


async def test_the_newest_are_listed_first_and_by_their_mapping(store: Store) -> None:
    for mapping_id in (3, 4, 3):
        await store.write(lambda db, of=mapping_id: begun(db, mapping_id=of))
    everyone = await store.read(lambda db: list_dry_runs(db, limit=2, now_ms=NOW))
    older = await store.read(
        lambda db: list_dry_runs(db, limit=2, now_ms=NOW, before=3, mapping_id=3)
    )

    assert [one.id for one in everyone] == [3, 2]
    assert [one.id for one in older] == [1]


async def test_old_ones_leave_with_what_they_foretold(store: Store) -> None:
    old = await store.write(lambda db: begun(db, at_ms=NOW - 10))
    young = await store.write(begun)
    for made in (old, young):
        await kept(store, made.id, foretold(1), foretold(2))

    deleted = await store.write(lambda db: prune_dry_runs(db, NOW))
    again = await store.write(lambda db: prune_dry_runs(db, NOW))
    left = await store.read(lambda db: db.scalars(sa.select(dry_run_results.c.dry_run_id)).all())

    assert (deleted, again) == (3, 0)
    assert set(left) == {young.id}


async def test_an_empty_log_has_no_range(store: Store) -> None:
    assert await store.read(lambda db: count_events(db, 1, 9)) == 0
    assert await store.read(lambda db: first_of_newest(db, 5)) == 1

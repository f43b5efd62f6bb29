"""A bad day: everything goes wrong for a minute, and what must be true of everybody afterwards."""

import asyncio
import os
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import sqlalchemy as sa
from tests.chaos.account import RESERVE, TOKEN, bad_account, faults, new_day, storm
from tests.chaos.story import (
    ORGANIZATION_ID,
    ORGANIZATION_PLAN,
    PERSON_PLAN,
    SOURCES,
    Story,
    story,
)
from tests.chaos.world import World
from tests.journeys.test_process import served

from dealwright.actionbook import actions
from dealwright.core.budget import CODES
from dealwright.core.delivery import ENDED, STUCK, State
from dealwright.core.priority import Priority
from dealwright.parts import open_store, open_vault
from dealwright.pipeline.crawl import USUAL_KINDS
from dealwright.pipeline.switch import switch_on
from dealwright.sandbox.app import Sandbox
from dealwright.settings import load_settings
from dealwright.store.budget import make_row
from dealwright.store.budget_tables import budgets
from dealwright.store.connections import (
    NewConnection,
    connection,
    create_connection,
    save_credentials,
)
from dealwright.store.crawls import want_crawl
from dealwright.store.deliveries import count_by_state
from dealwright.store.engine import Store
from dealwright.store.events import end_of_log, read_batch
from dealwright.store.mappings import NewMapping, create_mapping, set_priority
from dealwright.store.sources import add_write_key, create_source
from dealwright.store.tables import deliveries
from dealwright.web.write_keys import hash_write_key, new_write_key

#: Longer than this no store may take: from the first event until nothing is open.
DEADLINE_S = 280
#: Seconds from the first event until the day's tokens begin anew; the account is a little earlier.
DAY_S, EARLY_S = 25.0, 0.5
#: Seconds between two storms, and of a storm.
CALM_S, STORM_S = 6.0, 1.0


@contextmanager
def luck() -> Iterator[Random]:
    """The luck of this run; a failure tells how to have it again."""
    seed = int(os.environ.get("DEALWRIGHT_CHAOS_SEED") or 1)
    try:
        yield Random(seed)  # noqa: S311 - repeatable, no secret
    except BaseException as error:
        error.add_note(f"To have this luck again: DEALWRIGHT_CHAOS_SEED={seed}")
        raise


def hub_of(data: Path, database_url: str, account_url: str, *, workers: int) -> tuple[World, Store]:
    """A hub that delivers to the account from the beginning of its log."""
    settings = load_settings(data=data, database_url=database_url)
    store = open_store(settings)
    keys = {name: new_write_key() for name in SOURCES}
    new = NewConnection(name="acme", base_url=account_url, plan="ultimate", seats=1, company_id=1)
    with store.transaction() as db:
        for name, key in keys.items():
            made = create_source(db, name, now_ms=0)
            add_write_key(db, made.id, key_hash=hash_write_key(key), prefix=key[:6], now_ms=0)
        made = create_connection(db, new, now_ms=0)
        save_credentials(db, made.id, sealed=open_vault(settings).seal(TOKEN.encode()))
        for mapping in mappings(made.id):
            kept = create_mapping(db, mapping, now_ms=0)
            if mapping.action == "upsert_person":
                set_priority(db, kept.id, priority=Priority.LOW)
        want_crawl(db, made.id, kinds=USUAL_KINDS, now_ms=0)
        switch_on(db, made.id, start=0)
    return World(data=data, database_url=database_url, keys=keys, workers=workers), store


def mappings(connection_id: int) -> Iterator[NewMapping]:
    """The usual ones, with a custom field for each, and organizations found by their own id."""
    more: dict[str, dict[str, Any]] = {
        "upsert_person": {"custom_fields": {PERSON_PLAN: {"@path": "$.traits.plan"}}},
        "upsert_organization": {
            "match_field": ORGANIZATION_ID,
            "custom_fields": {ORGANIZATION_PLAN: {"@path": "$.traits.plan"}},
        },
        "upsert_activity": {},
    }
    for key, fields in more.items():
        action = actions()[key]
        assert action.preset is not None
        yield NewMapping(
            connection_id=connection_id,
            name=action.preset.name,
            action=key,
            trigger=action.preset.trigger,
            fields={**action.default_fields(), **fields},
        )


def end_of_day(db: sa.Connection, *, now_ms: int) -> None:
    """Have the hub know when the day ends, as a refusal would have taught it."""
    make_row(db, 1, now_ms)
    at_ms = now_ms + int(DAY_S * 1000)
    db.execute(sa.update(budgets).values(resets_at_ms=at_ms))


@dataclass(frozen=True, slots=True, kw_only=True)
class Evening:
    """How the first day ended: tokens that were left, and Deliveries that waited for more."""

    left: int
    waiting: Counter[Priority]


async def live_to_the_evening(sandbox: Sandbox, store: Store) -> Evening:
    """Let the first day end a while after the first token was spent, and begin the second."""
    while not sandbox.total_cost:  # noqa: ASYNC110 - an account in another thread has no Event
        await asyncio.sleep(0.1)
    await store.write(lambda db: end_of_day(db, now_ms=int(time.time() * 1000)))
    await asyncio.sleep(DAY_S - EARLY_S)
    waiting = await store.read(_parked)
    return Evening(left=new_day(sandbox), waiting=waiting)


def _parked(db: sa.Connection) -> Counter[Priority]:
    waiting = sa.select(deliveries.c.priority).where(deliveries.c.code.in_(CODES))
    return Counter(Priority(priority) for priority in db.scalars(waiting))


async def live_through(
    world: World, told: Story, sandbox: Sandbox, store: Store, random: Random
) -> Evening:
    """Send everything while processes are killed and the account refuses in storms."""
    async with asyncio.timeout(DEADLINE_S), asyncio.TaskGroup() as group:
        evening = group.create_task(live_to_the_evening(sandbox, store))
        sending = group.create_task(world.send_all(told, Random(random.random())))  # noqa: S311 - repeatable, no secret
        group.create_task(world.kill_while(sending, Random(random.random())))  # noqa: S311 - repeatable, no secret
        while not sending.done():
            await asyncio.wait({sending}, timeout=CALM_S)
            with storm(sandbox):
                await asyncio.wait({sending}, timeout=STORM_S)
    return evening.result()


async def come_to_rest(store: Store) -> Counter[State]:
    """Wait until everything in the log is routed and no Delivery is open; how they ended."""
    deadline = time.monotonic() + DEADLINE_S
    while time.monotonic() < deadline:
        states, behind = await store.read(_progress)
        if not behind and not any(n for s, n in states.items() if s not in ENDED | STUCK):
            return Counter(states)
        await asyncio.sleep(0.2)
    raise AssertionError(f"the hub does not come to rest: {states}")


def _progress(db: sa.Connection) -> tuple[dict[State, int], int]:
    return count_by_state(db), end_of_log(db) - connection(db, 1).position


def logged(db: sa.Connection) -> set[str]:
    """The messageIds in the log."""
    return {event.message_id for event in read_batch(db, 0, limit=1_000_000)}


async def survive(data: Path, database_url: str, workers: int, random: Random) -> None:
    """Live through a bad day with this hub, and look at what has become of everybody."""
    told, sandbox = story(random), bad_account(random)
    with served(sandbox) as url:
        world, store = await asyncio.to_thread(hub_of, data, database_url, url, workers=workers)
        with world.running():
            evening = await live_through(world, told, sandbox, store, random)
            ends = await come_to_rest(store)
        kept = await store.read(logged)
        store.close()

    assert evening.left >= RESERVE
    assert evening.waiting[Priority.LOW] > 0, evening
    wrong = faults(sandbox, told.truth)
    assert wrong == [], "\n".join(wrong)
    assert world.acknowledged - kept == set()
    assert told.message_ids - world.acknowledged == set()
    assert set(ends) - {State.DELIVERED, State.UNCHANGED} == {s for s in ends if not ends[s]}

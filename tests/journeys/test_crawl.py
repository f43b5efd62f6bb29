"""The mirror is filled beside the Deliveries, whatever happens meanwhile."""

import asyncio
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import pytest
from tests.clock import ManualClock
from tests.events import Said, identify
from tests.hub import Hub, new_sandbox, open_hub

from dealwright.core.clock import to_ms
from dealwright.core.record import RecordKind
from dealwright.pipeline.scheduler import Worker
from dealwright.sandbox.app import Sandbox
from dealwright.sandbox.edit import Edit, edit
from dealwright.store.crawls import want_crawl
from dealwright.store.ledger import spent
from dealwright.store.mirror import counts, state

PERSON = RecordKind.PERSON
LIST = "/api/v2/persons"
SEARCH = "/api/v2/persons/search"


@pytest.fixture
def pipedrive(clock: ManualClock) -> Sandbox:
    """An account with 1,200 people."""
    sandbox = new_sandbox(clock)
    sandbox.put_state(
        {"persons": [{"name": f"P{n}", "emails": [f"p{n}@x.example"]} for n in range(1, 1201)]}
    )
    clock.advance(3600)
    return sandbox


@pytest.fixture
async def hub(tmp_path: Path, clock: ManualClock, pipedrive: Sandbox) -> AsyncGenerator[Hub]:
    """A hub that is to mirror the people of `pipedrive`, and has not begun."""
    async with open_hub(tmp_path, clock=clock) as hub:
        await hub.connect(pipedrive, mirrored=[PERSON])
        yield hub


def pages(pipedrive: Sandbox) -> list[str]:
    return [call.query for call in pipedrive.calls if call.path == LIST]


async def deliver(hub: Hub, *events: Said) -> None:
    await hub.send(*events)
    await hub.run_until_idle()


def by_hand(pipedrive: Sandbox, **wanted: Any) -> None:
    edit(pipedrive, pipedrive.world.default_company, Edit(object="person", **wanted))


async def broken_off_in_the_second_page(hub: Hub, pipedrive: Sandbox) -> None:
    """Let the drain crawl until it waits for the second page, and then be no more."""
    await hub.run_once()
    pipedrive.add_fault(method="GET", path=LIST, hang_ms=60_000, times=1)
    run = asyncio.create_task(hub.run_once())
    # It hangs, so that nothing but the time tells when it has begun to.
    await asyncio.wait({run}, timeout=0.3)
    run.cancel()
    await asyncio.gather(run, return_exceptions=True)
    hub.restart()


async def test_people_are_found_in_it_on_both_databases(
    database: str, clock: ManualClock, pipedrive: Sandbox
) -> None:
    async with open_hub(database, clock=clock) as hub:
        await hub.connect(pipedrive, mirrored=[PERSON])
        await hub.run_until_idle()
        hub.advance(120)
        await deliver(
            hub,
            identify("u-1", name="P7 renamed", email="P7@x.example"),
            identify("u-2", name="New", email="new@x.example"),
        )

    assert SEARCH not in [call.path for call in pipedrive.calls]
    assert len(pipedrive.records("persons")) == 1201


async def test_a_worker_fills_it_although_nothing_is_sent(hub: Hub) -> None:
    worker = Worker(hub.engine())
    work = asyncio.create_task(worker.run())
    while not await hub.store.read(lambda db: state(db, 1)[PERSON].complete):
        hub.advance(1)
    worker.stop()
    await hub.pumped(asyncio.wait_for(work, 30))

    assert await hub.store.read(lambda db: counts(db, 1)) == {PERSON: 1200}


async def test_all_are_known_afterwards(hub: Hub) -> None:
    await hub.run_until_idle()

    known = await hub.store.read(lambda db: state(db, 1))
    assert await hub.store.read(lambda db: counts(db, 1)) == {PERSON: 1200}
    assert known[PERSON].complete


async def test_each_page_is_read_once(hub: Hub, pipedrive: Sandbox) -> None:
    await hub.run_until_idle()

    assert len(pages(pipedrive)) == 3


async def test_it_stands_in_the_ledger_by_itself(hub: Hub) -> None:
    await hub.run_until_idle()

    day = hub.clock.now().date().isoformat()
    found = await hub.store.read(lambda db: spent(db, 1, day=day))
    assert [(one.purpose, one.tokens, one.calls) for one in found] == [("crawl", 30, 3)]


async def test_it_goes_on_where_it_was_broken_off(hub: Hub, pipedrive: Sandbox) -> None:
    await broken_off_in_the_second_page(hub, pipedrive)
    await hub.run_until_idle()

    assert await hub.store.read(lambda db: counts(db, 1)) == {PERSON: 1200}
    # The page that was not stored is read again, and no other.
    assert len(pages(pipedrive)) == 4


async def test_until_it_is_complete_people_are_searched_for(hub: Hub, pipedrive: Sandbox) -> None:
    await hub.send(identify("u-1", name="P1000", email="p1000@x.example"))
    await hub.run_once()

    assert SEARCH in [call.path for call in pipedrive.calls]
    assert len(pipedrive.records("persons")) == 1200


async def test_once_it_is_complete_nobody_is_searched_for(hub: Hub, pipedrive: Sandbox) -> None:
    await hub.run_until_idle()
    await deliver(
        hub,
        identify("u-1", name="P1000", email="p1000@x.example"),
        identify("u-2", name="New", email="new@x.example"),
    )

    assert SEARCH not in [call.path for call in pipedrive.calls]


async def test_who_was_made_during_it_is_found(hub: Hub, pipedrive: Sandbox) -> None:
    await hub.run_once()
    by_hand(pipedrive, action="create", data={"name": "N", "emails": [{"value": "n@x.example"}]})
    await hub.run_until_idle()
    await deliver(hub, identify("u-n", name="N", email="n@x.example"))

    assert len(pipedrive.records("persons")) == 1201


async def test_who_was_changed_behind_it_is_found_as_they_are(hub: Hub, pipedrive: Sandbox) -> None:
    await hub.run_once()
    by_hand(pipedrive, id=1, data={"emails": [{"value": "n@x.example"}]})
    await hub.run_until_idle()
    hub.advance(61)
    await deliver(hub, identify("u-n", name="N", email="n@x.example"))

    assert len(pipedrive.records("persons")) == 1200


async def test_who_was_deleted_behind_it_is_made_anew(hub: Hub, pipedrive: Sandbox) -> None:
    await hub.run_once()
    by_hand(pipedrive, action="delete", id=1)
    hub.advance(120)
    await hub.run_until_idle()
    await deliver(hub, identify("u-1", name="P1 again", email="p1@x.example"))

    there = [one["name"] for one in pipedrive.records("persons") if not one["is_deleted"]]
    assert "P1 again" in there


async def test_an_outage_makes_it_rest_and_go_on(hub: Hub, pipedrive: Sandbox) -> None:
    pipedrive.add_fault(method="GET", path=LIST, status=503, times=2)
    await hub.run_until_idle()
    hub.advance(600)
    await hub.run_until_idle()
    hub.advance(600)
    await hub.run_until_idle()

    assert await hub.store.read(lambda db: counts(db, 1)) == {PERSON: 1200}


async def test_deliveries_do_not_wait_for_it(hub: Hub, pipedrive: Sandbox) -> None:
    await deliver(hub, identify("u-1", name="P1 renamed", email="p1@x.example"))

    order = [call.method for call in pipedrive.calls]
    lists = [index for index, call in enumerate(pipedrive.calls) if call.path == LIST]
    assert order.index("PATCH") < lists[-1]


async def test_who_a_second_crawl_did_not_meet_is_read_before_they_count(
    hub: Hub, pipedrive: Sandbox
) -> None:
    await hub.run_until_idle()
    by_hand(pipedrive, action="delete", id=1)
    now_ms = to_ms(hub.clock.now()) + 1
    hub.advance(1)
    await hub.store.write(lambda db: want_crawl(db, 1, kinds=[PERSON], now_ms=now_ms))
    await hub.run_until_idle()
    await deliver(hub, identify("u-1", name="P1 again", email="p1@x.example"))

    there = [one["name"] for one in pipedrive.records("persons") if not one["is_deleted"]]
    assert "P1 again" in there

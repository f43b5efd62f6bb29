"""The day's tokens: never exceeded, kept for people; what has to wait goes on after midnight."""

from collections.abc import AsyncGenerator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.clock import ManualClock
from tests.events import activity, identify
from tests.hub import Hub, new_sandbox, open_hub, states
from tests.journeys.test_fencing import run_and_steal

from dealwright.core.clock import to_ms
from dealwright.core.delivery import State
from dealwright.core.errors import RateLimited
from dealwright.core.priority import Priority
from dealwright.core.record import RecordKind
from dealwright.pipedrive.records import Records
from dealwright.pipeline.budget import WEB, Purse
from dealwright.sandbox.app import Sandbox
from dealwright.sandbox.options import Limits
from dealwright.store.budget import book, budget_of, set_terms
from dealwright.store.deliveries import unpark
from dealwright.store.ledger import entries_since, spent
from dealwright.store.mappings import list_mappings, set_priority

PLANNED = 300_000
MIDNIGHT = datetime(2026, 11, 3, tzinfo=UTC)
ONLY_DAILY = Limits(burst=False, search_burst=False)


@pytest.fixture
def pipedrive(clock: ManualClock) -> Sandbox:
    sandbox = new_sandbox(clock, limits=ONLY_DAILY)
    sandbox.world.default_company.ledger.daily = 1_000
    return sandbox


@pytest.fixture
async def hub(tmp_path: Path, clock: ManualClock, pipedrive: Sandbox) -> AsyncGenerator[Hub]:
    async with open_hub(tmp_path, clock=clock) as hub:
        await hub.connect(pipedrive)
        yield hub


def people(count: int, start: int = 0) -> list[dict[str, object]]:
    return [identify(f"u-{n}", name=f"Nobody {n}") for n in range(start, start + count)]


def left(pipedrive: Sandbox) -> int:
    return pipedrive.world.default_company.ledger.remaining(pipedrive.clock.now_ms())


def refusals(pipedrive: Sandbox) -> list[int]:
    return [call.status for call in pipedrive.calls if call.status in {403, 429}]


async def use(hub: Hub, *, left_of_plan: int) -> None:
    """Have spent so much that only these tokens of the plan are left."""
    now_ms = to_ms(hub.clock.now())
    await hub.store.write(lambda db: book(db, 1, tokens=PLANNED - left_of_plan, now_ms=now_ms))


async def reserve(hub: Hub, percent: int) -> None:
    now_ms = to_ms(hub.clock.now())
    await hub.store.write(lambda db: set_terms(db, 1, reserve_percent=percent, now_ms=now_ms))


async def first_mapping(hub: Hub, priority: Priority) -> None:
    """Make the Mapping that makes persons more or less urgent."""
    mapping_id = await of_persons(hub)
    await hub.store.write(lambda db: set_priority(db, mapping_id, priority=priority))


async def of_persons(hub: Hub) -> int:
    mappings = await hub.store.read(lambda db: list_mappings(db, 1))
    (mapping_id,) = [one.id for one in mappings if one.action == "upsert_person"]
    return mapping_id


async def test_events_leave_the_reserve_to_people(hub: Hub, pipedrive: Sandbox) -> None:
    await hub.send(*people(200))
    await hub.run_once()

    assert 250 <= left(pipedrive) < 300
    assert refusals(pipedrive) == []


async def test_what_has_to_wait_says_why_and_until_when(hub: Hub) -> None:
    await hub.send(*people(200))
    await hub.run_once()

    waiting = [seen.now for seen in hub.deliveries() if seen.now.state is State.WAITING]
    assert {one.code for one in waiting} == {"budget_reserved"}
    assert all("It goes on after 00:00 UTC." in one.message for one in waiting)
    assert min(one.next_at_ms or 0 for one in waiting) >= to_ms(MIDNIGHT)


async def test_everything_goes_on_after_midnight(hub: Hub, pipedrive: Sandbox) -> None:
    await hub.send(*people(190))
    await hub.run_until_idle()

    assert set(states(hub)) == {State.DELIVERED}
    assert len(pipedrive.records("persons")) == 190
    assert hub.clock.now() > MIDNIGHT


async def test_a_wait_for_midnight_uses_up_no_try(hub: Hub) -> None:
    await hub.send(*people(190))
    await hub.run_until_idle()

    assert {seen.now.attempts for seen in hub.deliveries()} == {1}


async def test_low_priority_waits_while_the_rest_goes_on(hub: Hub, pipedrive: Sandbox) -> None:
    await first_mapping(hub, Priority.LOW)
    pipedrive.world.default_company.ledger.charge(640, pipedrive.clock.now_ms())
    await hub.send(*people(3), activity("u-1", "Call"))
    await hub.run_once()

    found = {(seen.now.code, seen.now.priority) for seen in hub.deliveries()}
    assert ("budget_low_priority", Priority.LOW) in found
    assert all(code != "budget_reserved" for code, _ in found)
    assert len(pipedrive.records("activities")) == 1


async def test_what_waits_goes_on_at_once_when_less_is_kept(hub: Hub) -> None:
    await hub.send(*people(170))
    await hub.run_once()
    await reserve(hub, 0)
    now_ms = to_ms(hub.clock.now())
    freed = await hub.store.write(lambda db: unpark(db, 1, now_ms=now_ms))
    await hub.run_once()

    assert freed > 0
    assert set(states(hub)) == {State.DELIVERED}


async def test_what_waits_for_midnight_is_not_looked_at_again_before(
    hub: Hub, pipedrive: Sandbox
) -> None:
    await hub.send(*people(200))
    await hub.run_once()
    asked = len(pipedrive.calls)
    tries = len(hub.notices)
    hub.advance(60)
    await hub.run_once()

    assert (len(pipedrive.calls), len(hub.notices)) == (asked, tries)


async def test_another_program_that_spends_stops_us_before_pipedrive_does(
    hub: Hub, pipedrive: Sandbox
) -> None:
    await hub.send(*people(5))
    await hub.run_once()
    pipedrive.world.default_company.ledger.charge(700, pipedrive.clock.now_ms())
    await hub.send(*people(20, start=5))
    await hub.run_once()

    assert refusals(pipedrive) == []
    assert State.WAITING in states(hub)


async def test_without_any_header_plan_and_seats_are_counted(hub: Hub, pipedrive: Sandbox) -> None:
    pipedrive.world.default_company.ledger.daily = PLANNED
    pipedrive.add_fault(without_headers=["x-daily"])
    await reserve(hub, 0)
    await use(hub, left_of_plan=15_200)
    await hub.send(*people(40))
    await hub.run_once()

    assert pipedrive.total_cost <= 200
    assert {seen.now.code for seen in hub.deliveries() if seen.now.state is State.WAITING} == {
        "budget_reserved"
    }


async def test_without_any_header_the_next_day_is_a_new_one(hub: Hub, pipedrive: Sandbox) -> None:
    pipedrive.world.default_company.ledger.daily = PLANNED
    pipedrive.add_fault(without_headers=["x-daily"])
    await use(hub, left_of_plan=100)
    await hub.send(*people(5))
    await hub.run_until_idle()

    assert set(states(hub)) == {State.DELIVERED}
    assert hub.clock.now() > MIDNIGHT


async def test_a_day_that_pipedrive_calls_spent_is_left_alone_until_it_is_over(
    hub: Hub, pipedrive: Sandbox
) -> None:
    pipedrive.add_fault(without_headers=["x-daily"])
    pipedrive.world.default_company.ledger.charge(1_000, pipedrive.clock.now_ms())
    await hub.send(*people(30))
    await hub.run_once()
    asked = len(pipedrive.calls)
    hub.advance(3 * 3600)
    await hub.run_once()

    assert asked <= hub.pace.lanes
    assert len(pipedrive.calls) == asked


async def test_nobody_asks_on_a_day_that_another_process_found_spent(
    hub: Hub, pipedrive: Sandbox
) -> None:
    pipedrive.add_fault(without_headers=["x-daily"])
    pipedrive.world.default_company.ledger.charge(1_000, pipedrive.clock.now_ms())
    await hub.send(*people(1))
    await hub.run_once()
    asked = len(pipedrive.calls)

    with pytest.raises(RateLimited) as refused:
        await (await web_records(hub)).get(RecordKind.PERSON, 1)
    assert refused.value.code == "budget_spent"
    assert refused.value.retry_after_s == 15 * 3600
    assert len(pipedrive.calls) == asked


async def test_after_a_day_that_was_spent_everything_is_delivered(
    hub: Hub, pipedrive: Sandbox
) -> None:
    pipedrive.world.default_company.ledger.charge(1_000, pipedrive.clock.now_ms())
    await hub.send(*people(5))
    await hub.run_until_idle()

    assert set(states(hub)) == {State.DELIVERED}


async def test_a_page_instead_of_an_answer_stops_everybody(hub: Hub, pipedrive: Sandbox) -> None:
    pipedrive.add_fault(status=403, raw="<html>blocked</html>")
    await hub.send(*people(50))
    await hub.run_once()
    asked = len(pipedrive.calls)

    with pytest.raises(RateLimited) as refused:
        await (await web_records(hub)).get(RecordKind.PERSON, 1)
    assert refused.value.code == "circuit_open"
    assert asked <= hub.pace.lanes
    assert len(pipedrive.calls) == asked


async def test_after_ten_minutes_one_request_tries_again(hub: Hub, pipedrive: Sandbox) -> None:
    pipedrive.add_fault(status=403, raw="<html>blocked</html>")
    await hub.send(*people(50))
    await hub.run_once()
    asked = len(pipedrive.calls)
    hub.advance(601)
    await hub.run_once()

    assert len(pipedrive.calls) == asked + 1


async def test_each_block_in_a_row_is_waited_out_for_longer(hub: Hub, pipedrive: Sandbox) -> None:
    pipedrive.add_fault(status=403, raw="<html>blocked</html>", times=20)
    pipedrive.world.default_company.ledger.daily = PLANNED
    await hub.send(*people(3))
    await hub.run_until_idle()

    assert set(states(hub)) == {State.DELIVERED}
    assert hub.clock.monotonic_s() > 600 + 1200 + 2400 + 3600


async def test_the_ledger_names_the_mapping_and_the_hour(hub: Hub, pipedrive: Sandbox) -> None:
    await hub.send(*people(1))
    await hub.run_until_idle()

    (entry,) = await hub.store.read(lambda db: entries_since(db, 1, day="2026-11-02"))
    assert (entry.hour, entry.purpose, entry.mapping_id) == (9, "events", await of_persons(hub))
    assert (entry.tokens, entry.calls) == (pipedrive.total_cost, len(pipedrive.calls))


async def test_after_a_run_the_row_holds_what_was_spent_and_nothing_is_leased(
    hub: Hub, pipedrive: Sandbox
) -> None:
    await hub.send(*people(5))
    await hub.run_until_idle()

    now_ms = to_ms(hub.clock.now())
    budget, _ = await hub.store.read(
        lambda db: budget_of(db, 1, plan_tokens=PLANNED, now_ms=now_ms)
    )
    assert (budget.used, budget.leased) == (pipedrive.total_cost, 0)
    assert (budget.limit, budget.left) == (1_000, left(pipedrive))


async def test_calls_of_a_drain_that_lost_its_fence_are_in_the_ledger(
    hub: Hub, pipedrive: Sandbox
) -> None:
    await hub.send(*people(1))
    await run_and_steal(hub, pipedrive)

    lines = await hub.store.read(lambda db: spent(db, 1, day="2026-11-02"))
    assert sum(line.tokens for line in lines) == pipedrive.total_cost > 0


async def web_records(hub: Hub) -> Records:
    """A client as a process that serves people has it."""
    client = await hub.client()
    purse = Purse(
        hub.store,
        connection_id=1,
        clock=hub.clock,
        gate=client.gate,
        plan_tokens=PLANNED,
        style=WEB,
    )
    within = client.within(purse)
    return Records(within.for_purpose("cards", hub.calls.append, priority=Priority.CARD))

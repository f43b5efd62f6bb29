"""What the hub has brought: counted from what the store has, by week and Mapping."""

from collections.abc import AsyncGenerator
from datetime import UTC, datetime

import pytest
from tests.clock import ManualClock
from tests.events import identify
from tests.hub import Hub, open_hub

from dealwright.core.clock import to_ms
from dealwright.core.peer import LEAST_TOKENS
from dealwright.core.record import RecordKind
from dealwright.pipeline.report import Report, ReportRow, value_report
from dealwright.sandbox.app import Sandbox
from dealwright.store.mappings import NewMapping
from dealwright.store.report import first_delivery_since, week_of, week_start_ms

ADA = {"name": "Ada", "email": "ada@love.example"}


def mappings(connection_id: int) -> list[NewMapping]:
    """One Mapping of persons, who are matched by e-mail."""
    return [
        NewMapping(
            connection_id=connection_id,
            name="Persons",
            action="upsert_person",
            trigger='type = "identify"',
            fields={
                "match_field": "email",
                "match_value": {"@path": "$.traits.email"},
                "name": {"@path": "$.traits.name"},
            },
        )
    ]


@pytest.fixture
async def hub(database: str, clock: ManualClock, pipedrive: Sandbox) -> AsyncGenerator[Hub]:
    """A hub with that Mapping and a mirror, on either database."""
    async with open_hub(database, clock=clock) as hub:
        await hub.connect(pipedrive, mappings=mappings, mirrored=[RecordKind.PERSON])
        await hub.run_until_idle()
        yield hub


async def reported(hub: Hub, *, weeks: int = 4) -> Report:
    """The report of this moment."""
    now_ms = to_ms(hub.clock.now())
    return await hub.store.read(lambda db: value_report(db, weeks=weeks, now_ms=now_ms))


async def row(hub: Hub) -> ReportRow:
    """The only row."""
    (one,) = (await reported(hub)).rows
    return one


async def test_deliveries_are_counted_by_how_they_ended(hub: Hub) -> None:
    for name in ("Ada", "Ada", "Ada Love"):
        await hub.send(identify("u-1", **{**ADA, "name": name}))
        await hub.run_until_idle()

    one = await row(hub)
    assert (one.deliveries, one.created, one.updated, one.unchanged) == (3, 1, 1, 1)
    assert one.found_again == 2


async def test_tokens_are_those_of_the_ledger_against_the_least_elsewhere(hub: Hub) -> None:
    await hub.send(identify("u-1", **ADA))
    await hub.run_until_idle()

    found = await reported(hub)
    (one,) = found.rows
    # A create; and the page of the crawl, which is of no Mapping.
    assert (one.tokens, found.house_tokens, found.tokens) == (5, 10, 15)
    assert (one.tokens_elsewhere, one.tokens_saved) == (LEAST_TOKENS, LEAST_TOKENS - 5)
    assert found.tokens_saved == LEAST_TOKENS - 15


async def test_what_was_unchanged_or_carried_along_is_a_write_avoided(hub: Hub) -> None:
    await hub.send(identify("u-1", **ADA), identify("u-1", **{**ADA, "name": "Ada Love"}))
    await hub.run_until_idle()
    await hub.send(identify("u-1", **{**ADA, "name": "Ada Love"}))
    await hub.run_until_idle()

    one = await row(hub)
    assert (one.together, one.unchanged, one.writes_avoided) == (1, 1, 2)


async def test_an_event_of_somebody_new_that_was_written_along_is_a_duplicate_prevented(
    hub: Hub,
) -> None:
    await hub.send(identify("u-1", **ADA), identify("u-1", **{**ADA, "name": "Ada Love"}))
    await hub.run_until_idle()

    assert (await row(hub)).duplicates_prevented == 1


async def test_a_create_whose_answer_was_lost_is_a_duplicate_prevented(
    hub: Hub, pipedrive: Sandbox
) -> None:
    pipedrive.lose_next_answer("POST", "/api/v2/persons")
    await hub.send(identify("u-1", **ADA))
    await hub.run_until_idle()

    assert len(pipedrive.records("persons")) == 1
    assert (await row(hub)).duplicates_prevented == 1


async def test_an_ordinary_write_prevents_nothing(hub: Hub) -> None:
    await hub.send(identify("u-1", **ADA))
    await hub.run_until_idle()

    assert (await row(hub)).duplicates_prevented == 0


async def test_each_week_has_a_row_of_its_own_the_newest_first(hub: Hub) -> None:
    await hub.send(identify("u-1", **ADA))
    await hub.run_until_idle()
    hub.advance(7 * 86_400)
    await hub.send(identify("u-2", name="Bob", email="bob@stone.example"))
    await hub.run_until_idle()

    first, second = (await reported(hub)).rows
    assert (first.week - second.week).days == 7
    assert first.week.isoweekday() == 1


async def test_older_weeks_than_were_asked_for_are_left_out(hub: Hub) -> None:
    await hub.send(identify("u-1", **ADA))
    await hub.run_until_idle()
    hub.advance(14 * 86_400)

    assert (await reported(hub, weeks=1)).rows == ()


async def test_the_time_to_deliver_is_told(hub: Hub) -> None:
    await hub.send(identify("u-1", **ADA))
    await hub.run_until_idle()

    one = await row(hub)
    assert one.p50_s is not None
    assert one.p95_s is not None
    assert 0 < one.p50_s <= one.p95_s


async def test_nothing_is_said_of_a_hub_that_did_nothing(hub: Hub) -> None:
    found = await reported(hub)

    assert (found.rows, found.known_since) == ((), None)


async def test_the_first_delivery_of_a_time_is_found_by_its_moment(hub: Hub) -> None:
    for number in range(5):
        await hub.send(identify(f"u-{number}", name="X", email=f"x{number}@love.example"))
        await hub.run_until_idle()
        hub.advance(60)
    third = hub.deliveries()[2].now

    first = await hub.store.read(lambda db: first_delivery_since(db, third.created_at_ms))
    assert first == third.id


def test_weeks_begin_on_mondays() -> None:
    monday = to_ms(datetime(2026, 11, 16, tzinfo=UTC))
    assert week_start_ms(week_of(monday)) == monday
    assert week_of(monday - 1) == week_of(monday) - 1

"""What other settings would make of meetings that are here; nothing is written."""

from collections.abc import Callable
from typing import Any

import msgspec
from tests.journeys.meetings.log import IN_PIPEDRIVE, JONAS, PRIYA, Log, deal, have, met
from tests.journeys.review import decided

from dealwright.core.mapping import MatchDefaults
from dealwright.meetings.settings import Creating, DealRule, MeetingSettings
from dealwright.pipeline.meetingsimulate import Simulator
from dealwright.pipeline.reviewitem import Do


def changed(**more: Any) -> Callable[[MeetingSettings], MeetingSettings]:
    """Settings with some of them otherwise."""
    return lambda known: msgspec.structs.replace(known, **more)


async def simulated(log: Log, **more: Any) -> list[tuple[str, str, str]]:
    """What would be otherwise for the one meeting."""
    simulator = Simulator(
        store=log.hub.store,
        connection_id=1,
        client=await log.hub.client(),
        clock=log.hub.clock,
        pace=log.hub.pace,
        defaults=MatchDefaults(region="SE"),
        base_url="https://hub.northwind.example",
    )
    found = await simulator.differences([(1, "m-1")], changed(**more))
    return [(one.what, one.before, one.after) for one in found]


async def test_another_rule_for_deals_shows_the_other_deal(log: Log) -> None:
    have(log, IN_PIPEDRIVE, deals=(deal(7), deal(8, day=2, status="lost")))
    await log.hear(met(JONAS))

    found = await simulated(log, deal_rule=DealRule.OPEN_ONLY_LATEST_CREATED)
    assert found == [("deal", "8", "7")]


async def test_who_was_taught_is_known_to_a_simulation(log: Log) -> None:
    await log.settle(create_missing_persons=Creating.NEVER)
    have(log, {"id": 101, "name": "J. Berg"})
    await log.hear(met(JONAS))
    await decided(log.hub, "meeting-1-guest-1", Do.TEACH, record_id=101)

    assert await simulated(log, create_missing_persons=Creating.ALWAYS) == []


async def test_making_nobody_shows_who_would_not_be_there(log: Log) -> None:
    await log.settle(create_missing_persons=Creating.NEVER)
    await log.hear(met(PRIYA))

    found = await simulated(log, create_missing_persons=Creating.ALWAYS)
    assert ("state", "needs_review:no_person", "synced") in found
    assert ("persons", "Priya Nair: none", "Priya Nair: new") in found


async def test_the_same_settings_show_nothing(log: Log) -> None:
    have(log, IN_PIPEDRIVE)
    await log.hear(met(JONAS))

    assert await simulated(log) == []


async def test_a_simulation_writes_nothing(log: Log) -> None:
    await log.settle(create_missing_persons=Creating.NEVER)
    await log.hear(met(PRIYA))
    before = await log.result()
    await simulated(log, create_missing_persons=Creating.ALWAYS)

    assert log.writes() == []
    assert await log.result() == before

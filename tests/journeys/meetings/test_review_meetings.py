"""Review of meetings: who a guest is, which deal is meant; what was taught holds for events too."""

from typing import Any

from tests.events import identify
from tests.journeys.meetings.log import IN_PIPEDRIVE, JONAS, PRIYA, Log, deal, have, met
from tests.journeys.review import decided, items

from dealwright.meetings.meeting import Attendee
from dealwright.meetings.settings import Creating, DealRule
from dealwright.pipeline.reviewitem import Do, Topic

CALLER = Attendee(name="Somebody", phones=("+46 8 123 45 67",))
SHARED = [
    {"id": number, "name": name, "phones": ["+46 8 123 45 67"]}
    for number, name in ((101, "Kim Lee"), (102, "Lou Reed"))
]


async def only(log: Log, *persons: dict[str, Any]) -> None:
    """Have these persons in Pipedrive, and nobody made of a guest who is none of them."""
    await log.settle(create_missing_persons=Creating.NEVER)
    have(log, *persons)


async def test_a_guest_whom_nobody_knows_is_asked_about(log: Log) -> None:
    await only(log)
    await log.hear(met(JONAS, PRIYA))
    found = await items(log.hub)

    assert [one.id for one in found] == ["meeting-1-guest-1", "meeting-1-guest-2"]
    assert found[0].asked == "Who is Jonas Berg · jonas@acme.example in “Acme demo”?"
    assert found[0].topic is Topic.GUEST


async def test_a_guest_who_is_chosen_gets_the_note(log: Log) -> None:
    await only(log, {"id": 101, "name": "J. Berg"})
    await log.hear(met(JONAS, PRIYA))
    await decided(log.hub, "meeting-1-guest-1", Do.CHOOSE, record_id=101)

    assert list(log.notes()) == [101]
    assert await items(log.hub) == []


async def test_a_guest_who_was_taught_is_known_in_the_next_meeting(log: Log) -> None:
    await only(log, {"id": 101, "name": "J. Berg"})
    await log.hear(met(JONAS))
    await decided(log.hub, "meeting-1-guest-1", Do.TEACH, record_id=101)
    await log.queue(met(JONAS, key="fathom:2", title="Second"))
    await log.hub.run_until_idle()

    assert [one["person_id"] for one in log.pipedrive.records("notes")] == [101, 101]


async def test_a_meeting_that_waits_for_the_same_guest_goes_on_too(log: Log) -> None:
    await only(log, {"id": 101, "name": "J. Berg"})
    await log.hear(met(JONAS))
    await log.queue(met(JONAS, PRIYA, key="fathom:2", title="Second"))
    await log.hub.run_until_idle()
    waiting = {one.id: one.waiting for one in await items(log.hub)}
    done = await decided(log.hub, "meeting-1-guest-1", Do.CHOOSE, record_id=101)

    assert waiting["meeting-1-guest-1"] == 2
    assert done.along == 1
    assert [one["person_id"] for one in log.pipedrive.records("notes")] == [101, 101]


async def test_an_address_that_was_taught_for_a_meeting_holds_for_events(log: Log) -> None:
    await only(log, {"id": 101, "name": "J. Berg"})
    await log.hear(met(JONAS))
    await decided(log.hub, "meeting-1-guest-1", Do.TEACH, record_id=101)
    await log.hub.send(identify("u-1", email="jonas@acme.example", name="Jonas Berg"))
    await log.hub.run_until_idle()

    assert [one["name"] for one in log.pipedrive.records("persons")] == ["Jonas Berg"]


async def test_of_several_with_one_number_each_is_offered(log: Log) -> None:
    have(log, *SHARED)
    await log.hear(met(CALLER))
    (item,) = await items(log.hub)
    await decided(log.hub, item.id, Do.CHOOSE, record_id=102)

    offered = [one.record_id for one in item.choices if one.do is Do.CHOOSE]
    assert (item.code, offered) == ("ambiguous_phone", [101, 102])
    assert list(log.notes()) == [102]


async def test_a_guest_can_be_made_once(log: Log) -> None:
    await only(log)
    await log.hear(met(JONAS))
    await decided(log.hub, "meeting-1-guest-1", Do.CREATE)
    await log.hear(met(JONAS, text="Now with a budget"), revision=2)

    persons = list(log.pipedrive.records("persons"))
    assert [one["name"] for one in persons] == ["Jonas Berg"]
    assert list(log.notes()) == [persons[0]["id"]]


async def test_a_meeting_that_is_skipped_is_written_nowhere(log: Log) -> None:
    await only(log)
    await log.hear(met(JONAS))
    await decided(log.hub, "meeting-1-guest-1", Do.SKIP, reason="an interview")

    assert log.pipedrive.records("notes") == []
    assert await items(log.hub) == []


async def test_which_of_several_deals_is_meant_is_asked(log: Log) -> None:
    await log.settle(deal_rule=DealRule.ASK_IF_SEVERAL_OPEN)
    have(log, IN_PIPEDRIVE, deals=(deal(7), deal(8, day=2)))
    await log.hear(met(JONAS))
    (item,) = await items(log.hub)
    await decided(log.hub, "meeting-1-deal", Do.CHOOSE, record_id=7)

    assert (item.id, item.asked) == ("meeting-1-deal", "Which deal is it about in “Acme demo”?")
    assert log.notes()[101]["deal_id"] == 7


async def test_a_meeting_of_which_nobody_says_who_was_there_is_asked_about(log: Log) -> None:
    have(log, IN_PIPEDRIVE)
    await log.hear(met(participants_refused=True))
    (item,) = await items(log.hub)
    await decided(log.hub, item.id, Do.CHOOSE, record_id=101)

    assert item.id == "meeting-1"
    assert list(log.notes()) == [101]

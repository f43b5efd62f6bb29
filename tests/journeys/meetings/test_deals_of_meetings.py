"""On which deal a meeting stands."""

from tests.journeys.meetings.log import IN_PIPEDRIVE, JONAS, PRIYA, Log, deal, have, met

from dealwright.core.delivery import State
from dealwright.meetings.meeting import Crm
from dealwright.meetings.settings import (
    DealRule,
    NotePer,
)


async def test_the_deal_stands_on_the_primary_note_only(log: Log) -> None:
    priya = {"id": 102, "name": "Priya Nair", "emails": ["priya@globex.example"]}
    have(log, IN_PIPEDRIVE, priya, deals=(deal(7),))
    await log.hear(met(JONAS, PRIYA))

    assert {person: note["deal_id"] for person, note in log.notes().items()} == {101: 7, 102: None}


async def test_another_guest_keeps_their_own_deal(log: Log) -> None:
    priya = {"id": 102, "name": "Priya Nair", "emails": ["priya@globex.example"]}
    have(log, IN_PIPEDRIVE, priya, deals=(deal(7), deal(9, 102)))
    result = await log.hear(met(JONAS, PRIYA))

    assert log.notes()[102]["deal_id"] == 9
    assert log.activities()[0]["deal_id"] == 7
    assert result.primary == 101


async def test_a_linked_deal_wins_over_a_newer_one(log: Log) -> None:
    have(log, IN_PIPEDRIVE, deals=(deal(7), deal(8, day=2)))
    result = await log.hear(met(JONAS, crm=Crm(deal_id=7)))

    assert log.notes()[101]["deal_id"] == 7
    assert result.deal is not None
    assert result.deal.why == "linked"


async def test_a_linked_deal_that_is_gone_gives_way_with_a_warning(log: Log) -> None:
    have(log, IN_PIPEDRIVE, deals=(deal(8),))
    result = await log.hear(met(JONAS, crm=Crm(deal_id=77)))

    assert log.notes()[101]["deal_id"] == 8
    assert result.warnings == ("linked_deal_not_found:77",)


async def test_a_person_with_closed_deals_only_gets_the_newest_of_them(log: Log) -> None:
    have(log, IN_PIPEDRIVE, deals=(deal(7, status="won"), deal(8, day=2, status="lost")))
    await log.hear(met(JONAS))

    assert log.notes()[101]["deal_id"] == 8


async def test_an_archived_deal_counts_when_there_is_no_other(log: Log) -> None:
    have(log, IN_PIPEDRIVE, deals=(deal(7, is_archived=True),))
    result = await log.hear(met(JONAS))

    assert log.notes()[101]["deal_id"] == 7
    assert result.deal is not None
    assert result.deal.why == "latest_archived"


async def test_open_deals_only_when_the_rule_says_so(log: Log) -> None:
    have(log, IN_PIPEDRIVE, deals=(deal(7), deal(8, day=2, status="lost")))
    await log.settle(deal_rule=DealRule.OPEN_ONLY_LATEST_CREATED)
    await log.hear(met(JONAS))

    assert log.notes()[101]["deal_id"] == 7


async def test_somebody_is_asked_where_several_deals_are_open(log: Log) -> None:
    have(log, IN_PIPEDRIVE, deals=(deal(7), deal(8, day=2)))
    await log.settle(deal_rule=DealRule.ASK_IF_SEVERAL_OPEN)
    result = await log.hear(met(JONAS))

    assert result.state == "needs_review:several_open_deals"
    assert (log.writes(), log.hub.delivery().now.state) == ([], State.HELD)


async def test_the_deal_in_which_a_guest_takes_part_is_found(log: Log) -> None:
    priya = {"id": 102, "name": "Priya Nair", "emails": ["priya@globex.example"]}
    have(log, IN_PIPEDRIVE, priya, deals=(deal(7), deal(8, day=2)))
    log.pipedrive.put_state({"deal_participants": [{"id": 1, "deal_id": 7, "person_id": 102}]})
    await log.settle(deal_rule=DealRule.CONTACT_ROLE)
    await log.hear(met(JONAS, PRIYA))

    assert log.notes()[101]["deal_id"] == 7


async def test_colleagues_may_write_on_a_linked_deal(log: Log) -> None:
    have(log, IN_PIPEDRIVE, deals=(deal(7),))
    await log.settle(sync_internal_only=True)
    result = await log.hear(met(crm=Crm(deal_id=7)))

    assert result.state == "synced"
    assert log.notes()[None]["deal_id"] == 7


async def test_the_deal_may_stand_on_notes_only_when_it_is_linked(log: Log) -> None:
    have(log, IN_PIPEDRIVE, deals=(deal(7),))
    await log.settle(note_per=NotePer.DEAL_ONLY_WHEN_LINKED)
    await log.hear(met(JONAS))

    assert log.notes()[101]["deal_id"] is None

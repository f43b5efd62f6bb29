"""Somebody whom the mirror does not know: what is asked, and what it costs."""

import asyncio

from tests.hub import Hub
from tests.journeys.card.house import (
    ACTIVITIES,
    ANN,
    DEALS,
    NOTES,
    ORGANIZATION,
    PERSON,
    SEARCH,
    definitions_cached,
    known_of,
    look,
)
from tests.journeys.mirrored import Calls

from dealwright.cards.known import Finding
from dealwright.pipeline.card import Cards
from dealwright.pipeline.cardfound import Ask
from dealwright.sandbox.app import Sandbox
from dealwright.store.cards import CardSettings, set_settings

WITHOUT_NOTES = ("labels", "custom_fields", "deals", "activities", "owner")


async def test_a_card_has_everything_that_stands_around_a_person(hub: Hub, cards: Cards) -> None:
    known = await known_of(hub, cards)

    assert known.person is not None
    assert known.person.name == "Ann Lee"
    assert known.organization is not None
    assert known.organization.name == "Acme"
    assert [deal.title for deal in known.deals] == ["Pilot"]
    assert [one.subject for one in known.activities] == ["Call Ann"]
    assert [note.content for note in known.notes] == ["Likes tea"]
    assert known.only_primary
    assert known.missing == {}


async def test_it_costs_sixty_two_tokens_where_the_definitions_are_known(
    hub: Hub, cards: Cards, pipedrive: Sandbox
) -> None:
    await definitions_cached(hub, cards)
    calls = Calls(pipedrive)
    await look(hub, cards)

    assert sorted(calls.made()) == sorted([SEARCH, PERSON, ORGANIZATION, DEALS, ACTIVITIES, NOTES])
    assert calls.tokens() == 62


async def test_notes_of_deals_are_counted_and_not_read(hub: Hub, cards: Cards) -> None:
    known = await known_of(hub, cards)

    assert known.left_out == {"deal_notes:1": 1}


async def test_notes_of_a_deal_are_read_when_somebody_opens_them(hub: Hub, cards: Cards) -> None:
    known = (await hub.pumped(cards.section(1, 1, "deal_notes:1"))).known

    assert known is not None
    assert [note.content for note in known.deal_notes[1]] == ["Of the deal"]


async def test_a_section_that_is_off_makes_no_call(
    hub: Hub, cards: Cards, pipedrive: Sandbox
) -> None:
    await definitions_cached(hub, cards)
    off = CardSettings(sections=WITHOUT_NOTES, known=())
    await hub.store.write(lambda db: set_settings(db, 1, chosen=off, now_ms=1))
    calls = Calls(pipedrive)
    await look(hub, cards)

    assert NOTES not in calls.made()
    assert calls.tokens() == 42


async def test_all_who_ask_at_once_share_one_look(
    hub: Hub, cards: Cards, pipedrive: Sandbox
) -> None:
    await definitions_cached(hub, cards)
    calls = Calls(pipedrive)
    await asyncio.gather(cards.of(ANN), cards.of("Ann@ACME.example"), cards.of(ANN))

    assert calls.tokens() == 62


async def test_nobody_has_an_address_and_that_is_asked_once(
    hub: Hub, cards: Cards, pipedrive: Sandbox
) -> None:
    await definitions_cached(hub, cards)
    calls = Calls(pipedrive)
    first = await look(hub, cards, "zoe@acme.example")
    await look(hub, cards, "zoe@acme.example")

    assert first.finding is Finding.NO_MATCH
    assert calls.made() == [SEARCH]


async def test_an_address_with_a_tag_is_found_without_it(hub: Hub, cards: Cards) -> None:
    answer = await look(hub, cards, "ann+news@acme.example")

    assert answer.finding is Finding.MATCH


async def test_several_with_one_address_are_to_be_chosen_from(
    hub: Hub, cards: Cards, pipedrive: Sandbox
) -> None:
    pipedrive.put_state({"persons": [{"name": "Ann Twin", "emails": [ANN]}]})
    answer = await look(hub, cards)

    assert answer.found is not None
    assert answer.finding is Finding.SEVERAL
    assert [one.name for one in answer.found.persons] == ["Ann Lee", "Ann Twin"]


async def test_who_was_chosen_of_several_is_shown(
    hub: Hub, cards: Cards, pipedrive: Sandbox
) -> None:
    pipedrive.put_state({"persons": [{"name": "Ann Twin", "emails": [ANN]}]})
    known = await known_of(hub, cards, Ask(person=3))

    assert known.person is not None
    assert known.person.name == "Ann Twin"


async def test_of_three_hundred_deals_the_open_ones_come_first_and_the_rest_is_counted(
    hub: Hub, cards: Cards, pipedrive: Sandbox
) -> None:
    lost = [{"title": f"Old {n}", "person_id": 1, "status": "lost"} for n in range(299)]
    pipedrive.put_state({"deals": lost})
    known = await known_of(hub, cards)

    assert known.deals[0].title == "Pilot"
    assert (len(known.deals), known.left_out["deals"]) == (10, 290)

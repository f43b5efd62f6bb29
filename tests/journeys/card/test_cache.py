"""What was asked for counts for a while, and no longer than it is true."""

from tests.hub import Hub
from tests.journeys.card.house import SEARCH, definitions_cached, known_of, look
from tests.journeys.mirrored import Calls, by_hand

from dealwright.core.record import RecordKind
from dealwright.core.webhook import Meta, Told
from dealwright.pipeline.card import Cards
from dealwright.sandbox.app import Sandbox


def _told(entity: str, record_id: int, **data: object) -> Told:
    return Told(meta=Meta(action="change", entity=entity, entity_id=record_id), data=dict(data))


async def test_a_card_is_shown_again_for_a_minute_without_asking(
    hub: Hub, cards: Cards, pipedrive: Sandbox
) -> None:
    await look(hub, cards)
    hub.advance(59)
    calls = Calls(pipedrive)
    await look(hub, cards)

    assert calls.made() == []


async def test_then_it_is_shown_at_once_and_asked_for_beside(
    hub: Hub, cards: Cards, pipedrive: Sandbox
) -> None:
    await look(hub, cards)
    by_hand(pipedrive, "change", 1, name="Ann Lee-Smith")
    hub.advance(61)
    before = await known_of(hub, cards)
    await hub.pumped(cards.settle())
    after = await known_of(hub, cards)

    assert [one.person and one.person.name for one in (before, after)] == [
        "Ann Lee",
        "Ann Lee-Smith",
    ]


async def test_after_ten_minutes_it_is_asked_for_first(
    hub: Hub, cards: Cards, pipedrive: Sandbox
) -> None:
    await look(hub, cards)
    by_hand(pipedrive, "change", 1, name="Ann Lee-Smith")
    hub.advance(601)
    known = await known_of(hub, cards)

    assert known.person is not None
    assert known.person.name == "Ann Lee-Smith"


async def test_a_word_of_the_person_has_it_asked_for(
    hub: Hub, cards: Cards, pipedrive: Sandbox
) -> None:
    await look(hub, cards)
    hub.advance(10)
    cards.heard(1, _told("person", 1))
    calls = Calls(pipedrive)
    await look(hub, cards)

    assert SEARCH in calls.made()


async def test_a_word_of_a_new_deal_of_the_person_has_it_asked_for(
    hub: Hub, cards: Cards, pipedrive: Sandbox
) -> None:
    await look(hub, cards)
    hub.advance(10)
    cards.heard(1, _told("deal", 77, person_id=1))
    calls = Calls(pipedrive)
    await look(hub, cards)

    assert SEARCH in calls.made()


async def test_a_word_of_somebody_else_has_nothing_asked(
    hub: Hub, cards: Cards, pipedrive: Sandbox
) -> None:
    await look(hub, cards)
    hub.advance(10)
    cards.heard(1, _told("person", 2))
    calls = Calls(pipedrive)
    await look(hub, cards)

    assert calls.made() == []


async def test_a_new_person_may_be_whom_nobody_was_known_as(
    hub: Hub, cards: Cards, pipedrive: Sandbox
) -> None:
    await look(hub, cards, "zoe@acme.example")
    hub.advance(10)
    cards.heard(1, _told("person", 9))
    calls = Calls(pipedrive)
    await look(hub, cards, "zoe@acme.example")

    assert calls.made() == [SEARCH]


async def test_what_we_have_written_ourselves_has_it_asked_for(
    hub: Hub, cards: Cards, pipedrive: Sandbox
) -> None:
    await look(hub, cards)
    hub.advance(10)
    cards.forget(1, kind=RecordKind.PERSON, record_id=1)
    calls = Calls(pipedrive)
    await look(hub, cards)

    assert SEARCH in calls.made()


async def test_nobody_is_nobody_for_five_minutes(
    hub: Hub, cards: Cards, pipedrive: Sandbox
) -> None:
    await definitions_cached(hub, cards)
    await look(hub, cards, "zoe@acme.example")
    hub.advance(299)
    calls = Calls(pipedrive)
    await look(hub, cards, "zoe@acme.example")
    hub.advance(2)
    await look(hub, cards, "zoe@acme.example")

    assert calls.made() == [SEARCH]

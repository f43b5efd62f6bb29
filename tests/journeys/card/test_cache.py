"""What was asked for counts for a while, and no longer than it is true."""

from collections.abc import Callable

import pytest
from tests.hub import Hub
from tests.journeys.card.house import ANN, SEARCH, definitions_cached, known_of, look
from tests.journeys.mirrored import Calls, by_hand

from dealwright.core.record import RecordKind
from dealwright.core.webhook import Meta, Told
from dealwright.pipeline.card import Cards
from dealwright.sandbox.app import Sandbox

ZOE = "zoe@acme.example"


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


@pytest.mark.parametrize(
    ("age_s", "at_once"),
    [
        pytest.param(61, "Ann Lee", id="then it is shown at once and asked for beside"),
        pytest.param(601, "Ann Lee-Smith", id="after ten minutes it is asked for first"),
    ],
)
async def test_a_card_that_is_older(
    hub: Hub, cards: Cards, pipedrive: Sandbox, age_s: int, at_once: str
) -> None:
    await look(hub, cards)
    by_hand(pipedrive, "change", 1, name="Ann Lee-Smith")
    hub.advance(age_s)
    shown = await known_of(hub, cards)
    await hub.pumped(cards.settle())
    later = await known_of(hub, cards)

    assert [one.person and one.person.name for one in (shown, later)] == [at_once, "Ann Lee-Smith"]


NEWS = {
    "the person": lambda cards: cards.heard(1, _told("person", 1)),
    "a new deal of the person": lambda cards: cards.heard(1, _told("deal", 77, person_id=1)),
    "what we have written ourselves": lambda cards: cards.forget(
        1, kind=RecordKind.PERSON, record_id=1
    ),
}


async def _asked_after(
    news: Callable[[Cards], None], hub: Hub, cards: Cards, pipedrive: Sandbox, whose: str = ANN
) -> list[str]:
    """What is asked for a card that was shown ten seconds before, and of which there is news."""
    await look(hub, cards, whose)
    hub.advance(10)
    news(cards)
    calls = Calls(pipedrive)
    await look(hub, cards, whose)
    return calls.made()


@pytest.mark.parametrize("news", NEWS.values(), ids=NEWS)
async def test_news_of_the_card_have_it_asked_for(
    hub: Hub, cards: Cards, pipedrive: Sandbox, news: Callable[[Cards], None]
) -> None:
    assert SEARCH in await _asked_after(news, hub, cards, pipedrive)


async def test_a_word_of_somebody_else_has_nothing_asked(
    hub: Hub, cards: Cards, pipedrive: Sandbox
) -> None:
    asked = await _asked_after(lambda one: one.heard(1, _told("person", 2)), hub, cards, pipedrive)

    assert asked == []


async def test_a_new_person_may_be_whom_nobody_was_known_as(
    hub: Hub, cards: Cards, pipedrive: Sandbox
) -> None:
    news = _told("person", 9)
    asked = await _asked_after(lambda one: one.heard(1, news), hub, cards, pipedrive, ZOE)

    assert asked == [SEARCH]


async def test_nobody_is_nobody_for_five_minutes(
    hub: Hub, cards: Cards, pipedrive: Sandbox
) -> None:
    await definitions_cached(hub, cards)
    await look(hub, cards, ZOE)
    hub.advance(299)
    calls = Calls(pipedrive)
    await look(hub, cards, ZOE)
    hub.advance(2)
    await look(hub, cards, ZOE)

    assert calls.made() == [SEARCH]

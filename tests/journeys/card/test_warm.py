"""Somebody whom the mirror knows: a card for no API tokens."""

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
from tests.clock import ManualClock
from tests.hub import Hub, open_hub
from tests.journeys.card.house import (
    ACTIVITIES,
    ALL,
    DEALS,
    NOTES,
    PERSON,
    SEARCH,
    definitions_cached,
    known_of,
    look,
)
from tests.journeys.mirrored import Calls, by_hand, listening

from dealwright.cards.known import Finding
from dealwright.core.record import RecordKind
from dealwright.pipeline.card import Cards
from dealwright.pipeline.cardfound import Ask
from dealwright.sandbox.app import Sandbox
from dealwright.store.mirror import doubt


@pytest.fixture
async def hub(tmp_path: Path, clock: ManualClock, pipedrive: Sandbox) -> AsyncGenerator[Hub]:
    """A hub that mirrors everything and is told of what happens."""
    async with open_hub(tmp_path, clock=clock) as hub:
        await hub.connect(pipedrive, mirrored=ALL)
        await hub.run_until_idle()
        hub.advance(600)
        await listening(hub)
        hub.advance(600)
        yield hub


async def test_a_card_of_the_mirror_costs_nothing(
    hub: Hub, cards: Cards, pipedrive: Sandbox
) -> None:
    await definitions_cached(hub, cards)
    calls = Calls(pipedrive)
    known = await known_of(hub, cards)

    assert calls.made() == []
    assert [deal.title for deal in known.deals] == ["Pilot"]
    assert [note.content for note in known.notes] == ["Likes tea"]
    assert known.as_of is None


async def test_activities_are_those_in_which_they_take_part_at_all(hub: Hub, cards: Cards) -> None:
    known = await known_of(hub, cards)

    assert [one.subject for one in known.activities] == ["Call Ann", "Lunch with Bo and Ann"]
    assert not known.only_primary


async def test_notes_of_deals_that_are_mirrored_are_shown(hub: Hub, cards: Cards) -> None:
    known = await known_of(hub, cards)

    assert [note.content for note in known.deal_notes[1]] == ["Of the deal"]
    assert known.left_out == {}


async def test_only_what_may_have_changed_is_asked_for(
    hub: Hub, cards: Cards, pipedrive: Sandbox
) -> None:
    await definitions_cached(hub, cards)
    await hub.store.write(lambda db: doubt(db, 1, RecordKind.DEAL, record_ids=[1]))
    calls = Calls(pipedrive)
    await look(hub, cards)

    assert calls.made() == [DEALS]


async def test_a_person_of_whom_something_was_heard_is_read_by_the_id(
    hub: Hub, cards: Cards, pipedrive: Sandbox
) -> None:
    await definitions_cached(hub, cards)
    await hub.store.write(lambda db: doubt(db, 1, RecordKind.PERSON, record_ids=[1]))
    by_hand(pipedrive, "change", 1, name="Ann Lee-Smith")
    calls = Calls(pipedrive)
    known = await known_of(hub, cards)

    assert calls.made() == [PERSON]
    assert known.person is not None
    assert known.person.name == "Ann Lee-Smith"


async def test_whom_nobody_knows_is_looked_for_in_what_was_changed_of_late(
    hub: Hub, cards: Cards, pipedrive: Sandbox
) -> None:
    await definitions_cached(hub, cards)
    hub.advance(120)
    calls = Calls(pipedrive)
    answer = await look(hub, cards, "zoe@acme.example")

    assert answer.finding is Finding.NO_MATCH
    assert SEARCH not in calls.made()
    assert calls.tokens() == 10


async def test_a_refresh_asks_whatever_is_known(hub: Hub, cards: Cards, pipedrive: Sandbox) -> None:
    await definitions_cached(hub, cards)
    calls = Calls(pipedrive)
    await look(hub, cards, ask=Ask(fresh=True))

    assert {PERSON, DEALS, ACTIVITIES, NOTES} <= set(calls.made())


async def test_what_is_shown_stays_known_where_pipedrive_does_not_answer(
    hub: Hub, cards: Cards, pipedrive: Sandbox
) -> None:
    await definitions_cached(hub, cards)
    await hub.store.write(lambda db: doubt(db, 1, RecordKind.DEAL, record_ids=[1]))
    pipedrive.add_fault(method="GET", path="/api/v2/deals", status=503)
    known = await known_of(hub, cards)

    assert [deal.title for deal in known.deals] == ["Pilot"]
    assert known.as_of is not None
    assert list(known.missing) == ["deals"]


async def test_a_card_of_the_mirror_is_counted_as_such(hub: Hub, cards: Cards) -> None:
    await definitions_cached(hub, cards)
    registry = cards.meter.registry
    of_the_mirror = {"connection": "1", "source": "mirror"}
    before = registry.get_sample_value("dealwright_card_looks_total", of_the_mirror) or 0
    await look(hub, cards)

    assert registry.get_sample_value("dealwright_card_looks_total", of_the_mirror) == before + 1

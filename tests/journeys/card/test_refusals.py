"""What Pipedrive refuses is a card too, and each part fails alone."""

from collections.abc import AsyncGenerator
from typing import NamedTuple

import pytest
from tests.clock import ManualClock
from tests.hub import Hub
from tests.journeys.card.house import (
    SHORT,
    cards_of,
    definitions_cached,
    fail,
    known_of,
    look,
)
from tests.journeys.mirrored import Calls

from dealwright.cards.known import Finding, Part
from dealwright.pipeline.card import Cards
from dealwright.sandbox.app import Sandbox
from dealwright.store.cards import CardSettings, set_settings
from dealwright.store.connections import ConnectionState

SEARCH = "/api/v2/persons/search"
PARTS = [
    pytest.param("/api/v2/deals", Part.DEALS, id="deals"),
    pytest.param("/api/v2/activities", Part.ACTIVITIES, id="activities"),
    pytest.param("/api/v1/notes", Part.NOTES, id="notes"),
    pytest.param("/api/v2/organizations/{id}", Part.ORGANIZATION, id="organization"),
]


class Refusal(NamedTuple):
    """How Pipedrive refuses an account, and what that is on a card and in the store."""

    status: int
    finding: Finding
    state: ConnectionState


ACCOUNT_WIDE = [
    pytest.param(Refusal(401, Finding.REAUTH, ConnectionState.REAUTH), id="401"),
    pytest.param(Refusal(402, Finding.PAYMENT, ConnectionState.PAYMENT_REQUIRED), id="402"),
]

#: A part and how it is refused.
REFUSED_PARTS = [
    pytest.param((*path.values, status), id=f"{path.id}-{status}")
    for path in PARTS
    for status in (403, 429, 500, 502, 503, 504)
]

#: A part, and how an account is refused there.
ACCOUNT_WIDE_PARTS = [
    pytest.param((path.values[0], *refusal.values), id=f"{path.id}-{refusal.id}")
    for path in (*PARTS, pytest.param("/api/v2/persons/{id}", id="person"))
    for refusal in ACCOUNT_WIDE
]


@pytest.fixture
async def cards(hub: Hub, clock: ManualClock) -> AsyncGenerator[Cards]:
    """Cards that wait for no call for longer than a moment; definitions are known."""
    patient = cards_of(hub, clock)
    await definitions_cached(hub, patient)
    await patient.close()
    cards = cards_of(hub, clock, SHORT)
    yield cards
    await cards.close()


@pytest.mark.parametrize("refusal", ACCOUNT_WIDE)
async def test_a_refused_account_is_the_card_and_the_state_of_the_connection(
    hub: Hub, cards: Cards, pipedrive: Sandbox, refusal: Refusal
) -> None:
    fail(pipedrive, SEARCH, refusal.status)
    answer = await look(hub, cards)

    assert answer.finding is refusal.finding
    assert (await hub.connection()).state is refusal.state


@pytest.mark.parametrize("refusal", ACCOUNT_WIDE)
async def test_an_account_that_is_known_to_be_refused_is_not_asked(
    hub: Hub, cards: Cards, pipedrive: Sandbox, refusal: Refusal
) -> None:
    fail(pipedrive, SEARCH, refusal.status)
    await look(hub, cards)
    calls = Calls(pipedrive)
    answer = await look(hub, cards)

    assert answer.finding is refusal.finding
    assert calls.made() == []


@pytest.mark.parametrize("refused", ACCOUNT_WIDE_PARTS)
async def test_an_account_that_is_refused_for_a_part_is_refused_for_all(
    hub: Hub, cards: Cards, pipedrive: Sandbox, refused: tuple[str, Refusal]
) -> None:
    path, refusal = refused
    fail(pipedrive, path, refusal.status)
    answer = await look(hub, cards)

    assert answer.finding is refusal.finding
    assert (await hub.connection()).state is refusal.state


@pytest.mark.parametrize("status", [403, 429, 500, 503])
async def test_a_person_who_cannot_be_read_is_never_nobody(
    hub: Hub, cards: Cards, pipedrive: Sandbox, status: int
) -> None:
    fail(pipedrive, "/api/v2/persons/{id}", status)
    answer = await look(hub, cards)

    assert answer.finding in {Finding.ERROR, Finding.LIMITED}
    assert answer.found is not None
    assert answer.found.says


@pytest.mark.parametrize("status", [403, 429, 500, 503])
async def test_lists_that_cannot_be_had_are_named_and_the_person_is_shown(
    hub: Hub, clock: ManualClock, pipedrive: Sandbox, status: int
) -> None:
    cards = cards_of(hub, clock, SHORT)
    fail(pipedrive, "/api/v1/users", status)
    known = await known_of(hub, cards)
    await cards.close()

    assert list(known.missing) == [Part.LISTS]
    assert known.person is not None


@pytest.mark.parametrize("status", [403, 429, 500, 503])
async def test_notes_of_deals_that_cannot_be_had_are_named(
    hub: Hub, cards: Cards, pipedrive: Sandbox, status: int
) -> None:
    chosen = CardSettings(deal_notes=5)
    await hub.store.write(lambda db: set_settings(db, 1, chosen=chosen, now_ms=1))
    fail(pipedrive, "/api/v1/notes", status)
    known = await known_of(hub, cards)

    assert set(known.missing) == {Part.NOTES, Part.DEAL_NOTES}
    assert [deal.title for deal in known.deals] == ["Pilot"]


@pytest.mark.parametrize("refused", REFUSED_PARTS)
async def test_a_part_that_fails_is_named_and_the_rest_is_shown(
    hub: Hub, cards: Cards, pipedrive: Sandbox, refused: tuple[str, Part, int]
) -> None:
    path, part, status = refused
    fail(pipedrive, path, status)
    known = await known_of(hub, cards)

    assert list(known.missing) == [part]
    assert known.person is not None


@pytest.mark.parametrize(("path", "part"), PARTS)
async def test_a_part_that_takes_too_long_is_named_and_the_rest_is_shown(
    cards: Cards, pipedrive: Sandbox, path: str, part: Part
) -> None:
    pipedrive.add_fault(method="GET", path=path, hang_ms=60_000)
    known = (await cards.of("ann@acme.example")).known

    assert known is not None
    assert known.missing == {part: "Pipedrive did not answer in time."}


@pytest.mark.parametrize("path", [SEARCH, "/api/v2/persons/{id}"])
async def test_a_person_who_is_waited_for_in_vain_is_never_nobody(
    cards: Cards, pipedrive: Sandbox, path: str
) -> None:
    pipedrive.add_fault(method="GET", path=path, hang_ms=60_000)
    answer = await cards.of("ann@acme.example")

    assert answer.finding is Finding.ERROR
    assert answer.found is not None
    assert answer.found.says


async def test_a_search_that_is_limited_says_until_when(
    hub: Hub, cards: Cards, pipedrive: Sandbox
) -> None:
    fail(pipedrive, SEARCH, 429, headers={"retry-after": "30"})
    answer = await look(hub, cards)

    assert answer.finding is Finding.LIMITED
    assert answer.found is not None
    assert answer.found.until is not None


@pytest.mark.parametrize("status", [403, 500, 503])
async def test_a_search_that_fails_never_says_that_nobody_has_the_address(
    hub: Hub, cards: Cards, pipedrive: Sandbox, status: int
) -> None:
    fail(pipedrive, SEARCH, status)
    answer = await look(hub, cards)

    assert answer.finding is Finding.ERROR
    assert answer.found is not None
    assert answer.found.says


async def test_a_card_that_misses_something_is_not_kept(
    hub: Hub, cards: Cards, pipedrive: Sandbox
) -> None:
    fail(pipedrive, "/api/v2/deals", 503, times=1)
    await look(hub, cards)
    hub.advance(10)
    known = await known_of(hub, cards)

    assert known.missing == {}

"""Somebody who asked not to be known has a card that says so, and nothing else."""

import pytest
from tests.clock import ManualClock
from tests.hub import Hub
from tests.journeys.card.house import ANN, look

from dealwright.cards.known import Finding, Reader
from dealwright.core.people import CLI
from dealwright.core.privacy import asked_for
from dealwright.pipeline.card import SUPPRESSED, Cards
from dealwright.pipeline.cardfound import CardAnswer
from dealwright.pipeline.cardview import card_of
from dealwright.pipeline.privacylist import Listing
from dealwright.pipeline.privacyscreen import Screen
from dealwright.store.secrets import Vault, generate_key


@pytest.fixture
def vault() -> Vault:
    return Vault([generate_key()])


def cards_of(hub: Hub, clock: ManualClock, vault: Vault) -> Cards:
    screen = Screen(hub.store, clock, vault)
    return Cards(hub.store, clock, dial=hub.dial, base_url="https://hub.example", screen=screen)


async def test_a_suppressed_address_has_a_card_that_says_so(
    hub: Hub, clock: ManualClock, vault: Vault
) -> None:
    await Listing(hub.store, clock, vault).add(asked_for(email=ANN), by=CLI)
    answer = await look(hub, cards_of(hub, clock, vault))
    assert (answer.found, answer.addable, answer.says) == (None, False, SUPPRESSED)


def test_the_card_says_why_there_is_nothing(clock: ManualClock) -> None:
    answer = CardAnswer(address=ANN, found=None, addable=False, says=SUPPRESSED)
    assert SUPPRESSED in str(card_of(answer, Reader(now=clock.now())))


async def test_others_have_their_cards(hub: Hub, clock: ManualClock, vault: Vault) -> None:
    await Listing(hub.store, clock, vault).add(asked_for(email="other@x.example"), by=CLI)
    answer = await look(hub, cards_of(hub, clock, vault))
    assert answer.finding is Finding.MATCH

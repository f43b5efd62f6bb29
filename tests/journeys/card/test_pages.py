"""The card as a page, and what a press of a button does to it."""

import pytest
from tests.hub import Hub
from tests.journeys.card.desk import desk_of
from tests.journeys.card.house import ANN

from dealwright.cards.card import Op
from dealwright.pipeline.cardreader import Viewer
from dealwright.sandbox.app import Sandbox
from dealwright.web.card import CardPages

ADA = Viewer(key="hub 1", user_id=1, name="Ada", may_write=True)
BO = Viewer(key="hub 2", user_id=2, name="Bo", may_write=True)


@pytest.fixture
def pages(hub: Hub, pipedrive: Sandbox) -> CardPages:
    """Pages of the hub's cards."""
    return desk_of(hub, pipedrive).pages


async def test_the_page_has_the_person_and_their_deal(hub: Hub, pages: CardPages) -> None:
    page = await hub.pumped(pages.html(ADA, ANN))

    assert "Ann Lee" in page
    assert "Pilot" in page


async def test_the_language_of_the_browser_is_that_of_the_page(hub: Hub, pages: CardPages) -> None:
    page = await hub.pumped(pages.html(ADA, ANN, accept="ar,en;q=0.5"))

    assert '<html lang="ar" dir="rtl">' in page


async def test_without_an_address_the_dashboard_is_shown(hub: Hub, pages: CardPages) -> None:
    page = await hub.pumped(pages.html(ADA, ""))

    assert "main" in page
    assert "Ann Lee" not in page


async def test_a_button_that_was_signed_for_somebody_else_shows_nobody(
    hub: Hub, pages: CardPages
) -> None:
    sign = await pages.keys.signer(user=BO.key)
    text = sign(Op(name="refresh", connection=1, address=ANN))
    page = await hub.pumped(pages.clicked(ADA, {"t": [text]}))

    assert "Ann Lee" not in page


async def test_a_button_of_ones_own_shows_its_card(hub: Hub, pages: CardPages) -> None:
    await hub.pumped(pages.html(ADA, ANN))
    sign = await pages.keys.signer(user=ADA.key)
    text = sign(Op(name="refresh", connection=1, address=ANN))
    page = await hub.pumped(pages.clicked(ADA, {"t": [text]}))

    assert "Ann Lee" in page

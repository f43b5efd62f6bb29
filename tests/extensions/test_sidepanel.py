"""The side panel in a real Chromium: the card of whoever sent the message that is open."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.extensions.conftest import ANN, HERE, House, run

pytestmark = [pytest.mark.npm, pytest.mark.process]

GMAIL = "https://mail.google.com/mail/u/0/"
OUTLOOK = "https://outlook.office.com/mail/"


Play = Callable[..., dict[str, Any]]


@pytest.fixture(scope="module")
def panel(
    house: House, node: str, packed: dict[str, Path], tmp_path_factory: pytest.TempPathFactory
) -> Play:
    """Play a story in a fresh browser."""

    def play(*steps: tuple[str, ...], page: str = "gmail", **more: Any) -> dict[str, Any]:
        story = {
            "extension": str(packed["chrome"]),
            "profile": str(tmp_path_factory.mktemp("profile")),
            "hub": house.url,
            "code": house.code(may_write=True),
            "mail": OUTLOOK if page == "outlook" else GMAIL,
            "html": (HERE / "pages" / f"{page}.html").read_text(encoding="utf-8"),
            "steps": steps,
        }
        return run(node, "panel.mjs", story | more)

    return play


@pytest.fixture(scope="module")
def gmail(panel: Play) -> dict[str, Any]:
    """What a browser says of a mail in Gmail, and of a button that was pressed then."""
    steps = (("see", "Ann Lee"), ("see", "Pilot"), ("press", "Move"), ("see", "Stage"))
    return panel(*steps)


def test_the_card_of_the_sender_appears_and_its_buttons_work(gmail: dict[str, Any]) -> None:
    assert (gmail["address"], gmail["complaints"]) == (ANN, [])


def test_the_address_stands_in_no_url(gmail: dict[str, Any]) -> None:
    assert [url for url in gmail["addresses"] if "ann" in url.lower()] == []


def test_axe_finds_nothing_in_panel_and_settings(gmail: dict[str, Any]) -> None:
    assert gmail["violations"] == {"options": [], "panel": []}


def test_the_card_appears_in_outlook(panel: Play) -> None:
    seen = panel(("see", "Ann Lee"), page="outlook")
    assert (seen["address"], seen["complaints"]) == (ANN, [])


def test_a_page_that_is_not_recognised_leaves_the_search_box(panel: Play) -> None:
    seen = panel(("say", "No message is open"), ("search", ANN), ("see", "Ann Lee"), page="nothing")
    assert seen["complaints"] == []


def test_a_panel_that_is_not_paired_says_so(panel: Play) -> None:
    seen = panel(("say", "Pair this panel with your hub."), code="")
    assert seen["complaints"] == []

"""Thunderbird's panel against a hub: the card of the author of the message that is displayed."""

from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest
from tests.extensions.conftest import ANN, House, run

pytestmark = [pytest.mark.npm, pytest.mark.process]

THUNDERBIRD = "moz-extension://7a1c2c6e-52a3-4a62-9b52-7f3a5f8f1c11"
FROM_ANN = {
    "author": "Ann Lee <Ann@Acme.example>",
    "recipients": ["Me <me@shop.example>"],
    "ccList": ["kim@acme.example"],
}
FROM_BO = {"author": "bo@nowhere.example", "recipients": [], "ccList": []}

Play = Callable[..., dict[str, Any]]


@pytest.fixture(scope="module")
def thunderbird(house: House, node: str, packed: dict[str, Path]) -> Play:
    """Play a story with these messages."""

    def play(*steps: tuple[str, ...], messages: list[Any]) -> dict[str, Any]:
        story = {
            "extension": str(packed["thunderbird"]),
            "hub": house.url,
            "token": house.paired(origin=THUNDERBIRD),
            "messages": messages,
            "steps": steps,
        }
        return run(node, "thunderbird.mjs", story)

    return play


def test_the_author_and_the_others_of_a_message_are_told_in_the_body(thunderbird: Play) -> None:
    seen = thunderbird(("see", "Ann Lee"), messages=[FROM_ANN])
    told = parse_qs(seen["sent"][-1]["body"])
    assert (told["email"], told["people"]) == ([ANN], ["me@shop.example,kim@acme.example"])
    assert (seen["address"], seen["complaints"]) == (ANN, [])
    assert [one["url"] for one in seen["sent"] if "acme" in one["url"].lower()] == []


def test_the_panel_follows_to_the_next_message(thunderbird: Play) -> None:
    steps = (("see", "Ann Lee"), ("next",), ("see", "No contact for bo@nowhere.example"))
    seen = thunderbird(*steps, messages=[FROM_ANN, FROM_BO])
    assert seen["address"] == "bo@nowhere.example"


def test_without_a_message_there_is_the_search_box(thunderbird: Play) -> None:
    seen = thunderbird(("say", "No message is open"), messages=[None])
    assert (seen["sent"], seen["complaints"]) == ([], [])

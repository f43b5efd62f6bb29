"""`dealwright card`."""

import pytest
from tests.cli.conftest import Account, Dealwright

from dealwright.cli.hub import Hub
from dealwright.store.cards import settings


@pytest.fixture
def acme(dealwright: Dealwright, account: Account) -> str:
    """A Connection to an account with Ada."""
    account.sandbox.put_state(
        {
            "organizations": [{"name": "Love Ltd"}],
            "persons": [{"name": "Ada Love", "emails": ["ada@love.example"], "org_id": 1}],
            "deals": [{"title": "A [bold] deal", "person_id": 1}],
        }
    )
    dealwright("connect", "--url", account.url, "--token", account.token, "--name", "acme")
    return "acme"


@pytest.mark.usefixtures("acme")
def test_the_card_is_shown_as_lines(dealwright: Dealwright) -> None:
    ran = dealwright("card", "ada@love.example")

    assert "Ada Love" in ran.out
    assert "A [bold] deal" in ran.out


@pytest.mark.usefixtures("acme")
def test_programs_get_the_card_itself(dealwright: Dealwright) -> None:
    (card,) = dealwright("card", "ADA@love.example", "--json").lines

    assert (card["address"], card["finding"]) == ("ada@love.example", "match")
    assert card["card"]["header"]["title"] == "Ada Love"


@pytest.mark.usefixtures("acme")
def test_nobody_is_said_to_be_nobody(dealwright: Dealwright) -> None:
    (card,) = dealwright("card", "zoe@love.example", "--json").lines

    assert card["finding"] == "no_match"


def test_a_section_is_left_out_and_shown_again(dealwright: Dealwright, acme: str) -> None:
    (off,) = dealwright("card", "settings", acme, "--off", "notes", "--json").lines
    (on,) = dealwright("card", "settings", acme, "--on", "notes", "--json").lines

    assert off["sections_off"] == ["notes"]
    assert on["sections_off"] == []


def test_what_is_forbidden_is_forbidden_until_it_is_allowed(
    dealwright: Dealwright, acme: str, hub: Hub
) -> None:
    dealwright("card", "settings", acme, "--forbid", "create")
    with hub.store.snapshot() as db:
        forbidden = settings(db, 1).writes_forbidden
    (allowed,) = dealwright("card", "settings", acme, "--allow", "create", "--json").lines

    assert forbidden == ("create",)
    assert allowed["writes_forbidden"] == []


def test_a_section_that_there_is_not_is_refused(dealwright: Dealwright, acme: str) -> None:
    ran = dealwright("card", "settings", acme, "--off", "horoscope")

    assert ran.code == 2
    assert "labels" in ran.err


@pytest.fixture
def ada(dealwright: Dealwright) -> str:
    """A user of the hub."""
    dealwright("users", "add", "ada@hub.example", "--role", "viewer")
    return "ada@hub.example"


@pytest.mark.usefixtures("acme")
def test_how_somebody_reads_cards_is_chosen_and_shown(dealwright: Dealwright, ada: str) -> None:
    zone = "Europe/Berlin"
    chosen = ("--locale", "de-DE", "--zone", zone, "--connection", "acme")
    dealwright("card", "reader", ada, *chosen)
    (told,) = dealwright("card", "reader", ada, "--json").lines

    assert told == {"reader": ada, "locale": "de-DE", "zone": zone, "connections": ["acme"]}


@pytest.mark.usefixtures("acme")
def test_every_connection_is_shown_again(dealwright: Dealwright, ada: str) -> None:
    dealwright("card", "reader", ada, "--connection", "acme")
    (told,) = dealwright("card", "reader", ada, "--all", "--json").lines

    assert told["connections"] is None


@pytest.mark.parametrize("option", [("--locale", "xx;"), ("--zone", "Mars/Olympus")])
def test_what_there_is_not_cannot_be_chosen(
    dealwright: Dealwright, ada: str, option: tuple[str, str]
) -> None:
    assert dealwright("card", "reader", ada, *option).code == 2


def test_nobody_is_told_to_be_nobody(dealwright: Dealwright) -> None:
    ran = dealwright("card", "reader", "zoe@hub.example")

    assert (ran.code, "Nobody signs in as zoe@hub.example" in ran.err) == (1, True)


def test_without_a_connection_it_says_how_to_make_one(dealwright: Dealwright) -> None:
    ran = dealwright("card", "ada@love.example")

    assert ran.code == 1
    assert "Make one: dealwright connect" in ran.err

"""`dealwright connections`."""

import pytest
from tests.cli.conftest import Account, Dealwright
from tests.cli.events import as_standard_input, identify


@pytest.fixture
def acme(dealwright: Dealwright, account: Account) -> str:
    """The name of a Connection."""
    ran = dealwright("connect", "--url", account.url, "--token", account.token, "--name", "acme")
    assert ran.code == 0, ran.err
    return "acme"


@pytest.fixture
def three_events(dealwright: Dealwright, monkeypatch: pytest.MonkeyPatch) -> None:
    """A log with three events in it."""
    dealwright("sources", "add", "website")
    as_standard_input(monkeypatch, identify("a"), identify("b"), identify("c"))
    assert dealwright("send", "-").code == 0


@pytest.mark.usefixtures("three_events")
@pytest.mark.parametrize(
    ("start", "position"),
    [((), 3), (("--from", "beginning"), 0), (("--from", "2"), 1), (("--from", "4"), 3)],
)
def test_switching_on_begins_where_one_says(
    dealwright: Dealwright, acme: str, start: tuple[str, ...], position: int
) -> None:
    ran = dealwright("connections", "on", acme, *start, "--json")

    assert ran.lines[0]["position"] == position


@pytest.mark.usefixtures("three_events")
def test_switching_on_can_go_on_where_it_stopped(dealwright: Dealwright, acme: str) -> None:
    dealwright("connections", "on", acme, "--from", "2")
    dealwright("connections", "off", acme)

    assert (
        dealwright("connections", "on", acme, "--from", "last", "--json").lines[0]["position"] == 1
    )


def test_a_start_that_is_no_event_is_refused(dealwright: Dealwright, acme: str) -> None:
    ran = dealwright("connections", "on", acme, "--from", "yesterday")

    assert (ran.code, "give now, beginning, last" in ran.err) == (1, True)


def test_switching_off_is_shown(dealwright: Dealwright, acme: str) -> None:
    dealwright("connections", "on", acme)
    dealwright("connections", "off", acme)

    assert dealwright("connections", "list", "--json").lines[0]["delivering"] is False


def test_a_connection_listens_to_the_sources_one_names(dealwright: Dealwright, acme: str) -> None:
    dealwright("sources", "add", "website")
    dealwright("sources", "add", "shop")
    dealwright("connections", "listen", acme, "shop")

    assert dealwright("connections", "list", "--json").lines[0]["listens_to"] == "shop"


def test_a_connection_listens_to_all_when_none_is_named(dealwright: Dealwright, acme: str) -> None:
    dealwright("sources", "add", "shop")
    dealwright("connections", "listen", acme, "shop")
    dealwright("connections", "listen", acme)

    assert dealwright("connections", "list", "--json").lines[0]["listens_to"] == "all"


def test_an_unknown_connection_is_said(dealwright: Dealwright) -> None:
    ran = dealwright("connections", "on", "nobody")

    assert (ran.code, "[not_found]" in ran.err) == (1, True)


def test_the_table_names_company_and_state(dealwright: Dealwright, acme: str) -> None:
    table = dealwright("connections", "list").out

    assert [word in table for word in (acme, "ok", "off", "all")] == [True] * 4

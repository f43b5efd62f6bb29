"""`dealwright mirror`."""

import asyncio

import pytest
from tests.cli.conftest import Account, Dealwright

from dealwright.cli.hub import Hub
from dealwright.core.record import RecordKind
from dealwright.store.budget import spend
from dealwright.store.crawls import want_crawl
from dealwright.store.ledger import spent
from dealwright.store.mirror import state


@pytest.fixture
def acme(dealwright: Dealwright, account: Account) -> str:
    """The name of a Connection to an account with 600 people."""
    people = [{"name": f"P{n}", "emails": [f"p{n}@x.example"]} for n in range(1, 601)]
    account.sandbox.put_state({"persons": people})
    ran = dealwright("connect", "--url", account.url, "--token", account.token, "--name", "acme")
    assert ran.code == 0, ran.err
    return "acme"


def test_the_price_is_told_before_a_crawl(dealwright: Dealwright, acme: str) -> None:
    ran = dealwright("mirror", "crawl", acme, "--kind", "person", "--kind", "lead")

    assert "10 for each 500 persons, 20 for each 500 leads" in ran.out


def test_a_crawl_reads_everything_and_says_what_it_cost(dealwright: Dealwright, acme: str) -> None:
    ran = dealwright("mirror", "crawl", acme, "--kind", "person", "--yes", "--json")

    assert ran.lines == [{"connection": "acme", "records": 600, "tokens": 20, "left_out": {}}]


def test_a_crawl_of_nothing_named_reads_the_usual_kinds(dealwright: Dealwright, acme: str) -> None:
    dealwright("mirror", "crawl", acme, "--json")

    kinds = [line["kind"] for line in dealwright("mirror", "status", "--json").lines]
    assert kinds == ["person", "organization", "deal", "activity"]


def test_a_crawl_goes_on_where_one_was_broken_off(
    dealwright: Dealwright, acme: str, account: Account
) -> None:
    account.sandbox.add_fault(path="/api/v2/persons", status=503, times=1, skip=1)
    failed = dealwright("mirror", "crawl", acme, "--kind", "person", "--json")
    ran = dealwright("mirror", "crawl", acme, "--kind", "person", "--json")

    assert failed.code == 1
    assert ran.lines[0]["records"] == 100


def test_a_crawl_takes_nothing_of_what_is_kept_for_people(
    dealwright: Dealwright, acme: str, account: Account, hub: Hub
) -> None:
    day = {"purpose": "events", "tokens": 25_000, "calls": 1}
    asyncio.run(hub.write(lambda db: spend(db, 1, at_ms=hub.now_ms(), **day)))
    before = len(account.sandbox.calls)
    ran = dealwright("mirror", "crawl", acme, "--kind", "person", "--json")

    assert (ran.code, len(account.sandbox.calls)) == (1, before)


def test_what_a_crawl_has_cost_stands_in_the_ledger(
    dealwright: Dealwright, acme: str, hub: Hub
) -> None:
    dealwright("mirror", "crawl", acme, "--kind", "person", "--json")
    day = hub.clock.now().strftime("%Y-%m-%d")
    lines = asyncio.run(hub.read(lambda db: spent(db, 1, day=day)))

    assert [line.tokens for line in lines if line.purpose == "crawl"] == [20]


def test_status_says_what_is_known(dealwright: Dealwright, acme: str) -> None:
    dealwright("mirror", "crawl", acme, "--kind", "person", "--json")
    (line,) = dealwright("mirror", "status", "--json").lines

    assert (line["records"], line["state"]) == (600, "complete")


@pytest.mark.usefixtures("acme")
def test_status_says_what_to_do_without_a_mirror(dealwright: Dealwright) -> None:
    assert "dealwright mirror crawl" in dealwright("mirror", "status").out


@pytest.mark.parametrize("what", ["p7@x.example", "P7", "7"])
def test_somebody_is_shown_by_address_name_or_id(
    dealwright: Dealwright, acme: str, what: str
) -> None:
    dealwright("mirror", "crawl", acme, "--kind", "person", "--json")
    (line,) = dealwright("mirror", "show", acme, what, "--json").lines

    assert line["record"]["emails"][0]["value"] == "p7@x.example"


def test_who_is_not_known_is_not_shown(dealwright: Dealwright, acme: str) -> None:
    ran = dealwright("mirror", "show", acme, "nobody@x.example")

    assert (ran.code, "The mirror knows no such person." in ran.out) == (0, True)


def test_a_wiped_mirror_is_empty(dealwright: Dealwright, acme: str) -> None:
    dealwright("mirror", "crawl", acme, "--kind", "person", "--json")
    dealwright("mirror", "wipe", acme, "--yes")

    assert dealwright("mirror", "status", "--json").lines == []


def test_a_crawl_that_was_stopped_is_not_gone_on_with(
    dealwright: Dealwright, acme: str, hub: Hub
) -> None:
    asyncio.run(
        hub.write(lambda db: want_crawl(db, 1, kinds=[RecordKind.PERSON], now_ms=hub.now_ms()))
    )
    dealwright("mirror", "stop", acme)

    assert dealwright("mirror", "status", "--json").lines == []


@pytest.mark.parametrize(
    ("flags", "kinds"), [((), 4), (("--no-mirror",), 0)], ids=["as a rule", "unless told not to"]
)
def test_switching_events_on_has_the_mirror_filled(
    dealwright: Dealwright, acme: str, hub: Hub, flags: tuple[str, ...], kinds: int
) -> None:
    dealwright("connections", "on", acme, *flags)

    assert len(asyncio.run(hub.read(lambda db: state(db, 1)))) == kinds

"""`dealwright undo`: told before it is done, begun on yes, listed."""

import asyncio

import pytest
from tests.cli.conftest import Account, Dealwright

from dealwright.cli.hub import Hub
from dealwright.core.record import RecordKind
from dealwright.store.journal import Act, NewEntry, enter

NAMED = NewEntry(
    act=Act.UPDATE,
    kind=RecordKind.PERSON,
    record_id=7,
    after={"name": "Ada Keller"},
    before={"name": "Ada"},
)
MADE = NewEntry(act=Act.CREATE, kind=RecordKind.DEAL, record_id=3, after={"title": "Team"})


@pytest.fixture(autouse=True)
def journal(dealwright: Dealwright, account: Account, hub: Hub) -> None:
    """A Connection, and what two Deliveries wrote there."""
    ran = dealwright("connect", "--url", account.url, "--token", account.token, "--name", "acme")
    assert ran.code == 0, ran.err
    asyncio.run(hub.write(lambda db: enter(db, 1, NAMED, delivery_id=5, now_ms=5_000)))
    asyncio.run(hub.write(lambda db: enter(db, 1, MADE, delivery_id=6, now_ms=90_000)))


def test_what_would_be_put_back_is_told_and_nothing_is_done(dealwright: Dealwright) -> None:
    ran = dealwright("undo", "5", "--dry-run", "--json")
    assert ran.lines == [
        {"record": "person:7", "field": "name", "now": "Ada Keller", "then": "Ada"},
        {"records": 1, "left": 0, "tokens": 6},
    ]
    assert dealwright("undo", "list", "--json").lines == []


def test_people_read_it_in_a_table_with_its_price(dealwright: Dealwright) -> None:
    ran = dealwright("undo", "--since", "1970-01-01", "--connection", "acme", "--dry-run")
    assert "Ada Keller" in ran.out
    assert "created_kept" in ran.out
    assert "at most 6 API tokens" in ran.out


def test_an_undo_is_begun_on_yes_and_shown(dealwright: Dealwright) -> None:
    ran = dealwright("undo", "--record", "person:7", "--yes", "--json")
    (listed,) = dealwright("undo", "list", "--json").lines
    (shown,) = dealwright("undo", "show", "1", "--json").lines
    assert (ran.code, ran.lines[-1]) == (0, {"id": 1})
    assert (listed["summary"], listed["states"]) == ("person 7", "1 queued")
    assert shown["state"] == "queued"


def test_without_a_yes_nothing_is_begun(dealwright: Dealwright) -> None:
    ran = dealwright("undo", "5")
    assert (ran.code, dealwright("undo", "list", "--json").lines) != (0, [{}])
    assert "Nothing was undone" in ran.err


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ((), "Say what is to be undone"),
        (("--mapping", "three"), "expected a number such as 3"),
        (("--record", "42"), "such as person:42"),
        (("--since", "yesterday"), "is no time"),
        (("show", "9"), "There is no undo 9"),
    ],
)
def test_what_is_not_understood_is_said(
    dealwright: Dealwright, arguments: tuple[str, ...], sentence: str
) -> None:
    ran = dealwright("undo", *arguments)
    assert ran.code != 0
    assert sentence in ran.err.replace("\n", " ")


def test_a_mapping_and_a_time_narrow_what_is_undone(dealwright: Dealwright) -> None:
    ran = dealwright("undo", "--mapping", "1@1", "--until", "1970-01-02", "--dry-run", "--json")
    assert ran.lines == [{"records": 0, "left": 0, "tokens": 0}]

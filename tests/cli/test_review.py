"""`dealwright review`."""

import asyncio

import pytest
import sqlalchemy as sa
from tests.cli.conftest import Account, Dealwright

from dealwright.cli.hub import Hub
from dealwright.core.question import Asks, Question
from dealwright.store.deliveries import NewDelivery, add_deliveries
from dealwright.store.review_questions import Asked, ask

ADA = Question(
    asks=Asks.RECORD,
    kind="person",
    key="email=ada@kiln.example",
    shown="ada@kiln.example",
    role="person",
    candidates=(42, 43),
)


@pytest.fixture
def waiting(dealwright: Dealwright, account: Account, hub: Hub) -> None:
    """Two Deliveries that wait for whose Ada's address is."""
    ran = dealwright("connect", "--url", account.url, "--token", account.token, "--name", "acme")
    assert ran.code == 0, ran.err
    asyncio.run(hub.write(_put))


def _put(db: sa.Connection) -> None:
    new = NewDelivery(1, 1, 1, 1, 7, "person:u1", "held", "needs_choice", "2 records fit.", 5)
    add_deliveries(db, [new, new._replace(event_seq=8)])
    ask(db, [1, 2], connection_id=1, code="needs_choice", asked=[Asked(0, ADA)])


pytestmark = pytest.mark.usefixtures("waiting")


def test_what_waits_is_listed_newest_first(dealwright: Dealwright) -> None:
    found = dealwright("review", "--json").lines
    assert [(one["id"], one["waiting"]) for one in found] == [("delivery-2", 2), ("delivery-1", 2)]


def test_how_much_waits_is_said(dealwright: Dealwright) -> None:
    assert "In all: 2 needs_choice." in dealwright("review").out


def test_one_is_shown_with_all_that_may_be_decided(dealwright: Dealwright) -> None:
    ran = dealwright("review", "delivery-1")
    assert "Which of 2 is the person with ada@kiln.example?" in ran.out
    assert "It is person 43, also for 1 more that wait for it." in ran.out


def test_a_choice_takes_the_others_along(dealwright: Dealwright) -> None:
    ran = dealwright("review", "choose", "delivery-1", "42")
    assert "delivery-1 is decided. 1 other went along." in ran.out
    assert "Nothing waits for a person." in dealwright("review").out


def test_a_choice_can_be_for_one_alone(dealwright: Dealwright) -> None:
    dealwright("review", "choose", "delivery-1", "42", "--only-this")
    assert [one["id"] for one in dealwright("review", "--json").lines] == ["delivery-2"]


def test_what_was_taught_is_listed_and_taken_back(dealwright: Dealwright) -> None:
    dealwright("review", "teach", "delivery-1", "42")
    (one,) = dealwright("review", "taught", "--json").lines
    gone = dealwright("review", "forget", str(one["id"]))

    assert (one["shown"], one["value"], one["by"]) == ("ada@kiln.example", "42", "cli")
    assert "ada@kiln.example is looked for as before" in gone.out
    assert "Nothing was taught yet." in dealwright("review", "taught").out


def test_a_rule_is_taught_without_being_asked(dealwright: Dealwright) -> None:
    ran = dealwright("review", "rule", "acme", "email", "ADA@kiln.example", "42")
    assert "is person 42 from now on (teaching 1)" in ran.out
    assert "Nothing waits for a person." in dealwright("review").out


def test_skipping_needs_a_reason(dealwright: Dealwright) -> None:
    assert dealwright("review", "skip", "delivery-1").code == 2
    assert dealwright("review", "skip", "delivery-1", "--reason", "a test").code == 0


def test_who_comes_second_is_told_so(dealwright: Dealwright) -> None:
    dealwright("review", "skip", "delivery-1", "--reason", "a test")
    ran = dealwright("review", "retry", "delivery-1")
    assert (ran.code, "cli has already decided delivery-1 (skip" in ran.err) == (1, True)


def test_many_are_not_decided_unasked(dealwright: Dealwright) -> None:
    ran = dealwright("review", "bulk", "retry", "--code", "needs_choice")
    assert (ran.code, "add --yes" in ran.err) == (1, True)


def test_many_are_decided_at_once(dealwright: Dealwright) -> None:
    ran = dealwright("review", "bulk", "retry", "--code", "needs_choice", "--yes", "--json")
    (told,) = ran.lines
    assert (told["meant"], told["decided"]) == (2, 2)


def test_which_many_has_to_be_said(dealwright: Dealwright) -> None:
    assert "their ids, or a filter" in dealwright("review", "bulk", "retry", "--yes").err


@pytest.mark.parametrize("action", ["create", "leave-out", "option"])
def test_what_does_not_fit_an_item_is_refused_with_what_does(
    dealwright: Dealwright, action: str
) -> None:
    ran = dealwright("review", action, "delivery-99")
    assert (ran.code, "delivery-99 does not wait" in ran.err) == (1, True)

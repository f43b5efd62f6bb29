"""`dealwright duplicates`: found, shown with what a merge loses, merged on yes, told apart."""

import asyncio

import pytest
from tests.cli.conftest import Account, Dealwright
from tests.duplicates import ada_twice, put_people

from dealwright.cli.hub import Hub


@pytest.fixture(autouse=True)
def mirror(dealwright: Dealwright, account: Account, hub: Hub) -> None:
    """A Connection whose mirror has Ada twice, and what a look finds there."""
    ran = dealwright("connect", "--url", account.url, "--token", account.token, "--name", "acme")
    assert ran.code == 0, ran.err
    asyncio.run(hub.write(lambda db: put_people(db, 1, ada_twice())))
    ran = dealwright("duplicates", "find", "acme", "--json")
    assert ran.lines == [{"connection": "acme", "kind": "person", "records": 3, "groups": 1}]


def test_what_is_likely_one_is_listed_with_why_and_the_price(dealwright: Dealwright) -> None:
    (listed,) = dealwright("duplicates", "list", "--json").lines
    assert (listed["records"], listed["why"], listed["tokens"]) == (
        "1, 2",
        "same e-mail address",
        42,
    )


def test_people_read_what_a_merge_loses(dealwright: Dealwright) -> None:
    ran = dealwright("duplicates", "show", "1", "--into", "1")
    assert "same e-mail address" in ran.out
    assert "1 value lost" in ran.out
    assert "42 API tokens" in ran.out


def test_a_dry_run_begins_nothing(dealwright: Dealwright) -> None:
    ran = dealwright("duplicates", "merge", "1", "--into", "2", "--dry-run", "--json")
    assert (ran.lines[-1]["into"], ran.lines[-1]["going"]) == (2, [1])
    assert dealwright("duplicates", "merges", "--json").lines == []


def test_a_merge_is_begun_on_yes_and_shown(dealwright: Dealwright) -> None:
    ran = dealwright("duplicates", "merge", "1", "--into", "2", "--yes", "--json")
    (listed,) = dealwright("duplicates", "merges", "--json").lines
    assert (ran.code, ran.lines[-1]) == (0, {"id": 1})
    assert (listed["summary"], listed["states"]) == ("person 1 into 2", "1 queued")


def test_without_a_yes_nothing_is_begun(dealwright: Dealwright) -> None:
    ran = dealwright("duplicates", "merge", "1")
    assert ran.code != 0
    assert "add --yes" in ran.err
    assert dealwright("duplicates", "merges", "--json").lines == []


def test_what_is_not_the_same_is_found_no_more(dealwright: Dealwright) -> None:
    ran = dealwright("duplicates", "not-same", "1", "--json")
    dealwright("duplicates", "find", "acme")
    assert ran.lines == [{"pairs": 1}]
    assert dealwright("duplicates", "list", "--json").lines == []


def test_nothing_was_prevented_where_nothing_came(dealwright: Dealwright) -> None:
    ran = dealwright("duplicates", "prevented")
    assert "None in these weeks" in ran.out
    assert "Duplicates prevented: events of somebody new" in ran.out.replace("\n", " ")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("show", "9"), "There are no duplicates 9"),
        (("merge", "1", "--into", "3", "--yes"), "3 is none of duplicates 1"),
        (("find", "nobody"), "nobody"),
    ],
)
def test_what_is_not_understood_is_said(
    dealwright: Dealwright, arguments: tuple[str, ...], sentence: str
) -> None:
    ran = dealwright("duplicates", *arguments)
    assert ran.code != 0
    assert sentence in ran.err.replace("\n", " ")

"""`dealwright replay`: what it would cost, beginning one, and what becomes of it."""

import asyncio

import pytest
from tests.cli.conftest import Account, Dealwright
from tests.cli.events import identify

from dealwright.cli.hub import Hub
from dealwright.store.append import Appender, EventRow

DAY_MS = 86_400_000


@pytest.fixture(autouse=True)
def log(dealwright: Dealwright, account: Account, hub: Hub) -> None:
    """A Connection with the presets, and twenty Events of ten people, one a day."""
    ran = dealwright("connect", "--url", account.url, "--token", account.token, "--name", "acme")
    assert ran.code == 0, ran.err
    dealwright("sources", "add", "shop")
    rows = [
        EventRow(1, n * DAY_MS, None, f"m-{n}", identify(f"u-{n % 10}").encode(), None)
        for n in range(20)
    ]
    asyncio.run(appended(hub, rows))


async def appended(hub: Hub, rows: list[EventRow]) -> None:
    appender = Appender(hub.store)
    await appender.append(rows)
    await appender.close()


@pytest.fixture
def person(dealwright: Dealwright) -> str:
    """The number of the Mapping for people."""
    found = dealwright("mappings", "list", "--json").lines
    (number,) = [str(one["id"]) for one in found if one["action"] == "upsert_person"]
    return number


def test_the_price_is_told_before_anything_is_done(dealwright: Dealwright, person: str) -> None:
    ran = dealwright("replay", "--from", "1", "--mapping", person, "--dry-run", "--json")

    assert ran.lines == [
        {
            "events": 20,
            "matching": 20,
            "failing": 0,
            "records": 10,
            "worst_tokens": 20 * (20 + 1 + 5),
            "likely_tokens": 10 * 5,
            "sampled": False,
            "from": 1,
            "to": 20,
        }
    ]
    assert dealwright("replay", "list", "--json").lines == []


@pytest.mark.parametrize(
    ("start", "end", "events"),
    [
        ("3", "5", (3, 5)),
        ("1970-01-03T00:00:00Z", "1970-01-05", (3, 4)),
        ("1970-01-03T01:00:00+01:00", "1970-01-04T00:00:01", (3, 4)),
        ("1970-01-19T12:00:00Z", "99", (20, 20)),
    ],
)
def test_a_range_is_given_by_numbers_or_by_times(
    dealwright: Dealwright, person: str, start: str, end: str, events: tuple[int, int]
) -> None:
    ran = dealwright(
        *("replay", "--from", start, "--to", end),
        *("--mapping", person, "--dry-run", "--json"),
    )

    assert (ran.lines[0]["from"], ran.lines[0]["to"]) == events
    assert ran.lines[0]["events"] == events[1] - events[0] + 1


def test_a_replay_begins_only_with_a_yes(dealwright: Dealwright, person: str) -> None:
    ran = dealwright("replay", "--from", "1", "--mapping", person)

    assert ran.code == 1
    assert "--yes" in ran.err
    assert dealwright("replay", "list", "--json").lines == []


def test_a_replay_is_listed_paused_resumed_and_cancelled(
    dealwright: Dealwright, person: str
) -> None:
    dealwright("replay", "--from", "2", "--to", "9", "--mapping", person, "--yes")
    states = [
        dealwright("replay", verb, "1", "--json").lines[0]["state"]
        for verb in ("pause", "resume", "cancel")
    ]
    (listed,) = dealwright("replay", "list", "--json").lines

    assert states == ["paused", "running", "cancelled"]
    assert (listed["from_seq"], listed["to_seq"], listed["state"]) == (2, 9, "cancelled")


def test_a_replay_that_is_over_stays_over(dealwright: Dealwright, person: str) -> None:
    dealwright("replay", "--from", "2", "--mapping", person, "--yes")
    dealwright("replay", "cancel", "1")
    ran = dealwright("replay", "resume", "1")

    assert (ran.code, "is cancelled" in ran.err) == (1, True)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--from", "yesterday"), "neither an event's number nor a time"),
        (("--from", "1", "--version", "9"), "version"),
        ((), "--from and --mapping"),
    ],
)
def test_what_cannot_be_replayed_is_said(
    dealwright: Dealwright, person: str, arguments: tuple[str, ...], said: str
) -> None:
    ran = dealwright("replay", *arguments, *(("--mapping", person) if arguments else ("--yes",)))

    assert ran.code == 1
    assert said in ran.err

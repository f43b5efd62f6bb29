"""`dealwright mappings dry-run`: what would be done, on one screen and for programs."""

import asyncio
import csv
import io
from pathlib import Path

import msgspec
import pytest
from tests.cli.conftest import Account, Dealwright
from tests.cli.events import identify

from dealwright.cli.hub import Hub
from dealwright.store.append import Appender, EventRow

FILE = {
    "name": "People",
    "action": "upsert_person",
    "trigger": 'type = "identify"',
    "fields": {"match_value": {"@path": "$.userId"}, "name": {"@path": "$.userId"}},
}


@pytest.fixture(autouse=True)
def log(dealwright: Dealwright, account: Account, hub: Hub) -> None:
    """A Connection with the presets, and four Events of two people."""
    ran = dealwright("connect", "--url", account.url, "--token", account.token, "--name", "acme")
    assert ran.code == 0, ran.err
    dealwright("sources", "add", "shop")
    rows = [EventRow(1, n, None, f"m-{n}", identify(f"u-{n % 2}").encode(), None) for n in range(4)]
    asyncio.run(appended(hub, rows))


async def appended(hub: Hub, rows: list[EventRow]) -> None:
    appender = Appender(hub.store)
    await appender.append(rows)
    await appender.close()


@pytest.fixture
def file(tmp_path: Path) -> str:
    """A Mapping that nobody has added."""
    path = tmp_path / "people.json"
    path.write_bytes(msgspec.json.encode(FILE))
    return str(path)


def test_a_file_is_tried_before_it_is_added(
    dealwright: Dealwright, account: Account, file: str
) -> None:
    asked = len(account.sandbox.calls)
    ran = dealwright("mappings", "dry-run", file)

    assert "new person 1" in ran.out
    assert "4 events, 2 outcomes: 2 created." in ran.out
    assert "10 API tokens" in ran.out
    assert len(account.sandbox.calls) == asked


def test_programs_get_a_line_for_each_write_and_the_figures(
    dealwright: Dealwright, file: str
) -> None:
    *results, last = dealwright("mappings", "dry-run", file, "--json").lines

    assert [one["events"] for one in results] == [[1, 3], [2, 4]]
    assert last["summary"]["outcomes"]["create"] == 2


def test_a_table_is_made_for_a_spreadsheet(dealwright: Dealwright, file: str) -> None:
    ran = dealwright("mappings", "dry-run", file, "--last", "1", "--csv")
    (row,) = csv.DictReader(io.StringIO(ran.out))

    assert (row["outcome"], row["field"], row["after"]) == ("create", "Name", "u-1")


def test_a_version_is_named_with_an_at(dealwright: Dealwright, file: str) -> None:
    added = dealwright("mappings", "add", file, "--json").lines[0]
    ran = dealwright(
        "mappings", "dry-run", f"{added['id']}@1", "--from", "2", "--to", "3", "--json"
    )
    missing = dealwright("mappings", "dry-run", f"{added['id']}@7")

    assert ran.lines[-1]["summary"]["events"] == 2
    assert "in version 7" in missing.err


def test_events_of_a_file_are_taken_as_if_they_came_now(
    dealwright: Dealwright, file: str, tmp_path: Path
) -> None:
    events = tmp_path / "new.jsonl"
    events.write_text(identify("u-9") + "\n" + identify("u-8") + "\n")
    ran = dealwright("mappings", "dry-run", file, "--events", str(events), "--json")

    assert [one["record"] for one in ran.lines[:-1]] == ["new person 1", "new person 2"]


def test_a_file_with_faults_is_refused_with_their_paths(
    dealwright: Dealwright, tmp_path: Path
) -> None:
    path = tmp_path / "faulty.json"
    path.write_bytes(msgspec.json.encode({**FILE, "fields": {"nmae": "Ada"}}))
    ran = dealwright("mappings", "dry-run", str(path))

    assert ran.code == 1
    assert "/nmae" in ran.err
    assert "/match_value" in ran.err


def test_verifying_needs_a_yes(dealwright: Dealwright, account: Account, file: str) -> None:
    asked = len(account.sandbox.calls)
    ran = dealwright("mappings", "dry-run", file, "--verify")

    assert (ran.code, "--yes" in ran.err) == (1, True)
    assert len(account.sandbox.calls) == asked


def test_what_was_verified_has_cost_something(
    dealwright: Dealwright, account: Account, tmp_path: Path
) -> None:
    path = tmp_path / "named.json"
    fields = {**FILE["fields"], "match_field": "name"}
    path.write_bytes(msgspec.json.encode({**FILE, "fields": fields}))
    before = len(account.sandbox.calls)
    ran = dealwright("mappings", "dry-run", str(path), "--verify", "--yes", "--json")
    asked = account.sandbox.calls[before:]

    assert {call.method for call in asked} == {"GET"}
    assert ran.lines[-1]["summary"]["spent"] == sum(call.cost for call in asked) > 0
    assert ran.lines[-1]["summary"]["outcomes"]["create"] == 2

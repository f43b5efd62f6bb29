"""`dealwright import segment`."""

import json
from pathlib import Path

import pytest
from tests.cli.conftest import Account, Dealwright
from tests.cli.events import as_standard_input

FILES = Path(__file__).parents[1] / "cases" / "imports" / "segment"
EXPORT = (str(FILES / "destination.json"), str(FILES / "subscriptions.json"))


def imported(dealwright: Dealwright, account: Account, *more: str) -> list[dict[str, object]]:
    where = ("--url", account.url, "--token", account.token)
    ran = dealwright("import", "segment", *EXPORT, *where, *more, "--json")
    assert ran.code == 0, ran.err
    return ran.lines


def test_an_import_makes_a_connection_and_mappings(
    dealwright: Dealwright, account: Account
) -> None:
    last = imported(dealwright, account)[-1]

    assert (last["made"], last["lost"]) == (["Persons", "Companies"], ["Never fired", "Slack"])


def test_mappings_are_enabled_as_they_were(dealwright: Dealwright, account: Account) -> None:
    imported(dealwright, account)

    rows = dealwright("mappings", "list", "--json").lines
    assert [(row["name"], row["enabled"]) for row in rows] == [
        ("Persons", True),
        ("Companies", False),
    ]


def test_nothing_is_written_before_it_is_switched_on(
    dealwright: Dealwright, account: Account
) -> None:
    imported(dealwright, account)

    (row,) = dealwright("connections", "list", "--json").lines
    assert row["delivering"] is False


def test_a_match_field_that_the_account_lacks_is_told(
    dealwright: Dealwright, account: Account
) -> None:
    lines = imported(dealwright, account)

    assert [line["place"] for line in lines if line.get("place") == "personField"] == [
        "personField"
    ]


def test_done_twice_nothing_is_there_twice(dealwright: Dealwright, account: Account) -> None:
    imported(dealwright, account)
    last = imported(dealwright, account)[-1]

    assert (last["made"], last["there"]) == ([], ["Persons", "Companies"])


def test_a_dry_run_reports_and_makes_nothing(dealwright: Dealwright) -> None:
    ran = dealwright("import", "segment", *EXPORT, "--dry-run")

    made = dealwright("connections", "list", "--json").lines
    assert (ran.code, "single quotes" in ran.out, made) == (0, True, [])


def test_a_masked_token_is_asked_for(
    dealwright: Dealwright, monkeypatch: pytest.MonkeyPatch
) -> None:
    as_standard_input(monkeypatch)

    ran = dealwright("import", "segment", *EXPORT)
    assert (ran.code, "masks the API token" in ran.err) == (1, True)


def test_an_export_without_a_domain_says_so(dealwright: Dealwright, tmp_path: Path) -> None:
    path = tmp_path / "export.json"
    path.write_text(json.dumps({"metadata": {"slug": "actions-pipedrive"}, "settings": {}}))

    ran = dealwright("import", "segment", str(path), "--token", "x")
    assert (ran.code, "--domain" in ran.err) == (1, True)


def test_a_file_that_is_no_export_says_what_is_wanted(
    dealwright: Dealwright, tmp_path: Path
) -> None:
    path = tmp_path / "export.json"
    path.write_text("{}")

    ran = dealwright("import", "segment", str(path), "--dry-run")
    assert (ran.code, "[invalid_export]" in ran.err) == (1, True)


def test_what_was_lost_can_be_kept_in_a_file(dealwright: Dealwright, tmp_path: Path) -> None:
    path = tmp_path / "lost.json"
    dealwright("import", "segment", *EXPORT, "--dry-run", "--lost", str(path))

    assert [one["name"] for one in json.loads(path.read_text())] == ["Never fired", "Slack"]

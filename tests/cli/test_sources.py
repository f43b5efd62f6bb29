"""`dealwright sources`."""

from pathlib import Path

import pytest
from tests.cli.conftest import Dealwright


def test_a_new_source_prints_its_write_key(dealwright: Dealwright) -> None:
    ran = dealwright("sources", "add", "website", "--json")

    assert len(ran.lines[0]["write_key"]) == 32


def test_the_write_key_is_stored_as_a_hash_only(dealwright: Dealwright, data: Path) -> None:
    key = dealwright("sources", "add", "website", "--json").lines[0]["write_key"]

    stored = b"".join(path.read_bytes() for path in data.rglob("*") if path.is_file())
    assert key.encode() not in stored


def test_sources_are_listed_without_their_keys(dealwright: Dealwright) -> None:
    key = dealwright("sources", "add", "website", "--json").lines[0]["write_key"]

    ran = dealwright("sources", "list")
    assert ("website" in ran.out, key in ran.out) == (True, False)


def test_a_name_is_taken_once(dealwright: Dealwright) -> None:
    dealwright("sources", "add", "website")

    ran = dealwright("sources", "add", "website")
    assert (ran.code, "[name_taken]" in ran.err) == (1, True)


def test_a_name_is_no_markup(dealwright: Dealwright) -> None:
    assert "[bold]x[/bold]" in dealwright("sources", "add", "[bold]x[/bold]").out


def test_a_source_without_a_name_is_refused(dealwright: Dealwright) -> None:
    assert dealwright("sources", "add", " ").code == 1


def test_a_new_source_says_where_to_send(dealwright: Dealwright) -> None:
    assert "http://127.0.0.1:8787/v1/identify" in dealwright("sources", "add", "website").out


def test_a_source_of_standard_webhooks_has_a_secret_and_an_address(dealwright: Dealwright) -> None:
    (made,) = dealwright("sources", "add", "billing", "--kind", "standard-webhooks", "--json").lines

    assert made["secret"].startswith("whsec_")
    assert made["url"] == "http://127.0.0.1:8787/hooks/events/standard-webhooks/1"


def test_a_secret_is_stored_sealed_only(dealwright: Dealwright, data: Path) -> None:
    (made,) = dealwright("sources", "add", "billing", "--kind", "standard-webhooks", "--json").lines

    stored = b"".join(path.read_bytes() for path in data.rglob("*") if path.is_file())
    assert made["secret"].encode() not in stored


def test_a_secret_that_the_sender_has_chosen_is_not_shown(
    dealwright: Dealwright, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WEBHOOK_SECRET", f"whsec_{'c2Vj' * 12}")

    ran = dealwright("sources", "add", "billing", "--kind", "standard-webhooks")
    assert (ran.code, "whsec_" in ran.out) == (0, False)


def test_a_secret_that_is_none_is_refused_and_no_source_is_made(
    dealwright: Dealwright, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WEBHOOK_SECRET", "whsec_short")

    ran = dealwright("sources", "add", "billing", "--kind", "standard-webhooks")
    listed = dealwright("sources", "list", "--json").lines
    assert ("[invalid_secret]" in ran.err, listed) == (True, [])


def test_a_source_of_cloudevents_says_where_to_send_them(dealwright: Dealwright) -> None:
    ran = dealwright("sources", "add", "warehouse", "--kind", "cloudevents")

    assert "http://127.0.0.1:8787/hooks/events/cloudevents" in ran.out

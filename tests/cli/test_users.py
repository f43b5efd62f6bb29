"""`dealwright users` and `dealwright audit`."""

from pathlib import Path

import pytest
from tests.cli.conftest import Dealwright

ADA = "ada@hub.example"


def link_in(text: str) -> str:
    return next(word for word in text.split() if "/auth/set-up#" in word)


def test_the_first_link_is_for_the_hubs_own_address(dealwright: Dealwright) -> None:
    ran = dealwright("users", "setup-link", "--json")

    assert ran.lines[0]["link"].startswith("http://localhost:8787/auth/set-up#")


def test_links_name_the_public_address(
    dealwright: Dealwright, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DEALWRIGHT_PUBLIC_URL", "https://hub.example")

    ran = dealwright("users", "setup-link")
    assert link_in(ran.out).startswith("https://hub.example/auth/set-up#")


def test_of_a_link_only_the_hash_is_stored(dealwright: Dealwright, data: Path) -> None:
    token = link_in(dealwright("users", "setup-link").out).partition("#")[2]

    stored = b"".join(path.read_bytes() for path in data.rglob("*") if path.is_file())
    assert token.encode() not in stored


def test_there_is_no_first_owner_where_somebody_is_already(dealwright: Dealwright) -> None:
    dealwright("users", "add", ADA, "--role", "viewer")

    ran = dealwright("users", "setup-link")
    assert (ran.code, "[set_up_already]" in ran.err) == (1, True)


def test_whoever_is_added_gets_a_link(dealwright: Dealwright) -> None:
    ran = dealwright("users", "add", "Ada@Hub.Example", "--role", "member", "--json")

    told = ran.lines[0]
    assert (told["email"], told["role"], "#" in told["link"]) == (ADA, "member", True)


def test_users_are_listed_without_their_links(dealwright: Dealwright) -> None:
    link = link_in(dealwright("users", "add", ADA).out)

    ran = dealwright("users", "list")
    assert (ADA in ran.out, link in ran.out) == (True, False)


@pytest.mark.parametrize("written", ["", "ada", "ada@", "@hub.example", "ada @hub.example"])
def test_what_is_no_address_is_refused(dealwright: Dealwright, written: str) -> None:
    ran = dealwright("users", "add", written)

    assert (ran.code, "[invalid_email]" in ran.err) == (1, True)


def test_an_address_has_one_account(dealwright: Dealwright) -> None:
    dealwright("users", "add", ADA)

    assert "[email_taken]" in dealwright("users", "add", "ADA@hub.example").err


@pytest.mark.parametrize("command", [("role", ADA, "viewer"), ("remove", ADA, "--yes")])
def test_the_only_owner_stays_one(dealwright: Dealwright, command: tuple[str, ...]) -> None:
    dealwright("users", "add", ADA, "--role", "owner")

    ran = dealwright("users", *command)
    assert (ran.code, "[last_owner]" in ran.err) == (1, True)


def test_one_of_two_owners_may_go(dealwright: Dealwright) -> None:
    dealwright("users", "add", ADA, "--role", "owner")
    dealwright("users", "add", "bob@hub.example", "--role", "owner")

    assert dealwright("users", "remove", ADA, "--yes").code == 0


def test_nobody_is_removed_where_nobody_can_be_asked(dealwright: Dealwright) -> None:
    dealwright("users", "add", ADA)

    assert "[not_confirmed]" in dealwright("users", "remove", ADA).err


def test_whoever_begins_anew_gets_a_new_link(dealwright: Dealwright) -> None:
    before = link_in(dealwright("users", "add", ADA).out)

    assert link_in(dealwright("users", "reset", ADA).out) != before


@pytest.mark.parametrize("command", [("role", ADA, "viewer"), ("reset", ADA), ("sessions", ADA)])
def test_nobody_is_found_by_a_wrong_address(
    dealwright: Dealwright, command: tuple[str, ...]
) -> None:
    ran = dealwright("users", *command)

    assert (ran.code, "[not_found]" in ran.err) == (1, True)


def test_whose_sessions_end_has_to_be_said(dealwright: Dealwright) -> None:
    assert dealwright("users", "sessions", "--end").code == 1


def test_what_commands_change_is_recorded_as_theirs(dealwright: Dealwright) -> None:
    dealwright("users", "add", ADA, "--role", "viewer")
    dealwright("users", "role", ADA, "admin")

    entry = dealwright("audit", "--json").lines[0]
    assert (entry["who"], entry["kind"], entry["action"]) == ("cli", "cli", "user.role")
    assert (entry["before"]["role"], entry["after"]["role"]) == ("viewer", "admin")


def test_the_record_holds_no_link(dealwright: Dealwright) -> None:
    link = link_in(dealwright("users", "add", ADA).out)

    assert link.partition("#")[2] not in dealwright("audit", "--json").out


def test_the_record_shows_only_what_is_different(dealwright: Dealwright) -> None:
    dealwright("users", "add", ADA, "--role", "viewer")
    dealwright("users", "role", ADA, "admin")

    ran = dealwright("audit", "--action", "user.role")
    assert ('{"role":"admin"}' in ran.out.replace("\n", ""), ADA in ran.out) == (True, False)


def test_the_record_is_searched_by_what_was_done(dealwright: Dealwright) -> None:
    dealwright("users", "setup-link")
    dealwright("users", "add", ADA)

    found = dealwright("audit", "--action", "user", "--json").lines
    assert [one["action"] for one in found] == ["user.link", "user.add"]

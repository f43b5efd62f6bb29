"""`dealwright privacy` and `dealwright sources privacy`, as a person types them."""

import json
import zipfile
from pathlib import Path

import pytest
from tests.cli.conftest import Dealwright

EVENT = {
    "type": "identify",
    "userId": "u-1",
    "traits": {"email": "ada@love.example", "plan": "pro"},
}


@pytest.fixture
def sent(dealwright: Dealwright, tmp_path: Path) -> Path:
    """A file with one event, which was sent by the Source "shop"."""
    file = tmp_path / "events.jsonl"
    file.write_text(json.dumps(EVENT) + "\n")
    assert dealwright("sources", "add", "shop").code == 0
    assert dealwright("send", str(file)).code == 0
    return file


@pytest.mark.usefixtures("sent")
def test_somebody_is_found_by_an_address_and_what_it_leads_to(dealwright: Dealwright) -> None:
    (told,) = dealwright("privacy", "find", "--email", "ADA@love.example", "--json").lines
    assert [(one["kind"], one["value"]) for one in told["known_as"]] == [
        ("email", "ada@love.example"),
        ("user_id", "u-1"),
    ]
    assert told["places"] == [{"place": "events", "theirs": 1, "named": 0, "held": 0}]


def test_nobody_is_found_without_a_name(dealwright: Dealwright) -> None:
    ran = dealwright("privacy", "find", "--json")
    assert ran.code == 1
    assert "invalid_person" in ran.out + ran.err


@pytest.mark.usefixtures("sent")
def test_an_erasure_asks_first(dealwright: Dealwright) -> None:
    ran = dealwright("privacy", "erase", "--email", "ada@love.example", "--json")
    assert ran.code == 1
    assert "not_confirmed" in ran.out + ran.err


@pytest.mark.usefixtures("sent")
def test_a_plan_changes_nothing(dealwright: Dealwright) -> None:
    assert dealwright("privacy", "erase", "--email", "ada@love.example", "--plan").code == 0
    assert dealwright("events", "--json").lines[0]["body"]["userId"] == "u-1"


def test_who_was_erased_is_not_taken_in_again(dealwright: Dealwright, sent: Path) -> None:
    erased = dealwright("privacy", "erase", "--email", "ada@love.example", "--yes", "--json")
    again = dealwright("send", str(sent))
    assert (erased.code, again.code) == (0, 0)
    assert dealwright("events", "--rejected", "--json").lines[0]["code"] == "suppressed"


@pytest.mark.usefixtures("sent")
def test_a_proof_is_verified_and_tells_whom_it_is_about(
    dealwright: Dealwright, tmp_path: Path
) -> None:
    file = tmp_path / "proof.json"
    name = ("--email", "ada@love.example")
    assert dealwright("privacy", "erase", *name, "--yes", "--proof", str(file)).code == 0
    (told,) = dealwright("privacy", "verify", str(file), *name, "--json").lines
    assert told["about_them"] is True
    assert "ada@" not in file.read_text()
    assert "love.example" not in file.read_text()


@pytest.mark.usefixtures("sent")
def test_a_proof_that_was_changed_is_not_believed(dealwright: Dealwright, tmp_path: Path) -> None:
    file = tmp_path / "proof.json"
    name = ("--email", "ada@love.example")
    assert dealwright("privacy", "erase", *name, "--yes", "--proof", str(file)).code == 0
    file.write_text(file.read_text().replace('"suppressed": true', '"suppressed": false'))
    ran = dealwright("privacy", "verify", str(file), "--json")
    assert ran.code == 1
    assert "proof_refused" in ran.out + ran.err


@pytest.mark.usefixtures("sent")
def test_an_export_is_a_zip_with_a_readme(dealwright: Dealwright, tmp_path: Path) -> None:
    file = tmp_path / "ada.zip"
    ran = dealwright("privacy", "export", "--email", "ada@love.example", "--out", str(file))
    assert ran.code == 0
    with zipfile.ZipFile(file) as archive:
        assert b"Dealwright hub" in archive.read("README.txt")
        assert b"ada@love.example" in archive.read("data/events.jsonl")


def test_the_list_is_changed_and_looked_at(dealwright: Dealwright) -> None:
    name = ("--phone", "+46701234567")
    added = dealwright("privacy", "suppress", "add", *name, "--json").lines
    there = dealwright("privacy", "suppress", "check", *name, "--json").lines
    removed = dealwright("privacy", "suppress", "remove", *name, "--json").lines
    gone = dealwright("privacy", "suppress", "check", *name, "--json").lines
    assert (added[0]["new"], there[0]["suppressed"]) == (1, True)
    assert (removed[0]["removed"], gone[0]["suppressed"]) == (1, False)


def test_a_list_is_brought_from_a_file(dealwright: Dealwright, tmp_path: Path) -> None:
    file = tmp_path / "list.csv"
    file.write_text("email,since\nada@love.example,2026\n+46701234567\nuser_id:u-9\n")
    (told,) = dealwright("privacy", "suppress", "import", str(file), "--json").lines
    listed = dealwright("privacy", "suppress", "list", "--json").lines
    assert (told["read"], told["new"], len(listed)) == (3, 3, 3)


def test_a_file_with_a_line_that_names_nobody_is_refused(
    dealwright: Dealwright, tmp_path: Path
) -> None:
    file = tmp_path / "list.csv"
    file.write_text("ada@love.example\nnobody\n")
    assert "Line 2" in dealwright("privacy", "suppress", "import", str(file)).err


def test_rules_of_a_source_are_set_and_shown(dealwright: Dealwright) -> None:
    dealwright("sources", "add", "shop")
    rules = ("--allow", "traits.email", "--hash", "traits.email=sha256", "--mask", "userId")
    dealwright("sources", "privacy", "shop", *rules)
    (told,) = dealwright("sources", "privacy", "shop", "--json").lines
    assert told == {
        "name": "shop",
        "allow": ["traits.email"],
        "hash": {"traits.email": "sha256"},
        "mask": ["userId"],
    }


def test_rules_are_tried_on_an_event_and_not_kept(dealwright: Dealwright, tmp_path: Path) -> None:
    dealwright("sources", "add", "shop")
    file = tmp_path / "event.json"
    file.write_text(json.dumps(EVENT))
    ran = dealwright("sources", "privacy", "shop", "--mask", "traits", "--preview", str(file))
    (told,) = dealwright("sources", "privacy", "shop", "--json").lines
    assert json.loads(ran.out)["traits"] == {"email": "a***@love.example", "plan": "***"}
    assert told["mask"] == []


def test_rules_are_obeyed_by_the_next_event(dealwright: Dealwright, tmp_path: Path) -> None:
    dealwright("sources", "add", "shop")
    dealwright("sources", "privacy", "shop", "--allow", "traits.plan")
    file = tmp_path / "events.jsonl"
    file.write_text(json.dumps(EVENT) + "\n")
    dealwright("send", str(file))
    assert dealwright("events", "--json").lines[0]["body"]["traits"] == {"plan": "pro"}


def test_a_rule_that_cannot_be_is_refused(dealwright: Dealwright) -> None:
    dealwright("sources", "add", "shop")
    ran = dealwright("sources", "privacy", "shop", "--mask", "email", "--json")
    assert (ran.code, "invalid_privacy_rule" in ran.out + ran.err) == (1, True)


def test_rules_stand_in_the_configuration_as_a_file(dealwright: Dealwright, tmp_path: Path) -> None:
    file = tmp_path / "hub.yaml"
    text = "version: 1\nsources:\n- name: shop\n  privacy:\n    mask: [traits.email]\n"
    file.write_text(text)
    assert dealwright("config", "apply", str(file), "--yes").code == 0
    assert "traits.email" in dealwright("config", "export").out
    (told,) = dealwright("sources", "privacy", "shop", "--json").lines
    assert told["mask"] == ["traits.email"]


def test_a_person_of_pipedrive_needs_an_account(dealwright: Dealwright) -> None:
    ran = dealwright("privacy", "find", "--person", "42", "--json")
    assert (ran.code, "which_one" in ran.out + ran.err) == (1, True)

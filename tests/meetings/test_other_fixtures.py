"""Fixtures of another folder, with other names and rules in other combinations, are played too."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.meetings.posting import FIXTURES, standard

pytestmark = pytest.mark.process

RUNNER = Path(__file__).with_name("test_fixtures.py")
NOBODY = {"created": False, "reason": "ambiguous_phone"}


def fixture(name: str, *renamed: tuple[str, str]) -> Any:
    """A fixture with other names in all of its texts."""
    text = (FIXTURES / f"{name}.json").read_text(encoding="utf-8")
    for before, after in renamed:
        text = text.replace(before, after)
    return json.loads(text)


def signed_anew(told: Any) -> Any:
    """The first delivery, signed for what it says now."""
    (delivery,) = told["deliveries"]
    delivery["body"] = json.loads(delivery["raw_body"])
    kind = delivery["path"].rpartition("/")[2]
    sent = standard(kind, delivery["raw_body"], secret=told["secret"], at=told["now_unix"])
    delivery["headers"] = dict(sent.headers)
    return told


def other_people_and_the_open_deal() -> Any:
    """Fathom's meeting with somebody else, and only open deals count."""
    told = fixture(
        "fathom/01_external_full",
        *(("Jonas Berg", "Tove Ek"), ("jonas.berg", "tove.ek"), ("Jonas.Berg", "Tove.EK")),
        *(("Acme", "Initech"), ("acme", "initech"), ("ACME", "INITECH")),
    )
    told["config"]["deal_rule"] = "open_only_latest_created"
    expected = told["expected"]
    expected["notes_created"][0]["deal_id"] = expected["activity"]["deal_id"] = 9001
    expected["deal_choice"]["deal_id"] = 9001
    return signed_anew(told)


def a_number_of_two() -> Any:
    """Aircall's call from a number that somebody else has as well, written otherwise."""
    told = fixture("aircall/01_phone_match", ("+46 70 174 06 05", "0046 70 174 06 05"))
    told["pipedrive"]["persons"][1]["phones"] = [
        {"value": "0701740605", "primary": True, "label": "work"}
    ]
    expected = told["expected"]
    expected["sync_state"] = "needs_review:ambiguous_phone"
    expected["meeting"]["title"] = "Inbound call from +46701740605"
    expected["participants"][1] |= {"name": None, "match": "ambiguous", "person_id": None}
    conflict = {"why": "shared_phone", "candidates": [101, 102], "chosen": None, "decided_by": None}
    expected |= {"notes_created": [], "activity": NOBODY, "writes": [[], []]}
    expected["match_conflict"] = conflict
    return told


def somebody_new_may_be_made() -> Any:
    """The generic webhook's guest whom nobody knows, and persons are made."""
    told = fixture(
        "generic/11_create_off", ("Uma Ray", "Ines Falk"), ("uma@hooli", "ines@umbrella")
    )
    told["config"]["create_missing_persons"] = "only_if_nobody_matched"
    expected = told["expected"]
    expected["sync_state"] = "synced"
    expected["participants"][1] |= {"match": "created", "person_id": "NEW1"}
    made = {"name": "Ines Falk", "emails": ["ines@umbrella.example"], "phones": ["+14155550137"]}
    expected["persons_created"] = [{**made, "org_id": None}]
    note = {"must_contain": ["Ines Falk", "scheduled PDF"], "must_not_contain": ["every Friday"]}
    expected["notes_created"] = [{"person_id": "NEW1", "deal_id": None, **note}]
    expected["activity"] = {"created": True, "type": "demo", "person_id": "NEW1"}
    return signed_anew(told)


def played(folder: Path, told: Any) -> "subprocess.CompletedProcess[str]":
    """Have the runner play the fixture out of a folder of its own."""
    path = folder / told["source"] / f"{told['id'].rpartition('/')[2]}.json"
    path.parent.mkdir()
    path.write_text(json.dumps(told))
    return subprocess.run(
        (sys.executable, "-m", "pytest", "-q", "-m", "meeting_fixtures", str(RUNNER)),
        env={**os.environ, "DEALWRIGHT_MEETING_FIXTURES": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    "changed", [other_people_and_the_open_deal, a_number_of_two, somebody_new_may_be_made]
)
def test_a_changed_fixture_ends_as_its_rules_say(changed: Any, tmp_path: Path) -> None:
    ran = played(tmp_path, changed())

    assert ran.returncode == 0, ran.stdout


def test_an_expectation_that_is_wrong_is_found(tmp_path: Path) -> None:
    told = somebody_new_may_be_made()
    told["expected"]["persons_created"][0]["name"] = "Somebody else"

    assert played(tmp_path, told).returncode == 1

"""`dealwright map`, `trigger`, and `mappings add | change | test`."""

import json
from pathlib import Path
from typing import Any

import pytest
from tests.cli.conftest import Account, Dealwright
from tests.cli.events import identify

MAPPING = {
    "name": "Persons",
    "action": "upsert_person",
    "trigger": 'type = "identify"',
    "fields": {"match_value": {"@path": "$.userId"}, "email": {"@path": "$.traits.email"}},
}
EVENT = {"type": "identify", "userId": "u-1", "traits": {"email": "ada@x.example"}}
CASES = """
mapping = "mapping.json"

[[case]]
name = "an identify becomes a person"
given.event = { type = "identify", userId = "u-1" }
expect.fields = { match_value = "u-1" }
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a mapping, an event, a file of events and a file of cases."""
    write(tmp_path / "mapping.json", MAPPING)
    write(tmp_path / "event.json", EVENT)
    lines = [json.dumps(EVENT), "{no json", "[]", json.dumps({"type": "page", "name": "Home"})]
    (tmp_path / "events.jsonl").write_text("\n".join(lines))
    (tmp_path / "cases.toml").write_text(CASES)
    return tmp_path


@pytest.fixture
def connected(dealwright: Dealwright, account: Account) -> None:
    """A Connection without Mappings."""
    connect = ("connect", "--url", account.url, "--token", account.token)
    assert dealwright(*connect, "--no-presets").code == 0


def write(path: Path, value: Any) -> None:
    path.write_text(json.dumps(value))


def mapped(dealwright: Dealwright, folder: Path, *more: str) -> Any:
    where = ("--mapping", str(folder / "mapping.json"), "--event", str(folder / "event.json"))
    return dealwright("map", *where, *more)


def test_map_gives_the_fields_and_the_values(dealwright: Dealwright, folder: Path) -> None:
    assert mapped(dealwright, folder, "--json").lines == [
        {
            "fires": True,
            "fields": {"match_value": "u-1", "email": "ada@x.example"},
            "values": {"match_value": "u-1", "email": ["ada@x.example"]},
            "error": None,
        }
    ]


def test_map_shows_the_fields_to_people(dealwright: Dealwright, folder: Path) -> None:
    assert '"match_value": "u-1"' in mapped(dealwright, folder).out


def test_map_tells_every_fault_with_its_path(dealwright: Dealwright, folder: Path) -> None:
    write(folder / "mapping.json", {"a": {"@paht": "x"}, "b": {"@if": {}}})

    ran = mapped(dealwright, folder, "--json")
    assert (ran.code, [line["path"] for line in ran.lines]) == (1, ["/a", "/b/@if"])


def test_map_says_why_the_trigger_does_not_fire(dealwright: Dealwright, folder: Path) -> None:
    write(folder / "event.json", {**EVENT, "type": "track"})

    assert 'type is "track"' in mapped(dealwright, folder).out


def test_map_fails_where_a_value_does_not_fit(dealwright: Dealwright, folder: Path) -> None:
    write(folder / "event.json", {"type": "identify"})

    ran = mapped(dealwright, folder)
    assert (ran.code, "[invalid_value]" in ran.out) == (1, True)


def test_map_fits_bare_fields_to_an_action(dealwright: Dealwright, folder: Path) -> None:
    write(folder / "mapping.json", MAPPING["fields"])

    ran = mapped(dealwright, folder, "--action", "upsert_person", "--json")
    assert ran.lines[0]["values"]["email"] == ["ada@x.example"]


def test_map_knows_its_actions(dealwright: Dealwright, folder: Path) -> None:
    ran = mapped(dealwright, folder, "--action", "make_coffee")

    assert (ran.code, "upsert_person" in ran.err) == (1, True)


@pytest.mark.parametrize("content", ["{", "[1]", '"x"'])
def test_a_mapping_that_cannot_be_read_is_said(
    dealwright: Dealwright, folder: Path, content: str
) -> None:
    (folder / "mapping.json").write_text(content)

    assert "[invalid_mapping_file]" in mapped(dealwright, folder).err


def test_an_event_that_is_no_object_is_said(dealwright: Dealwright, folder: Path) -> None:
    (folder / "event.json").write_text("[]")

    assert "[invalid_mapping_file]" in mapped(dealwright, folder).err


def test_a_file_that_is_not_there_is_said(dealwright: Dealwright, folder: Path) -> None:
    (folder / "event.json").unlink()

    assert "[unreadable_file]" in mapped(dealwright, folder).err


def test_trigger_tells_for_each_event_whether_it_fires(
    dealwright: Dealwright, folder: Path
) -> None:
    ran = dealwright("trigger", 'type="page"', "--events", str(folder / "events.jsonl"), "--json")

    assert [line["fires"] for line in ran.lines] == [False, True]


def test_trigger_says_why_not(dealwright: Dealwright, folder: Path) -> None:
    ran = dealwright("trigger", 'type = "page"', "--events", str(folder / "events.jsonl"))

    assert ('type is "identify"' in ran.out, "for 1 of 2 events" in ran.out) == (True, True)


def test_trigger_shows_no_more_than_the_limit(dealwright: Dealwright, folder: Path) -> None:
    where = ("--events", str(folder / "events.jsonl"), "--limit", "1")

    assert "1 more" in dealwright("trigger", 'type = "page"', *where).out


def test_trigger_alone_gives_the_canonical_text(dealwright: Dealwright) -> None:
    assert dealwright("trigger", "type='page'", "--json").lines == [
        {"trigger": 'type = "page"', "warnings": []}
    ]


def test_trigger_warns_of_what_is_hardly_meant(dealwright: Dealwright) -> None:
    assert "in quotes" in dealwright("trigger", "type = page").out


def test_trigger_says_what_is_wrong_and_where(dealwright: Dealwright) -> None:
    ran = dealwright("trigger", 'type == "page"')

    assert (ran.code, "column 7" in ran.err) == (1, True)


def test_cases_that_pass_leave_with_success(dealwright: Dealwright, folder: Path) -> None:
    ran = dealwright("mappings", "test", str(folder / "cases.toml"))

    assert (ran.code, "1 case, none failed" in ran.out) == (0, True)


def test_a_case_that_fails_says_what_it_got(dealwright: Dealwright, folder: Path) -> None:
    path = folder / "cases.toml"
    path.write_text(CASES.replace('match_value = "u-1" }', 'match_value = "u-2" }'))

    ran = dealwright("mappings", "test", str(path))
    assert (ran.code, 'expected "u-2", got "u-1"' in ran.out) == (1, True)


def test_cases_of_an_unknown_action_are_refused(dealwright: Dealwright, folder: Path) -> None:
    write(folder / "mapping.json", {**MAPPING, "action": "make_coffee"})

    assert dealwright("mappings", "test", str(folder / "cases.toml")).code == 1


def test_toml_with_a_fault_is_said(dealwright: Dealwright, folder: Path) -> None:
    (folder / "cases.toml").write_text("[[case")

    ran = dealwright("mappings", "test", str(folder / "cases.toml"))
    assert "[invalid_mapping_file]" in ran.err


@pytest.mark.usefixtures("connected")
def test_a_mapping_of_a_file_starts_disabled(dealwright: Dealwright, folder: Path) -> None:
    dealwright("mappings", "add", str(folder / "mapping.json"))

    (made,) = dealwright("mappings", "list", "--json").lines
    assert (made["name"], made["enabled"], made["fields"]) == ("Persons", False, MAPPING["fields"])


@pytest.mark.usefixtures("connected")
def test_a_changed_mapping_is_a_new_version(dealwright: Dealwright, folder: Path) -> None:
    made = dealwright("mappings", "add", str(folder / "mapping.json"), "--json").lines[0]["id"]
    write(folder / "mapping.json", {**MAPPING, "trigger": "type = page"})

    ran = dealwright("mappings", "change", str(made), str(folder / "mapping.json"))
    assert ("version 2" in ran.out, "in quotes" in ran.out) == (True, True)


@pytest.mark.usefixtures("connected")
def test_a_mapping_keeps_its_action(dealwright: Dealwright, folder: Path) -> None:
    made = dealwright("mappings", "add", str(folder / "mapping.json"), "--json").lines[0]["id"]
    write(
        folder / "mapping.json",
        {**MAPPING, "action": "upsert_organization", "fields": {"match_value": 1}},
    )

    ran = dealwright("mappings", "change", str(made), str(folder / "mapping.json"))
    assert (ran.code, "as a new one" in ran.err) == (1, True)


@pytest.mark.usefixtures("connected")
def test_a_faulty_mapping_is_not_stored(dealwright: Dealwright, folder: Path) -> None:
    write(folder / "mapping.json", {**MAPPING, "trigger": "("})

    assert (
        dealwright("mappings", "add", str(folder / "mapping.json")).code,
        dealwright("mappings", "list", "--json").lines,
    ) == (1, [])


@pytest.mark.usefixtures("connected")
def test_a_mapping_of_a_file_needs_a_name(dealwright: Dealwright, folder: Path) -> None:
    write(folder / "mapping.json", {**MAPPING, "name": ""})

    assert "name" in dealwright("mappings", "add", str(folder / "mapping.json")).err


def test_a_mapping_needs_a_connection(dealwright: Dealwright, folder: Path) -> None:
    assert "--connection" in dealwright("mappings", "add", str(folder / "mapping.json")).err


def test_identify_is_an_event_for_map_too(dealwright: Dealwright, folder: Path) -> None:
    (folder / "event.json").write_text(identify("a"))

    assert mapped(dealwright, folder, "--json").lines[0]["fields"]["match_value"] == "a"


def test_each_fault_of_a_mapping_is_a_line_with_its_path(
    dealwright: Dealwright, tmp_path: Path
) -> None:
    path = tmp_path / "deal.json"
    path.write_text(
        '{"name": "D", "action": "upsert_deal", "trigger": "type = 7 =", "fields": {"titel": "x"}}'
    )

    ran = dealwright("mappings", "add", str(path))
    starts = [line.split(":")[0] for line in ran.err.splitlines()]
    assert (ran.code, starts) == (1, ["✗ /trigger", "✗ /titel", "✗ /person_match_value"])


def test_programs_get_the_faults_apart(dealwright: Dealwright, tmp_path: Path) -> None:
    path = tmp_path / "deal.json"
    path.write_text('{"name": "D", "action": "upsert_deal", "trigger": "", "fields": {}}')

    ran = dealwright("mappings", "add", str(path), "--json")
    assert json.loads(ran.err)["error"]["faults"][-1]["path"] == "/person_match_value"

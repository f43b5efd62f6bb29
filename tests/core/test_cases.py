"""Mappings in files, tried on events, and the cases that users write beside them."""

import datetime
from decimal import Decimal
from typing import Any

import pytest

import dealwright.actions
from dealwright.core.action import Action
from dealwright.core.cases import complaints, read_suite, same
from dealwright.core.directives import MappingFaults
from dealwright.core.draft import draft_faults, read_draft, trying
from dealwright.core.errors import MappingError
from dealwright.core.registry import discover

ACTIONS = discover(dealwright.actions, "ACTION", Action)
PERSON = {
    "name": "Persons",
    "action": "upsert_person",
    "trigger": 'type = "identify"',
    "fields": {"match_value": {"@path": "$.userId"}, "email": {"@path": "$.traits.email"}},
}
IDENTIFY = {"type": "identify", "userId": "u-1", "traits": {"email": "ada@x.example"}}


def nothing_to_load(name: str) -> object:
    raise AssertionError(name)


def lacking(expect: dict[str, Any], event: dict[str, Any] | str = IDENTIFY) -> tuple[str, ...]:
    case = {"name": "it", "given": {"event": event}, "expect": expect}
    suite = read_suite({"mapping": PERSON, "case": [case]}, nothing_to_load)
    (one,) = suite.cases
    given = one.given.event
    assert isinstance(given, dict)
    return complaints(one, trying(suite.draft, ACTIONS["upsert_person"])(given))


def paths(document: object) -> list[str]:
    return [fault.path for fault in draft_faults(read_draft(document), ACTIONS)]


def test_a_file_may_hold_the_fields_alone() -> None:
    assert read_draft({"name": {"@path": "$.x"}}).fields == {"name": {"@path": "$.x"}}


def test_a_field_called_fields_is_a_field() -> None:
    assert read_draft({"fields": {"a": 1}, "other": 2}).fields == {"fields": {"a": 1}, "other": 2}


@pytest.mark.parametrize("document", [[], "x", None, {"fields": {}, "name": 7}])
def test_what_is_no_mapping_is_refused(document: object) -> None:
    with pytest.raises(MappingError, match="mapping") as raised:
        read_draft(document)
    assert raised.value.code == "invalid_mapping_file"


def test_a_good_draft_has_no_faults() -> None:
    assert paths(PERSON) == []


def test_all_faults_of_a_draft_are_listed() -> None:
    document = {
        "action": "upsert_person",
        "trigger": "type ==",
        "fields": {"emial": 1, "name": {"@paht": "x"}},
    }
    assert paths(document) == ["/trigger", "/name", "/emial", "/match_value"]


def test_an_action_that_there_is_not_is_a_fault() -> None:
    assert paths({**PERSON, "action": "make_coffee"}) == ["/action"]


def test_a_faulty_draft_cannot_be_tried() -> None:
    with pytest.raises(MappingFaults, match="Trigger, line 1"):
        trying(read_draft({**PERSON, "trigger": "("}), None)


def test_a_draft_without_a_trigger_is_for_every_event() -> None:
    assert trying(read_draft({"name": "x"}), None)({}).fires


def test_a_case_passes_when_the_fields_are_these() -> None:
    assert lacking({"fields": {"match_value": "u-1", "email": "ada@x.example"}}) == ()


def test_values_are_what_goes_to_the_action() -> None:
    assert lacking({"values": {"match_value": "u-1", "email": ["ada@x.example"]}}) == ()


@pytest.mark.parametrize(
    ("expect", "sentence"),
    [
        ({"fields": {"match_value": "u-1"}}, 'email: expected nothing, got "ada@x.example"'),
        (
            {"fields": {"match_value": "u-2", "email": "ada@x.example"}},
            'match_value: expected "u-2", got "u-1"',
        ),
        (
            {"fields": {"match_value": "u-1", "email": "ada@x.example", "name": "A"}},
            'name: expected "A", got nothing',
        ),
        ({"fires": False}, 'the trigger fires: `type = "identify"` is true'),
        ({"error": "invalid_value"}, "expected the error invalid_value, got none"),
    ],
)
def test_what_is_lacking_is_a_sentence(expect: dict[str, Any], sentence: str) -> None:
    assert lacking(expect) == (sentence,)


def test_an_event_that_does_not_fire_says_so_first() -> None:
    assert lacking({"fields": {}}, {"type": "page"}) == (
        'the trigger does not fire: `type = "identify"` is false',
    )


def test_a_failure_can_be_expected() -> None:
    event = '{"type": "identify", "traits": null}'
    assert lacking({"error": "invalid_value", "path": "match_value"}, event) == ()


def test_an_error_elsewhere_is_a_complaint() -> None:
    (told,) = lacking({"path": "email"}, {"type": "identify"})
    assert told.startswith("expected an error at email, got one at match_value")


def test_an_error_that_nobody_expected_is_a_complaint() -> None:
    (told,) = lacking({"values": {}}, {"type": "identify"})
    assert told.endswith("[invalid_value]")


def test_what_a_case_names_is_loaded() -> None:
    files = {"person.json": PERSON, "event.json": IDENTIFY}
    case = {"name": "it", "given": {"event": "event.json"}, "expect": {"fires": True}}

    suite = read_suite({"mapping": "person.json", "case": [case]}, files.__getitem__)

    assert (suite.draft.name, suite.cases[0].given.event) == ("Persons", IDENTIFY)


@pytest.mark.parametrize(
    "event",
    [
        {"at": datetime.date(2026, 4, 1)},
        {"n": float("nan")},
        '{"a":',
        "[1]",
        {"l": [datetime.time()]},
    ],
)
def test_what_json_cannot_say_is_refused(event: dict[str, Any] | str) -> None:
    case = {"name": "it", "given": {"event": event}, "expect": {}}
    with pytest.raises(MappingError) as raised:
        read_suite({"mapping": PERSON, "case": [case]}, lambda _name: [1])
    assert raised.value.code == "invalid_mapping_file"


@pytest.mark.parametrize(
    "document",
    [
        {"mapping": PERSON, "case": []},
        {"mapping": PERSON, "case": [{"name": "x"}]},
        {"mapping": PERSON, "case": [{"name": "x", "given": {"event": {}}, "expect": {"fire": 1}}]},
        [],
    ],
)
def test_a_misspelled_file_of_cases_is_refused(document: object) -> None:
    with pytest.raises(MappingError, match="case"):
        read_suite(document, nothing_to_load)


@pytest.mark.parametrize(
    ("one", "other", "equal"),
    [
        (3, 3.0, True),
        (True, 1, False),
        ([1, 2], (1, 2), True),
        ([1], [1, 2], False),
        ({"a": [True]}, {"a": [1]}, False),
        ({"a": 1}, {"b": 1}, False),
        ("3", 3, False),
        (None, None, True),
    ],
)
def test_equal_means_equal_as_json(one: object, other: object, *, equal: bool) -> None:
    assert same(one, other) is equal


@pytest.mark.parametrize("written", [120.1, "120.10"])
def test_an_amount_is_expected_as_a_number_or_as_text(written: object) -> None:
    assert same(written, Decimal("120.1"))


@pytest.mark.parametrize("written", [120, "a lot", True, None])
def test_another_amount_is_not_the_one_that_is_there(written: object) -> None:
    assert not same(written, Decimal("120.1"))

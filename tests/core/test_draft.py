"""What keeps a Draft from becoming a Mapping, each fault with its path."""

from typing import Any

import pytest

import dealwright.actions
from dealwright.core.action import Action
from dealwright.core.directives import MappingFaults
from dealwright.core.draft import Draft, draft_faults, link_keys, trying
from dealwright.core.registry import discover

ACTIONS = discover(dealwright.actions, "ACTION", Action)
PATH = {"@path": "$.properties.x"}


def faults(action: str, **fields: Any) -> list[str]:
    draft = Draft(action=action, trigger='type = "track"', fields=fields)
    return [fault.path for fault in draft_faults(draft, ACTIONS)]


def test_the_defaults_of_every_action_are_without_fault() -> None:
    assert {key: faults(key, **one.default_fields()) for key, one in ACTIONS.items()} == {
        key: [] for key in ACTIONS
    }


@pytest.mark.parametrize(
    ("action", "keys"),
    [
        ("upsert_deal", ("person_match_value", "organization_match_value")),
        ("upsert_lead", ("person_match_value", "organization_match_value")),
        (
            "upsert_note",
            ("lead_id", "person_match_value", "organization_match_value", "deal_match_value"),
        ),
        ("upsert_activity", ()),
        ("upsert_person", ()),
        ("upsert_organization", ()),
    ],
)
def test_what_a_new_record_must_be_linked_to(action: str, keys: tuple[str, ...]) -> None:
    assert link_keys(ACTIONS[action]) == keys


@pytest.mark.parametrize(
    ("action", "fields", "path"),
    [
        ("upsert_deal", {"title": PATH, "deal_match_value": PATH}, "/person_match_value"),
        ("upsert_lead", {"title": PATH}, "/person_match_value"),
        ("upsert_note", {"content": PATH}, "/lead_id"),
        ("upsert_deal", {"title": PATH, "person_match_field": "email"}, "/person_match_value"),
        ("upsert_deal", {"title": PATH, "person_match_value": ""}, "/person_match_value"),
        ("upsert_deal", {"title": PATH, "person_match_value": None}, "/person_match_value"),
        (
            "upsert_deal",
            {"title": PATH, "person_match_value": {"@literal": ""}},
            "/person_match_value",
        ),
        ("upsert_deal", {"title": PATH, "sync_mode": "create"}, "/person_match_value"),
    ],
)
def test_a_mapping_that_offers_no_link_is_at_fault(
    action: str, fields: dict[str, Any], path: str
) -> None:
    assert faults(action, **fields) == [path]


@pytest.mark.parametrize(
    ("action", "fields"),
    [
        ("upsert_deal", {"title": PATH, "organization_match_value": PATH}),
        ("upsert_deal", {"title": PATH, "person_match_value": {"@literal": 7}}),
        ("upsert_deal", {"deal_match_value": PATH, "sync_mode": "update"}),
        ("upsert_deal", {"deal_match_value": PATH, "sync_mode": {"@literal": "update"}}),
        ("upsert_deal", {"deal_match_value": PATH, "status": "deleted"}),
        ("upsert_lead", {"title": PATH, "person_match_value": PATH}),
        ("upsert_note", {"content": PATH, "lead_id": PATH}),
        ("upsert_note", {"content": PATH, "deal_match_value": PATH}),
        ("upsert_activity", {"subject": PATH}),
    ],
)
def test_a_mapping_that_offers_a_link_or_creates_nothing_is_without_fault(
    action: str, fields: dict[str, Any]
) -> None:
    assert faults(action, **fields) == []


def test_the_fault_says_what_to_map() -> None:
    draft = Draft(action="upsert_deal", trigger='type = "track"', fields={"title": PATH})

    (fault,) = draft_faults(draft, ACTIONS)
    assert fault.message == (
        "a new deal must be linked: map person_match_value or organization_match_value, or set "
        "sync_mode to update, so that none is created."
    )


def test_a_mapping_that_is_tried_has_the_same_faults() -> None:
    draft = Draft(fields={"title": PATH, "colour": "red"})

    with pytest.raises(MappingFaults) as caught:
        trying(draft, ACTIONS["upsert_lead"])
    assert [fault.path for fault in caught.value.faults] == ["/colour", "/person_match_value"]


@pytest.mark.parametrize(
    ("key", "words"), [("titel", "“title” is near"), ("xyz", "it has add_time, ambiguous")]
)
def test_an_unknown_field_is_told_with_what_there_is(key: str, words: str) -> None:
    fields = {"person_match_value": PATH, key: PATH}
    draft = Draft(action="upsert_deal", trigger='type = "track"', fields=fields)

    (fault,) = draft_faults(draft, ACTIONS)
    assert words in fault.message

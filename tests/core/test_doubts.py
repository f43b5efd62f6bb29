"""What a Mapping names that the account does not have, as far as is known."""

from typing import Any

import pytest
from tests.core.test_catalogue import CATALOGUE

import dealwright.actions
from dealwright.core.action import Action
from dealwright.core.catalogue import Catalogue
from dealwright.core.doubts import doubts
from dealwright.core.registry import discover

ACTIONS = discover(dealwright.actions, "ACTION", Action)
PATH = {"@path": "$.properties.x"}


def doubted(action: str, **fields: Any) -> list[str]:
    return [doubt.path for doubt in doubts(fields, ACTIONS[action], CATALOGUE)]


@pytest.mark.parametrize(
    ("action", "fields", "path"),
    [
        ("upsert_deal", {"stage_id": 99}, "/stage_id"),
        ("upsert_deal", {"stage_id": {"@literal": "99"}}, "/stage_id"),
        ("upsert_deal", {"currency": "DEM"}, "/currency"),
        ("upsert_deal", {"labels": ["VIP", "Gold"]}, "/labels"),
        ("upsert_deal", {"owner": "former@acme.example"}, "/owner"),
        ("upsert_deal", {"created_at_field": "Ref"}, "/created_at_field"),
        ("upsert_deal", {"person_match_field": "Plan"}, "/person_match_field"),
        ("upsert_deal", {"deal_match_field": "email"}, "/deal_match_field"),
        ("upsert_activity", {"type": "fax"}, "/type"),
        ("upsert_person", {"custom_fields": {"Plan": PATH, "Plum": 1}}, "/custom_fields/Plum"),
        ("upsert_lead", {"custom_fields": {"Plan": PATH}}, "/custom_fields/Plan"),
    ],
)
def test_what_the_account_does_not_have_is_told(
    action: str, fields: dict[str, Any], path: str
) -> None:
    assert doubted(action, **fields) == [path]


@pytest.mark.parametrize(
    ("action", "fields"),
    [
        ("upsert_deal", {"stage_id": 11}),
        ("upsert_deal", {"stage_id": PATH}),
        ("upsert_deal", {"currency": "eur", "labels": ["vip", 7], "owner": "mara@acme.example"}),
        ("upsert_deal", {"person_match_field": "our id", "deal_match_field": "deal_id"}),
        ("upsert_activity", {"type": "Meeting"}),
        ("upsert_person", {"custom_fields": {"@merge": []}}),
        ("upsert_person", {"custom_fields": PATH, "match_field": ""}),
        ("upsert_note", {"content": "Hello"}),
    ],
)
def test_what_it_has_and_what_comes_with_the_event_is_not(
    action: str, fields: dict[str, Any]
) -> None:
    assert doubted(action, **fields) == []


@pytest.mark.parametrize(
    "fields",
    [{"stage_id": 99}, {"person_match_field": "Plan"}, {"custom_fields": {"Plum": 1}}],
    ids=str,
)
def test_what_needs_a_list_that_was_not_read_is_said_to_be_unchecked(
    fields: dict[str, Any],
) -> None:
    (doubt,) = doubts(fields, ACTIONS["upsert_deal"], Catalogue())
    assert doubt.message.startswith("not checked")


@pytest.mark.parametrize("field", ["", "id", "email"])
def test_pipedrives_own_match_fields_need_no_list(field: str) -> None:
    assert doubts({"person_match_field": field}, ACTIONS["upsert_deal"], Catalogue()) == ()


def test_a_doubt_says_what_there_is() -> None:
    (doubt,) = doubts({"currency": "DEM"}, ACTIONS["upsert_deal"], CATALOGUE)
    assert doubt.message == "the account has no “DEM” among its currencies: Euro."

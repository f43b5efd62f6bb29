"""What every action's declaration promises to forms, docs and importers."""

import ast
import tomllib
from pathlib import Path
from typing import Any

import pytest
from tests.docs.codes import SOURCE, codes_of

from dealwright import actions
from dealwright.core.action import Action
from dealwright.core.registry import discover
from dealwright.core.trigger import compile_trigger

ACTIONS = discover(actions, "ACTION", Action)
CASES = Path(__file__).parents[1] / "cases" / "actions"
CODE = SOURCE / "actions"
#: How a Delivery ends that has no fault.
OUTCOMES = {"already_absent"}
SEGMENT_DEFAULTS: dict[str, dict[str, Any]] = {
    "upsert_person": {
        "match_value": "$.userId",
        "name": "$.traits.name",
        "email": "$.traits.email",
        "phone": "$.traits.phone",
    },
    "upsert_organization": {"match_value": "$.groupId", "name": "$.traits.name"},
    "upsert_activity": {
        "activity_id": "$.properties.activity_id",
        "person_match_value": "$.userId",
        "organization_match_value": "$.context.groupId",
        "deal_match_value": "$.properties.deal_id",
        "subject": "$.properties.subject",
        "type": "$.properties.type",
        "description": "$.properties.description",
        "note": "$.properties.note",
        "due_date": "$.properties.due_date",
        "due_time": "$.properties.due_time",
        "duration": "$.properties.duration",
        "done": "$.properties.done",
    },
    "upsert_deal": {
        "deal_match_value": "$.properties.deal_id",
        "person_match_value": "$.userId",
        "organization_match_value": "$.context.groupId",
        "title": "$.properties.title",
        "value": "$.properties.value",
        "currency": "$.properties.currency",
        "stage_id": "$.properties.stage_id",
        "expected_close_date": "$.properties.expected_close_date",
        "probability": "$.properties.success_probability",
        "lost_reason": "$.properties.lost_reason",
    },
    "upsert_lead": {
        "lead_id": ("$.traits.lead_id", "$.properties.lead_id"),
        "person_match_value": "$.userId",
        "organization_match_value": "$.context.groupId",
        "title": ("$.traits.title", "$.properties.title"),
        "amount": ("$.traits.amount", "$.properties.amount"),
        "currency": ("$.traits.currency", "$.properties.currency"),
        "expected_close_date": (
            "$.traits.expected_close_date",
            "$.properties.expected_close_date",
        ),
    },
    "upsert_note": {
        "note_id": "$.properties.note_id",
        "lead_id": "$.properties.lead_id",
        "person_match_value": "$.userId",
        "organization_match_value": "$.context.groupId",
        "deal_match_value": "$.properties.deal_id",
        "content": "$.properties.content",
    },
}


def directive(path: str | tuple[str, str]) -> dict[str, Any]:
    """A path, or the first where it exists and else the second."""
    if isinstance(path, str):
        return {"@path": path}
    first, second = ({"@path": one} for one in path)
    return {"@if": {"exists": first, "then": first, "else": second}}


@pytest.mark.parametrize("key", sorted(ACTIONS))
def test_a_module_is_named_after_its_action(key: str) -> None:
    assert ACTIONS[key].key == key


@pytest.mark.parametrize("key", sorted(ACTIONS))
def test_the_default_fields_are_segments(key: str) -> None:
    expected = {field: directive(path) for field, path in SEGMENT_DEFAULTS[key].items()}
    assert ACTIONS[key].default_fields() == expected


@pytest.mark.parametrize("key", sorted(ACTIONS))
def test_the_trigger_of_an_action_is_valid(key: str) -> None:
    assert callable(compile_trigger(ACTIONS[key].default_trigger))


@pytest.mark.parametrize("key", sorted(ACTIONS))
def test_a_preset_has_the_default_trigger(key: str) -> None:
    preset = ACTIONS[key].preset
    assert preset is not None
    assert preset.trigger == ACTIONS[key].default_trigger


@pytest.mark.parametrize("key", sorted(ACTIONS))
def test_every_field_is_labelled_and_described(key: str) -> None:
    assert all(field.label and field.description for field in ACTIONS[key].fields)


@pytest.mark.parametrize("key", sorted(ACTIONS))
def test_no_field_is_declared_twice(key: str) -> None:
    keys = [field.key for field in ACTIONS[key].fields]
    assert len(keys) == len(set(keys))


def test_three_presets_are_switched_on_from_the_start() -> None:
    enabled = {key for key, action in ACTIONS.items() if action.preset and action.preset.enabled}
    assert enabled == {"upsert_activity", "upsert_organization", "upsert_person"}


@pytest.mark.parametrize("key", sorted(ACTIONS))
def test_an_action_declares_every_error_that_its_cases_end_in(key: str) -> None:
    files = (CASES / key).glob("*.toml")
    ends = {tomllib.loads(file.read_text("utf-8"))["expect"].get("error") for file in files}
    assert ends - {None} <= set(ACTIONS[key].codes)


@pytest.mark.parametrize("key", sorted(ACTIONS))
def test_an_action_declares_every_error_that_its_file_raises(key: str) -> None:
    tree = ast.parse((CODE / f"{key}.py").read_text("utf-8"))
    assert codes_of(tree) - OUTCOMES <= set(ACTIONS[key].codes)

"""Drift as rules: what is a change, who names it, and what is written in its place."""

from typing import Any

import pytest

from dealwright.actionbook import actions
from dealwright.core.catalogue import AccountList
from dealwright.core.drift import Change, Thing, ThingKind, changes, proposed, things
from dealwright.core.driftuses import Mention, mended, of_mapping
from dealwright.core.record import FieldDefinition, FieldOption, Pipeline, Stage

PLAN, TIER = "a" * 40, "b" * 40
PERSONS = AccountList.PERSON_FIELDS


def field(name: str, *labels: str, code: str = PLAN) -> FieldDefinition:
    options = tuple(FieldOption(id=at, label=label) for at, label in enumerate(labels, start=1))
    return FieldDefinition(
        field_code=code,
        field_name=name,
        field_type="enum",
        is_custom_field=True,
        options=options,
    )


def between(before: list[FieldDefinition], after: list[FieldDefinition]) -> tuple[Change, ...]:
    return changes(PERSONS, things(PERSONS, before), things(PERSONS, after))


def uses(thing: Thing, action: str = "upsert_person", **fields: Any) -> list[Mention]:
    return list(of_mapping(actions()[action], fields)(PERSONS, thing))


def test_the_same_list_has_no_changes() -> None:
    assert between([field("Plan", "Gold")], [field("Plan", "Gold")]) == ()


def test_what_is_added_changes_nothing() -> None:
    assert between([field("Plan", "Gold")], [field("Plan", "Gold", "New")]) == ()


def test_options_go_with_their_field() -> None:
    (found,) = between([field("Plan", "Gold")], [])
    assert found.before.kind is ThingKind.FIELD


def test_a_renamed_field_does_not_change_its_options() -> None:
    (found,) = between([field("Plan", "Gold")], [field("Tier", "Gold")])
    assert (found.before.name, found.after and found.after.name) == ("Plan", "Tier")


def test_a_stage_that_is_deleted_is_gone() -> None:
    told = [Stage(id=1, name="Demo", pipeline_id=1)]
    after = [Stage(id=1, name="Demo", pipeline_id=1, is_deleted=True)]
    name = AccountList.STAGES
    (found,) = changes(name, things(name, told), things(name, after))
    assert found.after is None


def test_a_pipeline_in_another_order_has_not_changed() -> None:
    name = AccountList.PIPELINES
    before, after = (things(name, [Pipeline(id=1, name="Sales", order_nr=n)]) for n in (1, 2))
    assert changes(name, before, after) == ()


@pytest.mark.parametrize(
    ("ref", "mend"),
    [
        pytest.param("Plan", "Plans", id="by name"),
        pytest.param(PLAN, TIER, id="by key"),
        pytest.param(f"{PLAN}_currency", TIER, id="by the key of a part"),
    ],
)
def test_the_nearest_is_proposed_in_the_words_that_were_used(ref: str, mend: str) -> None:
    before, after = [field("Plan")], [field("Plans", code=TIER), field("Shoe size", code="c" * 40)]
    (found,) = between(before, after)
    assert proposed(found, ref, things(PERSONS, after)) == mend


def test_nothing_is_proposed_where_nothing_is_near() -> None:
    after = [field("Shoe size", code=TIER)]
    (found,) = between([field("Plan")], after)
    assert proposed(found, "Plan", things(PERSONS, after)) == ""


def test_a_field_is_named_by_values_rules_and_what_may_be_left_out() -> None:
    (plan, _) = things(PERSONS, [field("Plan", "Gold")])
    given = {
        "custom_fields": {"plan": "Gold", f"{PLAN}_currency": "EUR", "Other": "Plan"},
        "write_rules": {"Plan": "if_empty"},
        "drop_if_invalid": ["Plan"],
        "name": "Plan",
    }
    assert {one.path for one in uses(plan, **given)} == {
        ("custom_fields", "plan"),
        ("custom_fields", f"{PLAN}_currency"),
        ("write_rules", "Plan"),
        ("drop_if_invalid", 0),
    }


def test_an_option_is_named_only_below_its_own_field() -> None:
    (_, gold) = things(PERSONS, [field("Plan", "Gold")])
    given = {"custom_fields": {"Plan": ["gold", "Trial"], "Other": "Gold"}}
    assert [one.path for one in uses(gold, **given)] == [("custom_fields", "Plan", 0)]


def test_fields_of_another_kind_of_record_are_not_meant() -> None:
    (plan, _) = things(PERSONS, [field("Plan", "Gold")])
    assert uses(plan, "upsert_organization", custom_fields={"Plan": "Gold"}) == []


def test_what_comes_from_the_event_is_no_name() -> None:
    (plan, _) = things(PERSONS, [field("Plan", "Gold")])
    assert uses(plan, custom_fields={"@path": "$.traits.crm"}) == []


def test_a_mend_keeps_parts_order_and_everything_else() -> None:
    (plan, _) = things(PERSONS, [field("Plan", "Gold")])
    given = {"custom_fields": {"x": 1, f"{PLAN}_currency": "EUR", "y": 2}, "name": "Ada"}
    made = mended(given, uses(plan, **given), with_=TIER)
    assert made == {"custom_fields": {"x": 1, f"{TIER}_currency": "EUR", "y": 2}, "name": "Ada"}
    assert list(made["custom_fields"]) == ["x", f"{TIER}_currency", "y"]


def test_a_number_stays_a_number() -> None:
    assert mended({"stage_id": 3}, [Mention(("stage_id",), "3")], with_="5") == {"stage_id": 5}

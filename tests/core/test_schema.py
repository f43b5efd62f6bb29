"""Custom fields by name or key, their values by type, and who is refused with which advice."""

from decimal import Decimal
from typing import Any

import pytest

from dealwright.core.errors import MappingError
from dealwright.core.record import FieldDefinition, FieldOption
from dealwright.core.schema import Schema, UnknownLabel


def custom(code: str, name: str, kind: str, *labels: str) -> FieldDefinition:
    options = tuple(FieldOption(id=n, label=label) for n, label in enumerate(labels, 1))
    return FieldDefinition(
        field_code=code * 40,
        field_name=name,
        field_type=kind,
        is_custom_field=True,
        options=options or None,
    )


SCHEMA = Schema(
    fields=(
        FieldDefinition(field_code="name", field_name="Name", field_type="varchar"),
        FieldDefinition(field_code="birthday", field_name="Birthday", field_type="date"),
        custom("a", "Plan", "enum", "Trial", "Team"),
        custom("b", "Budget", "monetary"),
        custom("c", "Source", "varchar"),
        custom("d", "source ", "varchar"),
        custom("e", "Interests", "set", "Espresso", "Filter"),
        custom("f", "Status", "varchar"),
        custom("1", "Score", "double"),
        custom("2", "Decision", "daterange"),
    )
)


@pytest.mark.parametrize("named", ["Plan", "plan", " PLAN ", "a" * 40, "A" * 40])
def test_a_field_is_known_by_name_or_key(named: str) -> None:
    assert SCHEMA.field(named).field_code == "a" * 40


def test_two_fields_that_differ_in_spelling_are_known_by_their_exact_names() -> None:
    assert SCHEMA.field("Source").field_code == "c" * 40


@pytest.mark.parametrize(
    ("named", "code", "advice"),
    [
        ("SOURCE", "ambiguous_field", "c" * 40),
        ("owner_id", "system_field", "“owner”"),
        ("label", "system_field", "“labels”"),
        ("org_id", "system_field", "match fields"),
        ("id", "system_field", "leave it out"),
        ("status", "system_field", "the action's field of that name"),
        ("Birthday", "system_field", "cannot be written"),
        ("Intrests", "unknown_field", "“Interests” is near"),
        ("9" * 40, "unknown_field", "40-digit key"),
    ],
)
def test_what_is_no_custom_field_is_refused_with_advice(named: str, code: str, advice: str) -> None:
    with pytest.raises(MappingError, match=advice) as caught:
        SCHEMA.field(named)
    assert caught.value.code == code


def test_a_custom_field_may_have_the_name_of_a_system_field() -> None:
    assert SCHEMA.field("Status").field_code == "f" * 40


@pytest.mark.parametrize("empty", [None, "", []])
def test_empty_means_clear(empty: Any) -> None:
    assert SCHEMA.fit({"Plan": empty}).values == {"a" * 40: None}


def test_v1_spelling_of_parts_is_understood() -> None:
    key = "b" * 40
    fitted = SCHEMA.fit({key: "500", f"{key}_currency": "usd"})
    assert fitted.values == {key: {"value": Decimal(500), "currency": "USD"}}


def test_v1_spelling_of_a_range_is_understood() -> None:
    key = "2" * 40
    fitted = SCHEMA.fit({f"{key}_until": "2026-04-30", key: "2026-04-01"})
    assert fitted.values == {key: {"value": "2026-04-01", "until": "2026-04-30"}}


def test_parts_of_a_cleared_field_are_cleared_with_it() -> None:
    key = "b" * 40
    assert SCHEMA.fit({key: "", f"{key}_currency": "USD"}).values == {key: None}


def test_a_part_without_its_value_is_refused() -> None:
    with pytest.raises(MappingError, match="Budget: expected an amount"):
        SCHEMA.fit({"b" * 40 + "_currency": "USD"})


def test_a_value_that_does_not_fit_is_refused_with_field_value_and_wish() -> None:
    with pytest.raises(MappingError, match=r"Score: expected a number.*, got “many”") as caught:
        SCHEMA.fit({"Score": "many"})
    assert (caught.value.code, caught.value.path) == ("invalid_value", "custom_fields")


def test_an_unknown_label_is_refused_with_those_there_are() -> None:
    with pytest.raises(MappingError, match="There are: Trial, Team") as caught:
        SCHEMA.fit({"Plan": "Gold"})
    assert caught.value.code == "unknown_option"


def test_unknown_labels_are_dropped_on_wish_and_the_others_kept() -> None:
    fitted = SCHEMA.fit({"Interests": "Espresso, Tea"}, unknown=UnknownLabel.DROP)
    assert fitted.values == {"e" * 40: [1]}
    assert fitted.warnings == ["custom_fields: Interests has no option “Tea”; left out."]


def test_a_field_that_may_be_dropped_does_not_fail_the_others() -> None:
    fitted = SCHEMA.fit({"Score": "many", "Plan": "Team"}, droppable=["Score"])
    assert fitted.values == {"a" * 40: 2}
    assert fitted.warnings[0].endswith("It was left out.")


def test_the_type_of_a_field_is_known_by_its_key() -> None:
    kind = SCHEMA.type_of("1" * 40)
    assert kind is not None
    assert kind.key == "double"


def test_a_key_that_the_account_lacks_has_no_type() -> None:
    assert SCHEMA.type_of("9" * 40) is None


def test_days_and_times_are_meant_in_the_zone_of_the_mapping() -> None:
    fields = (
        FieldDefinition(
            field_code="d" * 40, field_name="D", field_type="date", is_custom_field=True
        ),
        FieldDefinition(
            field_code="e" * 40, field_name="T", field_type="time", is_custom_field=True
        ),
    )
    given = {"D": "2026-03-31T23:30:00Z", "T": "09:00"}
    assert Schema(fields=fields).fit(given, zone="Asia/Tokyo").values == {
        "d" * 40: "2026-04-01",
        "e" * 40: {"value": "09:00:00", "timezone_name": "Asia/Tokyo"},
    }

"""How values of custom fields are shown, told apart and written for leads."""

from decimal import Decimal
from typing import Any

import pytest

from dealwright.core import fieldtypes
from dealwright.core.fieldtype import FieldContext, FieldType, UnknownOption
from dealwright.core.record import FieldDefinition, FieldOption, Member
from dealwright.core.registry import discover
from dealwright.core.scalars import Misfit

TYPES = discover(fieldtypes, "FIELD_TYPE", FieldType)
KEY = "c" * 40
FIELD = FieldDefinition(
    field_code=KEY,
    field_name="Plan",
    field_type="enum",
    is_custom_field=True,
    options=(
        FieldOption(id=5, label="Trial"),
        FieldOption(id=6, label="Team"),
        FieldOption(id=7, label="5"),
        FieldOption(id=8, label="Twin"),
        FieldOption(id=9, label="Twin"),
    ),
)
CONTEXT = FieldContext(
    field=FIELD,
    users=(
        Member(id=3, email="Priya@tallinncoffee.example"),
        Member(id=4, email="timo@tallinncoffee.example", active_flag=False),
    ),
)


@pytest.mark.parametrize(
    ("key", "value", "text"),
    [
        ("varchar", "Ada", "Ada"),
        ("double", Decimal("12.50"), "12.50"),
        ("double", 12.0, "12"),
        ("monetary", {"value": Decimal(500), "currency": "EUR"}, "500 EUR"),
        ("enum", 6, "Team"),
        ("enum", 99, "99"),
        ("enum", None, ""),
        ("set", [5, 6], "Trial, Team"),
        ("time", {"value": "09:00:00", "timezone_name": "Europe/London"}, "09:00 (Europe/London)"),
        ("timerange", {"value": "09:00:00", "until": "17:30:00"}, "09:00 – 17:30"),
        ("daterange", {"value": "2026-04-01", "until": "2026-04-30"}, "2026-04-01 – 2026-04-30"),
        ("address", {"value": "Pikk 12, Tallinn", "country": "Estonia"}, "Pikk 12, Tallinn"),
        ("address", None, ""),
    ],
)
def test_a_value_is_shown_in_words(key: str, value: Any, text: str) -> None:
    assert TYPES[key].show(value, FIELD) == text


@pytest.mark.parametrize(
    ("key", "value", "flat"),
    [
        ("varchar", "Ada", {KEY: "Ada"}),
        ("set", [5, 6], {KEY: "5,6"}),
        ("set", None, {KEY: None}),
        ("monetary", {"value": 5, "currency": "EUR"}, {KEY: 5, f"{KEY}_currency": "EUR"}),
        ("daterange", {"value": "a", "until": "b"}, {KEY: "a", f"{KEY}_until": "b"}),
        (
            "time",
            {"value": "09:00:00", "timezone_id": 8},
            {KEY: "09:00:00", f"{KEY}_timezone_id": 8},
        ),
        ("address", {"value": "Pikk 12", "locality": "Tallinn"}, {KEY: "Pikk 12"}),
        ("address", None, {KEY: None}),
    ],
)
def test_leads_take_flat_keys(key: str, value: Any, flat: dict[str, Any]) -> None:
    assert TYPES[key].write_flat(KEY, value) == flat


@pytest.mark.parametrize(
    ("key", "flat", "value"),
    [
        ("enum", {KEY: "5"}, 5),
        ("set", {KEY: "5,6"}, [5, 6]),
        ("set", {}, None),
        ("monetary", {KEY: 5, f"{KEY}_currency": "EUR"}, {"value": 5, "currency": "EUR"}),
        ("daterange", {}, None),
    ],
)
def test_flat_keys_of_leads_are_read(key: str, flat: dict[str, Any], value: Any) -> None:
    assert TYPES[key].read_flat(KEY, flat) == value


def test_a_lead_takes_no_zone_by_name() -> None:
    with pytest.raises(Misfit):
        TYPES["time"].write_flat(KEY, {"value": "09:00:00", "timezone_name": "Europe/London"})


@pytest.mark.parametrize(
    ("key", "sent", "value"),
    [
        ("enum", "trial", 5),
        ("enum", 5, 5),
        ("enum", "5", 7),
        ("enum", "6", 6),
        ("set", "Trial, Team", [5, 6]),
        ("set", ["Trial", "", "Trial"], [5]),
        ("user", "priya@tallinncoffee.example", 3),
        ("monetary", "1200.50 eur", {"value": Decimal("1200.50"), "currency": "EUR"}),
        ("monetary", {"amount": "7", "currency": "USD"}, {"value": Decimal(7), "currency": "USD"}),
        ("date", "2026-04-01T23:30:00-05:00", "2026-04-01"),
        ("time", "2:30 pm", {"value": "14:30:00"}),
        ("time", "14:30+02:00", {"value": "12:30:00", "timezone_name": "Etc/UTC"}),
        ("timerange", "09:00-17:00", {"value": "09:00:00", "until": "17:00:00"}),
        ("daterange", "2026-04-01 to 2026-04-30", {"value": "2026-04-01", "until": "2026-04-30"}),
        (
            "address",
            {"street": "Pikk 12", "city": "Tallinn", "postalCode": 10123, "country": "Estonia"},
            {
                "value": "Pikk 12, 10123 Tallinn, Estonia",
                "country": "Estonia",
                "locality": "Tallinn",
                "postal_code": "10123",
            },
        ),
    ],
)
def test_what_senders_send_is_understood(key: str, sent: Any, value: Any) -> None:
    assert TYPES[key].parse(sent, CONTEXT) == value


@pytest.mark.parametrize(
    ("key", "sent"),
    [
        ("varchar", "x" * 256),
        ("varchar", {"a": 1}),
        ("double", "1,200.50"),
        ("double", "1e400"),
        ("double", True),
        ("monetary", "5 euros"),
        ("monetary", {"currency": "EUR"}),
        ("enum", "Twin"),
        ("enum", ["Trial", "Team"]),
        ("user", "timo@tallinncoffee.example"),
        ("user", 4),
        ("org", 0),
        ("date", "04/05/2026"),
        ("time", "1430"),
        ("timerange", "09:00"),
        ("daterange", ["2026-04-30", "2026-04-01"]),
        ("address", {"planet": "Earth"}),
    ],
)
def test_what_can_be_read_in_two_ways_or_none_is_refused(key: str, sent: Any) -> None:
    with pytest.raises(Misfit):
        TYPES[key].parse(sent, CONTEXT)


def test_unknown_labels_are_named_and_the_known_ones_kept() -> None:
    with pytest.raises(UnknownOption) as caught:
        TYPES["set"].parse(["Trial", "Gold"], CONTEXT)
    assert (caught.value.labels, caught.value.known) == (("Gold",), [5])


def test_amounts_with_and_without_a_currency_that_is_there_are_the_same() -> None:
    assert TYPES["monetary"].same({"value": Decimal("0.1")}, {"value": 0.1, "currency": "EUR"})


def test_the_order_of_options_means_nothing() -> None:
    assert TYPES["set"].same([5, 6], [6, 5])

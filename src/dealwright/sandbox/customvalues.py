"""Values of custom fields: 16 types, checked as v2 takes them, shown as v2, v1 and webhooks do.

What is stored is v2's form. Source: migration guide and custom-fields page.
"""

from collections.abc import Mapping
from functools import cache
from typing import Any
from zoneinfo import available_timezones

from dealwright.sandbox.fielddefs import FieldDef
from dealwright.sandbox.records import Address, CustomValues
from dealwright.sandbox.validate import (
    Check,
    Shape,
    Spot,
    checked_object,
    clock_time,
    integer,
    is_date,
    known,
    nullable,
    number,
    text,
)

_ADDRESS_PARTS = tuple(Address.__struct_fields__)
_NEEDS_VALUE = "Parameter 'value' is required"


def _filled(limit: int) -> Check:
    def checked(value: Any, spot: Spot) -> Any:
        if value == "":
            spot.fail("Expected non-empty 'string', use null to clear the value")
        elif isinstance(value, str) and len(value) > limit:
            spot.fail(f"This value is too long. It should have {limit} characters or less.")
        else:
            text(value, spot)
        return value

    return checked


def _date(value: Any, spot: Spot) -> Any:
    if not isinstance(value, str):
        spot.fail("The value is not a valid 'string'")
    elif not is_date(value):
        spot.fail("This value is not a valid date.")
    return value


def _currency(value: Any, spot: Spot) -> Any:
    if not isinstance(value, str) or len(value) != 3:
        spot.fail("This value is not a valid currency.")
    return value


def _zone(value: Any, spot: Spot) -> Any:
    if value not in _zones():
        spot.fail("This value is not a valid timezone.")
    return value


def _parts(shape: Shape, *required: str) -> Check:
    def checked(value: Any, spot: Spot) -> Any:
        parts = checked_object(value, spot, shape)
        if isinstance(value, dict):
            for name in required:
                if name not in parts:
                    spot.at(name).fail(f"Parameter '{name}' is required")
        return parts

    return checked


_ZONED: Shape = {"timezone_id": nullable(integer), "timezone_name": nullable(_zone)}
_money = _parts({"value": number, "currency": _currency}, "value")
_time = _parts({"value": clock_time, **_ZONED}, "value")
_timerange = _parts({"value": clock_time, "until": clock_time, **_ZONED}, "value", "until")
_daterange = _parts({"value": _date, "until": _date}, "value", "until")
_address = _parts({name: nullable(text) for name in _ADDRESS_PARTS}, "value")

_CHECKS: Mapping[str, Check] = {
    "varchar": _filled(255),
    "varchar_auto": _filled(255),
    "phone": _filled(255),
    "text": _filled(65_535),
    "double": number,
    "monetary": _money,
    "user": known("user"),
    "org": known("organization"),
    "people": known("person"),
    "time": _time,
    "timerange": _timerange,
    "date": _date,
    "daterange": _daterange,
    "address": _address,
}


def _one_option(value: Any, spot: Spot, field: FieldDef) -> Any:
    if type(value) is not int:
        spot.fail("The value is not a valid 'integer'")
    elif value not in {option.id for option in field.options or ()}:
        spot.fail(f"Option {value} does not exist in field '{field.code}'")
    return value


def _options(value: Any, spot: Spot, field: FieldDef) -> Any:
    if not isinstance(value, list):
        spot.fail("The value is not a valid 'array'")
        return None
    items: list[Any] = value  # pyright: ignore[reportUnknownVariableType]
    if not items:
        spot.fail("Expected non-empty 'array', use null to clear the value")
    return [_one_option(item, spot.at(i), field) for i, item in enumerate(items)]


def check_value(field: FieldDef, value: Any, spot: Spot) -> Any:
    """One value as v2 writes it, completed to the form in which it is read."""
    if value is None:
        return None
    if field.type == "enum":
        return _one_option(value, spot, field)
    if field.type == "set":
        return _options(value, spot, field)
    checked = _CHECKS[field.type](value, spot)
    return checked if spot.faults else _completed(field.type, checked, spot)


def _completed(kind: str, value: Any, spot: Spot) -> Any:
    if kind == "monetary":
        return {"currency": spot.user.default_currency if spot.user else "USD", **value}
    if kind == "address":
        return {name: value.get(name) for name in _ADDRESS_PARTS}
    if kind in {"time", "timerange"}:
        return _zoned(value, spot)
    return value


def _zoned(value: dict[str, Any], spot: Spot) -> dict[str, Any]:
    # Neither name nor number: the current user's zone (migration guide).
    name: str | None = value.get("timezone_name")
    number_given = value.get("timezone_id")
    if name is None and number_given is None:
        name = spot.user.timezone_name if spot.user else "Etc/UTC"
    number_shown = zone_id(name) if name is not None and number_given is None else number_given
    return {**value, "timezone_id": number_shown, "timezone_name": name}


@cache
def _zones() -> list[str]:
    return sorted(available_timezones())


def zone_id(name: str) -> int:
    """A number for an IANA zone; Pipedrive's own numbering is not published."""
    return _zones().index(name) + 1


def custom_fields(kind: str) -> Check:
    """The check of a body's `custom_fields` for this kind of record."""

    def checked(value: Any, spot: Spot) -> Any:
        fields = spot.company.fields[kind].custom
        if not isinstance(value, dict):
            spot.fail("The value is not a valid 'object'")
            return {}
        result: CustomValues = {}
        items: dict[str, Any] = value  # pyright: ignore[reportUnknownVariableType]
        for code, item in items.items():
            field = fields.get(code)
            if field is None:
                spot.fail(f"Unknown key '{code}'")
            else:
                result[field.code] = check_value(field, item, spot.at(code))
        return result

    return checked


def merged(old: CustomValues | None, new: CustomValues) -> CustomValues | None:
    """Old values with the new ones over them; None clears."""
    values = {**(old or {}), **new}
    return {code: value for code, value in values.items() if value is not None} or None


def as_v1(field: FieldDef, value: Any) -> dict[str, Any]:
    """One stored value as v1's flat keys, `<hash>` and `<hash>_…`."""
    code = field.code
    if value is None:
        return {code: None}
    if field.type == "enum":
        return {code: str(value)}
    if field.type == "set":
        return {code: ",".join(str(item) for item in value)}
    if not isinstance(value, dict):
        return {code: value}
    parts: dict[str, Any] = value  # pyright: ignore[reportUnknownVariableType]
    flat = {f"{code}_{name}": part for name, part in parts.items() if name != "value"}
    flat.pop(f"{code}_timezone_name", None)
    return {code: parts["value"], **flat}


def as_webhook(field: FieldDef, value: Any) -> dict[str, Any] | None:
    """One stored value as webhooks v2 carry it, with its type."""
    if value is None:
        return None
    kind = field.type
    if kind in {"enum", "user", "org", "people"}:
        return {"type": kind, "id": value}
    if kind == "set":
        return {"type": kind, "values": [{"id": item} for item in value]}
    if kind in {"timerange", "daterange"}:
        rest = {k: v for k, v in value.items() if k == "timezone_id"}
        return {"type": kind, "from": value["value"], "until": value["until"], **rest}
    if isinstance(value, dict):
        parts: dict[str, Any] = value  # pyright: ignore[reportUnknownVariableType]
        return {"type": kind, **{k: v for k, v in parts.items() if k != "timezone_name"}}
    return {"type": kind, "value": value}

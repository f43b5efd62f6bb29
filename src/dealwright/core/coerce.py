"""Coercion: what the directives gave → Values, as an Action declares its fields.

The rules are Segment's (empties vanish, numbers and text turn into each other where nothing is
lost), and stricter where Pipedrive would misread a value: ids, days, times, lengths.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any, Final, cast

import msgspec

from dealwright.core.action import Action, ActionField, Values, ValueType, Writing
from dealwright.core.errors import MappingError
from dealwright.core.moment import read_day, read_length, read_moment, read_time
from dealwright.core.scalars import (
    Misfit,
    read_amount,
    read_boolean,
    read_integer,
    read_number,
    read_record_id,
    read_text,
    shown,
)
from dealwright.core.zone import read_zone


def coerce(action: Action, resolved: object, *, left_out: Iterable[str] = ()) -> Values:
    """Fit resolved fields to the Action's declaration; keys that it lacks are dropped.

    A field that `drop_if_invalid` or `left_out` names is left out where its value does not fit;
    `dropped` holds a sentence for each.

    Raises MappingError (`invalid_value`) that names every field at fault in one sentence; `path`
    are their keys, joined by commas.
    """
    if not isinstance(resolved, dict):
        raise MappingError("The fields of a Mapping must give an object.", code="invalid_value")
    given = cast("dict[str, Any]", resolved)
    values: dict[str, Any] = {}
    faults: dict[str, str] = {}
    zone = _zone(given)
    for field in action.fields:
        raw = given.get(field.key)
        try:
            value = None if raw is None or raw == "" else _fitted(field, raw, zone)
        except Misfit:
            faults[field.key] = f"expected {wish_of(field)}, got {shown(raw)}"
            continue
        if value is not None:
            values[field.key] = value
        elif field.required:
            faults[field.key] = "is required and was empty; map it to something the event has"
    faults |= _put_rules(action, values)
    if faults and (dropped := _dropped(action, given, faults, left_out)):
        values["dropped"] = dropped
    if faults:
        sentence = "; ".join(f"{key}: {fault}" for key, fault in faults.items())
        raise MappingError(f"{sentence}.", code="invalid_value", path=",".join(faults))
    return values


#: The rule of all fields that have none of their own. What is only added to, as addresses and
#: labels are, overwrites nothing and needs none.
EVERY_FIELD: Final = "*"


def _rules(action: Action, given: Mapping[str, Any]) -> Mapping[str, Any]:
    """The rules by field, with the Mapping's default spelled out; text alone can be appended to."""
    if given.get(EVERY_FIELD) in {None, "append"}:
        return given
    ruled = {Writing.SETS, Writing.LINKS}
    default = {field.key: given[EVERY_FIELD] for field in action.fields if field.writing in ruled}
    return default | {name: rule for name, rule in given.items() if name != EVERY_FIELD}


def _put_rules(action: Action, values: dict[str, Any]) -> dict[str, str]:
    """Have the rules by field; what is wrong with them."""
    if "write_rules" not in values:
        return {}
    values["write_rules"] = _rules(action, values["write_rules"])
    return _rule_faults(action, values["write_rules"])


def _rule_faults(action: Action, rules: Mapping[str, Any]) -> dict[str, str]:
    """Rules for fields that the Action does not write: nothing would come of them."""
    steering = {Writing.FINDS, Writing.STEERS}
    written = {field.key for field in action.fields if field.writing not in steering}
    if EVERY_FIELD in rules:
        return {"write_rules": "* takes always, if_empty, only_new or keep_edits"}
    unknown = ", ".join(shown(name) for name in rules if name not in written)
    return {"write_rules": f"there is no field {unknown} that is written"} if unknown else {}


def _dropped(
    action: Action, given: Mapping[str, Any], faults: dict[str, str], left_out: Iterable[str]
) -> tuple[str, ...]:
    """Take those out of the faults that the Mapping, or a person, lets go; a sentence for each."""
    named: object = given.get("drop_if_invalid")
    items = cast("list[object]", named) if isinstance(named, list | tuple) else [named]
    items = [item for item in (*items, *left_out) if item is not None]
    if not items:
        return ()
    droppable = [
        field.key
        for field in action.fields
        if field.key in faults and not field.required and ("*" in items or field.key in items)
    ]
    return tuple(f"{key}: {faults.pop(key)}; left out." for key in droppable)


def _zone(given: Mapping[str, Any]) -> str:
    """The zone that the Mapping names; one that is none is a fault of its own field."""
    try:
        return read_zone(given["zone"]) if given.get("zone") else ""
    except Misfit:
        return ""


def _fitted(field: ActionField, raw: object, zone: str) -> object:
    convert = _CONVERTERS[field.type]
    if field.type is ValueType.DATETIME:
        convert = _written(partial(_rfc3339, zone=zone))
    if field.type is ValueType.OBJECT:
        return convert(raw)
    if field.many:
        items = cast("list[object]", raw) if isinstance(raw, list | tuple) else [raw]
        # An empty text in a list says no more than an empty field does.
        found = tuple(convert(item) for item in items if item is not None and item != "")
        _check_choices(field, *found)
        return found or None
    value = convert(_only(raw))
    _check_choices(field, value)
    return value


def _check_choices(field: ActionField, *values: object) -> None:
    allowed = [choice.value for choice in field.choices]
    if allowed and any(value not in allowed for value in values):
        raise Misfit


def _only(raw: object) -> object:
    if isinstance(raw, list | tuple):
        items = cast("Sequence[object]", raw)
        if len(items) != 1:
            raise Misfit
        return items[0]
    return raw


def _currency(raw: object) -> str:
    code = read_text(raw).strip().upper()
    if not _CURRENCY.fullmatch(code):
        raise Misfit
    return code


def _uuid(raw: object) -> str:
    text = read_text(raw).strip().lower()
    if not _UUID.fullmatch(text):
        raise Misfit
    return text


def _written(read: Callable[[str | float], str | None]) -> Callable[[object], str]:
    def convert(raw: object) -> str:
        if isinstance(raw, bool) or not isinstance(raw, str | int | float):
            raise Misfit
        text = read(raw)
        if text is None:
            raise Misfit
        return text

    return convert


def _rfc3339(written: str | float, *, zone: str = "") -> str | None:
    moment = read_moment(written, zone=zone)
    return None if moment is None else f"{moment.isoformat(timespec='seconds')[:-6]}Z"


def _object(raw: object) -> dict[str, Any]:
    if not isinstance(raw, dict):
        raise Misfit
    entries = cast("dict[str, Any]", raw)
    try:
        written = msgspec.json.encode(entries)
    except (TypeError, ValueError, OverflowError, RecursionError):
        raise Misfit from None
    if b"\\u0000" in written:
        raise Misfit
    return entries


_CURRENCY: Final = re.compile(r"[A-Z]{3}")
_UUID: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")

_CONVERTERS: Final[Mapping[ValueType, Callable[[object], object]]] = {
    ValueType.TEXT: read_text,
    ValueType.INTEGER: read_integer,
    ValueType.NUMBER: read_number,
    ValueType.BOOLEAN: read_boolean,
    ValueType.RECORD_ID: read_record_id,
    ValueType.DATETIME: _written(_rfc3339),
    ValueType.DATE: _written(read_day),
    ValueType.TIME: _written(read_time),
    ValueType.DURATION: _written(read_length),
    ValueType.OBJECT: _object,
    ValueType.AMOUNT: read_amount,
    ValueType.CURRENCY: _currency,
    ValueType.UUID: _uuid,
    ValueType.ZONE: read_zone,
}

_WISHES: Final[Mapping[ValueType, str]] = {
    ValueType.TEXT: "text",
    ValueType.INTEGER: "a whole number",
    ValueType.NUMBER: "a number",
    ValueType.BOOLEAN: "true or false",
    ValueType.RECORD_ID: "a record id, a whole number above 0",
    ValueType.DATETIME: "a moment such as 2026-04-01T14:30:00Z",
    ValueType.DATE: "a day such as 2026-04-01",
    ValueType.TIME: "a time such as 14:30 or 14:30+02:00",
    ValueType.DURATION: "a length such as 00:45 or 45m",
    ValueType.OBJECT: "an object",
    ValueType.AMOUNT: "an amount such as 1200.50, without thousands separators",
    ValueType.CURRENCY: "a currency of three letters, such as EUR",
    ValueType.UUID: "the id of a lead, such as adf21080-0e10-11eb-879b-05d71fb426ec",
    ValueType.ZONE: "a time zone such as Europe/Stockholm",
}


def wish_of(field: ActionField) -> str:
    """What a field takes, in words."""
    if field.wish:
        return field.wish
    if field.choices:
        return f"one of {', '.join(choice.value for choice in field.choices)}"
    return _WISHES[field.type]

"""Coercion: what the directives gave → Values, as an Action declares its fields.

The rules are Segment's (empties vanish, numbers and text turn into each other where nothing is
lost), and stricter where Pipedrive would misread a value: ids, days, times, lengths.
"""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, cast

import msgspec

from dealwright.core.action import Action, ActionField, Values, ValueType
from dealwright.core.ecmascript import number_text
from dealwright.core.errors import MappingError
from dealwright.core.moment import read_day, read_length, read_moment, read_time

_NUMERIC: Final = re.compile(r"\s*[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?\s*", re.IGNORECASE)
_LARGEST: Final = 2**53


class _Misfit(Exception):
    """A value that a field does not take."""


def coerce(action: Action, resolved: object) -> Values:
    """Fit resolved fields to the Action's declaration; keys that it lacks are dropped.

    Raises MappingError (`invalid_value`) that names every field at fault in one sentence; `path`
    are their keys, joined by commas.
    """
    if not isinstance(resolved, dict):
        raise MappingError("The fields of a Mapping must give an object.", code="invalid_value")
    given = cast("dict[str, Any]", resolved)
    values: dict[str, Any] = {}
    faults: dict[str, str] = {}
    for field in action.fields:
        raw = given.get(field.key)
        try:
            value = None if raw is None or raw == "" else _fitted(field, raw)
        except _Misfit:
            faults[field.key] = f"expected {_wish(field)}, got {_shown(raw)}"
            continue
        if value is not None:
            values[field.key] = value
        elif field.required:
            faults[field.key] = "is required and was empty; map it to something the event has"
    if faults:
        sentence = "; ".join(f"{key}: {fault}" for key, fault in faults.items())
        raise MappingError(f"{sentence}.", code="invalid_value", path=",".join(faults))
    return values


def _fitted(field: ActionField, raw: object) -> object:
    convert = _CONVERTERS[field.type]
    if field.type is ValueType.OBJECT:
        return convert(raw)
    if field.many:
        items = cast("list[object]", raw) if isinstance(raw, list | tuple) else [raw]
        # An empty text in a list says no more than an empty field does.
        return tuple(convert(item) for item in items if item is not None and item != "") or None
    value = convert(_only(raw))
    if field.choices and value not in [choice.value for choice in field.choices]:
        raise _Misfit
    return value


def _only(raw: object) -> object:
    if isinstance(raw, list | tuple):
        items = cast("Sequence[object]", raw)
        if len(items) != 1:
            raise _Misfit
        return items[0]
    return raw


def _text(raw: object) -> str:
    if isinstance(raw, str):
        # NUL fits into no database; a lone surrogate fits into no UTF-8.
        if "\0" in raw or not _is_unicode(raw):
            raise _Misfit
        return raw
    if isinstance(raw, bool):
        return "true" if raw else "false"
    if isinstance(raw, int | float):
        return number_text(raw)
    raise _Misfit


def _is_unicode(text: str) -> bool:
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _number(raw: object) -> float:
    if isinstance(raw, bool) or not isinstance(raw, str | int | float):
        raise _Misfit
    if isinstance(raw, str) and not _NUMERIC.fullmatch(raw):
        raise _Misfit
    try:
        number = float(raw)
    except OverflowError:
        raise _Misfit from None
    if not math.isfinite(number):
        raise _Misfit
    return number


def _integer(raw: object) -> int:
    number = _number(raw)
    # Beyond that a double no longer holds every whole number.
    if not number.is_integer() or abs(number) >= _LARGEST:
        raise _Misfit
    return int(number)


def _record_id(raw: object) -> int:
    number = _integer(raw)
    if number < 1:
        raise _Misfit
    return number


def _boolean(raw: object) -> bool:
    if isinstance(raw, bool):
        return raw
    if isinstance(raw, str | int | float) and raw in _BOOLEANS:
        return _BOOLEANS[raw]
    raise _Misfit


def _written(read: Callable[[str | float], str | None]) -> Callable[[object], str]:
    def convert(raw: object) -> str:
        if isinstance(raw, bool) or not isinstance(raw, str | int | float):
            raise _Misfit
        text = read(raw)
        if text is None:
            raise _Misfit
        return text

    return convert


def _rfc3339(written: str | float) -> str | None:
    moment = read_moment(written)
    return None if moment is None else f"{moment.isoformat(timespec='seconds')[:-6]}Z"


def _object(raw: object) -> dict[str, Any]:
    if not isinstance(raw, dict):
        raise _Misfit
    entries = cast("dict[str, Any]", raw)
    try:
        written = msgspec.json.encode(entries)
    except (TypeError, ValueError, OverflowError, RecursionError):
        raise _Misfit from None
    if b"\\u0000" in written:
        raise _Misfit
    return entries


_BOOLEANS: Final[Mapping[str | float, bool]] = {"true": True, "false": False, 1: True, 0: False}

_CONVERTERS: Final[Mapping[ValueType, Callable[[object], object]]] = {
    ValueType.TEXT: _text,
    ValueType.INTEGER: _integer,
    ValueType.NUMBER: _number,
    ValueType.BOOLEAN: _boolean,
    ValueType.RECORD_ID: _record_id,
    ValueType.DATETIME: _written(_rfc3339),
    ValueType.DATE: _written(read_day),
    ValueType.TIME: _written(read_time),
    ValueType.DURATION: _written(read_length),
    ValueType.OBJECT: _object,
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
}


def _wish(field: ActionField) -> str:
    if field.wish:
        return field.wish
    if field.choices:
        return f"one of {', '.join(choice.value for choice in field.choices)}"
    return _WISHES[field.type]


def _shown(raw: object) -> str:
    match raw:
        case dict():
            return "an object"
        case list() | tuple():
            return "a list"
        case bool():
            return "true" if raw else "false"
        case int() | float():
            return number_text(raw)
        case _:
            text = ascii(raw)[1:-1] if "\0" in str(raw) else str(raw)
            text = text.encode(errors="replace").decode()
            return f"“{text if len(text) <= 60 else f'{text[:57]}...'}”"

"""Values of a trigger: equality, numbers and the functions (FQL.md, sections 4 to 6)."""

import math
import re
from collections.abc import Callable
from typing import Any, Final, cast

from dealwright.core.ecmascript import double, json_text, keys_as_they_are, number_text
from dealwright.core.fql.glob import compile_glob
from dealwright.core.fql.syntax import Function
from dealwright.core.fql.tokens import WHITE_SPACE

_NUMBER_IN_TEXT: Final = re.compile(
    rf"[{WHITE_SPACE}]*([+-]?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?)[{WHITE_SPACE}]*"
)
_WORD_START: Final = re.compile(rf"(^|[{WHITE_SPACE}])([^{WHITE_SPACE}])", re.MULTILINE)


def as_number(value: object) -> float | None:
    """Give the double that a number is; None for everything else, booleans among it."""
    kind = type(value)
    if kind is float:
        return cast("float", value)
    return double(cast("int", value)) if kind is int else None


def equal(left: object, right: object) -> bool:
    """Tell whether two values are of one type and equal, item by item and key by key."""
    waiting = [(left, right)]
    while waiting:
        one, other = waiting.pop()
        if isinstance(one, dict) and isinstance(other, dict):
            mine, theirs = cast("dict[str, Any]", one), cast("dict[str, Any]", other)
            if mine.keys() != theirs.keys():
                return False
            waiting.extend((mine[key], theirs[key]) for key in mine)
        elif isinstance(one, list) and isinstance(other, list):
            items, others = cast("list[Any]", one), cast("list[Any]", other)
            if len(items) != len(others):
                return False
            waiting.extend(zip(items, others, strict=True))
        elif not _same(cast("object", one), other):
            return False
    return True


def _same(one: object, other: object) -> bool:
    number = as_number(one)
    if number is not None:
        return number == as_number(other)
    return type(one) is type(other) and one == other


def contains(text: object, part: object) -> bool:
    """Tell whether one text is in another."""
    return isinstance(text, str) and isinstance(part, str) and part in text


def matches(text: object, pattern: object) -> bool:
    """Tell whether a glob covers the whole of a text."""
    if not (isinstance(text, str) and isinstance(pattern, str)):
        return False
    return compile_glob(pattern)(text)


def _length(value: object) -> object:
    match value:
        case None:
            return 0
        case str():
            return len(value) if value.isascii() else len(value.encode("utf-8", "surrogatepass"))
        case list():
            return len(cast("list[object]", value))
        case _:
            return None


def _of_text(change: Callable[[str], str]) -> Callable[[object], object]:
    def changed(value: object) -> object:
        return change(value) if isinstance(value, str) else None

    return changed


def _titled(text: str) -> str:
    return _WORD_START.sub(lambda hit: hit[1] + hit[2].upper(), text)


def type_name(value: object) -> str:
    """Name a value's type as `typeof` does."""
    match value:
        case None:
            return "null"
        case bool():
            return "bool"
        case str():
            return "string"
        case int() | float():
            return "number"
        case list():
            return "list"
        case _:
            return "object"


def _as_bool(value: object) -> bool:
    if isinstance(value, str):
        return value not in ("", "0") and value.lower() != "false"
    return bool(value)


def _as_text(value: object) -> object:
    match value:
        case None | str():
            return value
        case bool():
            return "true" if value else "false"
        case int() | float():
            return number_text(value)
        case _:
            return json_text(value, key_order=keys_as_they_are)


def _as_number(value: object) -> object:
    if isinstance(value, str):
        hit = _NUMBER_IN_TEXT.fullmatch(value)
        number = float(hit[1]) if hit else math.inf
        return number if math.isfinite(number) else None
    return as_number(value)


FUNCTIONS_OF_ONE: Final[dict[Function, Callable[[object], object]]] = {
    Function.LENGTH: _length,
    Function.LOWERCASE: _of_text(str.lower),
    Function.UPPERCASE: _of_text(str.upper),
    Function.SNAKECASE: _of_text(lambda text: text.replace(" ", "_")),
    Function.KEBABCASE: _of_text(lambda text: text.replace(" ", "-")),
    Function.TITLECASE: _of_text(_titled),
    Function.TYPEOF: type_name,
    Function.BOOL: _as_bool,
    Function.STRING: _as_text,
    Function.NUMBER: _as_number,
}
"""What each function of one argument does to its value."""

FUNCTIONS_OF_TWO: Final[dict[Function, Callable[[object, object], bool]]] = {
    Function.CONTAINS: contains,
    Function.MATCH: matches,
}
"""What each function of two arguments does to its values."""

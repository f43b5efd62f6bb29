"""Values in Liquid: as text, as numbers, their truth and how they compare (LIQUID.md, 2 and 3)."""

import math
import re
from collections.abc import Callable
from enum import Enum
from typing import Any, Final, TypeAlias, cast

from liquid.exceptions import FilterError

from dealwright.core.ecmascript import double, number_text
from dealwright.core.mappingkit.absence import ABSENT

MAX_CHARACTERS: Final = 1_000_000
"""The longest text that a filter or a template may make."""

MAX_ITEMS: Final = 100_000
"""The longest list that a filter or a range may make."""

WHITE_SPACE: Final = (
    "\t\n\v\f\r \xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000\ufeff"
)
"""What ECMAScript's `trim` and `\\s` take for white space."""

_DECIMAL: Final = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_INFINITE: Final = {"Infinity": math.inf, "+Infinity": math.inf, "-Infinity": -math.inf}
_BASES: Final = {"0x": 16, "0X": 16, "0b": 2, "0B": 2, "0o": 8, "0O": 8}

Items: TypeAlias = list[Any]


class Word(Enum):
    """The words `empty` and `blank`, which are equal to many values, and `nil`."""

    EMPTY = "empty"
    BLANK = "blank"
    NIL = "nil"


def is_nothing(value: object) -> bool:
    """Tell whether a value is missing, null, or the word nil."""
    return value is None or value is ABSENT or value is Word.NIL


def is_true(value: object) -> bool:
    """Only false, null and missing are false."""
    return value is not False and not is_nothing(value)


def within(characters: int) -> None:
    """Refuse to make a text that is too long, before it is made."""
    if characters > MAX_CHARACTERS:
        raise FilterError(f"a text of more than {MAX_CHARACTERS} characters", token=None)


def text_of(value: object) -> str:
    """Give the text of a value as output shows it; lists are their items' texts on end."""
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return "".join(map(_plain_text, leaves(cast("Items", value))))
    return _plain_text(value)


def _plain_text(value: object) -> str:
    match value:
        case str():
            return value
        case bool():
            return "true" if value else "false"
        case int() | float():
            return number_text(value)
        case dict():
            return "[object Object]"
        case _:
            return ""


def leaves(items: Items) -> Items:
    """All items of lists within lists, in order; a list without items counts as a null."""
    found: Items = []
    waiting = items[::-1]
    while waiting:
        item = waiting.pop()
        if isinstance(item, list):
            inner = cast("Items", item)
            waiting += inner[::-1] if inner else [None]
        else:
            found.append(item)
    return found


def script_text(value: object) -> str:
    """Give the text that ECMAScript's String() makes; lists are joined by commas."""
    if value is ABSENT:
        return "undefined"
    if value is None:
        return "null"
    if isinstance(value, list):
        return ",".join(_plain_text(item) for item in leaves(cast("Items", value)))
    return _plain_text(value)


def number_of(value: object) -> float:
    """Give the number that ECMAScript's Number() makes, NaN where there is none."""
    match value:
        case bool():
            return float(value)
        case int() | float():
            return double(value)
        case None | Word():
            return 0.0
        case str():
            return _number_in(value.strip(WHITE_SPACE))
        case list():
            return number_of(script_text(cast("Items", value)))
        case _:
            return math.nan


def _number_in(text: str) -> float:
    if not text:
        return 0.0
    if _DECIMAL.fullmatch(text):
        return float(text)
    if text in _INFINITE:
        return _INFINITE[text]
    base = _BASES.get(text[:2])
    try:
        return double(int(text[2:], base)) if base and text[2:].isalnum() else math.nan
    except ValueError:
        return math.nan


def equal(left: object, right: object) -> bool:
    """Compare by `==`: of one type and equal, lists item by item, objects only with themselves."""
    for word, other in ((left, right), (right, left)):
        if isinstance(word, Word):
            return _equals_word(word, other)
    waiting: list[tuple[Any, Any]] = [(left, right)]
    while waiting:
        one, other = waiting.pop()
        if isinstance(one, list) and isinstance(other, list):
            mine, theirs = cast("Items", one), cast("Items", other)
            if len(mine) != len(theirs):
                return False
            waiting += zip(mine, theirs, strict=True)
        elif not _identical(cast("Any", one), other):
            return False
    return True


def _identical(one: object, other: object) -> bool:
    if isinstance(one, dict | list) or isinstance(other, dict | list):
        return one is other
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, int | float) and isinstance(other, int | float):
        return double(one) == double(other)
    return type(one) is type(other) and one == other


def _equals_word(word: Word, value: object) -> bool:
    if word is Word.NIL:
        return is_nothing(value)
    if word is Word.BLANK and not is_true(value):
        return True
    if isinstance(value, str):
        return not (value.strip(WHITE_SPACE) if word is Word.BLANK else value)
    return isinstance(value, list | dict) and not value


def ordered(left: object, right: object, order: Callable[[Any, Any], bool]) -> bool:
    """Compare by `<` and its kin: two texts as texts, everything else as numbers."""
    if isinstance(left, Word) or isinstance(right, Word):
        return False
    one, other = _primitive(left), _primitive(right)
    if isinstance(one, str) and isinstance(other, str):
        return order(
            one.encode("utf-16-be", "surrogatepass"), other.encode("utf-16-be", "surrogatepass")
        )
    return order(number_of(one), number_of(other))


def _primitive(value: object) -> object:
    return script_text(cast("object", value)) if isinstance(value, list | dict) else value


def contains(left: object, right: object) -> bool:
    """Tell whether a list has an item, or a text a part; false for everything else."""
    if isinstance(left, list):
        return any(equal(item, right) for item in cast("Items", left))
    if isinstance(left, str):
        return script_text(None if right is Word.NIL else right) in left
    return False

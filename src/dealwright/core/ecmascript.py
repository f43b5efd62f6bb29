"""Numbers, text and JSON the way ECMAScript writes them: the form that recorded results have.

Sources: ECMA-262, Number::toString and JSON.stringify.
"""

import json
import math
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, cast

_EXACT: Final = 2**53
_MOST_DIGITS: Final = 21
_LEAST_EXPONENT: Final = -6
_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_INDEX: Final = re.compile(r"0|[1-9][0-9]{0,9}")
_LAST_INDEX: Final = 2**32 - 2


def double(number: float) -> float:
    """Round an integer to the nearest double; one beyond all doubles is infinite."""
    try:
        return float(number)
    except OverflowError:
        return math.inf if number > 0 else -math.inf


def number_text(number: float) -> str:
    """Print a number: `5`, `99.5`, `1e+21`, `1e-7`, `Infinity`, `NaN`."""
    if isinstance(number, int) and -_EXACT <= number <= _EXACT:
        return str(int(number))
    value = double(number)
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    if value == 0:
        return "0"
    sign = "-" if value < 0 else ""
    return sign + _positive(abs(value))


def _positive(value: float) -> str:
    mantissa, _, power = repr(value).partition("e")
    whole, _, fraction = mantissa.partition(".")
    digits = (whole + fraction).lstrip("0")
    # The value is 0.DIGITS × 10^point; leading zeros of a fraction move the point.
    point = len(whole) + int(power or 0) - (len(whole + fraction) - len(digits))
    digits = digits.rstrip("0")
    if len(digits) <= point <= _MOST_DIGITS:
        return digits + "0" * (point - len(digits))
    if 0 < point <= _MOST_DIGITS:
        return f"{digits[:point]}.{digits[point:]}"
    if _LEAST_EXPONENT < point <= 0:
        return f"0.{'0' * -point}{digits}"
    exponent = f"e{point - 1:+d}"
    return f"{digits[0]}.{digits[1:]}{exponent}" if len(digits) > 1 else digits + exponent


class _Written(str):
    """A piece of JSON that is finished, among values still to be written."""

    __slots__ = ()


KeyOrder = Callable[[Mapping[str, Any]], Iterable[str]]
"""In which order the keys of an object are written."""


def keys_as_they_are(entries: Mapping[str, Any]) -> Iterable[str]:
    """The order in which the sender wrote them."""
    return entries


def keys_as_ecmascript(entries: Mapping[str, Any]) -> Iterable[str]:
    """Keys that are whole numbers first and ascending, then the others as they are."""
    numbers = [key for key in entries if _INDEX.fullmatch(key) and int(key) <= _LAST_INDEX]
    if not numbers:
        return entries
    numbers.sort(key=int)
    chosen = set(numbers)
    return [*numbers, *(key for key in entries if key not in chosen)]


def json_text(value: object, *, key_order: KeyOrder = keys_as_ecmascript) -> str:
    """Write JSON without white space and with no escapes but the necessary ones.

    Infinite numbers and NaN are null. Works through a list of its own, not by recursion, so that
    no depth of an event can exhaust the stack.
    """
    out: list[str] = []
    waiting: list[object] = [value]
    while waiting:
        item = waiting.pop()
        if isinstance(item, _Written):
            out.append(item)
        elif isinstance(item, dict):
            entries = cast("dict[str, Any]", item)
            waiting.extend(_opened_object(entries, key_order))
        elif isinstance(item, list | tuple):
            waiting.extend(_opened_list(cast("list[object]", item)))
        else:
            out.append(_scalar(item))
    return "".join(out)


def _opened_object(entries: Mapping[str, Any], key_order: KeyOrder) -> list[object]:
    pieces: list[object] = []
    lead = "{"
    for key in key_order(entries):
        pieces += (_Written(f"{lead}{json_string(key)}:"), entries[key])
        lead = ","
    pieces.append(_Written("}" if pieces else "{}"))
    pieces.reverse()
    return pieces


def _opened_list(items: Iterable[object]) -> list[object]:
    pieces: list[object] = []
    lead = "["
    for item in items:
        pieces += (_Written(lead), item)
        lead = ","
    pieces.append(_Written("]" if pieces else "[]"))
    pieces.reverse()
    return pieces


def _scalar(value: object) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case str():
            return json_string(value)
        case int() | float():
            return number_text(value) if math.isfinite(double(value)) else "null"
        case _:
            return "null"


def json_string(text: str) -> str:
    """Write one text in quotes; a lone surrogate becomes its escape."""
    written = json.dumps(text, ensure_ascii=False)
    if written.isascii():
        return written
    return _SURROGATE.sub(lambda hit: f"\\u{ord(hit[0]):04x}", written)

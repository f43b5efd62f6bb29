"""Scalars: texts, numbers and truth values as senders write them, read without any loss.

Every reader raises Misfit for what it does not take; none guesses.
"""

import math
import re
from decimal import Decimal
from typing import Any, Final

from dealwright.core.ecmascript import number_text

_NUMERIC: Final = re.compile(r"\s*[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?\s*", re.IGNORECASE)
_BOOLEANS: Final[dict[str | float, bool]] = {"true": True, "false": False, 1: True, 0: False}
_LARGEST: Final = 2**53

#: Beyond that an amount is a mistake, and its exponent alone would fill a page.
_LARGEST_EXPONENT: Final = 30


class Misfit(Exception):
    """A value that a field does not take; `wish` says what it takes, where that is special."""

    def __init__(self, wish: str = "") -> None:
        super().__init__(wish)
        self.wish = wish


def read_text(raw: object) -> str:
    """Text; of a number or a truth value what JavaScript makes of it."""
    if isinstance(raw, str):
        # NUL fits into no database; a lone surrogate fits into no UTF-8.
        if "\0" in raw or not _is_unicode(raw):
            raise Misfit
        return raw
    if isinstance(raw, bool):
        return "true" if raw else "false"
    if isinstance(raw, int | float):
        return number_text(raw)
    raise Misfit


def read_number(raw: object) -> float:
    """A finite number, also written as text; no thousands, no decimal comma."""
    if isinstance(raw, bool) or not isinstance(raw, str | int | float):
        raise Misfit
    if isinstance(raw, str) and not _NUMERIC.fullmatch(raw):
        raise Misfit
    try:
        number = float(raw)
    except OverflowError:
        raise Misfit from None
    if not math.isfinite(number):
        raise Misfit
    return number


def read_amount(raw: object) -> Decimal:
    """A number as a Decimal: exactly the digits that the sender wrote."""
    read_number(raw)
    amount = Decimal(str(raw).strip()) if isinstance(raw, str | int | float) else Decimal()
    if amount and not -_LARGEST_EXPONENT <= amount.adjusted() <= _LARGEST_EXPONENT:
        raise Misfit
    return amount


def read_integer(raw: object) -> int:
    """A whole number that a double can hold."""
    number = read_number(raw)
    # Beyond that a double no longer holds every whole number.
    if not number.is_integer() or abs(number) >= _LARGEST:
        raise Misfit
    return int(number)


def read_record_id(raw: object) -> int:
    """A whole number above 0."""
    number = read_integer(raw)
    if number < 1:
        raise Misfit
    return number


def read_boolean(raw: object) -> bool:
    """True and false, also as text, and 1 and 0 as numbers."""
    if isinstance(raw, bool):
        return raw
    if isinstance(raw, str | int | float) and raw in _BOOLEANS:
        return _BOOLEANS[raw]
    raise Misfit


def same_number(wanted: Any, held: Any) -> bool:
    """Equality under which 0.1 as Decimal and as double are the same."""
    if isinstance(wanted, Decimal) and isinstance(held, int | float):
        return wanted == Decimal(str(held))
    return wanted == held


def shown(raw: object) -> str:
    """A value as a sentence quotes it, short and printable."""
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


def _is_unicode(text: str) -> bool:
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True

"""Read the dates that are not ISO 8601 as V8 does: what `new Date("14 March 2026, 9:30 PM")` is.

Words before the first number are ignored, parentheses too. Numbers are year, month and day by
what they can be; a month may be a word. ECMA-262 leaves this to the engine; users know V8.
"""

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

_TOKEN: Final = re.compile(r"([0-9]+)|([A-Za-z]+)|(\s+)|(.)", re.DOTALL | re.ASCII)
_MONTHS: Final = {
    "jan": 1, "feb": 2, "mar": 3, "apr": 4, "may": 5, "jun": 6, "jul": 7, "aug": 8, "sep": 9,
    "oct": 10, "nov": 11, "dec": 12,
}  # fmt: skip
_ZONES: Final = {
    "z": 0, "ut": 0, "utc": 0, "gmt": 0, "est": -5, "edt": -4, "cst": -6, "cdt": -5, "mst": -7,
    "mdt": -6, "pst": -8, "pdt": -7,
}  # fmt: skip
_NOON: Final = {"am": 0, "pm": 12}
_LIMITS: Final = (24, 59, 59, 999)


@dataclass(slots=True, kw_only=True)
class _Parts:
    """What has been read so far."""

    days: list[int] = field(default_factory=list[int])
    times: list[int] = field(default_factory=list[int])
    is_timed: bool = False
    month: int = 0
    noon: int | None = None
    zone: int | None = None
    sign: int = 0
    hours: int = 0
    minutes: int | None = 0


def read_loosely(text: str) -> datetime | None:
    """Give the moment in UTC, which also is the zone where none is named; None for no date."""
    try:
        return _Reader(text).read()
    except (ValueError, OverflowError):
        return None


class _Reader:
    """Walks through the tokens; a ValueError ends it."""

    __slots__ = ("_at", "_parts", "_seen", "_tokens")

    def __init__(self, text: str) -> None:
        without_remarks = re.sub(r"\([^()]*\)?", "", text[:200])
        self._tokens = [hit[0] for hit in _TOKEN.finditer(without_remarks)]
        self._at = 0
        self._parts = _Parts()
        self._seen = False

    def read(self) -> datetime:
        """Read everything."""
        while self._at < len(self._tokens):
            piece = self._tokens[self._at]
            self._at += 1
            if piece.isdigit():
                self._number(int(piece[:9]))
            elif piece.isascii() and piece.isalpha():
                self._word(piece.lower())
            elif piece in "+-" and (self._parts.zone == 0 or self._parts.times):
                self._shift(1 if piece == "+" else -1)
            elif piece in "+-)" and self._seen:
                raise ValueError(piece)
        return _composed(self._parts)

    def _peek(self) -> str:
        return self._tokens[self._at] if self._at < len(self._tokens) else ""

    def _number(self, number: int) -> None:
        parts = self._parts
        self._seen = True
        after = self._peek()
        if after == ":" and not parts.is_timed and parts.minutes is not None:
            self._at += 1
            parts.times.append(number)
        elif after == "." and self._expects(number):
            self._at += 1
            parts.times.append(number)
            parts.times.append(int(self._peek().ljust(3, "0")[:3]))
            self._at += 1
            parts.is_timed = True
        elif parts.minutes is None:
            parts.minutes = number
        elif self._expects(number):
            self._last_of_time(number)
        else:
            self._day(number)

    def _expects(self, number: int) -> bool:
        place = len(self._parts.times)
        return 0 < place < 4 and not self._parts.is_timed and number <= _LIMITS[place]

    def _last_of_time(self, number: int) -> None:
        after = self._peek()
        if after and not (after.isspace() or after in "+-zZ"):
            raise ValueError(after)
        self._parts.times.append(number)
        self._parts.is_timed = True

    def _day(self, number: int) -> None:
        if len(self._parts.days) == 3:
            raise ValueError(number)
        self._parts.days.append(number)
        if self._peek() in ("-", "."):
            self._at += 1

    def _word(self, word: str) -> None:
        parts = self._parts
        if word in _NOON and parts.times:
            parts.noon = _NOON[word]
        elif word[:3] in _MONTHS and len(word) >= 3:
            parts.month = _MONTHS[word[:3]]
            if self._peek() == "-":
                self._at += 1
        elif word in _ZONES and self._seen:
            parts.zone = _ZONES[word]
        elif self._seen or self._peek().isdigit():
            raise ValueError(word)

    def _shift(self, sign: int) -> None:
        parts = self._parts
        self._seen = True
        digits = self._peek()
        if digits.isdigit():
            self._at += 1
        else:
            digits = ""
        parts.sign, parts.minutes = sign, 0
        if self._peek() == ":":
            self._at += 1
            parts.hours, parts.minutes = int(digits or 0), None
        elif len(digits) in (1, 2):
            parts.hours = int(digits)
        elif len(digits) in (3, 4):
            parts.hours, parts.minutes = divmod(int(digits), 100)
        else:
            raise ValueError(digits)


def _composed(parts: _Parts) -> datetime:
    year, month, day = _date(parts)
    if year < 50:
        year += 2000
    elif year < 100:
        year += 1900
    if not (1 <= month <= 12 and 1 <= day <= 31):
        raise ValueError(day)
    midnight = datetime(year, month, 1, tzinfo=UTC) + timedelta(days=day - 1)
    return midnight + _clock(parts) - _zone(parts)


def _date(parts: _Parts) -> tuple[int, int, int]:
    if not parts.days:
        raise ValueError(parts)
    first, second, third = (*parts.days, 1, 1)[:3]
    is_day = 1 <= first <= 31
    if parts.month:
        return (second, parts.month, first) if is_day else (first, parts.month, second)
    return (third, first, second) if is_day else (first, second, third)


def _clock(parts: _Parts) -> timedelta:
    hour, minute, second, milli = (*parts.times, 0, 0, 0, 0)[:4]
    if parts.noon is not None:
        if not 0 <= hour <= 12:
            raise ValueError(hour)
        hour = hour % 12 + parts.noon
    if hour > 24 or minute > 59 or second > 59 or (hour == 24 and (minute or second or milli)):
        raise ValueError(hour)
    return timedelta(hours=hour, minutes=minute, seconds=second, milliseconds=milli)


def _zone(parts: _Parts) -> timedelta:
    if parts.sign:
        return parts.sign * timedelta(hours=parts.hours, minutes=parts.minutes or 0)
    return timedelta(hours=parts.zone or 0)

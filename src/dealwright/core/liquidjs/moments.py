"""Read a moment from what ECMAScript's Date takes: seconds, ISO 8601, and the usual loose forms."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from dealwright.core.ecmascript import double

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_ISO: Final = re.compile(
    r"(\d{4})(?:-(\d\d)(?:-(\d\d))?)?"
    r"(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?\s*(Z|[+-]\d\d:?\d\d)?)?",
    re.IGNORECASE | re.ASCII,
)
_CLOCK: Final = re.compile(r"(\d{1,2}):(\d\d)(?::(\d\d)(?:\.(\d+))?)?\s*([AP]M)?", re.IGNORECASE)
_ZONE: Final = re.compile(r"\s*(?:(?:GMT|UTC|Z)\b|(?:GMT|UTC)?([+-])(\d\d):?(\d\d))", re.IGNORECASE)
_NUMERIC: Final = re.compile(r"\s*(\d{1,4})[/-](\d{1,2})[/-](\d{1,4})\s*,?\s*", re.ASCII)
_WORDED: Final = re.compile(
    r"\s*(?:[a-z]{3,9}\.?,?\s+)??(?:([a-z]{3,9})\.?\s+(\d{1,2})|(\d{1,2})(?:\s+|-)([a-z]{3,9})\.?)"
    r"(?:,\s*|\s+|-)(\d{4})\s*,?\s*(?:at\s+)?",
    re.IGNORECASE | re.ASCII,
)
_MONTHS: Final = (
    "jan",
    "feb",
    "mar",
    "apr",
    "may",
    "jun",
    "jul",
    "aug",
    "sep",
    "oct",
    "nov",
    "dec",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """A moment as a zone shows it: `minutes_behind` UTC is positive west of Greenwich."""

    shown: datetime
    minutes_behind: float
    zone: str

    def shown_seconds(self) -> float:
        """Seconds since 1970 of what is shown, as LiquidJS counts them for `%s`."""
        return (self.shown - _EPOCH).total_seconds()


def read_moment(value: Any) -> datetime | None:
    """Give the UTC time of a number, a text or a boolean; None for what is no date."""
    match value:
        case bool():
            return _seconds(value / 1000)
        case int() | float():
            return _seconds(double(value))
        case str() if value.isascii() and value.isdigit():
            return _seconds(double(int(value[:400])))
        case str():
            return _of_text(value)
        case _:
            return None


def _seconds(seconds: float) -> datetime | None:
    try:
        return _EPOCH + timedelta(milliseconds=int(seconds * 1000))
    except (OverflowError, ValueError):
        return None


def _of_text(text: str) -> datetime | None:
    hit = _ISO.fullmatch(text.strip())
    try:
        return _iso(hit) if hit else next(_loose(text.strip()), None)
    except (ValueError, OverflowError):
        return None


def _iso(hit: re.Match[str]) -> datetime:
    year, month, day, hour, minute, second, fraction, zone = hit.groups()
    at = datetime(int(year), int(month or 1), int(day or 1), tzinfo=UTC)
    spent = timedelta(
        hours=int(hour or 0),
        minutes=int(minute or 0),
        seconds=int(second or 0),
        milliseconds=int((fraction or "0").ljust(3, "0")[:3]),
    )
    if int(minute or 0) > 59 or int(second or 0) > 59 or spent > timedelta(days=1):
        raise ValueError(hit[0])
    return at + spent - _iso_zone(zone or "Z")


def _iso_zone(zone: str) -> timedelta:
    if zone.upper() == "Z":
        return timedelta()
    ahead = timedelta(hours=int(zone[1:3]), minutes=int(zone[-2:]))
    return -ahead if zone[0] == "-" else ahead


def _loose(text: str) -> Iterator[datetime]:
    """Month first, or year first, or the month as a word; then perhaps a time and a zone."""
    hit = _NUMERIC.match(text)
    if hit:
        first, second, third = (int(part) for part in hit.groups())
        parts = (first, second, third) if len(hit[1]) > 2 else (third, first, second)
    else:
        hit = _WORDED.match(text)
        month = _month(hit[1] or hit[4]) if hit else 0
        if hit is None or not month:
            return
        parts = (int(hit[5]), month, int(hit[2] or hit[3]))
    day = datetime(parts[0], parts[1], 1, tzinfo=UTC) + timedelta(days=parts[2] - 1)
    if not 1 <= parts[2] <= 31:
        return
    rest = _time(text[hit.end() :])
    if rest is not None:
        yield day + rest


def _month(word: str) -> int:
    start = word.lower()[:3]
    return _MONTHS.index(start) + 1 if start in _MONTHS else 0


def _time(text: str) -> timedelta | None:
    hit = _CLOCK.match(text)
    rest = text[hit.end() :] if hit else text
    zone = _ZONE.match(rest)
    if rest[zone.end() :].strip(" ()ABCDEFGHIJKLMNOPQRSTUVWXYZ") if zone else rest.strip():
        return None
    return (_hours(hit) if hit else timedelta()) - (_offset(zone) if zone else timedelta())


def _hours(hit: re.Match[str]) -> timedelta:
    hour = int(hit[1])
    if hit[5]:
        hour = hour % 12 + (12 if hit[5].upper() == "PM" else 0)
    millis = int((hit[4] or "0").ljust(3, "0")[:3])
    return timedelta(hours=hour, minutes=int(hit[2]), seconds=int(hit[3] or 0), milliseconds=millis)


def _offset(zone: re.Match[str]) -> timedelta:
    if not zone[1]:
        return timedelta()
    ahead = timedelta(hours=int(zone[2]), minutes=int(zone[3]))
    return -ahead if zone[1] == "-" else ahead

"""Read a moment from what ECMAScript's Date takes: seconds, ISO 8601, and the usual loose forms."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final, cast

from dealwright.core.ecmascript import double
from dealwright.core.liquidjs.loose_dates import read_loosely
from dealwright.core.liquidjs.values import script_text

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_ISO: Final = re.compile(
    r"(\d{4})(?:-(\d\d)(?:-(\d\d))?)?"
    r"(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?(Z|[+-]\d\d:?\d\d)?)?",
    re.IGNORECASE | re.ASCII,
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
        case list():
            return _of_text(script_text(cast("object", value)))
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
        return _iso(hit) if hit else read_loosely(text)
    except (ValueError, OverflowError):
        # The year 0 is ISO's, and would be read as 2000.
        return None if text.startswith("0000") else read_loosely(text)


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

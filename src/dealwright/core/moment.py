"""Days, times and lengths as senders write them, read into the one form that Pipedrive takes.

What can be read in two ways (04/05/2026, 1430, a bare 45) is not read at all.
Sources: https://developers.pipedrive.com/docs/api/v1/Activities (formats; all times are UTC).
"""

import re
from datetime import UTC, date, datetime, time, timedelta, timezone
from typing import Final

from dealwright.core.clock import from_ms
from dealwright.core.event import moment_ms
from dealwright.core.scalars import Misfit
from dealwright.core.zone import day_in, zone_of

#: A day written as a number, 20240229, would be a moment of 1970.
_LEAST_MS: Final = 100_000_000_000
_NUMBER: Final = re.compile(r"-?\d{9,}(\.\d+)?")
_DAY: Final = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[T ]+(.+))?")
_MONTHS: Final = {
    name: number
    for number, name in enumerate(
        ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), 1
    )
}
_NAMED: Final = re.compile(
    r"""(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*[,.]?\s+)?
        (?:(?P<month>[a-z]{3})[a-z]*\.?\s+(?P<day>\d{1,2})(?:st|nd|rd|th)?
          |(?P<day2>\d{1,2})(?:st|nd|rd|th)?\s+(?P<month2>[a-z]{3})[a-z]*\.?)
        ,?\s+(?P<year>\d{4})(?:,?\s+(?P<time>\d.*))?""",
    re.VERBOSE | re.IGNORECASE,
)
_TIME: Final = re.compile(
    r"""(?P<hour>\d{1,2})(?::(?P<minute>\d{2})(?::(?P<second>\d{2})(?:[.,]\d+)?)?)?
        \s*(?P<half>[ap]\.?m\.?)?
        \s*(?P<zone>z|utc|gmt|(?:utc|gmt)?[+-]\d{2}:?\d{2})?""",
    re.VERBOSE | re.IGNORECASE,
)
_CLOCK: Final = re.compile(r"(\d{1,3}):([0-5]\d)(?::([0-5]\d))?")
_PARTS: Final = re.compile(
    r"(?:pt)?(?:(\d{1,3})\s*(?:h|hrs?|hours?))?\s*(?:(\d{1,4})\s*(?:m|mins?|minutes?))?",
    re.IGNORECASE,
)


def read_moment(written: str | float, *, zone: str = "") -> datetime | None:
    """The moment in UTC; None if it is none. A day is its midnight.

    What has no offset is meant in `zone`, an IANA name; in UTC where there is none.

    Numbers are seconds since 1970, or milliseconds when they are that large.
    """
    if not isinstance(written, str) or _NUMBER.fullmatch(written):
        number = moment_ms(float(written) if isinstance(written, str) else written)
        if number is None or abs(number) < _LEAST_MS:
            return None
        return from_ms(number)
    parsed = _day_and_time(written.strip())
    if parsed is None:
        return None
    day, clock = parsed
    return _in_utc(datetime.combine(day, clock or time()), zone)


def read_day(written: str | float) -> str | None:
    """`2026-04-01`, or `2026-04-01T14:30:00+02:00` where a time was given; None if neither.

    Midnight in UTC is a day: it is how JavaScript writes one. A bare number must be a moment.
    """
    if not isinstance(written, str) or _NUMBER.fullmatch(written):
        moment = read_moment(written)
        return None if moment is None else moment.isoformat(timespec="seconds")
    parsed = _day_and_time(written.strip())
    if parsed is None:
        return None
    day, clock = parsed
    if clock is None or (clock.replace(tzinfo=None) == time() and clock.utcoffset() in _NO_OFFSET):
        return day.isoformat()
    return datetime.combine(day, clock).isoformat(timespec="seconds")


def read_time(written: str | float) -> str | None:
    """`14:30:00`, with its offset where one was given; None if it is no time of day.

    Of a moment it is the time. A bare number is none.
    """
    if not isinstance(written, str):
        return None
    text = written.strip()
    clock = _clock(text)
    if clock is None:
        parsed = _day_and_time(text)
        clock = parsed[1] if parsed else None
    return None if clock is None else clock.isoformat(timespec="seconds")


def read_length(written: str | float) -> str | None:
    """`00:45:00` of `0:45`, `45m`, `1h 30m` or `PT45M`; None if it is no length, as a bare 45."""
    if not isinstance(written, str):
        return None
    text = written.strip()
    if hit := _CLOCK.fullmatch(text):
        hours, minutes, seconds = (int(part or 0) for part in hit.groups())
        return f"{hours:02}:{minutes:02}:{seconds:02}"
    hit = _PARTS.fullmatch(text)
    if hit is None or not any(hit.groups()):
        return None
    hours, minutes = (int(part or 0) for part in hit.groups())
    hours += minutes // 60
    return f"{hours:02}:{minutes % 60:02}:00" if hours < 1000 else None


def day_of(written: object, *, zone: str = "") -> str:
    """The day of a day or a moment, in `zone`, or else in the sender's own.

    Raises Misfit if it is neither.
    """
    if isinstance(written, bool) or not isinstance(written, str | int | float):
        raise Misfit
    day = read_day(written)
    if day is None:
        raise Misfit
    return day_in(day, zone)


def utc_clock(clock: time) -> str:
    """A time with an offset as `HH:MM:SS` in UTC."""
    return _shifted(clock)


def due_in_utc(
    day: str | None, clock: str | None, *, zone: str = ""
) -> tuple[str | None, str | None]:
    """A day and a time as `read_day` and `read_time` give them, converted to UTC together.

    A time without an offset has that of the day, else it is in `zone`, an IANA name, or in UTC; a
    day with a time needs no other.
    Raises nothing: a moment beyond the calendar stays as it is.
    """
    if day is None:
        return None, _shifted(time.fromisoformat(clock)) if clock else None
    given = datetime.fromisoformat(day)
    if clock is not None:
        at = time.fromisoformat(clock)
        given = datetime.combine(given.date(), at if at.tzinfo else at.replace(tzinfo=given.tzinfo))
    elif "T" not in day:
        return day, None
    moment = _in_utc(given, zone) or given
    return moment.date().isoformat(), moment.time().isoformat(timespec="seconds")


_NO_OFFSET: Final = (None, timedelta(0))


def _day_and_time(text: str) -> tuple[date, time | None] | None:
    if hit := _DAY.fullmatch(text):
        year, month, day, rest = hit.groups()
    elif hit := _NAMED.fullmatch(text):
        year, rest = hit["year"], hit["time"]
        day = hit["day"] or hit["day2"]
        month = str(_MONTHS.get((hit["month"] or hit["month2"]).lower(), 0))
    else:
        return None
    try:
        found = date(int(year), int(month), int(day))
    except ValueError:
        return None
    if rest is None:
        return found, None
    clock = _clock(rest)
    return None if clock is None else (found, clock)


def _clock(text: str) -> time | None:
    hit = _TIME.fullmatch(text)
    if hit is None or not (hit["minute"] or hit["half"]):
        return None
    hour = int(hit["hour"])
    if hit["half"]:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if hit["half"][0] in "pP" else 0)
    try:
        return time(
            hour, int(hit["minute"] or 0), int(hit["second"] or 0), tzinfo=_zone(hit["zone"])
        )
    except ValueError:
        return None


def _zone(text: str | None) -> timezone | None:
    if text is None:
        return None
    digits = text.upper().removeprefix("UTC").removeprefix("GMT").replace(":", "")
    if digits in ("", "Z"):
        return UTC
    ahead = timedelta(hours=int(digits[1:3]), minutes=int(digits[3:]))
    return timezone(-ahead if digits[0] == "-" else ahead)


def _in_utc(moment: datetime, zone: str = "") -> datetime | None:
    aware = moment if moment.tzinfo else moment.replace(tzinfo=zone_of(zone))
    try:
        return aware.astimezone(UTC)
    except OverflowError:
        return None


def _shifted(clock: time) -> str:
    moment = datetime.combine(date(2000, 1, 2), clock)
    return (_in_utc(moment) or moment).time().isoformat(timespec="seconds")

"""The date filters: ECMAScript's dates in UTC, LiquidJS's strftime (LIQUID.md, 4 and 5)."""

import math
import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from liquid.exceptions import FilterError

from dealwright.core.liquidjs.expressions import Filter
from dealwright.core.liquidjs.moments import Moment, read_moment
from dealwright.core.liquidjs.values import is_nothing, number_of, text_of, within
from dealwright.core.mappingkit.absence import ABSENT
from dealwright.core.zone import zones

_DEFAULT: Final = "%A, %B %-e, %Y at %-l:%M %P %z"
_CODE: Final = re.compile(r"%([-_0^#:]+)?([0-9]+)?([EO])?(.)")
_WIDTHS: Final = {
    "d": 2, "e": 2, "H": 2, "I": 2, "j": 3, "k": 2, "l": 2, "L": 3, "m": 2, "M": 2, "S": 2,
    "U": 2, "W": 2,
}  # fmt: skip
_PADDED_BY_SPACES: Final = "aAbBceklpP"
_MONTHS: Final = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip
_DAYS: Final = ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")


def _clock_12(at: datetime) -> str:
    return str(at.hour % 12 or 12)


def _weekday(at: datetime) -> int:
    return at.isoweekday() % 7


def _week(at: datetime, first_day: int) -> str:
    now = at.timetuple().tm_yday + first_day - _weekday(at)
    then = 7 - _weekday(at.replace(month=1, day=1)) + first_day
    return str((now - then) // 7 + 1)


def _ordinal(at: datetime) -> str:
    if at.day in (11, 12, 13):
        return "th"
    return {1: "st", 2: "nd", 3: "rd"}.get(at.day % 10, "th")


def _locale_date(at: datetime) -> str:
    return f"{at.month}/{at.day}/{at.year}"


def _locale_time(at: datetime) -> str:
    return f"{_clock_12(at)}:{at:%M:%S} {_noon(at)}"


def _noon(at: datetime) -> str:
    return "AM" if at.hour < 12 else "PM"


_CODES: Final[Mapping[str, Callable[[datetime], object]]] = {
    "a": lambda at: _DAYS[_weekday(at)][:3],
    "A": lambda at: _DAYS[_weekday(at)],
    "b": lambda at: _MONTHS[at.month - 1][:3],
    "h": lambda at: _MONTHS[at.month - 1][:3],
    "B": lambda at: _MONTHS[at.month - 1],
    "c": lambda at: f"{_locale_date(at)}, {_locale_time(at)}",
    "C": lambda at: int(str(at.year)[:2]),
    "d": lambda at: at.day,
    "e": lambda at: at.day,
    "H": lambda at: at.hour,
    "I": _clock_12,
    "j": lambda at: at.timetuple().tm_yday,
    "k": lambda at: at.hour,
    "l": _clock_12,
    "L": lambda at: at.microsecond // 1000,
    "m": lambda at: at.month,
    "M": lambda at: at.minute,
    "p": _noon,
    "P": lambda at: _noon(at).lower(),
    "q": _ordinal,
    "S": lambda at: at.second,
    "u": lambda at: at.isoweekday(),
    "U": lambda at: _week(at, 0),
    "w": _weekday,
    "W": lambda at: _week(at, 1),
    "x": _locale_date,
    "X": _locale_time,
    "y": lambda at: str(at.year)[2:4],
    "Y": lambda at: at.year,
    "t": lambda _at: "\t",
    "n": lambda _at: "\n",
    "%": lambda _at: "%",
}


def _print(moment: Moment, pattern: str) -> str:
    text = _CODE.sub(lambda code: _printed(moment, code), pattern)
    within(len(text))
    return text


def _printed(moment: Moment, code: re.Match[str]) -> str:
    flags, width, letter = code[1] or "", int((code[2] or "0")[:9]), code[4]
    within(width)
    text = _letter(moment, letter, flags, width)
    if text is None:
        return code[0]
    if "^" in flags:
        text = text.upper()
    elif "#" in flags:
        text = text.upper() if any("a" <= sign <= "z" for sign in text) else text.lower()
    pad = " " if letter in _PADDED_BY_SPACES else "0"
    pad = " " if "_" in flags else "0" if "0" in flags else pad
    return text if "-" in flags else text.rjust(width or _WIDTHS.get(letter, 0), pad)


def _letter(moment: Moment, letter: str, flags: str, width: int) -> str | None:
    match letter:
        case "z":
            return _offset(moment, ":" if ":" in flags else "")
        case "Z":
            return moment.zone or _offset(moment, ":" if ":" in flags else "")
        case "s":
            return str(math.floor(moment.shown_seconds() + 0.5))
        case "N":
            return f"{moment.shown.microsecond // 1000:03d}"[: width or 9].ljust(width or 9, "0")
        case _:
            show = _CODES.get(letter)
            return None if show is None else str(show(moment.shown))


def _offset(moment: Moment, colon: str) -> str:
    minutes = abs(moment.minutes_behind)
    sign = "-" if moment.minutes_behind > 0 else "+"
    return f"{sign}{int(minutes // 60):02d}{colon}{int(minutes % 60):02d}"


def _moment(value: Any, zone: Any = ABSENT) -> Moment | None:
    if value in ("now", "today"):
        raise FilterError(f'"{value}" has no place here: name a time of the event', token=None)
    instant = None if is_nothing(value) else read_moment(value)
    if instant is None:
        return None
    if is_nothing(zone):
        return Moment(shown=instant, minutes_behind=0, zone="UTC")
    if not isinstance(zone, str):
        return _shifted(instant, number_of(zone), "")
    if (there := zones().get(zone)) is None:
        raise FilterError(f"no time zone {zone[:40]}", token=None)
    offset = instant.astimezone(there).utcoffset() or timedelta()
    return _shifted(instant, -offset.total_seconds() / 60, zone)


def _shifted(instant: datetime, minutes_behind: float, zone: str) -> Moment | None:
    try:
        shown = instant - timedelta(minutes=minutes_behind)
    except (OverflowError, ValueError):
        return None
    return Moment(shown=shown, minutes_behind=minutes_behind, zone=zone)


def _date(value: Any, pattern: Any = ABSENT, zone: Any = ABSENT, *_rest: Any) -> Any:
    moment = _moment(value, zone)
    if moment is None:
        return value
    return _print(moment, _DEFAULT if is_nothing(pattern) else text_of(pattern))


def _fixed(pattern: str) -> Filter:
    def filtered(value: Any, *_rest: Any) -> Any:
        return _date(value, pattern)

    return filtered


def _worded(month: str) -> Filter:
    def filtered(value: Any, kind: Any = ABSENT, style: Any = ABSENT, *_rest: Any) -> Any:
        if kind != "ordinal":
            return _date(value, f"%d {month} %Y")
        return _date(value, f"{month} %-d%q, %Y" if style == "US" else f"%-d%q {month} %Y")

    return filtered


DATES: Final[Mapping[str, Filter]] = {
    "date": _date,
    "date_to_xmlschema": _fixed("%Y-%m-%dT%H:%M:%S%:z"),
    "date_to_rfc822": _fixed("%a, %d %b %Y %H:%M:%S %z"),
    "date_to_string": _worded("%b"),
    "date_to_long_string": _worded("%B"),
}
"""Filters of dates."""

"""Moments of meetings as Sources write them: UTC and whole seconds, fractions cut off."""

from datetime import UTC, datetime, timedelta, tzinfo
from typing import Final

from dealwright.core.clock import EPOCH

#: A number above it is milliseconds since 1970, below it seconds.
MILLISECONDS_FROM: Final = 1e11

#: No meeting is this long; what claims to be would leave the calendar.
_LONGEST_S: Final = 366 * 86_400
_LAST_S: Final = 253_402_300_799


def whole(moment: datetime) -> datetime:
    """A moment in UTC with its fraction of a second cut off."""
    return moment.astimezone(UTC).replace(microsecond=0)


def moment_of(written: object) -> datetime | None:
    """The moment of an RFC 3339 text (without offset: UTC) or of a number since 1970.

    None for what is none, and for what lies outside of the calendar.
    """
    if isinstance(written, bool):
        return None
    if isinstance(written, int | float):
        return _of_number(float(written))
    if not isinstance(written, str):
        return None
    local = local_of(written)
    if local is None:
        return None
    return _safe(local if local.tzinfo is not None else local.replace(tzinfo=UTC))


def local_of(written: str) -> datetime | None:
    """A date and a time as it is written, aware only where an offset stands; None for neither."""
    text = written.strip()
    if "T" not in text.upper() and " " not in text:
        return None
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def in_zone(local: datetime, zone: tzinfo, *, fold: int = 0) -> datetime | None:
    """The moment of a local time; `fold` 1 is the second time that an autumn hour has it."""
    return _safe(local.replace(tzinfo=zone, fold=fold))


def after(start: datetime | None, seconds: float | None) -> datetime | None:
    """The moment that many whole seconds later; None where either is not told or senseless."""
    if start is None or seconds is None or not 0 <= seconds <= _LONGEST_S:
        return None
    try:
        # 41.55 minutes are 2492.9999999999995 seconds.
        return whole(start) + timedelta(seconds=int(round(seconds, 6)))
    except OverflowError:
        return None


def not_before(end: datetime | None, start: datetime | None) -> datetime | None:
    """The end, but never before the start: some clocks of recorders jump."""
    if end is None or start is None:
        return end
    return max(end, start)


def seconds_since(start: datetime | None, moment: datetime | None) -> float | None:
    """Seconds from the start of a meeting to a moment of it; never less than none."""
    if start is None or moment is None:
        return None
    return max(0.0, (moment - start).total_seconds())


def clock_seconds(written: str) -> float | None:
    """Seconds of `H:MM:SS`, `MM:SS` or `SS`, with a fraction after a point or a comma."""
    parts = written.strip().replace(",", ".").split(":")
    if not 1 <= len(parts) <= 3 or len(written) > 20:
        return None
    if not all(part.replace(".", "", 1).isdecimal() and part.isascii() for part in parts):
        return None
    total = 0.0
    for part in parts:
        total = total * 60 + float(part)
    return total


def _of_number(number: float) -> datetime | None:
    seconds = number / 1000 if abs(number) > MILLISECONDS_FROM else number
    if not 0 <= seconds <= _LAST_S:
        return None
    return whole(EPOCH + timedelta(seconds=round(seconds, 3)))


def _safe(moment: datetime) -> datetime | None:
    try:
        return whole(moment)
    except (OverflowError, ValueError):
        return None

"""Zones: the one in which a Mapping's days and times are meant that name none."""

from datetime import UTC, datetime, time, tzinfo
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from dealwright.core.scalars import Misfit, read_text

_LONGEST: Final = 64


def read_zone(raw: object) -> str:
    """The IANA name of a zone, such as Europe/Stockholm. Raises Misfit for what is none."""
    name = read_text(raw).strip()
    if zone_of(name) is UTC and name.upper() not in {"UTC", "Z", "GMT"}:
        raise Misfit
    return name


@lru_cache(maxsize=1024)
def zone_of(name: str) -> tzinfo:
    """The zone of a name; UTC where there is none such, and for ""."""
    if not name or len(name) > _LONGEST:
        return UTC
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return UTC


def day_in(written: str, zone: str) -> str:
    """The day of a day or a moment as `read_day` gives them: where a zone is named, its own."""
    if "T" not in written:
        return written
    moment = datetime.fromisoformat(written)
    if zone and moment.tzinfo is not None:
        moment = moment.astimezone(zone_of(zone))
    return moment.date().isoformat()


def local(day: str | None, clock: str | None, zone: str) -> tuple[str | None, str | None]:
    """A day and a time of day in UTC, as Pipedrive has them, in a zone."""
    if day is None or clock is None:
        return day, clock
    at = datetime.combine(datetime.fromisoformat(day), time.fromisoformat(clock), tzinfo=UTC)
    there = at.astimezone(zone_of(zone))
    return there.date().isoformat(), there.time().isoformat(timespec="seconds")

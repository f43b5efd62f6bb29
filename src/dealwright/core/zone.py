"""Zones: the one in which a Mapping's days and times are meant that name none.

All are read from their files at once, 80 ms and 2 MB, before anything is served: later, any event
may name any zone.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, time, tzinfo
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from dealwright.core.scalars import Misfit, read_text


@cache
def zones() -> Mapping[str, tzinfo]:
    """Every zone there is by its IANA name; whoever serves asks for them at start."""
    return {name: ZoneInfo(name) for name in available_timezones()}


def read_zone(raw: object) -> str:
    """The IANA name of a zone, such as Europe/Stockholm. Raises Misfit for what is none."""
    name = read_text(raw).strip()
    if zone_of(name) is UTC and name.upper() not in {"UTC", "Z", "GMT"}:
        raise Misfit
    return name


def zone_of(name: str) -> tzinfo:
    """The zone of a name; UTC where there is none such, and for ""."""
    return zones().get(name, UTC)


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

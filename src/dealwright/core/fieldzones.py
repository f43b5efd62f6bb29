"""Times of day with the zone they are meant in.

Source: v2 migration guide, time and timerange: `timezone_name` is an IANA name; without name and
id Pipedrive takes the zone of the token's user.
"""

import re
from datetime import time
from typing import Any, Final

from dealwright.core.fieldtype import Flat, first_of, parts_of, write_flat_parts
from dealwright.core.moment import read_time, utc_clock
from dealwright.core.record import FieldDefinition
from dealwright.core.scalars import Misfit, read_integer, read_text

_ZONE: Final = re.compile(r"[A-Za-z]+(?:[/_+-][A-Za-z0-9]+)*")


def zone_of(raw: Any) -> Flat:
    """`timezone_name` and `timezone_id` of an object, where it names any."""
    parts = parts_of(raw)
    if parts is None:
        return {}
    zone: Flat = {}
    name = first_of(parts, "timezone_name", "timezone", "tz")
    if name is not None:
        zone["timezone_name"] = read_text(name).strip()
        if not _ZONE.fullmatch(zone["timezone_name"]):
            raise Misfit("a time zone such as Europe/Berlin")
    number = first_of(parts, "timezone_id")
    if number is not None:
        zone["timezone_id"] = read_integer(number)
    return zone


def clock_of(raw: Any) -> tuple[str, bool]:
    """`HH:MM:SS`, and whether the sender gave an offset: then it is converted to UTC."""
    written = read_time(raw) if isinstance(raw, str) else None
    if written is None:
        raise Misfit
    clock = time.fromisoformat(written)
    if clock.tzinfo is None:
        return written, False
    return utc_clock(clock), True


def zoned(parts: Flat, *, in_utc: bool, zone: Flat, default: str = "") -> Flat:
    """A time with its zone; one with an offset has been converted, hence is meant in UTC.

    `default` is the name of the zone of a time that has neither.
    """
    if not in_utc:
        return {**parts, **(zone or ({"timezone_name": default} if default else {}))}
    if zone:
        raise Misfit("a time with an offset or with a zone, not both")
    return {**parts, "timezone_name": "Etc/UTC"}


def write_flat_zoned(key: str, value: Any) -> Flat:
    """v1 knows zones by their number alone. Raises Misfit for one that has only a name."""
    flat = write_flat_parts(key, value)
    if flat.pop(f"{key}_timezone_name", None) is not None and f"{key}_timezone_id" not in flat:
        raise Misfit("a time without a zone or with a timezone_id: leads take no zone names")
    return flat


def show_time(value: Any, field: FieldDefinition) -> str:
    """`09:00 (Europe/London)`."""
    del field
    parts = parts_of(value) or {}
    zone = parts.get("timezone_name")
    ends = " – ".join(str(parts[end])[:5] for end in ("value", "until") if parts.get(end))
    return f"{ends} ({zone})" if zone else ends

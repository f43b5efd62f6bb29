"""Time: a time of day; without a zone it is in that of the token's user."""

from typing import Any

from dealwright.core.fieldtype import (
    FieldContext,
    FieldType,
    Flat,
    first_of,
    parts_of,
    read_flat_parts,
    within,
)
from dealwright.core.fieldzones import clock_of, show_time, write_flat_zoned, zone_of, zoned


def parse(raw: Any, context: FieldContext) -> Flat:
    """A time, with an offset or with a zone in an object."""
    parts = parts_of(raw)
    clock, in_utc = clock_of(raw if parts is None else first_of(parts, "value", "time"))
    return zoned({"value": clock}, in_utc=in_utc, zone=zone_of(raw), default=context.zone)


FIELD_TYPE = FieldType(
    key="time",
    label="Time",
    wish='a time such as 14:30 or 2:30 pm, or {"value": "14:30", "timezone_name": "Europe/Berlin"}',
    parse=parse,
    write_flat=write_flat_zoned,
    read_flat=read_flat_parts,
    show=show_time,
    same=within,
)

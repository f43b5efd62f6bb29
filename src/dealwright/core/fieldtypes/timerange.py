"""Time range: two times of day in one zone; it may pass midnight."""

from typing import Any

from dealwright.core.fieldranges import between_times, ends_of
from dealwright.core.fieldtype import FieldContext, FieldType, Flat, read_flat_parts, within
from dealwright.core.fieldzones import clock_of, show_time, write_flat_zoned, zone_of, zoned
from dealwright.core.scalars import Misfit


def parse(raw: Any, context: FieldContext) -> Flat:
    """Two times: an object, a list of two, or `09:00-17:00`."""
    (start, one), (end, other) = (clock_of(end) for end in ends_of(raw, times=between_times()))
    if one is not other:
        raise Misfit("two times, both with an offset or both without")
    return zoned(
        {"value": start, "until": end}, in_utc=one, zone=zone_of(raw), default=context.zone
    )


FIELD_TYPE = FieldType(
    key="timerange",
    label="Time range",
    wish='two times such as “09:00-17:00”, or {"value": "09:00", "until": "17:00"}',
    parse=parse,
    write_flat=write_flat_zoned,
    read_flat=read_flat_parts,
    show=show_time,
    same=within,
)

"""Date range: two days, the second not before the first."""

from typing import Any

from dealwright.core.fieldranges import ends_of, show_range
from dealwright.core.fieldtype import (
    FieldContext,
    FieldType,
    Flat,
    read_flat_parts,
    within,
    write_flat_parts,
)
from dealwright.core.moment import day_of
from dealwright.core.scalars import Misfit


def parse(raw: Any, context: FieldContext) -> Flat:
    """Two days: an object, a list of two, or `2026-04-01/2026-04-30`."""
    start, end = (day_of(written, zone=context.zone) for written in ends_of(raw))
    if end < start:
        raise Misfit("a range whose end is not before its start")
    return {"value": start, "until": end}


FIELD_TYPE = FieldType(
    key="daterange",
    label="Date range",
    wish='two days such as “2026-04-01/2026-04-30”, or {"value": …, "until": …}',
    parse=parse,
    write_flat=write_flat_parts,
    read_flat=read_flat_parts,
    show=show_range,
    same=within,
)

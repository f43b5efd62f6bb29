"""Date: a day; of a moment the day in the Mapping's zone, else the sender's."""

from typing import Any

from dealwright.core.fieldtype import FieldContext, FieldType
from dealwright.core.moment import day_of


def parse(raw: Any, context: FieldContext) -> str:
    """A day, or a moment; never one that can be read in two ways."""
    return day_of(raw, zone=context.zone)


FIELD_TYPE = FieldType(key="date", label="Date", wish="a day such as 2026-04-01", parse=parse)

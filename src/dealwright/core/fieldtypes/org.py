"""Organization: a link to an organization, by id."""

from typing import Any

from dealwright.core.fieldtype import FieldContext, FieldType, first_of, parts_of
from dealwright.core.scalars import read_record_id


def parse(raw: Any, context: FieldContext) -> int:
    """The id of the organization, also in an object."""
    del context
    parts = parts_of(raw)
    return read_record_id(raw if parts is None else first_of(parts, "id", "value"))


FIELD_TYPE = FieldType(
    key="org",
    label="Organization",
    wish="the id of the organization in Pipedrive",
    parse=parse,
)

"""Single option: written by id, known to people by label."""

from collections.abc import Mapping
from typing import Any

from dealwright.core.fieldoptions import label_of, option_of
from dealwright.core.fieldtype import FieldContext, FieldType, UnknownOption, first_of, parts_of
from dealwright.core.record import FieldDefinition
from dealwright.core.scalars import Misfit, read_text


def parse(raw: Any, context: FieldContext) -> int:
    """A label, an id, or an object with either. Raises UnknownOption."""
    parts = parts_of(raw)
    given = raw if parts is None else first_of(parts, "id", "label")
    if isinstance(given, list | tuple):
        raise Misfit("one option, by label or id")
    found = option_of(given, context.field)
    if found is None:
        raise UnknownOption((read_text(given).strip(),))
    return found


def show(value: Any, field: FieldDefinition) -> str:
    """The label."""
    return "" if value is None else label_of(value, field)


def read_flat(key: str, body: Mapping[str, Any]) -> int | None:
    """v1 gives the id as text."""
    held = body.get(key)
    return None if held is None else int(held)


FIELD_TYPE = FieldType(
    key="enum",
    label="Single option",
    wish="one of the field's options, by label or id",
    parse=parse,
    read_flat=read_flat,
    show=show,
)

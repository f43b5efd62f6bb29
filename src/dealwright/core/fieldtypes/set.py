"""Multiple options: written by ids, their order means nothing."""

from collections.abc import Mapping
from typing import Any, cast

from dealwright.core.fieldoptions import label_of, option_of
from dealwright.core.fieldtype import FieldContext, FieldType, Flat, UnknownOption, is_empty
from dealwright.core.record import FieldDefinition
from dealwright.core.scalars import Misfit, read_text
from dealwright.core.standins import Ids


def parse(raw: Any, context: FieldContext) -> list[int]:
    """Labels or ids in a list, or in one text between commas.

    Raises UnknownOption, which holds the others.
    """
    found: list[int] = []
    unknown: list[str] = []
    for item in _items(raw, context.field):
        option_id = option_of(item, context.field)
        if option_id is None:
            unknown.append(read_text(item).strip())
        elif option_id not in found:
            found.append(option_id)
    if unknown:
        raise UnknownOption(tuple(unknown), known=found)
    if not found:
        raise Misfit
    return found


def _items(raw: Any, field: FieldDefinition) -> list[Any]:
    if isinstance(raw, list | tuple):
        return [item for item in cast("list[Any]", raw) if not is_empty(item)]
    if not isinstance(raw, str):
        return [raw]
    # A label may have a comma in it.
    if option_of(raw, field) is not None:
        return [raw]
    return [part for part in raw.split(",") if part.strip()]


def write_flat(key: str, value: Any) -> Flat:
    """v1 takes the ids in one text."""
    if value is not None and not all(isinstance(item, int) for item in value):
        return {key: Ids(tuple(value))}
    return {key: None if value is None else ",".join(str(item) for item in value)}


def read_flat(key: str, body: Mapping[str, Any]) -> list[int] | None:
    """v1 gives the ids in one text."""
    held = body.get(key)
    return None if not held else [int(item) for item in str(held).split(",")]


def show(value: Any, field: FieldDefinition) -> str:
    """The labels, between commas."""
    return ", ".join(label_of(item, field) for item in value or ())


def same(wanted: Any, held: Any) -> bool:
    """Whether both hold the same options."""
    return set(wanted or ()) == set(held or ())


FIELD_TYPE = FieldType(
    key="set",
    label="Multiple options",
    wish="options of the field, by label or id: a list, or a text with commas",
    parse=parse,
    write_flat=write_flat,
    read_flat=read_flat,
    show=show,
    same=same,
)

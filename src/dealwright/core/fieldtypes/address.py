"""Address: what people read, and its parts; a write replaces it as a whole."""

from collections.abc import Mapping
from typing import Any, Final

from dealwright.core.fieldtype import (
    FieldContext,
    FieldType,
    Flat,
    first_of,
    is_empty,
    parts_of,
    read_flat_parts,
    within,
)
from dealwright.core.record import FieldDefinition
from dealwright.core.scalars import Misfit, read_text

#: v2's parts, and how senders name them (Segment's `traits.address`, v1, browsers).
_PARTS: Final = {
    "country": ("country",),
    "admin_area_level_1": ("admin_area_level_1", "state", "region"),
    "admin_area_level_2": ("admin_area_level_2", "county"),
    "locality": ("locality", "city", "town"),
    "sublocality": ("sublocality", "district"),
    "route": ("route",),
    "street_number": ("street_number", "house_number"),
    "subpremise": ("subpremise", "apartment"),
    "postal_code": ("postal_code", "postalCode", "postcode", "zip"),
}
_LINE: Final = ("locality", "admin_area_level_1", "country")
_LIMIT: Final = 255


def parse(raw: Any, context: FieldContext) -> Flat:
    """One line, or an object of parts; of parts alone the line is made."""
    del context
    parts = parts_of(raw)
    if parts is None:
        return {"value": _limited(read_text(raw))}
    found: Flat = {}
    for name, spellings in _PARTS.items():
        part = first_of(parts, *spellings)
        if part is not None:
            found[name] = _limited(read_text(part))
    line = first_of(parts, "value", "formatted_address", "formatted")
    text = _made(parts, found) if line is None else read_text(line)
    if is_empty(text.strip()):
        raise Misfit
    return {"value": _limited(text), **found}


def _made(parts: Mapping[str, Any], found: Flat) -> str:
    street = first_of(parts, "street", "route", "street_address")
    number = found.get("street_number") if "route" in found else None
    first = " ".join(str(part) for part in (street, number) if part is not None)
    town = " ".join(found[name] for name in ("postal_code", "locality") if name in found)
    rest = [found[name] for name in _LINE[1:] if name in found]
    return ", ".join(part for part in (first, town, *rest) if part)


def _limited(text: str) -> str:
    if len(text) > _LIMIT:
        raise Misfit(f"an address whose parts have at most {_LIMIT} characters")
    return text


def write_flat(key: str, value: Any) -> Flat:
    """v1 takes the line; Pipedrive finds the parts itself."""
    return {key: None if value is None else value["value"]}


def show(value: Any, field: FieldDefinition) -> str:
    """The line."""
    del field
    return str((parts_of(value) or {}).get("value") or "")


FIELD_TYPE = FieldType(
    key="address",
    label="Address",
    wish="an address in one line, or an object such as "
    '{"street": …, "city": …, "postal_code": …, "country": …}',
    parse=parse,
    write_flat=write_flat,
    read_flat=read_flat_parts,
    show=show,
    same=within,
    searchable=True,
)

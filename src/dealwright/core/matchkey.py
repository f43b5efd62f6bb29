"""Match keys: custom fields by which records are matched, known by name or key and by their type.

A record is found again only if what is looked for and what was written are the same value: a
number field holds 1200, however the sender wrote it.
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any, Final, NamedTuple

import msgspec

from dealwright.core.ecmascript import number_text
from dealwright.core.errors import MappingError
from dealwright.core.fieldtype import FieldContext, FieldType, parts_of
from dealwright.core.identifier import Identifier
from dealwright.core.match import Reference
from dealwright.core.record import FieldDefinition, RecordKind
from dealwright.core.scalars import Misfit, read_number, shown
from dealwright.core.schema import FIELD_KEY, FIELD_TYPES, Schema

_PATH: Final = "match_field"

#: Pipedrive's own fields that a Reference may name, of any kind.
_BUILT_IN: Final = frozenset({"", "id", "name", "title", "email", "phone"})


class MatchKey(NamedTuple):
    """A field's key, and the value of it as v2 takes it."""

    field: str
    value: Any


def kinds_by_field(references: Iterable[Reference]) -> frozenset[RecordKind]:
    """The kinds of record whose fields have to be known before these are looked up."""
    return frozenset(
        reference.kind
        for reference in references
        if any(is_custom(key.field) for key in reference.keys)
    )


def is_custom(named: str) -> bool:
    """Whether a match field is one of the account's own, not of Pipedrive's."""
    return named not in _BUILT_IN


def keyed(
    references: Iterable[Reference], schemas: Mapping[RecordKind, Schema], *, subject: str
) -> tuple[Reference, ...]:
    """The References with custom fields by their keys, and their values as records hold them.

    A value that the field cannot hold is nothing to look for; it is a fault only of the `subject`,
    and only where there is no other way to find it. Raises MappingError: `unknown_field`,
    `ambiguous_field`, `system_field`, `unsearchable_field`, `invalid_value`.
    """
    return tuple(
        _keyed(reference, schemas[reference.kind], needed=reference.role == subject)
        if reference.kind in schemas
        else reference
        for reference in references
    )


def _keyed(reference: Reference, schema: Schema, *, needed: bool) -> Reference:
    keys: list[Identifier] = []
    for key in reference.keys:
        if not is_custom(key.field):
            keys.append(key)
            continue
        try:
            found = fit_key(schema, key.field, key.raw)
        except MappingError as error:
            if error.code != "invalid_value" or (needed and not reference.external_id):
                raise
            continue
        text = key_text(found.value) or ""
        keys.append(msgspec.structs.replace(key, field=found.field, value=text, raw=text))
    return msgspec.structs.replace(reference, keys=tuple(dict.fromkeys(keys)))


def fit_key(schema: Schema | None, named: str, value: str) -> MatchKey:
    """The key and value of a custom field that a record is matched by.

    Without a Schema only a key is known, and its value is text. Raises MappingError as `keyed`.
    """
    if schema is None:
        if FIELD_KEY.fullmatch(named.lower()):
            return MatchKey(named.lower(), value)
        raise _refused(named, "the account's fields are not known here", code="unknown_field")
    definition, kind = _definition(schema, named)
    try:
        found = kind.parse(value, FieldContext(field=definition))
        if set(parts_of(found) or ()) - {"value"}:
            raise Misfit("the amount alone, without a currency")
    except Misfit as misfit:
        wish = misfit.wish or kind.wish
        advice = f"expected {wish}, got {shown(value)}"
        raise _refused(definition.field_name, advice, code="invalid_value") from None
    return MatchKey(definition.field_code, found)


def key_text(value: Any) -> str | None:
    """A field's value as one text, equal for equal values; None for what is no single value."""
    parts = parts_of(value)
    plain = value if parts is None else parts.get("value")
    match plain:
        case None | bool() | list() | tuple() | Mapping():
            return None
        case Decimal() | float():
            return number_text(float(plain))
        case _:
            return str(plain)


def value_lane(written: str) -> str:
    """What Deliveries share that are matched by one value of a field, whatever its type."""
    try:
        return number_text(read_number(written))
    except Misfit:
        return written


def _definition(schema: Schema, named: str) -> tuple[FieldDefinition, FieldType]:
    try:
        definition = schema.field(named)
    except MappingError as error:
        sentence = str(error).removeprefix("custom_fields: ")
        raise MappingError(f"Match field: {sentence}", code=error.code, path=_PATH) from None
    kind = FIELD_TYPES.get(definition.field_type)
    if kind is None or not kind.searchable:
        label = definition.field_type if kind is None else kind.label
        advice = f"Pipedrive finds no record by a field of type {label}; match by a text or number"
        raise _refused(definition.field_name, advice, code="unsearchable_field")
    return definition, kind


def _refused(named: str, advice: str, *, code: str) -> MappingError:
    return MappingError(f"Match field: {shown(named)}: {advice}.", code=code, path=_PATH)

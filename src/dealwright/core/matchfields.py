"""Match fields: by which fields of an account records can be found, and why not by others."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from dealwright.core.action import Choice
from dealwright.core.errors import MappingError
from dealwright.core.record import FieldDefinition, RecordKind
from dealwright.core.reference import ID_FIELDS
from dealwright.core.schema import FIELD_KEY, FIELD_TYPES, FOUND_BY, Schema

#: Kinds that a Connection has a default match field for, and Segment's settings had one.
MATCHED_KINDS: Final = (RecordKind.PERSON, RecordKind.ORGANIZATION, RecordKind.DEAL)

#: Words for Pipedrive's own fields, where the account's own are not known.
_BUILT_IN: Final[Mapping[RecordKind, Mapping[str, str]]] = {
    RecordKind.PERSON: {"id": "ID", "email": "Email", "phone": "Phone", "name": "Name"},
    RecordKind.ORGANIZATION: {"id": "ID", "name": "Name"},
    RecordKind.DEAL: {"id": "ID", "title": "Title"},
}
_PLURALS: Final = {"emails": "email", "phones": "phone"}


def match_choices(kind: RecordKind, fields: Iterable[FieldDefinition]) -> tuple[Choice, ...]:
    """The fields by which records of a kind can really be found: what a picker offers.

    The id, the built-in ones, by the names that the account has for them, and custom fields of a
    type that Pipedrive searches.
    """
    there = tuple(fields)
    own = {_PLURALS.get(entry.field_code, entry.field_code): entry for entry in there}
    built_in = (
        Choice(value=own[key].field_code, label=own[key].field_name)
        if key in own
        else Choice(value=key, label=label)
        for key, label in _BUILT_IN.get(kind, {}).items()
    )
    return (*built_in, *_custom(there))


def unmatchable(kind: RecordKind, named: str, schema: Schema | None) -> str:
    """Why records of a kind cannot be found by a field, a sentence; "" when they can.

    Without a Schema nobody knows about custom fields, so none is objected to.
    """
    if named in ID_FIELDS or named in FOUND_BY.get(kind, ()):
        return ""
    if not FIELD_KEY.fullmatch(named):
        return f"Pipedrive cannot search {kind}s by {named}, so nothing is ever found by it."
    if schema is None:
        return ""
    found = schema.type_of(named)
    if found is None:
        return f"The account has no {kind} field {named}."
    if not found.searchable:
        return (
            f"Pipedrive cannot search fields of the type {found.label}, so nothing is ever found "
            "by it."
        )
    return ""


def match_field_named(kind: RecordKind, named: str, schema: Schema) -> str:
    """The match field that a person means by a name or a key; `id` for the words for that.

    Raises MappingError: `unknown_field`, `ambiguous_field`, `unsearchable_field`.
    """
    wanted = named.strip()
    folded = wanted.casefold()
    if folded in ID_FIELDS:
        return "id"
    if folded in FOUND_BY.get(kind, ()):
        return _PLURALS.get(folded, folded)
    for choice in match_choices(kind, schema.fields):
        if choice.value in FOUND_BY.get(kind, ()) and choice.label.casefold() == folded:
            return _PLURALS.get(choice.value, choice.value)
    key = _key(kind, wanted, schema)
    if reason := unmatchable(kind, key, schema):
        offered = ", ".join(choice.label for choice in match_choices(kind, schema.fields))
        raise MappingError(
            f"{named}: {reason} There are: {offered}.",
            code="unsearchable_field",
            path="match_field",
        )
    return key


def needs_fields(kind: RecordKind, named: str) -> bool:
    """Whether the account's fields have to be known to tell which match field is meant."""
    folded = named.strip().casefold()
    return folded not in ID_FIELDS and folded not in FOUND_BY.get(kind, ())


def _key(kind: RecordKind, named: str, schema: Schema) -> str:
    try:
        return schema.field(named).field_code
    except MappingError as error:
        if error.code != "system_field":
            raise MappingError(
                str(error).replace("custom_fields:", f"{kind}:", 1),
                code=error.code,
                path="match_field",
            ) from None
        return named


def _custom(fields: Iterable[FieldDefinition]) -> Iterator[Choice]:
    for entry in fields:
        kind = FIELD_TYPES.get(entry.field_type)
        if entry.is_custom_field and kind is not None and kind.searchable:
            yield Choice(value=entry.field_code, label=entry.field_name)

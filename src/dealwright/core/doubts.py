"""Doubts: what a Mapping names that the account, as far as is known, does not have.

No faults: the account may have been changed since its lists were read.
"""

from collections.abc import Iterator, Mapping
from typing import Any, cast

from dealwright.core.action import Action, ActionField, ValueType
from dealwright.core.catalogue import OFFERS, Catalogue, choices
from dealwright.core.directives import Fault
from dealwright.core.draft import fixed
from dealwright.core.errors import MappingError
from dealwright.core.matchfields import match_field_named
from dealwright.core.record import RecordKind
from dealwright.core.scalars import shown
from dealwright.core.schema import Schema

_MATCH = "_match_fields"


def doubts(fields: Mapping[str, Any], action: Action, catalogue: Catalogue) -> tuple[Fault, ...]:
    """What is written down in the fields, not mapped, and is none of the account's choices.

    Where the list was not read yet, that is told instead.
    """
    return tuple(_doubts(fields, action, catalogue))


def _doubts(fields: Mapping[str, Any], action: Action, catalogue: Catalogue) -> Iterator[Fault]:
    for field in action.fields:
        given = fixed(fields.get(field.key))
        if not field.dynamic or given in (None, "", [], {}):
            continue
        if field.type is ValueType.OBJECT:
            yield from _keys(field, given, action.kind, catalogue)
        elif not isinstance(given, dict):
            yield from _values(field, given, catalogue)


def _keys(
    field: ActionField, given: Any, kind: RecordKind, catalogue: Catalogue
) -> Iterator[Fault]:
    schema = catalogue.schema(kind)
    entries = cast("dict[str, Any]", given) if isinstance(given, dict) else {}
    if any(key.startswith("@") for key in entries):
        return
    if schema is None:
        yield _unread(field)
        return
    for key in entries:
        try:
            schema.fit({key: None})
        except MappingError as error:
            advice = str(error).removeprefix("custom_fields: ")
            yield Fault(path=f"/{field.key}/{key}", message=advice)


def _values(field: ActionField, given: Any, catalogue: Catalogue) -> Iterator[Fault]:
    if field.dynamic.endswith(_MATCH):
        yield from _match_field(field, str(given).strip(), catalogue)
        return
    if any(getattr(catalogue, one) is None for one in OFFERS[field.dynamic].lists):
        yield _unread(field)
        return
    offered = choices(field.dynamic, catalogue)
    known = {text.casefold() for one in offered for text in (one.value, one.label)}
    for value in cast("list[Any]", given) if isinstance(given, list) else [given]:
        text = str(value).strip()
        if text.casefold() not in known:
            there = ", ".join(one.label for one in offered[:8])
            yield Fault(
                path=f"/{field.key}",
                message=f"the account has no {shown(text)} among its {_words(field)}: "
                f"{there or 'there are none'}.",
            )


def _unread(field: ActionField) -> Fault:
    return Fault(
        path=f"/{field.key}",
        message=f"not checked, because the {_words(field)} of the account were not read yet. "
        "To read them: dealwright connections catalogue NAME --refresh",
    )


def _match_field(field: ActionField, named: str, catalogue: Catalogue) -> Iterator[Fault]:
    kind = RecordKind(field.dynamic.removesuffix(_MATCH))
    schema = catalogue.schema(kind)
    try:
        # Pipedrive's own fields, such as `email`, need no list.
        match_field_named(kind, named, schema or Schema(fields=(), users=()))
    except MappingError as error:
        known = Fault(path=f"/{field.key}", message=str(error))
        yield known if schema else _unread(field)


def _words(field: ActionField) -> str:
    return field.dynamic.replace("_", " ")

"""Bringing: what another tool was told becomes Mappings, by commands and by the API."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import sqlalchemy as sa

from dealwright.core.catalogue import FIELD_LISTS
from dealwright.core.mapping import Mapping
from dealwright.core.matchfields import MATCHED_KINDS
from dealwright.core.record import RecordKind
from dealwright.core.schema import Schema
from dealwright.core.segment_import import Brought, Imported
from dealwright.pipedrive.records import Records
from dealwright.pipeline.accounts import AccountBook
from dealwright.store.connections import connection, set_defaults
from dealwright.store.mappings import NewMapping, create_mapping, list_mappings


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrived:
    """The Mappings that were made, and the names of those that were there already."""

    made: tuple[Mapping, ...]
    there: tuple[str, ...]


async def schemas_of(book: AccountBook, records: Records) -> dict[RecordKind, Schema]:
    """The account's fields, read anew and kept; raises as every call does."""
    await book.refresh([FIELD_LISTS[kind] for kind in MATCHED_KINDS], records)
    return {kind: await book.schema(kind, records) for kind in MATCHED_KINDS}


def bring_in(
    db: sa.Connection,
    connection_id: int,
    imported: Imported,
    *,
    note: Callable[[Mapping], None],
    now_ms: int,
) -> Arrived:
    """Make the Mappings that are not there yet, and match as they did; `note` is told of each.

    Raises NotFound and ConfigError (`too_many_mappings`).
    """
    found = connection(db, connection_id)
    if imported.match_fields:
        fields = {**found.defaults.match_fields, **imported.match_fields}
        set_defaults(db, connection_id, defaults=replace(found.defaults, match_fields=fields))
    known = {(one.action, one.name) for one in list_mappings(db, connection_id)}
    made: list[Mapping] = []
    for one in imported.mappings:
        if (one.draft.action, one.draft.name) not in known:
            made.append(create_mapping(db, _new(connection_id, one), now_ms=now_ms))
            note(made[-1])
    names = {one.name for one in made}
    there = tuple(one.draft.name for one in imported.mappings if one.draft.name not in names)
    return Arrived(made=tuple(made), there=there)


def _new(connection_id: int, one: Brought) -> NewMapping:
    return NewMapping(
        connection_id=connection_id,
        name=one.draft.name,
        action=one.draft.action,
        trigger=one.draft.trigger,
        fields=one.draft.fields,
        enabled=one.enabled,
    )

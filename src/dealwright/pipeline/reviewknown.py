"""ReviewKnown: what is known of a record or an option that may be chosen, for no token."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec
import sqlalchemy as sa

from dealwright.core.catalogue import FIELD_LISTS, TYPES
from dealwright.core.record import (
    Deal,
    FieldDefinition,
    FieldOption,
    Labelled,
    Organization,
    Person,
    Record,
    RecordId,
    RecordKind,
)
from dealwright.pipeline.mirrored import key_name, record_of
from dealwright.pipeline.verify import tie
from dealwright.store.catalogue import kept
from dealwright.store.mirror import by_keys, records

#: A page shows no more options of one field; the label that is meant can be looked up.
MOST_OPTIONS = 100


def known_records(
    db: sa.Connection, connection_id: int, kind: RecordKind, ids: Iterable[RecordId]
) -> dict[RecordId, str]:
    """What the mirror knows of records, each in a line; "" where it knows nothing."""
    wanted = list(dict.fromkeys(ids))
    rows = records(db, connection_id, kind, wanted)
    there = {one.record_id: record_of(one) for one in rows.values() if not one.deleted}
    gone = {one.record_id for one in rows.values() if one.deleted}
    homes = {one.org_id for one in there.values() if isinstance(one, Person)} - {None}
    names = _organizations(db, connection_id, [home for home in homes if home is not None])
    return {
        record_id: "deleted in Pipedrive"
        if record_id in gone
        else _line(there[record_id], names)
        if record_id in there
        else ""
        for record_id in wanted
    }


def deals_of_persons(
    db: sa.Connection, connection_id: int, persons: Sequence[int]
) -> list[RecordId]:
    """The open deals of persons, newest first."""
    keys = [key_name(tie(RecordKind.PERSON, person)) for person in persons]
    found = by_keys(db, connection_id, RecordKind.DEAL, keys)
    ids = {record_id for some in found.values() for record_id in some}
    rows = records(db, connection_id, RecordKind.DEAL, ids)
    deals = [record_of(row) for row in rows.values() if not row.deleted]
    open_ones = [one for one in deals if isinstance(one, Deal) and one.status == "open"]
    return [one.id for one in sorted(open_ones, key=lambda deal: -deal.id)]


def options_of(
    db: sa.Connection, connection_id: int, kind: RecordKind, *, field: str
) -> tuple[FieldOption, ...]:
    """The options of a field, as the account was last asked."""
    named = FIELD_LISTS.get(kind)
    there = {} if named is None else kept(db, connection_id, lists=[named])
    if named is None or named not in there:
        return ()
    try:
        fields: tuple[FieldDefinition, ...] = msgspec.json.decode(
            there[named].body, type=TYPES[named]
        )
    except msgspec.DecodeError:
        return ()
    found = next((one for one in fields if one.field_code == field), None)
    return () if found is None else tuple(found.options or ())[:MOST_OPTIONS]


def _organizations(
    db: sa.Connection, connection_id: int, ids: Sequence[int]
) -> Mapping[RecordId, str]:
    rows = records(db, connection_id, RecordKind.ORGANIZATION, ids)
    found = [record_of(row) for row in rows.values() if not row.deleted]
    return {one.id: one.name for one in found if isinstance(one, Organization)}


def _line(record: Record, organizations: Mapping[RecordId, str]) -> str:
    parts: list[Any] = [getattr(record, "name", "") or getattr(record, "title", "")]
    match record:
        case Person():
            parts += _values(record.emails)
            parts += _values(record.phones)
            if record.org_id is not None:
                parts.append(organizations.get(record.org_id, f"organization {record.org_id}"))
        case Deal():
            parts.append(record.status)
        case _:
            pass
    changed = (record.update_time or "")[:10]
    parts.append(f"changed {changed}" if changed else "")
    return ", ".join(str(part) for part in parts if part)


def _values(labelled: Iterable[Labelled]) -> list[str]:
    return [item.value for item in labelled if item.value]

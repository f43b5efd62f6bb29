"""Ties: what else somebody is known by, one step from what was asked."""

from collections.abc import Collection, Iterator
from typing import NamedTuple

import msgspec
import sqlalchemy as sa

from dealwright.core.privacy import Identity, IdentityKind, Sought, email_of, phone_of
from dealwright.core.record import Labelled
from dealwright.store.connections import list_connections
from dealwright.store.statements import chunks
from dealwright.store.tables import deliveries, links, mirror_keys, mirror_records


class _Known(msgspec.Struct, frozen=True, kw_only=True):
    emails: tuple[Labelled, ...] = ()
    phones: tuple[Labelled, ...] = ()


_read = msgspec.json.Decoder(_Known).decode


def mirror_body(db: sa.Connection, connection_id: int, record_id: str) -> list[Identity]:
    """Addresses and numbers of a person of the mirror."""
    mine = sa.select(mirror_records.c.body).where(
        mirror_records.c.connection_id == connection_id,
        mirror_records.c.kind == "person",
        mirror_records.c.record_id == record_id,
        mirror_records.c.deleted == 0,
    )
    body = db.scalar(mine)
    return _identities(body) if body else []


def _identities(body: bytes) -> list[Identity]:
    told = _read(bytes(body))
    found = [email_of(one.value) for one in told.emails]
    found += [phone_of(one.value) for one in told.phones]
    return [one for one in found if one is not None]


def persons_by_links(db: sa.Connection, sought: Sought) -> Iterator[Identity]:
    """Persons of Pipedrive that senders' ids are."""
    for some in chunks(sorted(sought.user_ids)):
        chosen = sa.select(links).where(links.c.kind == "person", links.c.external_id.in_(some))
        for row in db.execute(chosen):
            if sought.has_id(row.external_id, row.source_id):
                yield Identity(IdentityKind.PERSON, str(row.record_id), row.connection_id)


def ids_by_links(db: sa.Connection, persons: Collection[tuple[int, str]]) -> Iterator[Identity]:
    """What senders call persons of Pipedrive."""
    for connection_id, record_id in persons:
        chosen = sa.select(links.c.external_id, links.c.source_id).where(
            links.c.connection_id == connection_id,
            links.c.kind == "person",
            links.c.record_id == record_id,
        )
        for row in db.execute(chosen):
            yield Identity(IdentityKind.USER_ID, row.external_id, row.source_id)


def persons_by_events(db: sa.Connection, seqs: Collection[int]) -> Iterator[Identity]:
    """Persons of Pipedrive that Deliveries of these Events wrote to."""
    for some in chunks(sorted(seqs)):
        chosen = sa.select(deliveries.c.connection_id, deliveries.c.record_id).where(
            deliveries.c.event_seq.in_(some),
            deliveries.c.record_kind == "person",
            deliveries.c.record_id.is_not(None),
        )
        for row in db.execute(chosen.distinct()):
            yield Identity(IdentityKind.PERSON, str(row.record_id), row.connection_id)


def where_they_stand(
    db: sa.Connection, persons: Collection[tuple[int, str]]
) -> list[tuple[str, int, str]]:
    """Name of the Connection, id and address of persons in Pipedrive itself."""
    there = {one.id: one for one in list_connections(db)} if persons else {}
    return [
        (there[key].name, int(record_id), f"{there[key].base_url}/person/{record_id}")
        for key, record_id in sorted(persons)
        if key in there
    ]


class Mirrored(NamedTuple):
    """A person of a mirror, and by what they are known."""

    connection_id: int
    record_id: str
    known_by: tuple[Identity, ...]


def mirrored_persons(
    db: sa.Connection, after: tuple[int, str], *, limit: int = 2_000
) -> list[Mirrored]:
    """The next persons of all mirrors, by Connection and id."""
    columns = (mirror_records.c.connection_id, mirror_records.c.record_id)
    behind = sa.tuple_(*columns) > sa.tuple_(sa.literal(after[0]), sa.literal(after[1]))
    chosen = (
        sa.select(*columns, mirror_records.c.body)
        .where(mirror_records.c.kind == "person", mirror_records.c.deleted == 0, behind)
        .order_by(*columns)
        .limit(limit)
    )
    return [Mirrored(row[0], row[1], tuple(_identities(row[2]))) for row in db.execute(chosen)]


def unmirror(db: sa.Connection, person: Mirrored) -> None:
    """Forget a person of a mirror."""
    for table in (mirror_keys, mirror_records):
        db.execute(
            sa.delete(table).where(
                table.c.connection_id == person.connection_id,
                table.c.kind == "person",
                table.c.record_id == person.record_id,
            )
        )

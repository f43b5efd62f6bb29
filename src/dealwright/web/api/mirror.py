"""/connections/{id}/mirror: what is known of an account without asking it."""

from datetime import datetime
from typing import Annotated, Any

import msgspec
import sqlalchemy as sa
from fastapi import APIRouter, Query
from pydantic import BaseModel

from dealwright.core import identifier
from dealwright.core.clock import from_ms
from dealwright.core.errors import NotFound
from dealwright.core.identifier import Identifier
from dealwright.core.record import RecordId, RecordKind
from dealwright.pipeline.mirrored import name_of
from dealwright.store import mirror as store_of
from dealwright.store.connections import Connection, connection
from dealwright.web.api.act import Act, Desk, acting, allowed
from dealwright.web.api.paging import Page
from dealwright.web.api.shapes import Count, Id, moment
from dealwright.web.auth.permissions import Permission

router = APIRouter(tags=["Mirror"])

READ = allowed(Permission.MIRROR_READ)
Running = Annotated[Act, acting(Permission.JOBS_RUN)]

#: No key has more hits that anybody wants to see.
MOST_HITS = 100


class MirroredKind(BaseModel):
    """How far the mirror of a kind is. `complete`: every record of it is known."""

    kind: RecordKind
    records: int
    complete: bool
    crawling: bool
    crawled: int
    fresh_at: datetime | None
    reconciled_at: datetime | None


class MirroredRecord(BaseModel):
    """A record as the mirror has it. Not `exact`: it is read by its id before it decides."""

    kind: RecordKind
    id: int | str
    updated_at: datetime
    checked_at: datetime
    exact: bool
    deleted: bool
    record: dict[str, Any] | None


@router.get("/connections/{connection_id}/mirror", dependencies=[READ])
async def mirror_state(connection_id: Id, office: Desk) -> Page[MirroredKind]:
    """How far the mirror is, kind by kind."""

    def look(db: sa.Connection) -> list[MirroredKind]:
        connection(db, connection_id)
        states, counts = store_of.state(db, connection_id), store_of.counts(db, connection_id)
        return [
            _kind(states.get(kind) or store_of.MirrorState(kind), counts.get(kind, 0))
            for kind in RecordKind
            if kind in states or kind in counts
        ]

    return Page(items=await office.read(look))


@router.delete("/connections/{connection_id}/mirror")
async def wipe_mirror(connection_id: Id, act: Running) -> Count:
    """Forget everything that was copied of an account; says how many records that was.

    Events are matched by searching then.
    """

    def change(db: sa.Connection) -> Count:
        connection(db, connection_id)
        count = sum(store_of.counts(db, connection_id).values())
        store_of.wipe(db, connection_id)
        act.note(db, "mirror.wipe", f"connection:{connection_id}")
        return Count(count=count)

    return await act.do(change, answer=Count)


@router.get("/connections/{connection_id}/mirror/{kind}", dependencies=[READ])
async def look_up(
    connection_id: Id,
    kind: RecordKind,
    office: Desk,
    key: Annotated[
        str,
        Query(
            min_length=1,
            max_length=500,
            description="An e-mail address, a phone number with +, or a name.",
        ),
    ],
) -> Page[MirroredRecord]:
    """Records that a key leads to; nothing is asked of Pipedrive, so it costs no tokens."""

    def look(db: sa.Connection) -> list[MirroredRecord]:
        name = name_of(_identifier(key, connection(db, connection_id)))
        hits = store_of.by_keys(db, connection_id, kind, [name]).get(name, [])[:MOST_HITS]
        return _records(db, connection_id, kind, hits)

    return Page(items=await office.read(look))


@router.get("/connections/{connection_id}/mirror/{kind}/{record_id}", dependencies=[READ])
async def mirrored_record(
    connection_id: Id, kind: RecordKind, record_id: str, office: Desk
) -> MirroredRecord:
    """One record by its id in Pipedrive, as the mirror has it."""
    is_number = record_id.isascii() and record_id.isdecimal() and len(record_id) < 19
    named: RecordId = int(record_id) if is_number else record_id

    def look(db: sa.Connection) -> list[MirroredRecord]:
        connection(db, connection_id)
        return _records(db, connection_id, kind, [named])

    found = await office.read(look)
    if not found:
        raise NotFound(f"The mirror knows no {kind} {record_id}; Pipedrive may.")
    return found[0]


def _identifier(key: str, one: Connection) -> Identifier:
    if "@" in key:
        return identifier.email(key)
    if key.startswith("+"):
        return identifier.phone(key, region=one.defaults.region)
    return identifier.name(key)


def _records(
    db: sa.Connection, connection_id: int, kind: RecordKind, ids: list[RecordId]
) -> list[MirroredRecord]:
    found = store_of.records(db, connection_id, kind, ids)
    return [_record(row) for row in found.values()]


def _record(row: store_of.Mirrored) -> MirroredRecord:
    return MirroredRecord(
        kind=row.kind,
        id=row.record_id,
        updated_at=from_ms(row.updated_at_ms),
        checked_at=from_ms(row.checked_at_ms),
        exact=bool(row.exact),
        deleted=bool(row.deleted),
        record=msgspec.json.decode(row.body) if row.body else None,
    )


def _kind(known: store_of.MirrorState, records: int) -> MirroredKind:
    return MirroredKind(
        kind=known.kind,
        records=records,
        complete=known.complete,
        crawling=bool(known.crawling),
        crawled=known.crawled,
        fresh_at=moment(known.fresh_at_ms),
        reconciled_at=moment(known.reconciled_at_ms),
    )

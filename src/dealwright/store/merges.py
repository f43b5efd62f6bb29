"""Merges: which record one has become part of, and what of ours goes with it.

Messages of merges come in any order: A may be told to have become part of B after B has become part
of C. So graves say where their records went, and are followed to the end.
"""

import msgspec
import sqlalchemy as sa

from dealwright.core.record import RecordId, RecordKind
from dealwright.core.written import Written
from dealwright.store.columns import record_id_of
from dealwright.store.duplicates import follow_merge
from dealwright.store.mirror import bury, doubt, records
from dealwright.store.statements import run
from dealwright.store.tables import links, mirror_records
from dealwright.store.written import forget_written, put_written, written


def merged(
    db: sa.Connection,
    connection_id: int,
    kind: RecordKind,
    *,
    lost: RecordId,
    into: RecordId,
    at_ms: int,
) -> None:
    """Follow a merge, of which we heard at `at_ms`: `lost` is no more.

    Its Links, the moments of what was written into it, and with whom it is not the same, go to
    `into`, or to where that has gone itself; which has to be read anew. The journal stays with the
    record that it tells of: which of its values the heir has, whoever merged them has chosen.
    """
    heir = successor(db, connection_id, kind, into) or into
    if heir == lost:
        return
    bury(db, connection_id, kind, record_id=lost, at_ms=at_ms, into=heir)
    of_lost = (links.c.connection_id == connection_id) & (links.c.kind == kind.value)
    of_lost &= links.c.record_id == lost
    db.execute(sa.update(links).where(of_lost).values(record_id=heir))
    _hand_on(db, connection_id, kind, lost=lost, heir=heir)
    follow_merge(db, connection_id, kind, lost=lost, heir=heir)
    doubt(db, connection_id, kind, record_ids=[heir])


def successor(
    db: sa.Connection, connection_id: int, kind: RecordKind, record_id: RecordId
) -> RecordId | None:
    """The record that a merged one is part of by now, as far as is known; None for others."""
    met = [record_id]
    while True:
        grave = records(db, connection_id, kind, met[-1:]).get(met[-1])
        if grave is None or not grave.deleted or not grave.body:
            return None if len(met) == 1 else met[-1]
        into: RecordId = msgspec.json.decode(grave.body, type=int | str)
        if into in met:
            return None
        met.append(into)


def absorbed(
    db: sa.Connection, connection_id: int, kind: RecordKind, record_id: RecordId
) -> list[RecordId]:
    """The records that are part of one by now, as far as was heard of it.

    Looks through all that the mirror has of the kind: not for hot paths.
    """
    found: set[RecordId] = set()
    newest: set[RecordId] = {record_id}
    while newest:
        graves = sa.select(mirror_records.c.record_id).where(
            mirror_records.c.connection_id == connection_id,
            mirror_records.c.kind == kind.value,
            mirror_records.c.deleted == 1,
            mirror_records.c.body.in_([msgspec.json.encode(one) for one in newest]),
        )
        newest = {record_id_of(text) for text in db.scalars(graves)} - found - {record_id}
        found |= newest
    return sorted(found, key=str)


def follow_grave(
    db: sa.Connection, connection_id: int, kind: RecordKind, *, record_id: RecordId
) -> None:
    """Hand on what was written into a record, if that has become part of another meanwhile."""
    # Driver SQL: every write asks this, and hardly ever is there one.
    if not run(db, _GRAVE, connection_id, str(kind), str(record_id)).fetchall():
        return
    heir = successor(db, connection_id, kind, record_id)
    if heir is not None:
        _hand_on(db, connection_id, kind, lost=record_id, heir=heir)


_GRAVE = (
    "SELECT 1 FROM mirror_records WHERE connection_id = ? AND kind = ? AND record_id = ?"
    " AND deleted = 1"
)


def _hand_on(
    db: sa.Connection, connection_id: int, kind: RecordKind, *, lost: RecordId, heir: RecordId
) -> None:
    """Nothing older than what was written into either may be written into the heir."""
    known = written(db, connection_id, kind=kind, record_ids=[lost, heir])
    if lost in known:
        now = known.get(heir, Written()).with_times_of(known[lost])
        put_written(db, connection_id, kind=kind, record_id=heir, now=now)
        forget_written(db, connection_id, kind=kind, record_id=lost)

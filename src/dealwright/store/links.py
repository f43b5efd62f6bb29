"""Links: which record an external id is, as far as we know ourselves."""

from collections.abc import Sequence
from hashlib import sha256

import sqlalchemy as sa

from dealwright.core.record import RecordId
from dealwright.store.statements import chunks, cleaned, upsert
from dealwright.store.tables import links as table

# PostgreSQL's index takes 2,704 bytes a row; senders' ids may be of any length.
_LONGEST_KEY = 500


def links(
    db: sa.Connection, connection_id: int, *, source_id: int, kind: str, external_ids: Sequence[str]
) -> dict[str, RecordId]:
    """Record ids by external id; ids that are not known are left out."""
    ids_by_key = {_key(external_id): external_id for external_id in external_ids}
    found: dict[str, RecordId] = {}
    for keys in chunks(list(ids_by_key)):
        chosen = sa.select(table.c.external_id, table.c.record_id).where(
            _of(connection_id, source_id, kind), table.c.external_id.in_(keys)
        )
        for key, record_id in db.execute(chosen):
            found[ids_by_key[key]] = record_id
    return found


def put_link(
    db: sa.Connection,
    connection_id: int,
    *,
    source_id: int,
    kind: str,
    external_id: str,
    record_id: RecordId,
) -> None:
    """Remember that an external id is a record, whatever it was before."""
    statement = upsert(db, table).values(
        connection_id=connection_id,
        source_id=source_id,
        kind=str(kind),
        external_id=_key(external_id),
        record_id=record_id,
    )
    db.execute(
        statement.on_conflict_do_update(
            index_elements=["connection_id", "source_id", "kind", "external_id"],
            set_={"record_id": record_id},
        )
    )


def forget_record(db: sa.Connection, connection_id: int, *, kind: str, record_id: RecordId) -> int:
    """Forget every Link to a record that is gone; says how many."""
    gone = sa.delete(table).where(
        table.c.connection_id == connection_id,
        table.c.kind == str(kind),
        table.c.record_id == record_id,
    )
    return db.execute(gone).rowcount


def _of(connection_id: int, source_id: int, kind: str) -> sa.ColumnElement[bool]:
    return sa.and_(
        table.c.connection_id == connection_id,
        table.c.source_id == source_id,
        table.c.kind == str(kind),
    )


def _key(external_id: str) -> str:
    text = cleaned(external_id)
    if len(text) <= _LONGEST_KEY:
        return text
    return f"sha256:{sha256(text.encode()).hexdigest()}"

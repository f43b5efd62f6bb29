"""Links: which record an external id is, as far as we know ourselves."""

from collections.abc import Sequence
from hashlib import sha256

import sqlalchemy as sa

from dealwright.core.record import RecordId
from dealwright.store.columns import record_id_of
from dealwright.store.statements import cleaned, run
from dealwright.store.tables import links as table

# PostgreSQL's index takes 2,704 bytes a row; senders' ids may be of any length.
_LONGEST_KEY = 500

_FIND = (
    "SELECT record_id FROM links"
    " WHERE connection_id = ? AND source_id = ? AND kind = ? AND external_id = ?"
)
_PUT = (
    "INSERT INTO links (connection_id, source_id, kind, external_id, record_id)"
    " VALUES (?, ?, ?, ?, ?) ON CONFLICT (connection_id, source_id, kind, external_id)"
    " DO UPDATE SET record_id = excluded.record_id"
)

_DROP = (
    "DELETE FROM links WHERE connection_id = ? AND source_id = ? AND kind = ?"
    " AND external_id = ? AND record_id = ?"
)


def links(
    db: sa.Connection, connection_id: int, *, source_id: int, kind: str, external_ids: Sequence[str]
) -> dict[str, RecordId]:
    """Record ids by these few external ids; ids that are not known are left out."""
    found: dict[str, RecordId] = {}
    for external_id in external_ids:
        of = (connection_id, source_id, str(kind), _key(external_id))
        for (record_id,) in run(db, _FIND, *of).fetchall():
            found[external_id] = record_id_of(record_id)
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
    run(db, _PUT, connection_id, source_id, str(kind), _key(external_id), str(record_id))


def drop_link(
    db: sa.Connection,
    connection_id: int,
    *,
    source_id: int,
    kind: str,
    external_id: str,
    record_id: RecordId,
) -> bool:
    """Forget that an external id is a record; says whether it was that one by then."""
    of = (connection_id, source_id, str(kind), _key(external_id), str(record_id))
    return bool(run(db, _DROP, *of).rowcount)


def forget_record(db: sa.Connection, connection_id: int, *, kind: str, record_id: RecordId) -> int:
    """Forget every Link to a record that is gone; says how many."""
    gone = sa.delete(table).where(
        table.c.connection_id == connection_id,
        table.c.kind == str(kind),
        table.c.record_id == record_id,
    )
    return db.execute(gone).rowcount


def forget_link(
    db: sa.Connection,
    connection_id: int,
    *,
    source_id: int,
    kind: str,
    external_id: str,
    record_id: RecordId,
) -> bool:
    """Forget that an external id is a record, where it is that one still."""
    gone = sa.delete(table).where(
        table.c.connection_id == connection_id,
        table.c.source_id == source_id,
        table.c.kind == str(kind),
        table.c.external_id == _key(external_id),
        table.c.record_id == record_id,
    )
    return bool(db.execute(gone).rowcount)


def _key(external_id: str) -> str:
    text = cleaned(external_id)
    if len(text) <= _LONGEST_KEY:
        return text
    return f"sha256:{sha256(text.encode()).hexdigest()}"

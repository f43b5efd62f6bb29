"""Written: what we wrote into each record, and of which moment; one small row a record."""

from collections.abc import Iterable

import msgspec
import sqlalchemy as sa

from dealwright.core.record import RecordId
from dealwright.core.written import Written
from dealwright.store.statements import run

_decoded = msgspec.json.Decoder(Written).decode
_encoded = msgspec.json.Encoder().encode

# Driver SQL, for each write of a record runs them: a tenth of what building them costs.
_KEY = "connection_id = ? AND kind = ? AND record_id = ?"
_READ = f"SELECT body FROM written WHERE {_KEY}"  # noqa: S608 - constants of this file
_FORGET = f"DELETE FROM written WHERE {_KEY}"  # noqa: S608
_PUT = (
    "INSERT INTO written (connection_id, kind, record_id, body) VALUES (?, ?, ?, ?)"
    " ON CONFLICT (connection_id, kind, record_id) DO UPDATE SET body = excluded.body"
)


def written(
    db: sa.Connection, connection_id: int, *, kind: str, record_ids: Iterable[RecordId]
) -> dict[RecordId, Written]:
    """What was written into these few records; those that we never wrote to are left out."""
    found: dict[RecordId, Written] = {}
    for record_id in record_ids:
        for (body,) in run(db, _READ, connection_id, str(kind), str(record_id)).fetchall():
            found[record_id] = _decoded(body)
    return found


def put_written(
    db: sa.Connection, connection_id: int, *, kind: str, record_id: RecordId, now: Written
) -> None:
    """Remember what was written into a record, in place of what was known of it before."""
    run(db, _PUT, connection_id, str(kind), str(record_id), _encoded(now))


def forget_written(
    db: sa.Connection, connection_id: int, *, kind: str, record_id: RecordId
) -> None:
    """Forget a record that is no more."""
    run(db, _FORGET, connection_id, str(kind), str(record_id))

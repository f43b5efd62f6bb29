"""Written: what we wrote into each record, and of which moment; one small row a record."""

import msgspec
import sqlalchemy as sa

from dealwright.core.record import RecordId
from dealwright.core.written import Written
from dealwright.store.statements import chunks, upsert
from dealwright.store.tables import written as table

_read = msgspec.json.Decoder(Written).decode
_write = msgspec.json.Encoder().encode


def written(
    db: sa.Connection, connection_id: int, *, kind: str, record_ids: list[RecordId]
) -> dict[RecordId, Written]:
    """What was written into these records; those that we never wrote to are left out."""
    found: dict[RecordId, Written] = {}
    for some in chunks(record_ids):
        chosen = sa.select(table.c.record_id, table.c.body).where(
            table.c.connection_id == connection_id,
            table.c.kind == str(kind),
            table.c.record_id.in_(some),
        )
        found |= {record_id: _read(body) for record_id, body in db.execute(chosen)}
    return found


def put_written(
    db: sa.Connection, connection_id: int, *, kind: str, record_id: RecordId, now: Written
) -> None:
    """Remember what was written into a record, in place of what was known of it before."""
    body = _write(now)
    statement = upsert(db, table).values(
        connection_id=connection_id, kind=str(kind), record_id=record_id, body=body
    )
    db.execute(
        statement.on_conflict_do_update(
            index_elements=["connection_id", "kind", "record_id"], set_={"body": body}
        )
    )


def forget_written(
    db: sa.Connection, connection_id: int, *, kind: str, record_id: RecordId
) -> None:
    """Forget a record that is no more."""
    db.execute(
        sa.delete(table).where(
            table.c.connection_id == connection_id,
            table.c.kind == str(kind),
            table.c.record_id == record_id,
        )
    )

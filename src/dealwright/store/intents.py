"""Intents: what was about to be created. Stored before it is sent, looked into after a crash."""

from collections.abc import Sequence
from typing import NamedTuple

import sqlalchemy as sa

from dealwright.core.record import RecordId, RecordKind
from dealwright.store.statements import chunks, cleaned, run
from dealwright.store.tables import intents

#: A Create that was sent so much earlier has made nothing that a later one may have made.
RIVAL_MS = 300_000


class Intent(NamedTuple):
    """A Create whose outcome is not known; `body` is the request's JSON."""

    id: int
    connection_id: int
    delivery_id: int
    kind: str
    external_id: str
    body: bytes
    created_at_ms: int


_columns = sa.select(
    intents.c.id,
    intents.c.connection_id,
    intents.c.delivery_id,
    intents.c.kind,
    intents.c.external_id,
    intents.c.body,
    intents.c.created_at_ms,
)


_PUT = (
    "INSERT INTO intents (connection_id, delivery_id, kind, external_id, body, created_at_ms)"
    " VALUES (?, ?, ?, ?, ?, ?) RETURNING id"
)
_SETTLE = "UPDATE intents SET record_id = ?, settled_at_ms = ? WHERE id = ?"


def put_intent(
    db: sa.Connection,
    delivery_id: int,
    *,
    connection_id: int,
    kind: str,
    external_id: str,
    body: bytes,
    created_at_ms: int,
) -> int:
    """Say what is about to be created; the intent's id. Committed before the request is sent."""
    of = (connection_id, delivery_id, str(kind), cleaned(external_id), body, created_at_ms)
    ((intent_id,),) = run(db, _PUT, *of).fetchall()
    return intent_id


def open_intent(db: sa.Connection, delivery_id: int, *, kind: str) -> Intent | None:
    """The newest Create of a Delivery whose outcome is not known, if there is one."""
    chosen = _columns.where(
        intents.c.delivery_id == delivery_id,
        intents.c.kind == str(kind),
        intents.c.settled_at_ms.is_(None),
    )
    row = db.execute(chosen.order_by(intents.c.id.desc()).limit(1)).one_or_none()
    return None if row is None else Intent._make(row)


def open_intents(db: sa.Connection, delivery_id: int) -> list[Intent]:
    """The newest of each kind of record, where there is one."""
    found = (open_intent(db, delivery_id, kind=kind) for kind in RecordKind)
    return [intent for intent in found if intent is not None]


def rivals(db: sa.Connection, intent: Intent) -> int:
    """How many other Deliveries sent the same body about then, and do not know what it made."""
    chosen = sa.select(sa.func.count()).where(
        intents.c.connection_id == intent.connection_id,
        intents.c.kind == intent.kind,
        intents.c.settled_at_ms.is_(None),
        intents.c.created_at_ms >= intent.created_at_ms - RIVAL_MS,
        intents.c.delivery_id != intent.delivery_id,
        intents.c.body == intent.body,
    )
    return db.scalar(chosen) or 0


def settle_intent(
    db: sa.Connection, intent_id: int, *, record_id: RecordId | None, now_ms: int
) -> None:
    """Say what an intent made; None when it is certain that it made nothing."""
    run(db, _SETTLE, None if record_id is None else str(record_id), now_ms, intent_id)


def prune_intents(db: sa.Connection, before_ms: int, *, margin_ms: int, limit: int = 10_000) -> int:
    """Forget intents that were settled before, at most `limit`; says how many.

    Kept: what was settled since `margin_ms` before the oldest open one, which must not claim it.
    """
    oldest = db.scalar(
        sa.select(sa.func.min(intents.c.created_at_ms)).where(intents.c.settled_at_ms.is_(None))
    )
    until_ms = before_ms if oldest is None else min(before_ms, oldest - margin_ms)
    old = sa.select(intents.c.id).where(intents.c.settled_at_ms < until_ms)
    chosen = old.order_by(intents.c.id).limit(limit)
    return db.execute(sa.delete(intents).where(intents.c.id.in_(chosen))).rowcount


def claimed(
    db: sa.Connection, connection_id: int, *, kind: str, record_ids: Sequence[RecordId]
) -> set[RecordId]:
    """Those of the records that a settled intent made: an open one cannot have made them too."""
    found: set[RecordId] = set()
    for some in chunks(record_ids):
        chosen = sa.select(intents.c.record_id).where(
            intents.c.connection_id == connection_id,
            intents.c.kind == str(kind),
            intents.c.record_id.in_(some),
        )
        found |= {record_id for (record_id,) in db.execute(chosen) if record_id is not None}
    return found

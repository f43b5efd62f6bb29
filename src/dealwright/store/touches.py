"""Touches: who changed a record of ours last, field by field, other than ourselves."""

from collections.abc import Mapping

import msgspec
import sqlalchemy as sa

from dealwright.core.record import RecordId, RecordKind
from dealwright.store.statements import upsert
from dealwright.store.tables import journal
from dealwright.store.touch_tables import touches


class Touch(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A change by somebody else: the user's id in Pipedrive ("" unknown), how, and when.

    `how` is Pipedrive's word for it: "app" for people, "api" for programs.
    """

    user: str
    how: str
    at_ms: int


_bodies = msgspec.json.Decoder(dict[str, Touch])


def touches_of(
    db: sa.Connection, connection_id: int, kind: RecordKind, *, record_id: RecordId
) -> dict[str, Touch]:
    """Who changed which field of a record last; {} for one that nobody else was heard to change."""
    chosen = sa.select(touches.c.body).where(*_is(connection_id, kind, record_id))
    body = db.scalar(chosen)
    return {} if body is None else _bodies.decode(body)


def put_touches(
    db: sa.Connection,
    connection_id: int,
    kind: RecordKind,
    *,
    record_id: RecordId,
    told: Mapping[str, Touch],
) -> None:
    """Remember who changed these fields; of two the later one counts."""
    known = touches_of(db, connection_id, kind, record_id=record_id)
    later = {
        key: touch
        for key, touch in told.items()
        if key not in known or touch.at_ms >= known[key].at_ms
    }
    if not later:
        return
    now = {**known, **later}
    row = {
        "connection_id": connection_id,
        "kind": kind.value,
        "record_id": record_id,
        "at_ms": max(touch.at_ms for touch in now.values()),
        "body": msgspec.json.encode(now),
    }
    adding = upsert(db, touches).values(row)
    changed = {name: adding.excluded[name] for name in ("at_ms", "body")}
    keys = ["connection_id", "kind", "record_id"]
    db.execute(adding.on_conflict_do_update(index_elements=keys, set_=changed))


def is_ours(
    db: sa.Connection, connection_id: int, kind: RecordKind, *, record_id: RecordId
) -> bool:
    """Whether the journal has anything of a record: of others nobody wants to know."""
    entry = sa.exists().where(
        journal.c.connection_id == connection_id,
        journal.c.kind == kind.value,
        journal.c.record_id == record_id,
    )
    return bool(db.scalar(sa.select(entry)))


def prune_touches(db: sa.Connection, before_ms: int, *, limit: int = 10_000) -> int:
    """Forget records that nobody else changed since a moment, at most `limit`; says how many."""
    keys = (touches.c.connection_id, touches.c.kind, touches.c.record_id)
    old = sa.select(*keys).where(touches.c.at_ms < before_ms).limit(limit)
    return db.execute(sa.delete(touches).where(sa.tuple_(*keys).in_(old))).rowcount


def _is(
    connection_id: int, kind: RecordKind, record_id: RecordId
) -> tuple[sa.ColumnElement[bool], ...]:
    return (
        touches.c.connection_id == connection_id,
        touches.c.kind == kind.value,
        touches.c.record_id == record_id,
    )

"""Touching: what a message of Pipedrive tells of who else changed what we wrote.

Whose change it was decides nothing: what was not written by us stays where a rule says so, whoever
wrote it. It is kept so that an explanation can name who it was, and when.
"""

from collections.abc import Iterator

import sqlalchemy as sa

from dealwright.core.ours import Ours, written_keys
from dealwright.core.record import Record, RecordId, RecordKind
from dealwright.core.webhook import Told
from dealwright.store.connections import Connection
from dealwright.store.touches import Touch, is_ours, put_touches
from dealwright.store.written import written


def note_touch(
    db: sa.Connection,
    found: Connection,
    told: Told,
    *,
    kind: RecordKind,
    record_id: RecordId,
    record: Record | None,
) -> None:
    """Remember who changed which fields of a record that we have written to.

    `record` is what the message says of it. A program that uses our own user's token looks as we
    do: then only a value counts that we did not leave there.
    """
    keys = set(written_keys(told.previous or {})) - _OWN
    if not keys or not is_ours(db, found.id, kind, record_id=record_id):
        return
    if told.by_api(found.user_id):
        keys = set(_not_ours(db, found.id, kind, record, keys))
    touch = Touch(
        user="" if told.meta.user_id is None else str(told.meta.user_id),
        how=told.meta.change_source or "",
        at_ms=told.at_ms,
    )
    put_touches(db, found.id, kind, record_id=record_id, told=dict.fromkeys(keys, touch))


#: What Pipedrive changes by itself with every change.
_OWN = frozenset({"update_time", "stage_change_time", "local_won_date", "local_lost_date"})


def _not_ours(
    db: sa.Connection,
    connection_id: int,
    kind: RecordKind,
    record: Record | None,
    keys: set[str],
) -> Iterator[str]:
    if record is None:
        return
    known = written(db, connection_id, kind=kind, record_ids=[record.id]).get(record.id)
    if known is None:
        return
    ours = Ours(record=record, digests=known.wrote)
    yield from (key for key in keys if key in known.wrote and ours.edited(key))

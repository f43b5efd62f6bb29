"""Past: what was written into records before, and what each try adds to it."""

from collections.abc import Callable, Iterable
from typing import Final

import sqlalchemy as sa

from dealwright.core.ours import digests, written_keys
from dealwright.core.plan import Create, Delete, Plan, Update
from dealwright.core.record import Record, RecordId, RecordKind
from dealwright.core.schema import Schema
from dealwright.core.written import Told, Written
from dealwright.pipeline.tenure import Tenure
from dealwright.store.merges import follow_grave
from dealwright.store.written import forget_written, put_written, written

Memo = Callable[[sa.Connection], None]

_Key = tuple[RecordKind, RecordId]

_NOTHING: Final = Written()


class Past:
    """What was written into the records of one Connection, for as long as a Shift lasts.

    A try is known here as soon as it is done, before its outcome is stored: whoever has the next
    turn at the record must not miss it. If the outcome cannot be stored, the Shift ends.
    """

    def __init__(self, tenure: Tenure) -> None:
        self._tenure = tenure
        # Apart, for what is read comes from other threads: what our tries left, and what is stored.
        self._left: dict[_Key, Written] = {}
        self._stored: dict[_Key, Written] = {}

    def look(self, db: sa.Connection, kind: RecordKind, record_ids: Iterable[RecordId]) -> None:
        """Read what is stored; along with something else, it costs next to nothing.

        Also of records that are known: another may have become part of one meanwhile.
        """
        ids = list(record_ids)
        found = written(db, self._tenure.connection_id, kind=kind, record_ids=ids)
        for record_id in ids:
            self._stored[kind, record_id] = found.get(record_id, _NOTHING)

    async def of(self, kind: RecordKind, record_id: RecordId) -> Written:
        """What was written into a record; nothing for one that we never wrote to."""
        key = (kind, record_id)
        if key not in self._left and key not in self._stored:
            await self._tenure.read(lambda db: self.look(db, kind, [record_id]))
        return self._known(key)

    def add(
        self, kind: RecordKind, record: Record, *, plan: Plan, told: Told, schema: Schema | None
    ) -> Memo | None:
        """Take a Plan as done, `record` as what stands now; what is to be stored with the outcome.

        None when nothing is new.
        """
        if any(isinstance(change, Delete) for change in plan.changes):
            return self.forget(kind, record.id)
        before = self._known((kind, record.id))
        set_now = set(plan.agreed)
        for change in plan.changes:
            if isinstance(change, Create | Update):
                set_now.update(written_keys(change.values))
        now = Written(
            times=told.over(before, schema), wrote=digests(record, set_now, before=before.wrote)
        )
        return self._kept(kind, record.id, now) if now != before else None

    async def put_back(self, kind: RecordKind, record: Record, keys: Iterable[str]) -> Memo:
        """Take what stands in these fields as ours again; what is to be stored with the outcome."""
        before = await self.of(kind, record.id)
        wrote = digests(record, keys, before=before.wrote)
        return self._kept(kind, record.id, Written(times=before.times, wrote=wrote))

    def _kept(self, kind: RecordKind, record_id: RecordId, now: Written) -> Memo:
        self._left[kind, record_id] = now
        connection_id = self._tenure.connection_id

        def store(db: sa.Connection) -> None:
            # What is known by then: outcomes need not be stored in the order of the tries.
            self.look(db, kind, [record_id])
            known = self._known((kind, record_id))
            put_written(db, connection_id, kind=kind, record_id=record_id, now=known)
            follow_grave(db, connection_id, kind, record_id=record_id)

        return store

    def forget(self, kind: RecordKind, record_id: RecordId) -> Memo:
        """Know nothing of a record that is no more; what is to be stored with the outcome."""
        self._left[kind, record_id] = self._stored[kind, record_id] = _NOTHING
        connection_id = self._tenure.connection_id
        return lambda db: forget_written(db, connection_id, kind=kind, record_id=record_id)

    def _known(self, key: _Key) -> Written:
        left, stored = self._left.get(key), self._stored.get(key, _NOTHING)
        return stored if left is None else left.with_times_of(stored)

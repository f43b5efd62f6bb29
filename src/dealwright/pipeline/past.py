"""Past: what was written into records before, and what each try adds to it."""

from collections.abc import Callable, Iterable

import sqlalchemy as sa

from dealwright.core.ours import digests, written_keys
from dealwright.core.plan import Create, Delete, Plan, Update
from dealwright.core.record import Record, RecordId, RecordKind
from dealwright.core.schema import Schema
from dealwright.core.written import Told, Written
from dealwright.pipeline.tenure import Tenure
from dealwright.store.written import forget_written, put_written, written

Memo = Callable[[sa.Connection], None]


class Past:
    """What was written into the records of one Connection, for as long as a Shift lasts.

    A try is known here as soon as it is done, before its outcome is stored: whoever has the next
    turn at the record must not miss it. If the outcome cannot be stored, the Shift ends.
    """

    def __init__(self, tenure: Tenure) -> None:
        self._tenure = tenure
        self._known: dict[tuple[RecordKind, RecordId], Written] = {}

    def look(self, db: sa.Connection, kind: RecordKind, record_ids: Iterable[RecordId]) -> None:
        """Read what is not known yet; along with something else, it costs next to nothing."""
        unknown = [one for one in record_ids if (kind, one) not in self._known]
        if not unknown:
            return
        found = written(db, self._tenure.connection_id, kind=kind, record_ids=unknown)
        for record_id in unknown:
            # Somebody may have written meanwhile, and knows better.
            self._known.setdefault((kind, record_id), found.get(record_id, Written()))

    async def of(self, kind: RecordKind, record_id: RecordId) -> Written:
        """What was written into a record; nothing for one that we never wrote to."""
        if (kind, record_id) not in self._known:
            await self._tenure.read(lambda db: self.look(db, kind, [record_id]))
        return self._known[kind, record_id]

    def add(
        self, kind: RecordKind, record: Record, *, plan: Plan, told: Told, schema: Schema | None
    ) -> Memo | None:
        """Take a Plan as done, `record` as what stands now; what is to be stored with the outcome.

        None when nothing is new.
        """
        key, connection_id = (kind, record.id), self._tenure.connection_id
        if any(isinstance(change, Delete) for change in plan.changes):
            self._known[key] = Written()
            return lambda db: forget_written(db, connection_id, kind=kind, record_id=record.id)
        before = self._known.get(key, Written())
        set_now = set(plan.agreed)
        for change in plan.changes:
            if isinstance(change, Create | Update):
                set_now.update(written_keys(change.values))
        now = Written(
            times=told.over(before, schema), wrote=digests(record, set_now, before=before.wrote)
        )
        if now == before:
            return None
        self._known[key] = now

        def store(db: sa.Connection) -> None:
            # What is known by then: outcomes need not be stored in the order of the tries.
            latest = self._known[key]
            put_written(db, connection_id, kind=kind, record_id=record.id, now=latest)

        return store

"""Notebook: what one Delivery does, entered into the journal; and its Links, which are known here.

All in the transaction that is handed in: what was done and what is remembered of it are one.
"""

from dataclasses import dataclass

import sqlalchemy as sa

from dealwright.core.plan import Unlink
from dealwright.core.record import RecordId, RecordKind
from dealwright.pipeline.tenure import Tenure
from dealwright.store.journal import Act, NewEntry, enter
from dealwright.store.links import drop_link, links, put_link


@dataclass(frozen=True, slots=True, kw_only=True)
class Notebook:
    """Enters for one Delivery; `source_id` is whose ids it links."""

    tenure: Tenure
    delivery_id: int
    source_id: int
    correction_id: int | None = None

    def enter(self, db: sa.Connection, entry: NewEntry) -> int:
        """Enter what was done, or is about to be; the entry's id."""
        return enter(
            db,
            self.tenure.connection_id,
            entry,
            delivery_id=self.delivery_id,
            correction_id=self.correction_id,
            now_ms=self.tenure.now_ms,
        )

    def link(
        self,
        db: sa.Connection,
        kind: RecordKind,
        external_id: str,
        record_id: RecordId,
        *,
        source_id: int | None = None,
    ) -> None:
        """Remember that an external id is a record; entered only where that is new."""
        connection_id = self.tenure.connection_id
        source_id = self.source_id if source_id is None else source_id
        known = links(
            db, connection_id, source_id=source_id, kind=kind, external_ids=[external_id]
        ).get(external_id)
        if known == record_id:
            return
        put_link(
            db,
            connection_id,
            source_id=source_id,
            kind=kind,
            external_id=external_id,
            record_id=record_id,
        )
        entry = NewEntry(
            act=Act.LINK,
            kind=kind,
            record_id=record_id,
            after={"source_id": source_id},
            before={} if known is None else {"record_id": known},
            external_id=external_id,
        )
        self.enter(db, entry)

    def unlink(self, db: sa.Connection, change: Unlink) -> None:
        """Forget that an external id is a record, unless it is another one by now."""
        taken = drop_link(
            db,
            self.tenure.connection_id,
            source_id=change.source_id,
            kind=change.kind,
            external_id=change.external_id,
            record_id=change.record_id,
        )
        if not taken:
            return
        entry = NewEntry(
            act=Act.UNLINK,
            kind=change.kind,
            record_id=change.record_id,
            after={"source_id": change.source_id},
            before={"record_id": change.record_id},
            external_id=change.external_id,
        )
        self.enter(db, entry)

"""Ahead: what a try will want to know of the store, read in one transaction."""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from dealwright.core.match import Reference
from dealwright.core.record import RecordKind
from dealwright.pipeline.mirror import Links, Reading
from dealwright.pipeline.past import Past
from dealwright.pipeline.tenure import Tenure
from dealwright.store.links import links


@dataclass(frozen=True, slots=True, kw_only=True)
class Ahead:
    """Reads Links, what the mirror has, and what was written into the records that both name.

    Each by itself would cost a transaction of its own, which is most of what it costs.
    """

    tenure: Tenure
    past: Past
    mirror: Reading
    source_id: int

    async def links(self, references: Sequence[Reference], *, subject: RecordKind) -> Links:
        """The record ids of the external ids; the rest is kept by whoever wants it later."""
        named = any(reference.external_id for reference in references)
        if not named and not self.mirror.covers(references):
            return {}
        return await self.tenure.read(lambda db: self._read(db, references, subject))

    def _read(
        self, db: sa.Connection, references: Sequence[Reference], subject: RecordKind
    ) -> Links:
        found = self._links(db, references)
        self.mirror.look_ahead(db, references, found)
        ids = {record_id for (kind, _), record_id in found.items() if kind is subject}
        self.past.look(db, subject, ids | self.mirror.ahead_ids(subject))
        return found

    def _links(self, db: sa.Connection, references: Sequence[Reference]) -> Links:
        connection_id, source_id = self.tenure.connection_id, self.source_id
        return {
            (reference.kind, external_id): record_id
            for reference in references
            if reference.external_id
            for external_id, record_id in links(
                db,
                connection_id,
                source_id=source_id,
                kind=reference.kind,
                external_ids=[reference.external_id],
            ).items()
        }

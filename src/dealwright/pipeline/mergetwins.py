"""Mergetwins: one try at having one record become part of another, as a person decided.

Both are looked at first: what was decided holds only for two that are there, and that nobody has
said meanwhile are not the same. A merge whose answer was lost is not sent again: who went is gone.
"""

from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Protocol

import msgspec
import sqlalchemy as sa

from dealwright.core.correction import Merging
from dealwright.core.delivery import State
from dealwright.core.journal import Act
from dealwright.core.plan import Merge, Plan
from dealwright.core.record import Record, RecordId
from dealwright.pipedrive.records import Records
from dealwright.pipedrive.scopes import check_scope
from dealwright.pipeline.tenure import Tenure
from dealwright.pipeline.turns import Turns
from dealwright.pipeline.verdict import Verdict
from dealwright.store.corrections import Correction, Part
from dealwright.store.duplicates import apart
from dealwright.store.journal import entries_of_record
from dealwright.store.merges import successor


class Scribe(Protocol):
    """The one way to write (`pipeline.write.Writer`), as far as a merge needs it."""

    async def write(self, plan: Plan) -> RecordId | None:
        """Do every Change."""
        ...

    def merged(self, change: Merge, entry_id: int) -> None:
        """Take a merge as done that an earlier try has sent."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class MergeTwins:
    """Merges the record of one Part into the one that stays."""

    correction: Correction
    part: Part
    tenure: Tenure
    records: Records
    turns: Turns
    scribe: Scribe
    scopes: tuple[str, ...] = ()

    async def verdict(self) -> Verdict:
        """Try once. Raises the UpstreamError tree."""
        check_scope(self.part.kind, self.scopes)
        lost, into = int(self.part.record_id), self._merging.into
        async with AsyncExitStack() as both:
            # In one order everywhere, so that two merges do not wait for each other.
            for record_id in sorted((lost, into)):
                await both.enter_async_context(self.turns.turn(self.part.kind, record_id))
            return await self._verdict(lost, into)

    async def _verdict(self, lost: int, into: int) -> Verdict:
        kind = self.part.kind
        if await self.tenure.read(lambda db: self._is_apart(db, lost, into)):
            return self._refused("Somebody has said since that they are not the same.")
        gone = await self._there(lost)
        if gone is None:
            return await self._went(lost, into)
        if await self._there(into) is None:
            return self._refused(f"{kind.capitalize()} {into}, which was to stay, is no more.")
        image = msgspec.to_builtins(gone)
        merge = Merge(kind=kind, record_id=lost, into=into, image=image)
        await self.scribe.write(Plan(changes=(merge,)))
        return self._merged(lost, into)

    async def _went(self, lost: int, into: int) -> Verdict:
        """The record that was to go is gone: by an earlier try of ours, or by somebody else."""
        kind, connection_id = self.part.kind, self.tenure.connection_id
        entry_id = await self.tenure.read(self._sent)
        heir = await self.tenure.read(lambda db: successor(db, connection_id, kind, lost))
        if entry_id is not None and heir in {None, into}:
            merge = Merge(kind=kind, record_id=lost, into=into, image={})
            self.scribe.merged(merge, entry_id)
            return self._merged(lost, into)
        where = "" if heir is None else f": it has become part of {heir}"
        message = f"{kind.capitalize()} {lost} is no more{where}; nothing was sent."
        return self._unchanged(code="nothing_to_merge", message=message)

    def _sent(self, db: sa.Connection) -> int | None:
        """The entry of an earlier try at this merge."""
        kind, lost = self.part.kind, self.part.record_id
        found = entries_of_record(db, self.tenure.connection_id, kind=kind, record_id=lost)
        mine = (
            entry.id
            for entry in found
            if entry.act is Act.MERGE and entry.correction_id == self.correction.id
        )
        return next(mine, None)

    def _is_apart(self, db: sa.Connection, lost: int, into: int) -> bool:
        low, high = sorted((lost, into))
        return (low, high) in apart(db, self.tenure.connection_id, self.part.kind)

    async def _there(self, record_id: int) -> Record | None:
        found = await self.records.get(self.part.kind, record_id)
        return None if found is None or found.is_deleted else found

    def _merged(self, lost: int, into: int) -> Verdict:
        kind = self.part.kind
        return Verdict(
            state=State.DELIVERED,
            code="merged",
            message=f"{kind.capitalize()} {lost} has become part of {kind} {into}.",
            record_kind=kind,
            record_id=into,
        )

    def _refused(self, why: str) -> Verdict:
        return self._unchanged(code="merge_refused", message=f"They were not merged: {why}")

    def _unchanged(self, *, code: str, message: str) -> Verdict:
        return Verdict(
            state=State.UNCHANGED,
            code=code,
            message=message,
            record_kind=self.part.kind,
            record_id=self.part.record_id,
        )

    @property
    def _merging(self) -> Merging:
        return msgspec.json.decode(self.correction.body, type=Merging)

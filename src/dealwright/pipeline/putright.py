"""Putright: one try at one record of an undo, by the same way to write as everything else.

What the preview said is made anew of the record as it stands in Pipedrive at this moment, so that
nothing is lost that somebody has written meanwhile.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, Protocol

import msgspec
import sqlalchemy as sa

from dealwright.core.catalogue import FIELD_LISTS
from dealwright.core.correction import Selection
from dealwright.core.delivery import State, Step
from dealwright.core.journal import Act, Entry
from dealwright.core.plan import Plan
from dealwright.core.record import Record, RecordId, RecordKind
from dealwright.core.schema import Schema
from dealwright.core.undo import LINKING, Refused, Reversal, Standing, Turned, Undo
from dealwright.core.undoshape import custom_of
from dealwright.pipedrive.records import Records
from dealwright.pipedrive.scopes import check_scope
from dealwright.pipeline.accounts import AccountBook
from dealwright.pipeline.mirror import Reading
from dealwright.pipeline.past import Past
from dealwright.pipeline.tenure import Tenure
from dealwright.pipeline.turns import Turns
from dealwright.pipeline.undoground import Ground, ground_of, ours_of
from dealwright.pipeline.verdict import Verdict
from dealwright.store.corrections import Correction, Part
from dealwright.store.merges import successor

#: Reasons that the sentence of a Delivery names; its Trace names all.
_NAMED: Final = 3


class Scribe(Protocol):
    """The one way to write (`pipeline.write.Writer`), as far as an undo needs it."""

    steps: list[Step]
    fresh: dict[RecordKind, Record]

    async def write(self, plan: Plan) -> RecordId | None:
        """Do every Change."""
        ...

    def also(self, memo: Callable[[sa.Connection], None] | None) -> None:
        """Have something stored with the outcome."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class PutRight:
    """Undoes what is chosen of one record.

    `adopted` are records that an earlier try made though its answer was lost.
    """

    correction: Correction
    part: Part
    tenure: Tenure
    records: Records
    mirror: Reading
    accounts: AccountBook
    past: Past
    turns: Turns
    scribe: Scribe
    scopes: tuple[str, ...] = ()
    adopted: Mapping[tuple[RecordKind, str], Record] = field(
        default_factory=dict[tuple[RecordKind, str], Record]
    )

    async def verdict(self) -> Verdict:
        """Try once. Raises the UpstreamError tree and MappingError."""
        check_scope(self.part.kind, self.scopes)
        for record in self.adopted.values():
            turned = (Turned("", "", "made anew, with another number"),)
            return self._ended(turned, (), record_id=record.id)
        async with self.turns.turn(self.part.kind, self.part.record_id):
            ground = await self._ground()
            reversal = await self._reversal(ground)
            self._say(reversal)
            record_id = await self.scribe.write(reversal.plan)
            await self._remember(reversal)
        earlier = any(entry.correction_id == self.correction.id for entry in ground.entries)
        if not reversal.plan.changes and not earlier:
            return self._nothing(reversal)
        return self._ended(reversal.turned, reversal.refused, record_id=record_id)

    async def _ground(self) -> Ground:
        kind, record_id = self.part.kind, self.part.record_id
        return await self.tenure.read(
            lambda db: ground_of(db, self.tenure.connection_id, (kind, record_id))
        )

    async def _reversal(self, ground: Ground) -> Reversal:
        chosen = [entry for entry in ground.entries if entry.id in set(self.part.entries)]
        selection = msgspec.json.decode(self.correction.body, type=Selection)
        undo = Undo(
            kind=self.part.kind,
            record_id=self.part.record_id,
            entries=ground.entries,
            chosen={entry.id for entry in chosen},
            now=await self._standing(ground, chosen),
            schema=await self._schema(chosen),
            remove_created=selection.remove_created,
            own=self.correction.id,
        )
        found = undo.reversal()
        if not found.removes:
            return found
        hanging = await self.records.hanging(self.part.kind, self.part.record_id)
        return _with(undo, replace(undo.now, hanging=hanging)).reversal()

    async def _standing(self, ground: Ground, chosen: Sequence[Entry]) -> Standing:
        kind, record_id, heir = self.part.kind, self.part.record_id, None
        if all(entry.act in LINKING for entry in chosen):
            return Standing(seen=False, links=ground.links)
        record = await self.records.get(kind, record_id)
        if record is None or record.is_deleted:
            self.mirror.gone(kind, record_id)
            connection_id = self.tenure.connection_id
            heir = await self.tenure.read(lambda db: successor(db, connection_id, kind, record_id))
        return Standing(
            record=record,
            merged_into=heir,
            participants=await self._participants(chosen),
            ours=ours_of(record, ground.wrote),
            links=ground.links,
        )

    async def _participants(self, chosen: Sequence[Entry]) -> Collection[int] | None:
        if not any(entry.act in {Act.JOIN, Act.LEAVE} for entry in chosen):
            return None
        return await self.records.participants(int(self.part.record_id))

    async def _schema(self, chosen: Sequence[Entry]) -> Schema | None:
        bodies = [entry.after for entry in chosen if entry.act in {Act.CREATE, Act.UPDATE}]
        if self.part.kind not in FIELD_LISTS or not custom_of(bodies):
            return None
        return await self.accounts.schema(self.part.kind, self.records)

    async def _remember(self, reversal: Reversal) -> None:
        """Know what is ours again, and nothing of a record that we have deleted."""
        kind, record = self.part.kind, self.scribe.fresh.get(self.part.kind)
        if reversal.removes:
            self.scribe.also(self.past.forget(kind, self.part.record_id))
        elif reversal.ours and record is not None:
            self.scribe.also(await self.past.put_back(kind, record, reversal.ours))

    def _say(self, reversal: Reversal) -> None:
        texts = [_line(turned) for turned in reversal.turned]
        texts += [f"not undone: {refused.sentence}" for refused in reversal.refused]
        self.scribe.steps += [Step(stage="plan", text=text) for text in texts]

    def _nothing(self, reversal: Reversal) -> Verdict:
        if reversal.refused:
            return self._unchanged(code="undo_refused", message=_why(reversal.refused))
        text = f"{self._named} is as it was before already; nothing was sent."
        return self._unchanged(code="nothing_to_undo", message=text)

    def _unchanged(self, *, code: str, message: str) -> Verdict:
        return Verdict(
            state=State.UNCHANGED,
            code=code,
            message=message,
            record_kind=self.part.kind,
            record_id=self.part.record_id,
        )

    def _ended(
        self, turned: Sequence[Turned], refused: Sequence[Refused], *, record_id: RecordId | None
    ) -> Verdict:
        what = ", ".join(dict.fromkeys(one.field for one in turned if one.field))
        whole = next((one.then for one in turned if not one.field), "")
        done = f"{self._named} was {whole or 'put back'}{f': {what}' if what else ''}."
        return Verdict(
            state=State.DELIVERED,
            code="undone_in_part" if refused else "undone",
            message=f"{done} Not undone: {_why(refused)}" if refused else done,
            record_kind=self.part.kind,
            record_id=self.part.record_id if record_id is None else record_id,
        )

    @property
    def _named(self) -> str:
        return f"{self.part.kind.capitalize()} {self.part.record_id}"


def _with(undo: Undo, now: Standing) -> Undo:
    """The same undo, of a record of which more is known."""
    return Undo(
        kind=undo.kind,
        record_id=undo.record_id,
        entries=undo.entries,
        chosen=undo.chosen,
        now=now,
        schema=undo.schema,
        remove_created=undo.remove_created,
        own=undo.own,
    )


def _line(turned: Turned) -> str:
    name = turned.field or "the record"
    if not turned.now:
        return f"{name}: “{turned.then}” again"
    return f"{name}: “{turned.now}” back to {f'“{turned.then}”' if turned.then else 'nothing'}"


def _why(refused: Sequence[Refused]) -> str:
    told = " ".join(one.sentence for one in refused[:_NAMED])
    more = len(refused) - _NAMED
    return f"{told} And {more} more." if more > 0 else told

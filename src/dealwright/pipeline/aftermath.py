"""Aftermath: what an earlier try left behind: Creates of which no answer came."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from dealwright.core.action import Matches
from dealwright.core.delivery import State, Step
from dealwright.core.match import Found, Missing, Reference
from dealwright.core.question import Make, Take
from dealwright.core.record import Record, RecordKind
from dealwright.pipedrive.records import Records
from dealwright.pipedrive.watch import Spared
from dealwright.pipeline.pace import Pace
from dealwright.pipeline.recover import Claims, made_by
from dealwright.pipeline.tenure import Tenure
from dealwright.pipeline.verdict import Verdict
from dealwright.store.intents import Intent


class Heir(Protocol):
    """Takes over what an earlier try made (`pipeline.write.Writer`)."""

    steps: list[Step]

    def adopt(self, record: Record, *, kind: RecordKind, intent: Intent) -> None:
        """Take a record as ours."""
        ...

    def give_up(self, intent_id: int) -> None:
        """Take a Create as not done."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Aftermath:
    """Looks into the open intents of one Delivery; `chosen`: what people said of them, by kind."""

    tenure: Tenure
    pace: Pace
    claims: Claims
    records: Records
    heir: Heir
    chosen: Mapping[RecordKind, Take | Make] = field(default_factory=dict[RecordKind, Take | Make])

    def settling(self, intents: Iterable[Intent]) -> Verdict | None:
        """Wait while an earlier Create may still arrive: looking before would not see it."""
        settle_s, now_ms = self.pace.settle_s, self.tenure.now_ms
        young_s = min(((now_ms - intent.created_at_ms) / 1000 for intent in intents), default=None)
        if young_s is None or young_s >= settle_s:
            return None
        return Verdict(
            state=State.WAITING,
            code="settling",
            message="An earlier try may still arrive at Pipedrive; we look for it shortly.",
            wait_s=settle_s - young_s,
            counts=False,
        )

    async def made(self, intent: Intent) -> Record | None:
        """The record that an earlier try made though its answer was lost; None if it made none."""
        record = await self._found(intent)
        if record is None:
            self.heir.give_up(intent.id)
            text = "an earlier try, whose answer was lost, made nothing"
            self.heir.steps.append(Step(stage="match", text=text))
        else:
            self.records.client.spare(Spared.DUPLICATE)
            self.heir.adopt(record, kind=RecordKind(intent.kind), intent=intent)
        return record

    async def _found(self, intent: Intent) -> Record | None:
        """What was made, as a person said where nobody else can tell."""
        kind = RecordKind(intent.kind)
        match self.chosen.get(kind):
            case Take(record_id=record_id):
                self.claims.add(kind, record_id)
                return await self.records.get(kind, record_id)
            case Make():
                return None
            case _:
                return await made_by(
                    intent, records=self.records, tenure=self.tenure, claims=self.claims
                )

    async def all_made(self, intents: Sequence[Intent]) -> dict[tuple[RecordKind, str], Record]:
        """What all of them made, by kind and external id."""
        found = {(RecordKind(one.kind), one.external_id): await self.made(one) for one in intents}
        return {key: record for key, record in found.items() if record is not None}


def parents_made(
    references: Sequence[Reference], matches: Matches, made: Mapping[RecordKind, Record | None]
) -> Matches:
    """Parents that an earlier try made, though nothing leads to them yet."""
    return {
        reference.role: Found(record=record, by="intent")
        for reference in references
        if reference.role == reference.kind
        and isinstance(matches[reference.role], Missing)
        and (record := made.get(reference.kind)) is not None
    }

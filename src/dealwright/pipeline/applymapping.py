"""ApplyMapping: what a Mapping's values do: matched, planned, and written by a scribe.

A delivery and a dry run both go this way; they differ in who writes.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

import msgspec
import sqlalchemy as sa

from dealwright.core.action import Account, Action, Matches
from dealwright.core.delivery import State, Step
from dealwright.core.errors import MappingError
from dealwright.core.mapping import MatchDefaults
from dealwright.core.match import Found, Match, Reference
from dealwright.core.matchkey import keyed, kinds_by_field
from dealwright.core.plan import Create, Plan
from dealwright.core.record import Record, RecordId, RecordKind
from dealwright.core.schema import NewLabel, Schema
from dealwright.core.visibility import check_visibility
from dealwright.core.written import Told
from dealwright.pipedrive.records import Records
from dealwright.pipedrive.scopes import check_scope
from dealwright.pipeline.accounts import STALE, AccountBook
from dealwright.pipeline.aftermath import parents_made
from dealwright.pipeline.ahead import Ahead
from dealwright.pipeline.earlier import earlier
from dealwright.pipeline.ending import ended, written
from dealwright.pipeline.mirror import Mirror, Reading
from dealwright.pipeline.past import Past
from dealwright.pipeline.planner import Planned, Planner
from dealwright.pipeline.resolve import Resolver
from dealwright.pipeline.tenure import Tenure
from dealwright.pipeline.turns import Turns
from dealwright.pipeline.verdict import Verdict
from dealwright.store.deliveries import OpenDelivery
from dealwright.store.intents import Intent

Gone = list[tuple[RecordKind, RecordId]]

Made = Mapping[RecordKind, Record | None]
"""What an earlier try made though its answer was lost, by kind."""


class Scribe(Protocol):
    """The one way to write (`pipeline.write.Writer`), as far as a Mapping needs it."""

    steps: list[Step]
    fresh: dict[RecordKind, Record]
    idle: bool

    async def write(self, plan: Plan) -> RecordId | None:
        """Do every Change."""
        ...

    def also(self, memo: Callable[[sa.Connection], None] | None) -> None:
        """Have something stored with the outcome."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """What all tries of a run share, whoever writes."""

    tenure: Tenure
    mirror: Mirror
    defaults: MatchDefaults
    accounts: AccountBook
    past: Past
    turns: Turns
    plan: str = ""
    scopes: tuple[str, ...] = ()


@dataclass(slots=True, kw_only=True)
class ApplyMapping:
    """Does what one Mapping makes of one Event, or of several for one record.

    `ahead` knows the Links, `reading` and `resolver` who is who; `records` asks Pipedrive, `scribe`
    writes. `gone` takes the records that a Link named and that are no more. `addable` are labels
    that a person wants to have added. `references`, `matches` and `planned` tell afterwards how far
    it came.
    """

    house: House
    leader: OpenDelivery
    records: Records
    reading: Reading
    resolver: Resolver
    ahead: Ahead
    scribe: Scribe
    gone: Gone = field(default_factory=Gone)
    addable: frozenset[NewLabel] = frozenset()
    references: Sequence[Reference] = ()
    matches: Matches = field(default_factory=dict[str, Match])
    planned: Planned | None = None
    _schemas: Mapping[RecordKind, Schema] = field(default_factory=dict[RecordKind, Schema])

    def see_allowed(self, action: Action, told: Told) -> None:
        """Raise MappingError or Unauthorized for what the account's plan or scopes do not allow."""
        check_visibility(told.values, self.house.plan)
        check_scope(action.kind, self.house.scopes)

    async def verdict(
        self, action: Action, told: Told, *, made: Made, intents: Sequence[Intent], before: int
    ) -> Verdict:
        """Try once; `before` is how many turns had ended when the try began.

        Raises the UpstreamError tree, MappingError and NeedsChoice.
        """
        references = await self._keyed(action, action.references(told.values, self.house.defaults))
        self.references = references
        subject = next((ref for ref in references if ref.role == action.subject), None)
        known = made.get(action.kind)
        if known is not None and (subject is None or not subject.lane):
            await self._add_made(action, told, known, intents)
            return ended(State.DELIVERED, "created", kind=action.kind, record_id=known.id)
        matches = await self._matches(action.kind, references)
        matches = {**matches, **parents_made(references, matches, made)}
        if known is not None:
            matches = {**matches, action.subject: Found(record=known, by="intent")}
        matches = {**matches, **await self._earlier(action, matches)}
        found = matches.get(action.subject)
        if isinstance(found, Found):
            async with self.house.turns.turn(action.kind, found.record.id):
                latest = await self._latest(action.kind, found, before)
                matches = {**matches, action.subject: latest}
                verdict = await self._write(action, told, matches)
        else:
            verdict = await self._write(action, told, matches)
        if known is not None and verdict.state is State.UNCHANGED:
            return ended(State.DELIVERED, "created", kind=action.kind, record_id=known.id)
        return verdict

    async def _earlier(self, action: Action, matches: Matches) -> Matches:
        return await earlier(
            self.leader, action, matches, tenure=self.house.tenure, mirror=self.reading
        )

    async def _latest(self, kind: RecordKind, found: Found, before: int) -> Found:
        """What was found, as it stands after all turns of others."""
        if not self.house.turns.changed(kind, found.record.id, since=before):
            return found
        record = await self.reading.read(kind, found.record.id)
        return found if record is None else replace(found, record=record)

    async def _keyed(self, action: Action, references: Sequence[Reference]) -> Sequence[Reference]:
        """The References with the account's own fields as its records hold them."""
        accounts = self.house.accounts
        for again in (True, False):
            self._schemas = {
                kind: await accounts.schema(kind, self.records)
                for kind in kinds_by_field(references)
            }
            try:
                return keyed(references, self._schemas, subject=action.subject)
            except MappingError as error:
                if not again or error.code not in STALE or not accounts.forget_old():
                    raise
        return references

    async def _matches(self, kind: RecordKind, references: Sequence[Reference]) -> Matches:
        known = await self.ahead.links(references, subject=kind)
        resolution = await self.resolver.resolve(references, links=known)
        self.scribe.steps.extend(resolution.steps)
        self.gone.extend(resolution.gone)
        return resolution.matches

    async def _write(self, action: Action, told: Told, matches: Matches) -> Verdict:
        self.matches = matches
        planned = self.planned = await self._planner().plan(action, told, matches)
        self.scribe.steps += [Step(stage="plan", text=text) for text in planned.sentences]
        record_id = await self.scribe.write(planned.plan)
        if self.scribe.idle:
            planned = planned._replace(plan=replace(planned.plan, changes=()))
        record = self.scribe.fresh.get(action.kind, planned.record)
        if record is not None and not planned.plan.code:
            self._add(action, record, plan=planned.plan, told=planned.told, schema=planned.schema)
        return written(planned, action.kind, record_id)

    def _add(
        self, action: Action, record: Record, *, plan: Plan, told: Told, schema: Schema | None
    ) -> None:
        past = self.house.past
        self.scribe.also(past.add(action.kind, record, plan=plan, told=told, schema=schema))

    async def _add_made(
        self, action: Action, told: Told, record: Record, intents: Sequence[Intent]
    ) -> None:
        """Know what an earlier try wrote into the record that it made."""
        await self.house.past.of(action.kind, record.id)
        own = [intent for intent in intents if intent.kind == action.kind]
        bodies = [msgspec.json.decode(intent.body) for intent in own]
        plan = Plan(changes=tuple(Create(kind=action.kind, values=body) for body in bodies))
        account = await self.house.accounts.account(
            action, told.values, self.records, known=Account()
        )
        self._add(action, record, plan=plan, told=told, schema=account.schema)

    def _planner(self) -> Planner:
        house = self.house
        known = Account(
            defaults=house.defaults, plan=house.plan, keyed=self._schemas, addable=self.addable
        )
        return Planner(
            records=self.records,
            accounts=house.accounts,
            past=house.past,
            known=known,
            mirrored=house.mirror.states,
        )

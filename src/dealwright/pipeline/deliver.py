"""Deliver: one try at a Group: resolve → plan → write, and what became of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from random import Random
from typing import NamedTuple

import msgspec
import sqlalchemy as sa
import structlog

from dealwright.core.action import Account, Action, Matches, Values
from dealwright.core.clock import Clock
from dealwright.core.delivery import State, Step, Trace
from dealwright.core.errors import DealwrightError, MappingError, StoreUnavailable
from dealwright.core.mapping import MatchDefaults
from dealwright.core.match import Found, Reference
from dealwright.core.matchkey import keyed, kinds_by_field
from dealwright.core.plan import Create, Delete, Plan
from dealwright.core.record import Record, RecordId, RecordKind
from dealwright.core.schema import Schema
from dealwright.pipedrive.client import CallRecord, Client
from dealwright.pipedrive.records import Records
from dealwright.pipeline.accounts import STALE, AccountBook
from dealwright.pipeline.coalesce import Dated, coalesce
from dealwright.pipeline.lanes import Group
from dealwright.pipeline.mapped import Mapped
from dealwright.pipeline.outcome import Tried, store_outcome
from dealwright.pipeline.pace import Pace
from dealwright.pipeline.recent import Recent
from dealwright.pipeline.recover import look_for
from dealwright.pipeline.resolve import Resolver
from dealwright.pipeline.route import Route, action_of, read_event, values_of
from dealwright.pipeline.routebook import RouteBook
from dealwright.pipeline.tenure import Tenure
from dealwright.pipeline.turns import Turns
from dealwright.pipeline.verdict import Verdict, verdict_of
from dealwright.pipeline.write import Writer
from dealwright.store.events import StoredEvent, events_by_seq
from dealwright.store.intents import Intent, claimed, open_intent
from dealwright.store.leases import FenceLost
from dealwright.store.links import forget_record, links
from dealwright.store.mappings import mapping as mapping_version

_log = structlog.get_logger(__name__)


class _Facts(NamedTuple):
    """What is known of a Group before anything is asked; `events` are those not yet mapped."""

    mapped: dict[int, Dated]
    events: dict[int, StoredEvent]
    route: Route
    intents: list[Intent]


@dataclass(frozen=True, slots=True, kw_only=True)
class Deliverer:
    """Delivers for one Connection while its Tenure holds."""

    tenure: Tenure
    client: Client
    routes: RouteBook
    mapped: Mapped
    recent: Recent
    defaults: MatchDefaults
    clock: Clock
    pace: Pace
    random: Random
    accounts: AccountBook
    plan: str = ""
    turns: Turns = field(default_factory=Turns)

    async def deliver(self, group: Group) -> Verdict:
        """Try once; what came of it is stored when this returns.

        Raises FenceLost and StoreUnavailable: then nothing was stored, and the Group stays
        `sending` until whoever drains next takes it up.
        """
        calls: list[CallRecord] = []
        records = Records(self.client.for_purpose("events", calls.append))
        writer = Writer(
            records=records,
            recent=self.recent,
            tenure=self.tenure,
            delivery_id=group.leader.id,
            source_id=group.leader.source_id,
        )
        at_ms, start_s = self.tenure.now_ms, self.clock.monotonic_s()
        attempt = _Attempt(deliverer=self, group=group, records=records, writer=writer)
        verdict = await self._judged(attempt)
        tried = Tried(
            group=group,
            verdict=verdict,
            at_ms=at_ms,
            duration_ms=round((self.clock.monotonic_s() - start_s) * 1000),
            calls=calls,
            trace=msgspec.json.encode(Trace(steps=tuple(writer.steps))),
        )
        now_ms = self.tenure.now_ms

        def store(db: sa.Connection) -> None:
            attempt.forget(db)
            writer.remember(db)
            store_outcome(db, self.tenure.connection_id, tried=tried, now_ms=now_ms)

        await self.tenure.write(store)
        return verdict

    async def _judged(self, attempt: "_Attempt") -> Verdict:
        group = attempt.group
        try:
            return await attempt.verdict()
        except (FenceLost, StoreUnavailable):
            raise
        except Exception as error:  # noqa: BLE001 - a defect must not stop the other Deliveries
            if not isinstance(error, DealwrightError):
                _log.exception("delivery.defect", delivery_id=group.leader.id)
            merged = len(group.deliveries) > 1
            found = verdict_of(error, attempts=group.attempts, merged=merged, pace=self.pace)
            return self._put_off(found, unsure=attempt.writer.unsure)

    def _put_off(self, verdict: Verdict, *, unsure: bool) -> Verdict:
        if verdict.wait_s is None:
            return verdict
        wait_s = verdict.wait_s * (1 + self.pace.jitter * self.random.random())
        if unsure:
            # The lost Create may still arrive; looking before that would not see it.
            wait_s = max(wait_s, self.pace.settle_s)
        return replace(verdict, wait_s=wait_s)


@dataclass(slots=True, kw_only=True)
class _Attempt:
    """One try at one Group."""

    deliverer: Deliverer
    group: Group
    records: Records
    writer: Writer
    schemas: Mapping[RecordKind, Schema] = field(default_factory=dict[RecordKind, Schema])
    gone: list[tuple[RecordKind, RecordId]] = field(
        default_factory=list[tuple[RecordKind, RecordId]]
    )

    async def verdict(self) -> Verdict:
        """Try; raises whatever stands in the way."""
        defaults, before = self.deliverer.defaults, self.deliverer.turns.count
        facts = await self._facts()
        action, values = self._values(facts)
        if waiting := self._settling(facts.intents):
            return waiting
        made = {RecordKind(intent.kind): await self._made(intent) for intent in facts.intents}
        references = await self._keyed(action, action.references(values, defaults))
        subject = next((ref for ref in references if ref.role == action.subject), None)
        known = made.get(action.kind)
        if known is not None and (subject is None or not subject.lane):
            return _ended(State.DELIVERED, "created", kind=action.kind, record_id=known.id)
        matches = await self._matches(references)
        if known is not None:
            matches = {**matches, action.subject: Found(record=known, by="intent")}
        found = matches.get(action.subject)
        if isinstance(found, Found):
            async with self.deliverer.turns.turn(action.kind, found.record.id):
                latest = await self._latest(action.kind, found, before)
                matches = {**matches, action.subject: latest}
                written = await self._write(action, await self._plan(action, values, matches))
        else:
            written = await self._write(action, await self._plan(action, values, matches))
        if known is not None and written.state is State.UNCHANGED:
            return _ended(State.DELIVERED, "created", kind=action.kind, record_id=known.id)
        return written

    async def _latest(self, kind: RecordKind, found: Found, before: int) -> Found:
        """What was found, as it stands after all turns of others."""
        if not self.deliverer.turns.changed(kind, found.record.id, since=before):
            return found
        record = await self.records.get(kind, found.record.id)
        return found if record is None else replace(found, record=record)

    async def _plan(self, action: Action, values: Values, matches: Matches) -> Plan:
        accounts = self.deliverer.accounts
        deliverer = self.deliverer
        known = Account(defaults=deliverer.defaults, plan=deliverer.plan, keyed=self.schemas)
        account = await accounts.account(action, values, self.records, known=known)
        try:
            return action.plan(values, matches, account)
        except MappingError as error:
            # Perhaps somebody has just added what the list of before lacks.
            if error.code not in STALE or not accounts.forget_old():
                raise
        account = await accounts.account(action, values, self.records, known=known)
        return action.plan(values, matches, account)

    async def _keyed(self, action: Action, references: Sequence[Reference]) -> Sequence[Reference]:
        """The References with the account's own fields as its records hold them."""
        accounts = self.deliverer.accounts
        for again in (True, False):
            self.schemas = {
                kind: await accounts.schema(kind, self.records)
                for kind in kinds_by_field(references)
            }
            try:
                return keyed(references, self.schemas, subject=action.subject)
            except MappingError as error:
                if not again or error.code not in STALE or not accounts.forget_old():
                    raise
        return references

    async def _write(self, action: Action, plan: Plan) -> Verdict:
        self._say("plan", *plan.warnings)
        return _written(plan, action.kind, await self.writer.write(plan))

    def forget(self, db: sa.Connection) -> None:
        """Drop the Links to records that are no more."""
        for kind, record_id in self.gone:
            forget_record(db, self.deliverer.tenure.connection_id, kind=kind, record_id=record_id)

    async def _facts(self) -> _Facts:
        group, routes = self.group, self.deliverer.routes
        leader = group.leader
        known = routes.known(leader.mapping_id, leader.mapping_version)

        mapped = {
            seq: dated
            for seq in (delivery.event_seq for delivery in group.deliveries)
            if (dated := self.deliverer.mapped.take(leader.mapping_id, leader.mapping_version, seq))
        }
        unmapped = [d.event_seq for d in group.deliveries if d.event_seq not in mapped]
        if known and not unmapped and not leader.intent:
            return _Facts(mapped, {}, known, [])

        def read(db: sa.Connection) -> _Facts:
            version = leader.mapping_version
            route = known or routes.route(mapping_version(db, leader.mapping_id, version=version))
            events = events_by_seq(db, unmapped)
            intents = _open_intents(db, leader.id) if leader.intent else []
            return _Facts(mapped, events, route, intents)

        return await self.deliverer.tenure.read(read)

    def _values(self, facts: _Facts) -> tuple[Action, Values]:
        parts: list[Dated] = []
        for delivery in self.group.deliveries:
            if dated := facts.mapped.get(delivery.event_seq):
                parts.append(dated)
                continue
            stored = facts.events.get(delivery.event_seq)
            if stored is None:
                raise MappingError("The event is no longer in the log.", code="event_gone")
            event = read_event(stored)
            values = values_of(facts.route, event)
            parts.append(Dated(event.timestamp_ms, stored.seq, values))
        if len(parts) > 1:
            self._say("map", f"{len(parts)} events merged into one write")
        action = action_of(facts.route)
        return action, coalesce(action, parts)

    def _settling(self, intents: Sequence[Intent]) -> Verdict | None:
        """Wait while an earlier Create may still arrive: looking before would not see it."""
        settle_s = self.deliverer.pace.settle_s
        now_ms = self.deliverer.tenure.now_ms
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

    async def _made(self, intent: Intent) -> Record | None:
        """The record that an earlier try made though its answer was lost; None if it made none."""
        kind = RecordKind(intent.kind)
        fitting = await look_for(intent, kind=kind, records=self.records)
        ids = [record.id for record in fitting]
        tenure = self.deliverer.tenure
        taken = await tenure.read(
            lambda db: claimed(db, tenure.connection_id, kind=kind, record_ids=ids)
        )
        free = [record for record in fitting if record.id not in taken]
        if not free:
            self.writer.give_up(intent.id)
            self._say("match", "an earlier try, whose answer was lost, made nothing")
            return None
        self.writer.adopt(free[0], kind=kind, intent=intent)
        return free[0]

    async def _matches(self, references: Sequence[Reference]) -> Matches:
        deliverer = self.deliverer
        resolver = Resolver(
            records=self.records,
            recent=deliverer.recent,
            defaults=deliverer.defaults,
            clock=deliverer.clock,
        )
        resolution = await resolver.resolve(references, links=await self._links(references))
        self.writer.steps.extend(resolution.steps)
        self.gone.extend(resolution.gone)
        return resolution.matches

    async def _links(
        self, references: Sequence[Reference]
    ) -> Mapping[tuple[RecordKind, str], RecordId]:
        wanted = {(ref.kind, ref.external_id) for ref in references if ref.external_id}
        if not wanted:
            return {}
        connection_id = self.deliverer.tenure.connection_id
        source_id = self.group.leader.source_id

        def read(db: sa.Connection) -> dict[tuple[RecordKind, str], RecordId]:
            return {
                (kind, external_id): record_id
                for kind, wanted_id in wanted
                for external_id, record_id in links(
                    db, connection_id, source_id=source_id, kind=kind, external_ids=[wanted_id]
                ).items()
            }

        return await self.deliverer.tenure.read(read)

    def _say(self, stage: str, *texts: str) -> None:
        self.writer.steps.extend(Step(stage=stage, text=text) for text in texts)


def _open_intents(db: sa.Connection, delivery_id: int) -> list[Intent]:
    found = (open_intent(db, delivery_id, kind=kind) for kind in RecordKind)
    return [intent for intent in found if intent is not None]


def _written(plan: Plan, kind: RecordKind, record_id: RecordId | None) -> Verdict:
    match plan.changes[-1] if plan.writes else None:
        case Create():
            return _ended(State.DELIVERED, "created", kind=kind, record_id=record_id)
        case None:
            return _ended(State.UNCHANGED, plan.code or "unchanged", kind=kind, record_id=record_id)
        case Delete():
            return _ended(State.DELIVERED, "deleted", kind=kind, record_id=record_id)
        case _:
            return _ended(State.DELIVERED, "updated", kind=kind, record_id=record_id)


_SENTENCES = {
    "created": "was created",
    "updated": "was updated",
    "deleted": "was deleted; Pipedrive's API cannot restore it",
    "already_absent": "is not there, as wanted; nothing was sent",
    "already_there": "is there already, and only new ones are wanted; nothing was sent",
    "not_there": "is not there, and only updates are wanted; nothing was sent",
    "unchanged": "is already as wanted; nothing was sent",
}


def _ended(state: State, code: str, *, kind: RecordKind, record_id: RecordId | None) -> Verdict:
    named = kind if record_id is None else f"{kind} {record_id}"
    return Verdict(
        state=state,
        code=code,
        message=f"{named} {_SENTENCES[code]}.".capitalize(),
        record_kind=kind,
        record_id=record_id,
    )

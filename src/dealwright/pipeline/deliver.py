"""Deliver: one try at a Group: resolve → plan → write, and what became of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from random import Random
from typing import NamedTuple

import msgspec
import sqlalchemy as sa
import structlog

from dealwright.core.action import Action
from dealwright.core.clock import Clock
from dealwright.core.delivery import State, Step, Trace
from dealwright.core.errors import DealwrightError, MappingError, NeedsChoice, StoreUnavailable
from dealwright.core.mapping import MatchDefaults
from dealwright.core.priority import Priority
from dealwright.core.record import RecordId, RecordKind
from dealwright.core.written import Told
from dealwright.pipedrive.client import CallRecord, Client
from dealwright.pipedrive.records import Records
from dealwright.pipeline.accounts import AccountBook
from dealwright.pipeline.aftermath import Aftermath
from dealwright.pipeline.ahead import Ahead
from dealwright.pipeline.applymapping import ApplyMapping, House
from dealwright.pipeline.coalesce import Dated, coalesce, dated
from dealwright.pipeline.drifthold import Holding
from dealwright.pipeline.lanes import Group
from dealwright.pipeline.mapped import Mapped
from dealwright.pipeline.mirror import Mirror
from dealwright.pipeline.otherwork import OtherWork, is_of_no_event
from dealwright.pipeline.outcome import Overtaken, Tried, store_begin, store_outcome
from dealwright.pipeline.pace import Pace
from dealwright.pipeline.past import Past
from dealwright.pipeline.putoff import put_off
from dealwright.pipeline.recent import Recent
from dealwright.pipeline.recover import Claims
from dealwright.pipeline.resolve import Resolver
from dealwright.pipeline.reviewasking import Asking, Look, question_of, which_was_made
from dealwright.pipeline.reviewtaught import Lessons
from dealwright.pipeline.route import Route, action_of, read_event, values_of
from dealwright.pipeline.routebook import RouteBook
from dealwright.pipeline.tenure import Tenure
from dealwright.pipeline.tracing import Span, about, no_span
from dealwright.pipeline.turns import Turns
from dealwright.pipeline.verdict import Verdict, verdict_of
from dealwright.pipeline.write import Writer
from dealwright.store.events import StoredEvent, events_by_seq
from dealwright.store.intents import Intent, open_intents
from dealwright.store.leases import FenceLost
from dealwright.store.links import forget_record
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
    mirror: Mirror
    defaults: MatchDefaults
    clock: Clock
    pace: Pace
    random: Random
    accounts: AccountBook
    past: Past
    lessons: Lessons
    base_url: str = ""
    recorders: Mapping[str, str] = field(default_factory=dict[str, str])
    plan: str = ""
    scopes: tuple[str, ...] = ()
    span: Span = no_span
    turns: Turns = field(default_factory=Turns)
    claims: Claims = field(default_factory=Claims)

    async def deliver(self, group: Group) -> Verdict:
        """Try once; what came of it is stored when this returns.

        Raises FenceLost and StoreUnavailable: then its end was not stored, and whoever drains next
        takes it up; Overtaken: nothing was sent, and nothing stored.
        """
        calls: list[CallRecord] = []
        leader = group.leader
        asking = partial(
            self.client.for_purpose,
            on_call=calls.append,
            priority=Priority(leader.priority),
            mapping_id=leader.mapping_id,
        )
        records = Records(asking(leader.purpose))
        reading = self.mirror.reading(Records(asking("mirror")))
        writer = Writer(
            records=records,
            recent=self.recent,
            mirror=reading,
            accounts=self.accounts,
            claims=self.claims,
            tenure=self.tenure,
            delivery_id=group.leader.id,
            source_id=group.leader.source_id,
            begin=partial(store_begin, group=group, tenure=self.tenure),
            correction_id=leader.correction_id,
        )
        at_ms, start_s = self.tenure.now_ms, self.clock.monotonic_s()
        questions = Asking(
            tenure=self.tenure,
            delivery_ids=group.ids,
            lessons=self.lessons,
            accounts=self.accounts,
            steps=writer.steps,
        )
        attempt = _Attempt(
            deliverer=self, group=group, records=records, writer=writer, asking=questions
        )
        with self.span("deliver", **about(self.tenure.connection_id, group)):
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
            store_outcome(db, tried=tried, now_ms=now_ms)
            questions.store(db, verdict, fresh=writer.fresh, now_ms=now_ms)

        await self.tenure.write(store)
        return verdict

    async def _judged(self, attempt: "_Attempt") -> Verdict:
        group = attempt.group
        try:
            return await attempt.verdict()
        except (FenceLost, StoreUnavailable, Overtaken):
            raise
        except Exception as error:  # noqa: BLE001 - a defect must not stop the other Deliveries
            if not isinstance(error, DealwrightError):
                _log.exception("delivery.defect", delivery_id=group.leader.id)
            merged = len(group.deliveries) > 1
            found = verdict_of(error, attempts=group.attempts, merged=merged, pace=self.pace)
            found = await self._holding().judged(found, error, group=group, records=attempt.records)
            unsure = attempt.writer.unsure
            return put_off(found, unsure=unsure, pace=self.pace, random=self.random)

    def _holding(self) -> Holding:
        actions = self.routes.actions
        return Holding(tenure=self.tenure, accounts=self.accounts, actions=actions)


@dataclass(slots=True, kw_only=True)
class _Attempt:
    """One try at one Group."""

    deliverer: Deliverer
    group: Group
    records: Records
    writer: Writer
    asking: Asking
    gone: list[tuple[RecordKind, RecordId]] = field(
        default_factory=list[tuple[RecordKind, RecordId]]
    )

    async def verdict(self) -> Verdict:
        """Try; raises whatever stands in the way."""
        if is_of_no_event(self.group.leader):
            return await self._other()
        facts = await self._facts()
        if facts.intents:
            await self.asking.recall()
        while True:
            verdict = await self._mapping(facts)
            if verdict is not None:
                return verdict

    async def _mapping(self, facts: _Facts) -> Verdict | None:
        """Try at a Mapping's Delivery; None: what it asked is answered, so once more."""
        before = self.deliverer.turns.count
        work, action = self._work(), facts.route.action
        try:
            action, told = self._told(facts)
            work.see_allowed(action, told)
            aftermath = self._aftermath()
            if waiting := aftermath.settling(facts.intents):
                return waiting
            made = {RecordKind(one.kind): await aftermath.made(one) for one in facts.intents}
            told = self.asking.told(told)
            return await work.verdict(action, told, made=made, intents=facts.intents, before=before)
        except (MappingError, NeedsChoice) as error:
            asked = question_of(error, action, references=work.references, matches=work.matches)
            if facts.intents and isinstance(error, NeedsChoice):
                asked = asked or which_was_made(error, facts.intents)
            match await self.asking.look(asked):
                case Look.NOTHING:
                    raise
                case Look.ANSWERED:
                    return None
                case Look.APART:
                    return Verdict(state=State.QUEUED, code="", message="", split=True)

    def _work(self) -> ApplyMapping:
        """The way that every Mapping's values go, with the one who writes."""
        deliverer = self.deliverer
        return ApplyMapping(
            house=self._house(),
            leader=self.group.leader,
            records=self.records,
            reading=self.writer.mirror,
            resolver=self._resolver(),
            ahead=Ahead(
                tenure=deliverer.tenure,
                past=deliverer.past,
                mirror=self.writer.mirror,
                source_id=self.group.leader.source_id,
            ),
            scribe=self.writer,
            gone=self.gone,
            addable=self.asking.addable,
        )

    def _house(self) -> House:
        deliverer = self.deliverer
        return House(
            tenure=deliverer.tenure,
            mirror=deliverer.mirror,
            defaults=deliverer.defaults,
            accounts=deliverer.accounts,
            past=deliverer.past,
            turns=deliverer.turns,
            plan=deliverer.plan,
            scopes=deliverer.scopes,
        )

    async def _other(self) -> Verdict:
        """Try at what is of no event and no Mapping: the same way to write."""
        deliverer = self.deliverer
        intents, aftermath = await self._intents(), self._aftermath()
        if waiting := aftermath.settling(intents):
            return waiting
        await self.asking.heed()
        return await OtherWork(
            house=self._house(),
            leader=self.group.leader,
            records=self.records,
            reading=self.writer.mirror,
            resolver=self._resolver(),
            scribe=self.writer,
            asking=self.asking,
            base_url=deliverer.base_url,
            titles=deliverer.recorders,
            adopted=await aftermath.all_made(intents),
        ).verdict()

    async def _intents(self) -> list[Intent]:
        """Creates of earlier tries of which no answer came."""
        if not (leader := self.group.leader).intent:
            return []
        return await self.deliverer.tenure.read(lambda db: open_intents(db, leader.id))

    def _aftermath(self) -> Aftermath:
        deliverer = self.deliverer
        return Aftermath(
            tenure=deliverer.tenure,
            pace=deliverer.pace,
            claims=deliverer.claims,
            records=self.records,
            heir=self.writer,
            chosen=self.asking.created,
        )

    def _resolver(self) -> Resolver:
        deliverer = self.deliverer
        return Resolver(
            records=self.records,
            mirror=self.writer.mirror,
            recent=deliverer.recent,
            defaults=deliverer.defaults,
            clock=deliverer.clock,
            taught=deliverer.lessons.taught.records,
            answers=self.asking.records,
        )

    def forget(self, db: sa.Connection) -> None:
        """Drop the Links to records that are no more."""
        for kind, record_id in self.gone:
            forget_record(db, self.deliverer.tenure.connection_id, kind=kind, record_id=record_id)

    async def _facts(self) -> _Facts:
        group, routes = self.group, self.deliverer.routes
        leader = group.leader
        known = routes.known(leader.mapping_id, leader.mapping_version)
        mapped = {
            seq: part
            for seq in (delivery.event_seq for delivery in group.deliveries)
            if (part := self.deliverer.mapped.take(leader.mapping_id, leader.mapping_version, seq))
        }
        unmapped = [d.event_seq for d in group.deliveries if d.event_seq not in mapped]
        if known and not unmapped and not leader.intent:
            return _Facts(mapped, {}, known, [])

        def read(db: sa.Connection) -> _Facts:
            version = leader.mapping_version
            route = known or routes.route(mapping_version(db, leader.mapping_id, version=version))
            events = events_by_seq(db, unmapped)
            intents = open_intents(db, leader.id) if leader.intent else []
            return _Facts(mapped, events, route, intents)

        return await self.deliverer.tenure.read(read)

    def _told(self, facts: _Facts) -> tuple[Action, Told]:
        parts: list[Dated] = []
        for delivery in self.group.deliveries:
            if part := facts.mapped.get(delivery.event_seq):
                parts.append(part)
                continue
            stored = facts.events.get(delivery.event_seq)
            if stored is None:
                raise MappingError("The event is no longer in the log.", code="event_gone")
            event = read_event(stored)
            values = values_of(facts.route, event, left_out=self.asking.left_out)
            parts.append(dated(event, stored.seq, values))
        if len(parts) > 1:
            self._say("map", f"{len(parts)} events merged into one write")
        action = action_of(facts.route)
        return action, coalesce(action, parts, mapping_id=self.group.leader.mapping_id)

    def _say(self, stage: str, *texts: str) -> None:
        self.writer.steps.extend(Step(stage=stage, text=text) for text in texts)

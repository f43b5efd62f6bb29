"""Drain: one Connection, by one task at a time: route what is new, deliver what is due."""

import contextlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import NamedTuple

import sqlalchemy as sa
import structlog

from dealwright.core.action import Action
from dealwright.core.clock import Clock
from dealwright.core.errors import ConfigError, NotFound, StoreUnavailable
from dealwright.core.mapping import Mapping as MappingVersion
from dealwright.core.record import RecordKind
from dealwright.pipedrive.client import Client
from dealwright.pipedrive.plans import daily_tokens, plan
from dealwright.pipeline.accounts import AccountBook
from dealwright.pipeline.budget import Purse
from dealwright.pipeline.deliver import Deliverer
from dealwright.pipeline.mapped import Mapped
from dealwright.pipeline.mirror import Mirror
from dealwright.pipeline.notice import Listener
from dealwright.pipeline.pace import Pace
from dealwright.pipeline.past import Past
from dealwright.pipeline.recent import Recent
from dealwright.pipeline.reviewtaught import Lessons
from dealwright.pipeline.routebook import RouteBook
from dealwright.pipeline.router import Router
from dealwright.pipeline.shift import Health, Shift
from dealwright.pipeline.switch import take_out
from dealwright.pipeline.tenure import Tenure
from dealwright.pipeline.tracing import Span, no_span
from dealwright.pipeline.upkeep import Upkeep
from dealwright.pipeline.verdict import Verdict
from dealwright.store.catalogue import moments
from dealwright.store.connections import (
    Connection,
    ConnectionState,
    connection,
    credentials,
    set_pause,
    set_state,
)
from dealwright.store.deliveries import reset_sending
from dealwright.store.engine import Store
from dealwright.store.leases import FenceLost
from dealwright.store.mappings import enabled_mappings
from dealwright.store.mirror import MirrorState
from dealwright.store.mirror import state as mirror_state
from dealwright.store.webhooks import alive

_log = structlog.get_logger(__name__)

#: Makes a Client of a Connection and its sealed credentials.
Dial = Callable[[Connection, bytes], Client]


@dataclass(frozen=True, slots=True, kw_only=True)
class Engine:
    """What all drains of a process share.

    `random` lengthens waits, so that not all end at once. `base_url` is where people read pages of
    Meetings, `recorders` are the titles of the kinds of their Sources.
    """

    store: Store
    actions: Mapping[str, Action]
    dial: Dial
    clock: Clock
    pace: Pace
    holder: str
    listener: Listener
    random: Random
    span: Span = no_span
    base_url: str = ""
    recorders: Mapping[str, str] = field(default_factory=dict[str, str])


class Sweep(NamedTuple):
    """How one run of a drain ended.

    `mine` is False when another drain has the Connection. `more`: it gave way with work left.
    `next_due_ms`: when there is something to do again, as far as is known.
    """

    mine: bool = True
    more: bool = False
    next_due_ms: int | None = None


class _Facts(NamedTuple):
    connection: Connection
    sealed: bytes
    mappings: list[MappingVersion]
    lists: dict[str, int]
    mirrored: Mapping[RecordKind, MirrorState]
    listening: bool


class Drain:
    """Drains one Connection, again and again; `run` is never called twice at once."""

    def __init__(self, connection_id: int, engine: Engine) -> None:
        self._engine = engine
        self._connection_id = connection_id
        self._tenure = Tenure(
            engine.store,
            connection_id=connection_id,
            holder=engine.holder,
            clock=engine.clock,
            lease_s=engine.pace.lease_s,
        )
        self._routes = RouteBook(engine.actions)
        self._accounts = AccountBook(engine.store, connection_id=connection_id, clock=engine.clock)
        self._lessons = Lessons(connection_id)
        self._health = Health()
        self._mapped = Mapped()
        self._router = Router(
            tenure=self._tenure,
            routes=self._routes,
            mapped=self._mapped,
            listener=engine.listener,
            batch=engine.pace.batch,
        )
        self._recent: Recent | None = None
        self._mirror: Mirror | None = None
        self._client: Client | None = None
        self._purse: Purse | None = None
        self._parked_ms: set[int] = set()
        self._dialled: tuple[str, str, int] | None = None
        self._clean = False
        self._stop = False
        self._woken = False
        self._shift: Shift | None = None

    async def run(self) -> Sweep:
        """Route until caught up or half of the slice is over, then deliver until nothing is due.

        Gives way with work left when the slice is over.

        Raises StoreUnavailable; everything is then as it was, and the next run takes it up.
        """
        self._woken = False
        if not await self._tenure.begin():
            return Sweep(mine=False)
        if not self._tenure.unbroken():
            # Another may have written meanwhile: nothing that we remember counts.
            self._recent, self._mirror, self._clean = None, None, False
        try:
            try:
                sweep = await self._run()
            finally:
                await self._hand_back()
            return sweep._replace(more=sweep.more or self._woken)
        except FenceLost:
            _log.info("drain.fence_lost", connection_id=self._connection_id)
            self._tenure.lost()
            return Sweep(mine=False)

    async def keep(self) -> None:
        """Keep the lease while a run lasts; raises FenceLost when it is gone."""
        await self._tenure.keep()

    def stop(self) -> None:
        """Begin nothing new; `run` returns when what is under way has ended."""
        self._stop = True

    def wake(self) -> None:
        """Say that something else than the log has changed; a run that lasts looks at it too."""
        self._woken = True
        if self._shift is not None:
            self._shift.look_again()

    async def rest(self, *, idle_until_ms: int) -> None:
        """Give the lease back, and keep the rest for when it comes again."""
        await self._tenure.end(idle_until_ms=idle_until_ms)

    async def close(self) -> None:
        """Give the lease back and close the connections."""
        await self._tenure.end()
        if self._client is not None:
            await self._client.close()

    async def _run(self) -> Sweep:
        try:
            facts = await self._tenure.read(self._load)
            if not facts.connection.in_use:
                return Sweep()
            self._accounts.heed(facts.lists)
            self._accounts.taught = self._lessons.taught
            client = await self._dial(facts)
        except (ConfigError, NotFound) as error:
            await self._unusable(str(error))
            return Sweep()
        slice_s = self._engine.pace.slice_s
        # A long log must not keep waiting what was routed already.
        ending = self._over(slice_s / 2)
        caught_up = await self._router.catch_up(facts.connection, facts.mappings, ending=ending)
        paused_until_ms = facts.connection.paused_until_ms
        if paused_until_ms is not None and paused_until_ms > self._tenure.now_ms:
            return Sweep(more=not caught_up, next_due_ms=paused_until_ms)
        replaying = caught_up and await self._router.replay(facts.connection)
        sweep = await self._deliver(facts, client, self._over(slice_s))
        return sweep._replace(more=sweep.more or replaying or not caught_up)

    def _over(self, seconds: float) -> Callable[[], bool]:
        """Tells whether so long a time has passed since now, or it is time to end anyway."""
        end_s = self._engine.clock.monotonic_s() + seconds
        return lambda: self._stop or self._engine.clock.monotonic_s() > end_s

    async def _hand_back(self) -> None:
        """Give back the tokens that were leased and not spent, and write the Ledger."""
        if self._purse is not None:
            with contextlib.suppress(StoreUnavailable):
                await self._purse.flush()

    async def _unusable(self, reason: str) -> None:
        """Say that the Connection cannot be used before somebody mends it."""
        _log.warning("connection.unusable", connection_id=self._connection_id, reason=reason)
        broken = ConnectionState.ERROR
        await self._tenure.write(
            lambda db: set_state(db, self._connection_id, state=broken, reason=reason)
        )

    def _load(self, db: sa.Connection) -> _Facts:
        found = connection(db, self._connection_id)
        sealed = credentials(db, self._connection_id) if found.in_use else b""
        mappings = [one for one in enabled_mappings(db, found.id) if found.does(one.action)]
        mirrored = mirror_state(db, self._connection_id)
        listening = bool(mirrored) and alive(db, self._connection_id, self._tenure.now_ms)
        lists = moments(db, self._connection_id)
        self._lessons.heed(db)
        return _Facts(found, sealed, mappings, lists, mirrored, listening)

    # -- deliver

    async def _deliver(self, facts: _Facts, client: Client, ending: Callable[[], bool]) -> Sweep:
        mirror = self._seen(facts)
        if not self._clean:
            # After a crash nobody is sending; their intents are looked into before a new try.
            now_ms = self._tenure.now_ms
            if await self._tenure.write(
                lambda db: reset_sending(db, self._connection_id, now_ms=now_ms)
            ):
                mirror.distrust()
        self._clean = False
        shift = Shift(
            self._deliverer(facts, client, mirror),
            health=self._health,
            listener=self._engine.listener,
            ending=ending,
        )
        self._shift = shift
        upkeep = Upkeep(mirror, client, granted=facts.connection.scopes)
        try:
            more = await upkeep.beside(shift.work(), ending=ending)
        finally:
            self._shift = None
        self._clean = True
        if not shift.stopped:
            # What is left are repeats, which made no Delivery.
            self._mapped.forget()
        rest_ms = await self._settle(facts, shift.trouble)
        due_ms = self._next_due_ms(shift)
        next_due_ms = due_ms if rest_ms is None else rest_ms
        return Sweep(more=shift.stopped or (more and rest_ms is None), next_due_ms=next_due_ms)

    def _next_due_ms(self, shift: Shift) -> int | None:
        """When there is something to do again, also what waits for the new day of the budget."""
        now_ms = self._tenure.now_ms
        self._parked_ms = {ms for ms in self._parked_ms | shift.parked_ms if ms > now_ms}
        times = (*self._parked_ms, shift.next_due_ms)
        return min((ms for ms in times if ms is not None), default=None)

    def _seen(self, facts: _Facts) -> Mirror:
        """The mirror, as it is known to be now."""
        region = facts.connection.defaults.region
        if self._mirror is None or self._mirror.region != region:
            self._mirror = Mirror(self._tenure, pace=self._engine.pace, region=region)
        self._mirror.begin(facts.mirrored, listening=facts.listening)
        return self._mirror

    def _deliverer(self, facts: _Facts, client: Client, mirror: Mirror) -> Deliverer:
        engine, defaults = self._engine, facts.connection.defaults
        if self._recent is None:
            self._recent = Recent(
                start_ms=self._tenure.now_ms,
                keep_ms=int(engine.pace.recent_s * 1000),
                region=defaults.region,
            )
        return Deliverer(
            tenure=self._tenure,
            client=client,
            routes=self._routes,
            mapped=self._mapped,
            recent=self._recent,
            mirror=mirror,
            defaults=defaults,
            clock=engine.clock,
            pace=engine.pace,
            random=engine.random,
            accounts=self._accounts,
            past=Past(self._tenure),
            lessons=self._lessons,
            base_url=engine.base_url,
            recorders=engine.recorders,
            plan=facts.connection.plan,
            span=engine.span,
            scopes=facts.connection.scopes,
        )

    async def _dial(self, facts: _Facts) -> Client:
        found = facts.connection
        # A token that was renewed by itself is the same sign-in, and its Client knows of it.
        dialled = (found.base_url, found.plan, found.signed_in)
        plan_tokens = daily_tokens(plan(facts.connection.plan), facts.connection.seats)
        if self._client is not None and self._purse is not None and dialled == self._dialled:
            self._purse.begin(plan_tokens=plan_tokens)
            return self._client
        if self._client is not None:
            await self._client.close()
        client = self._engine.dial(facts.connection, facts.sealed)
        self._purse = Purse(
            self._engine.store,
            connection_id=self._connection_id,
            clock=self._engine.clock,
            gate=client.gate,
            plan_tokens=plan_tokens,
        )
        self._client = client.within(self._purse)
        self._dialled = dialled
        return self._client

    async def _settle(self, facts: _Facts, trouble: Verdict | None) -> int | None:
        """Write down how the Connection is now; returns until when it rests."""
        found = facts.connection
        if trouble is None:
            if found.paused_until_ms is not None:
                await self._tenure.write(lambda db: set_pause(db, found.id, until_ms=None))
            return None
        now_ms = self._tenure.now_ms
        if trouble.account is not None:
            await self._tenure.write(
                lambda db: take_out(
                    db, found.id, signed_in=found.signed_in, trouble=trouble, now_ms=now_ms
                )
            )
            return None
        until_ms = now_ms + int((trouble.rest_s or 0.0) * 1000)
        await self._tenure.write(
            lambda db: set_pause(db, found.id, until_ms=until_ms, code=trouble.code)
        )
        return until_ms

"""Hub: the whole app in this process, with a sandbox for a Pipedrive and a clock to move."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Coroutine, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from typing import Any, TypeVar

import msgspec
import sqlalchemy as sa
from tests.clock import ManualClock
from tests.events import Said
from tests.exchanges import Exchange, RecordingSender, objections
from tests.fresh import fresh_store

from dealwright.actionbook import actions
from dealwright.core.action import Action
from dealwright.core.clock import to_ms
from dealwright.core.delivery import State
from dealwright.core.errors import ConfigError
from dealwright.core.event import dedupe_key, moment_ms
from dealwright.core.mapping import MatchDefaults
from dealwright.core.record import RecordKind
from dealwright.core.secret import Secret
from dealwright.pipedrive.client import CallRecord, Client
from dealwright.pipedrive.gate import Gate
from dealwright.pipedrive.sender import AsgiSender, Timeouts
from dealwright.pipeline.accept import Acceptor
from dealwright.pipeline.drain import Dial, Drain, Engine, Sweep
from dealwright.pipeline.notice import Notice
from dealwright.pipeline.pace import Pace
from dealwright.pipeline.switch import switch_on
from dealwright.pipeline.watching import Watching
from dealwright.sandbox.app import Sandbox, create_app
from dealwright.sandbox.options import NO_LIMITS, Options
from dealwright.store.append import Appender, EventRow
from dealwright.store.connections import (
    Connection,
    NewConnection,
    connection,
    create_connection,
    save_credentials,
)
from dealwright.store.crawls import want_crawl
from dealwright.store.delivery_list import Delivery, DeliveryFilter, find_deliveries
from dealwright.store.engine import Store
from dealwright.store.mappings import NewMapping, create_mapping
from dealwright.store.migrate import migrate
from dealwright.store.sources import create_source

T = TypeVar("T")

TOKEN = "t" * 40

#: Credentials with which dialling goes wrong as nobody meant it to.
DEFECT = b"defect"

#: Seconds for a request that hangs, in tests that wait for it: `hub.patience_s = SHORT_S`.
SHORT_S = 0.3

#: No journey needs more turns of all drains; one that does is stuck.
MAX_TURNS = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A Delivery as it is now, and the states that it went through."""

    now: Delivery
    states: list[str]


class Hub:
    """A hub with one Source and, unless more are made, one Connection to one sandbox."""

    def __init__(self, store: Store, *, clock: ManualClock, pace: Pace) -> None:
        self.store = store
        self.clock = clock
        self.pace = pace
        self.notices: list[Notice] = []
        self.calls: list[CallRecord] = []
        self.exchanges: list[Exchange] = []
        self.patience_s = 30.0
        self._noticed = asyncio.Event()
        self._appender = Appender(store)
        self._acceptor = Acceptor(self._appender.append, lambda: None)
        self._drains: dict[int, Drain] = {}
        self._sandboxes: dict[str, Sandbox] = {}
        self._sources: dict[str, int] = {}
        self._deliveries: list[Delivery] = []
        self.actions: dict[str, Action] = actions()
        self.watching = Watching()
        #: How drains come by their Clients; a test may put its own here.
        self.dial: Dial = self._dial

    # -- what a test does

    async def send(
        self, *events: Said, source: str = "website", sent_at: str | None = None
    ) -> None:
        """Post events; when this returns they are durable."""
        now_ms = to_ms(self.clock.now())
        source_id = self._sources[source]
        rows = [_row(said, source_id, now_ms, moment_ms(sent_at)) for said in events]
        await self._acceptor.accept(rows)

    async def send_bytes(self, payload: bytes, *, source: str = "website") -> None:
        """Put bytes into the log as they are."""
        now_ms = to_ms(self.clock.now())
        row = EventRow(self._sources[source], now_ms, None, "m-bytes", payload, None)
        await self._acceptor.accept([row])

    async def run_until_idle(self) -> None:
        """Let the drains work, and time pass, until nothing is due any more."""
        for _ in range(MAX_TURNS):
            sweeps = [await self.run_once(connection_id) for connection_id in self._drains]
            due = [sweep.next_due_ms for sweep in sweeps if sweep.next_due_ms is not None]
            if any(sweep.more for sweep in sweeps):
                continue
            if not due:
                await self.look()
                return
            self.advance(max(min(due) - to_ms(self.clock.now()), 1) / 1000)
        raise AssertionError("the hub does not come to rest")

    async def run_once(self, connection_id: int = 1) -> Sweep:
        """Let one drain work until nothing is due at this moment."""
        sweep = await self.pumped(self._drains[connection_id].run())
        await self.look()
        return sweep

    async def pumped(self, work: Coroutine[Any, Any, T]) -> T:
        """Await something, and move the clock whenever it waits for nothing else."""
        task = asyncio.ensure_future(work)
        try:
            while not task.done():
                await asyncio.wait({task}, timeout=0.02)
                wait_s = self.clock.next_wake_s
                if not task.done() and wait_s is not None:
                    self.advance(wait_s)
            return await task
        finally:
            task.cancel()
            await asyncio.wait({task})

    def advance(self, seconds: float) -> None:
        """Let time pass, here and at Pipedrive."""
        self.clock.advance(seconds)

    def deliveries(self) -> list[Seen]:
        """All Deliveries, oldest first, as they were when the drains came to rest."""
        return [Seen(now=one, states=self._states(one.id)) for one in self._deliveries]

    def delivery(self) -> Seen:
        """The one Delivery that there is."""
        (one,) = self.deliveries()
        return one

    async def connection(self, connection_id: int = 1) -> Connection:
        """A Connection as it is now."""
        return await self.store.read(lambda db: connection(db, connection_id))

    async def client(self, connection_id: int = 1) -> Client:
        """A client of a Connection, as another process has it."""
        return self._dial(await self.connection(connection_id), TOKEN.encode())

    # -- what a test sets up

    async def add_source(self, name: str) -> int:
        """Make a Source."""
        now_ms = to_ms(self.clock.now())
        made = await self.store.write(lambda db: create_source(db, name, now_ms=now_ms))
        self._sources[name] = made.id
        return made.id

    async def connect(
        self,
        sandbox: Sandbox,
        *,
        name: str = "main",
        defaults: MatchDefaults | None = None,
        hears: tuple[str, ...] | None = None,
        start: int | None = 0,
        plan: str = "growth",
        mappings: Callable[[int], list[NewMapping]] | None = None,
        mirrored: Iterable[RecordKind] = (),
        base_url: str = "",
    ) -> int:
        """Connect a sandbox, delivering from the beginning of the log.

        Kinds that are to be `mirrored` are crawled by the drain.
        `mappings` makes those of the Connection with an id; None: the presets.
        """
        heard = None if hears is None else tuple(self._sources[source] for source in hears)
        new = NewConnection(
            name=name,
            base_url=base_url or f"https://{name}.pipedrive.com",
            plan=plan,
            seats=5,
            defaults=defaults or MatchDefaults(),
            listens_to=heard,
        )
        now_ms = to_ms(self.clock.now())
        self._sandboxes[new.base_url] = sandbox

        def make(db: sa.Connection) -> int:
            made = create_connection(db, new, now_ms=now_ms)
            save_credentials(db, made.id, sealed=TOKEN.encode())
            for mapping in (mappings or self.presets)(made.id):
                create_mapping(db, mapping, now_ms=now_ms)
            switch_on(db, made.id, start=start)
            want_crawl(db, made.id, kinds=mirrored, now_ms=now_ms, region=new.defaults.region)
            return made.id

        connection_id = await self.store.write(make)
        self.take_up(connection_id)
        return connection_id

    def take_up(self, connection_id: int) -> None:
        """Drain a Connection from now on."""
        self._drains[connection_id] = self.new_drain(connection_id)

    def presets(self, connection_id: int) -> list[NewMapping]:
        """The Mappings that a new Connection is offered."""
        return [
            NewMapping(
                connection_id=connection_id,
                name=action.preset.name,
                action=action.key,
                trigger=action.preset.trigger,
                enabled=action.preset.enabled,
                fields=action.default_fields(),
            )
            for action in self.actions.values()
            if action.preset is not None
        ]

    def new_drain(self, connection_id: int = 1, *, holder: str = "worker") -> Drain:
        """Another drain, as a process that has just started has it."""
        return Drain(connection_id, self.engine(holder=holder))

    def restart(self, connection_id: int = 1) -> None:
        """Go on with a new drain that remembers nothing."""
        self._drains[connection_id] = self.new_drain(connection_id)

    def engine(self, *, holder: str = "worker") -> Engine:
        """What drains share."""
        return Engine(
            store=self.store,
            actions=self.actions,
            dial=self.watching.over(self.dial),
            span=self.watching.span,
            clock=self.clock,
            pace=self.pace,
            holder=holder,
            listener=self._note,
            random=Random(1),  # noqa: S311 - it only spreads waits
        )

    async def until(self, happened: Callable[[], bool]) -> None:
        """Return when `happened` holds; looked at whenever a Delivery changes its state."""
        while not happened():
            self._noticed.clear()
            await self._noticed.wait()

    def _note(self, notice: Notice) -> None:
        self.notices.append(notice)
        self._noticed.set()

    async def close(self) -> None:
        """Close everything."""
        await self._appender.close()
        self.store.close()

    def _dial(self, found: Connection, sealed: bytes) -> Client:
        if sealed == DEFECT:
            raise ZeroDivisionError
        if sealed != TOKEN.encode():
            raise ConfigError("The stored credentials were sealed with another key.")
        sandbox = self._sandboxes[found.base_url]
        token = Secret(sealed.decode())
        timeouts = Timeouts(total_s=self.patience_s, connect_s=self.patience_s)
        sender = AsgiSender(sandbox, found.base_url, token, timeouts=timeouts)
        return Client(
            sender=RecordingSender(sender, self.exchanges),
            clock=self.clock,
            gate=Gate(self.clock, burst=1000),
            purpose="events",
            on_call=self.calls.append,
        )

    def _states(self, delivery_id: int) -> list[str]:
        return [str(note.state) for note in self.notices if delivery_id in note.delivery_ids]

    async def look(self) -> None:
        """Read the Deliveries as they are now."""
        found = await self.store.read(
            lambda db: find_deliveries(db, DeliveryFilter(), limit=10_000)
        )
        self._deliveries = found[::-1]


def states(hub: Hub) -> list[State]:
    """The states of all Deliveries, oldest first."""
    return [seen.now.state for seen in hub.deliveries()]


def new_sandbox(clock: ManualClock, **options: Any) -> Sandbox:
    """An empty Pipedrive without limits, on the hub's time."""
    chosen = {"token": TOKEN, "lag_s": 0, "seed": "empty", "limits": NO_LIMITS, **options}
    return create_app(Options(**chosen), follow=clock.now)


@asynccontextmanager
async def open_hub(
    where: Path | str, *, clock: ManualClock, pace: Pace | None = None
) -> AsyncGenerator[Hub]:
    """A hub with the Source "website" and no Connection yet.

    `where` is the folder of an SQLite file, or a database's URL. At the end all that was said to
    Pipedrive, and all that it answered, has to fit its OpenAPI files.
    """
    store = Store.open(where) if isinstance(where, str) else fresh_store(where)
    await asyncio.to_thread(migrate, store)
    hub = Hub(store, clock=clock, pace=pace or Pace())
    try:
        await hub.add_source("website")
        yield hub
    finally:
        await hub.close()
    assert objections(hub.exchanges) == []


def scaled(pace: Pace, **figures: Any) -> Pace:
    """A Pace with other figures."""
    return replace(pace, **figures)


def _row(said: Said, source_id: int, now_ms: int, sent_at_ms: int | None) -> EventRow:
    payload = msgspec.json.encode(said)
    message_id = dedupe_key(said.get("messageId"), payload)
    return EventRow(source_id, now_ms, sent_at_ms, message_id, payload, None)

"""DryRuns: dry runs that are kept: begun, read on, cancelled; what a command and the API do alike.

The API's run beside everything else, in the process that was asked. Should that end, the dry run is
`interrupted`: begin it again.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable, Generator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, aclosing, asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from typing import Final

import sqlalchemy as sa
import structlog

from dealwright.core.action import Action
from dealwright.core.clock import Clock, to_ms
from dealwright.core.directives import MappingFaults
from dealwright.core.draft import Draft, draft_faults
from dealwright.core.errors import ConfigError, DealwrightError
from dealwright.core.foretold import Foretold, Summary
from dealwright.core.mapping import Mapping as MappingVersion
from dealwright.core.priority import Priority
from dealwright.pipedrive.client import Client
from dealwright.pipedrive.records import Records
from dealwright.pipeline.dryevents import Span, of_list, of_log
from dealwright.pipeline.dryrun import DryRun, DrySetting
from dealwright.pipeline.pace import Pace
from dealwright.store.connections import Connection
from dealwright.store.dry_runs import (
    DryRunState,
    NewDryRun,
    StoredDryRun,
    Tried,
    create_dry_run,
    end_dry_run,
    keep_results,
)
from dealwright.store.engine import Store
from dealwright.store.events import StoredEvent

#: Results that are kept in one transaction.
CHUNK: Final = 100

#: So many run at once in a process; each takes a share of the machine.
MOST_AT_ONCE: Final = 3

#: How long results are looked at before they are kept, so that who watches sees how far it is.
TELL_EVERY_S: Final = 1.0

OpenAccount = Callable[[Connection], AbstractAsyncContextManager[Records]]
"""Opens the account of a Connection for a few calls within its budget."""

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A dry run that is wanted: a version of a Mapping, or a draft, over Events.

    Either a `span` of the log, or `given` Events, which are taken as if they came now.
    `verify_tokens` is what may be spent to verify; 0: nothing is asked.
    """

    connection: Connection
    mapping: MappingVersion
    total: int
    span: Span | None = None
    given: Sequence[StoredEvent] = ()
    draft: bool = False
    verify_tokens: int = 0
    made_by: str = ""

    def tried(self) -> Tried:
        """The same as it is kept."""
        one, span = self.mapping, self.span
        return Tried(
            action=one.action,
            trigger=one.trigger,
            fields=dict(one.fields),
            draft=self.draft,
            first=0 if span is None else span.first,
            last=0 if span is None else span.last,
            given=len(self.given),
            verify_tokens=self.verify_tokens,
        )


def drafted(draft: Draft, *, of: MappingVersion | None, connection: Connection) -> MappingVersion:
    """A draft as a version that is not stored; `of` is the Mapping whose next one it would be."""
    if of is not None:
        return replace(of, trigger=draft.trigger, fields=draft.fields, action=draft.action)
    return MappingVersion(
        id=0,
        connection_id=connection.id,
        version=0,
        name=draft.name or "draft",
        action=draft.action,
        trigger=draft.trigger,
        fields=draft.fields,
    )


def see_that_it_fits(draft: Draft, actions: Mapping[str, Action]) -> None:
    """Raise MappingFaults with all that keeps a draft from becoming a Mapping."""
    faults = draft_faults(draft, actions)
    if faults:
        raise MappingFaults(faults)


def begin(db: sa.Connection, wanted: Wanted, *, now_ms: int) -> StoredDryRun:
    """Write down that a dry run begins."""
    one = wanted.mapping
    new = NewDryRun(
        connection_id=wanted.connection.id,
        mapping_id=one.id,
        mapping_version=0 if wanted.draft else one.version,
        name=one.name,
        total=wanted.total,
        tried=wanted.tried(),
        made_by=wanted.made_by,
    )
    return create_dry_run(db, new, now_ms=now_ms)


class DryRuns:
    """Runs dry runs, each in a task of its own; closed before the store is."""

    def __init__(
        self,
        store: Store,
        *,
        clock: Clock,
        actions: Mapping[str, Action],
        open_account: OpenAccount,
        pace: Pace | None = None,
    ) -> None:
        self._store = store
        self._clock = clock
        self._actions = actions
        self._open_account = open_account
        self._pace = pace or Pace()
        self._tasks: set[asyncio.Task[None]] = set()
        self._coming = 0

    @contextmanager
    def room(self) -> Generator[None]:
        """Keep room for one that is about to start.

        Raises ConfigError (`too_many_dry_runs`) while enough of them run, or are about to.
        """
        if len(self._tasks) + self._coming >= MOST_AT_ONCE:
            raise ConfigError(
                f"{MOST_AT_ONCE} dry runs are under way. Wait for one to end, or cancel it.",
                code="too_many_dry_runs",
            )
        self._coming += 1
        try:
            yield
        finally:
            self._coming -= 1

    def start(self, number: int, wanted: Wanted) -> None:
        """Run it from now on; how far it is stands in the store."""
        task = asyncio.create_task(self._started(number, wanted))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """Stop; what is under way is interrupted."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def idle(self) -> None:
        """Wait until everything that was started has ended."""
        await asyncio.gather(*self._tasks)

    async def run(
        self, number: int, wanted: Wanted, *, heard: Callable[[Foretold], None] | None = None
    ) -> Summary:
        """Run one to its end, or until it is cancelled, and keep what it finds.

        `heard` is told of each result. Raises StoreUnavailable, and ConfigError for credentials
        that cannot be used.
        """
        async with self._client(wanted) as client:
            run = DryRun(self._setting(wanted, client))
            going = await self._kept(number, wanted, run, heard or _nobody)
            summary = await run.summary()
        now_ms = self._now_ms()

        def store(db: sa.Connection) -> None:
            if going and keep_results(
                db, number, (), summary=summary, done=wanted.total, now_ms=now_ms
            ):
                end_dry_run(db, number, state=DryRunState.DONE, now_ms=now_ms)

        await self._store.write(store)
        return summary

    async def _kept(
        self, number: int, wanted: Wanted, run: DryRun, heard: Callable[[Foretold], None]
    ) -> bool:
        """Keep the results as they come; False when it was cancelled."""
        waiting: list[Foretold] = []
        told, done, results = (
            self._clock.monotonic_s(),
            0,
            run.results(_events(self._store, wanted)),
        )
        async with aclosing(results):
            async for found in results:
                heard(found)
                waiting.append(found)
                done += len(found.events)
                late = self._clock.monotonic_s() - told > TELL_EVERY_S
                if len(waiting) < CHUNK and not late:
                    continue
                if not await self._keep(number, waiting, run, done=min(done, wanted.total)):
                    return False
                waiting, told = [], self._clock.monotonic_s()
        return await self._keep(number, waiting, run, done=min(done, wanted.total))

    async def _keep(
        self, number: int, results: Sequence[Foretold], run: DryRun, *, done: int
    ) -> bool:
        summary, now_ms = run.tally.summary(), self._now_ms()
        return await self._store.write(
            lambda db: keep_results(db, number, results, summary=summary, done=done, now_ms=now_ms)
        )

    async def _started(self, number: int, wanted: Wanted) -> None:
        try:
            await self.run(number, wanted)
        except asyncio.CancelledError:
            await self._ended(number, DryRunState.INTERRUPTED)
            raise
        except DealwrightError as error:
            await self._ended(number, DryRunState.FAILED, error)
        except Exception:  # noqa: BLE001 - whatever it is, the dry run has ended
            _log.exception("dry_run.failed", dry_run_id=number)
            error = ConfigError("The hub failed at this; its log says why.", code="internal_error")
            await self._ended(number, DryRunState.FAILED, error)

    async def _ended(
        self, number: int, state: DryRunState, error: DealwrightError | None = None
    ) -> None:
        now_ms = self._now_ms()
        await self._store.write(
            lambda db: end_dry_run(db, number, state=state, error=error, now_ms=now_ms)
        )

    @asynccontextmanager
    async def _client(self, wanted: Wanted) -> AsyncGenerator[Client | None]:
        if not wanted.verify_tokens:
            yield None
            return
        async with self._open_account(wanted.connection) as records:
            yield records.client.reading(at_most=wanted.verify_tokens)

    def _setting(self, wanted: Wanted, client: Client | None) -> DrySetting:
        return DrySetting(
            store=self._store,
            connection=wanted.connection,
            mapping=wanted.mapping,
            actions=self._actions,
            clock=self._clock,
            pace=self._pace,
            client=client,
            # What is in the log would be replayed; what is given would come as new.
            priority=Priority.BACKFILL if wanted.span else wanted.mapping.priority,
        )

    def _now_ms(self) -> int:
        return to_ms(self._clock.now())


def _events(store: Store, wanted: Wanted) -> AsyncGenerator[Sequence[StoredEvent]]:
    return of_list(wanted.given) if wanted.span is None else of_log(store, wanted.span)


def _nobody(_: Foretold) -> None:
    """Tell nobody."""

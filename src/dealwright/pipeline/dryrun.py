"""DryRun: what a Mapping would do with Events, told without doing it.

It goes the way of a delivery (`ApplyMapping`), over the mirror and over what the run itself would
have made by then, with a scribe that writes nothing. Nothing is asked but to verify.
"""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from dealwright.core.action import Action
from dealwright.core.clock import Clock, to_ms
from dealwright.core.delivery import State
from dealwright.core.foretold import Foretold, Summary, Tally, funds_for
from dealwright.core.mapping import Mapping as MappingVersion
from dealwright.core.priority import Priority
from dealwright.core.record import RecordKind
from dealwright.pipedrive.client import CallRecord, Client
from dealwright.pipeline.accounts import AccountBook, price_of
from dealwright.pipeline.applymapping import House
from dealwright.pipeline.coalesce import Dated
from dealwright.pipeline.dryasking import mute_client
from dealwright.pipeline.drytelling import told, told_failed
from dealwright.pipeline.drytry import DryWorld, tried
from dealwright.pipeline.drywords import DryWords
from dealwright.pipeline.dryworld import DryMirror, KeptLists, Onlooker, Overlay
from dealwright.pipeline.estimate import list_price
from dealwright.pipeline.lanes import Group, LaneQueue
from dealwright.pipeline.outlook import outlook
from dealwright.pipeline.pace import Pace
from dealwright.pipeline.past import Past
from dealwright.pipeline.recent import Recent
from dealwright.pipeline.reviewtaught import Lessons
from dealwright.pipeline.route import Routed, compile_route, route_batch
from dealwright.pipeline.tenure import Tenure
from dealwright.pipeline.turns import Turns
from dealwright.store.connections import Connection, ConnectionState
from dealwright.store.deliveries import NewDelivery, OpenDelivery
from dealwright.store.engine import Store
from dealwright.store.events import StoredEvent
from dealwright.store.mirror import state as mirror_state

#: More Events than this are not looked at in one run: what they would make is held in memory.
MOST_EVENTS: Final = 10_000

#: How many of the newest are looked at where nobody says.
USUAL: Final = 1_000

#: Events that are mapped at one go, in a thread.
BATCH: Final = 500

#: Writes that a drain has under way at once, at the least.
LANES: Final = 8

# Would-be Deliveries come after all that there are.
_FIRST_ID: Final = 1 << 40

Batches = AsyncIterator[Sequence[StoredEvent]]


@dataclass(frozen=True, slots=True, kw_only=True)
class DrySetting:
    """Where a dry run takes place. `client` is asked to verify, None: nothing is asked.

    `priority` is that of the work that is foretold: a replay's, or the Mapping's own.
    """

    store: Store
    connection: Connection
    mapping: MappingVersion
    actions: Mapping[str, Action]
    clock: Clock
    pace: Pace
    client: Client | None = None
    priority: Priority = Priority.BACKFILL


class DryRun:
    """One dry run. `tally` counts while `results` are read; `summary` is for afterwards."""

    def __init__(self, setting: DrySetting) -> None:
        self.tally = Tally()
        self._setting = setting
        self._spent = 0
        self._values: dict[int, Dated] = {}
        self._route = compile_route(setting.mapping, setting.actions)
        self._world = self._made_world()

    async def results(self, batches: Batches) -> AsyncGenerator[Foretold]:
        """What becomes of the Events, write by write; several for one record may be one.

        Raises StoreUnavailable.
        """
        words = await self._begun()
        queue = LaneQueue(group=self._setting.pace.group)
        failed = await self._routed(batches, queue)
        number = 0
        for group in _in_turn(queue, now_ms=self._now_ms):
            while failed and failed[0][0] < group.leader.id:
                number += 1
                yield self._counted(told_failed(number, failed.popleft()[1]))
            values = [self._values[delivery.event_seq] for delivery in group.deliveries]
            one = await tried(self._world, group, route=self._route, values=values)
            if one.verdict.split:
                queue.split(group)
                continue
            queue.done(group)
            number += 1
            yield self._counted(told(number, group, one, words=words))
        for _, row in failed:
            number += 1
            yield self._counted(told_failed(number, row))

    async def summary(self) -> Summary:
        """All in figures, and when the budget allows it."""
        setting, world = self._setting, self._world
        extra = price_of(world.lists.old) + sum(map(list_price, world.mirror.unpolled))
        tokens, now_ms = self.tally.tokens + extra, self._now_ms
        look = await setting.store.read(lambda db: outlook(db, setting.connection, now_ms=now_ms))
        return self.tally.summary(
            extra_tokens=extra,
            spent=self._spent,
            cannot_know=tuple(self._cannot_know()),
            funds=funds_for(look.budget, setting.priority, tokens=tokens, now_ms=now_ms),
        )

    def _counted(self, found: Foretold) -> Foretold:
        self.tally.add(found)
        return found

    def _made_world(self) -> DryWorld:
        setting, one = self._setting, self._setting.connection
        verifying = setting.client is not None
        # Only to verify is anything learned that is worth keeping.
        tenure = (Onlooker if verifying else Tenure)(
            setting.store,
            connection_id=one.id,
            holder="dry run",
            clock=setting.clock,
            lease_s=setting.pace.lease_s,
        )
        overlay = Overlay(one.defaults.region)
        mirror = DryMirror(tenure, pace=setting.pace, overlay=overlay, verifying=verifying)
        lists = KeptLists(setting.store, tenure=tenure, verifying=verifying)
        return DryWorld(
            house=House(
                tenure=tenure,
                mirror=mirror,
                defaults=one.defaults,
                accounts=lists,
                past=Past(tenure),
                turns=Turns(),
                plan=one.plan,
                scopes=one.scopes,
            ),
            overlay=overlay,
            mirror=mirror,
            lists=lists,
            lessons=Lessons(one.id),
            # Of before this run nothing is remembered; all of it is.
            recent=Recent(start_ms=0, keep_ms=tenure.now_ms, region=one.defaults.region),
            client=self._dialled(),
            pace=setting.pace,
            verifying=verifying,
        )

    def _dialled(self) -> Client:
        setting = self._setting
        if setting.client is None:
            return mute_client(setting.clock)
        return setting.client.for_purpose(
            "dry_run", self._note_call, priority=Priority.LOW, mapping_id=setting.mapping.id
        )

    def _note_call(self, record: CallRecord) -> None:
        self._spent += record.call.tokens

    async def _begun(self) -> DryWords:
        setting, world = self._setting, self._world
        connection_id = setting.connection.id
        states = await setting.store.read(lambda db: mirror_state(db, connection_id))
        world.mirror.begin(states, listening=False)
        book = AccountBook(setting.store, connection_id=connection_id, clock=setting.clock)
        world.catalogue = await book.catalogue()
        await setting.store.read(world.lessons.heed)
        world.lists.taught = world.lessons.taught
        return DryWords(catalogue=world.catalogue, new_options=world.lists.new_options)

    async def _routed(self, batches: Batches, queue: LaneQueue) -> deque[tuple[int, NewDelivery]]:
        """Queue what the Events make; those that fail at once are given back."""
        failed: deque[tuple[int, NewDelivery]] = deque()
        seen: set[tuple[int, str]] = set()
        number = _FIRST_ID
        async for batch in batches:
            routed, unreadable = await asyncio.to_thread(self._route_some, batch)
            self.tally.events += len(batch)
            self.tally.unreadable += len(unreadable)
            for row, dated in self._new(routed, seen):
                number += 1
                if row.state != State.QUEUED or dated is None:
                    failed.append((number, row))
                    continue
                self._values[row.event_seq] = dated
                queue.add([_open(number, row, self._setting.priority)])
        return failed

    def _route_some(self, batch: Sequence[StoredEvent]) -> tuple[list[Routed], Sequence[object]]:
        one = self._setting.connection
        return route_batch(batch, connection=one, routes=[self._route], now_ms=self._now_ms)

    def _new(
        self, routed: Sequence[Routed], seen: set[tuple[int, str]]
    ) -> Iterator[tuple[NewDelivery, Dated | None]]:
        """The rows of Events that are no repeats."""
        for one in routed:
            if one.item in seen:
                self.tally.repeated += 1
                continue
            seen.add(one.item)
            self.tally.deliveries += len(one.rows)
            yield from zip(one.rows, one.values, strict=True)

    def _cannot_know(self) -> Iterator[str]:
        """What this dry run took for granted."""
        world, one = self._world, self._setting.connection
        if not one.in_use:
            how = "switched off" if one.state is ConnectionState.OK else str(one.state)
            yield f"The Connection is {how}: nothing is delivered before that is changed."
        if world.verifying:
            return
        kinds = [kind for kind in RecordKind if kind in world.sought and not self._is_whole(kind)]
        if kinds:
            named = ", ".join(f"{kind}s" if kind != "activity" else "activities" for kind in kinds)
            yield (
                f"The mirror has not all {named}: who of them is there cannot be known without a "
                "search. Complete it, or let the dry run verify."
            )
        if world.mirror.unpolled:
            yield (
                "The mirror was brought up to date more than a minute ago: what was changed since "
                "is not in it."
            )

    def _is_whole(self, kind: RecordKind) -> bool:
        state = self._world.mirror.states.get(kind)
        return state is not None and self._world.mirror.is_whole(state)

    @property
    def _now_ms(self) -> int:
        return to_ms(self._setting.clock.now())


def _in_turn(queue: LaneQueue, *, now_ms: int) -> Iterator[Group]:
    """The Groups of a queue; what is merged depends on what is under way, as in a drain."""
    running: deque[Group] = deque()
    while True:
        while len(running) < LANES and (group := queue.take(now_ms)) is not None:
            running.append(group)
        if not running:
            return
        yield running.popleft()


def _open(number: int, row: NewDelivery, priority: Priority) -> OpenDelivery:
    return OpenDelivery(
        id=number,
        mapping_id=row.mapping_id,
        mapping_version=row.mapping_version,
        source_id=row.source_id,
        event_seq=row.event_seq,
        lanes=row.lanes,
        state=row.state,
        attempts=0,
        next_at_ms=None,
        created_at_ms=row.created_at_ms,
        intent=False,
        priority=priority,
    )

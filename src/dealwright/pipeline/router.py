"""Router: the reading part of a drain: what is new in the log, and what is replayed of it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import sqlalchemy as sa
import structlog

from dealwright.core.delivery import State
from dealwright.core.mapping import Mapping as MappingVersion
from dealwright.core.priority import Priority
from dealwright.pipeline.mapped import Mapped
from dealwright.pipeline.notice import Listener, Notice
from dealwright.pipeline.route import Routed, route_batch
from dealwright.pipeline.routebook import RouteBook
from dealwright.pipeline.tenure import Tenure
from dealwright.store.connections import Connection, advance
from dealwright.store.deliveries import NewDelivery, add_deliveries
from dealwright.store.events import StoredEvent, read_batch
from dealwright.store.mappings import mapping
from dealwright.store.replays import (
    Replay,
    ReplayState,
    advance_replay,
    open_backfill,
    revive,
    running_replay,
    set_replay_state,
)
from dealwright.store.review_questions import ask_of_new
from dealwright.store.seen import unseen

_log = structlog.get_logger(__name__)

#: Deliveries of Replays that may be open at once: a Replay goes on as the budget lets them be done.
MOST_OPEN = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Router:
    """Routes for one Connection while its Tenure holds; `batch` Events in one transaction."""

    tenure: Tenure
    routes: RouteBook
    mapped: Mapped
    listener: Listener
    batch: int

    async def catch_up(
        self,
        connection: Connection,
        mappings: Sequence[MappingVersion],
        *,
        ending: Callable[[], bool],
    ) -> bool:
        """Read the log to its end; False when it was time to end before."""
        position = connection.position
        while True:
            batch = await self._read(position)
            if not batch:
                return True
            await self._route(connection, mappings, batch, position)
            position = batch[-1].seq
            if len(batch) < self.batch:
                return True
            if ending():
                return False

    async def replay(self, connection: Connection) -> bool:
        """Route the next Events of the Connection's Replay; True when there may be more at once.

        Live Events go first, so this is for a drain that has caught up. The Mapping need not be
        enabled. Raises FenceLost when the Replay was stopped meanwhile.
        """
        at = await self.tenure.read(lambda db: running_replay(db, connection.id))
        if at is None:
            return False
        waiting = await self.tenure.read(lambda db: open_backfill(db, connection.id))
        if at.routed:
            if not waiting:
                await self._end(at)
            return not waiting
        if waiting >= MOST_OPEN:
            return False
        await self._replay_batch(connection, at)
        return True

    async def _read(self, after: int) -> list[StoredEvent]:
        return await self.tenure.read(partial(read_batch, after=after, limit=self.batch))

    async def _route(
        self,
        connection: Connection,
        mappings: Sequence[MappingVersion],
        batch: Sequence[StoredEvent],
        position: int,
    ) -> None:
        routed, now_ms = self._routed(connection, mappings, batch), self.tenure.now_ms
        fence = self.tenure.held_fence

        def store(db: sa.Connection) -> list[NewDelivery]:
            rows = _first_seen(db, connection.id, routed, now_ms)
            add_deliveries(db, rows)
            _ask(db, rows, routed)
            advance(db, connection.id, fence=fence, old=position, new=batch[-1].seq)
            return rows

        self._tell(await self.tenure.write(store))

    async def _replay_batch(self, connection: Connection, at: Replay) -> None:
        chosen = await self.tenure.read(
            lambda db: mapping(db, at.mapping_id, version=at.mapping_version)
        )
        found = await self._read(at.position)
        batch = [event for event in found if event.seq <= at.to_seq]
        # What is between was pruned, or is not there yet and never will be.
        position = batch[-1].seq if batch and len(found) == self.batch else at.to_seq
        now_ms = self.tenure.now_ms
        # A message that was repeated is replayed once; that it was met before does not count.
        routed = [
            one._replace(item=(one.item[0], f"replay/{at.id}/{one.item[1]}"))
            for one in self._routed(connection, [chosen], batch)
        ]

        def store(db: sa.Connection) -> list[NewDelivery]:
            news = [
                row._replace(priority=Priority.BACKFILL, replay_id=at.id)
                for row in _first_seen(db, connection.id, routed, now_ms)
            ]
            revived = revive(db, news, now_ms=now_ms)
            rows = [row for row in news if row.event_seq not in revived]
            add_deliveries(db, rows)
            _ask(db, rows, routed)
            advance_replay(db, at, position=position, made=len(news), now_ms=now_ms)
            return rows

        self._tell(await self.tenure.write(store))

    async def _end(self, at: Replay) -> None:
        now_ms = self.tenure.now_ms
        await self.tenure.write(
            lambda db: set_replay_state(db, at.id, state=ReplayState.DONE, now_ms=now_ms)
        )
        _log.info("replay.done", connection_id=at.connection_id, replay_id=at.id, made=at.made)

    def _routed(
        self,
        connection: Connection,
        mappings: Sequence[MappingVersion],
        batch: Sequence[StoredEvent],
    ) -> list[Routed]:
        routes, now_ms = self.routes.routes(mappings), self.tenure.now_ms
        routed, unreadable = route_batch(batch, connection=connection, routes=routes, now_ms=now_ms)
        for seq, reason in unreadable:
            _log.warning("event.unreadable", connection_id=connection.id, seq=seq, reason=reason)
        for one in routed:
            for row, dated in zip(one.rows, one.values, strict=True):
                if dated is not None:
                    self.mapped.keep(row.mapping_id, row.mapping_version, dated)
        return routed

    def _tell(self, rows: Sequence[NewDelivery]) -> None:
        for row in rows:
            if row.state == State.FAILED:
                ids: tuple[int, ...] = ()
                notice = Notice(row.connection_id, ids, State.FAILED, row.code, row.message)
                self.listener(notice)


def _ask(db: sa.Connection, rows: Sequence[NewDelivery], routed: Sequence[Routed]) -> None:
    """Have people asked of the values at which Deliveries have failed already."""
    asked = {
        (one.rows[0].event_seq, mapping_id): question
        for one in routed
        if one.asked
        for mapping_id, question in one.asked.items()
    }
    if asked:
        ask_of_new(db, rows, asked)


def _first_seen(
    db: sa.Connection, connection_id: int, routed: Sequence[Routed], now_ms: int
) -> list[NewDelivery]:
    if not routed:
        return []
    news = unseen(db, connection_id, items=[one.item for one in routed], at_ms=now_ms)
    return [row for one, new in zip(routed, news, strict=True) if new for row in one.rows]

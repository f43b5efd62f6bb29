"""Replays: a range of the log that is read once more, with one version of one Mapping."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from dealwright.core.delivery import State
from dealwright.core.errors import ConfigError, NotFound
from dealwright.core.priority import Priority
from dealwright.core.record import RecordId
from dealwright.store.columns import record_id_of
from dealwright.store.deliveries import NewDelivery
from dealwright.store.leases import FenceLost
from dealwright.store.statements import chunks
from dealwright.store.tables import IS_OPEN, deliveries, intents, replays


class ReplayState(StrEnum):
    """Where a Replay stands; the last two are for good."""

    RUNNING = "running"
    PAUSED = "paused"
    DONE = "done"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewReplay:
    """A Replay to be made: of the Events from `from_seq` to `to_seq`, both included."""

    connection_id: int
    mapping_id: int
    mapping_version: int
    from_seq: int
    to_seq: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """One Replay; `position` is the last Event that was routed, `made` counts its Deliveries."""

    id: int
    connection_id: int
    mapping_id: int
    mapping_version: int
    from_seq: int
    to_seq: int
    position: int
    state: ReplayState
    made: int
    created_at_ms: int
    updated_at_ms: int

    @property
    def routed(self) -> bool:
        """Whether all of its range was read."""
        return self.position >= self.to_seq


def create_replay(db: sa.Connection, new: NewReplay, *, now_ms: int) -> Replay:
    """Make a Replay, which its Connection's drain then runs."""
    made = sa.insert(replays).values(
        connection_id=new.connection_id,
        mapping_id=new.mapping_id,
        mapping_version=new.mapping_version,
        from_seq=new.from_seq,
        to_seq=new.to_seq,
        position=new.from_seq - 1,
        state=ReplayState.RUNNING.value,
        made=0,
        created_at_ms=now_ms,
        updated_at_ms=now_ms,
    )
    return replay(db, db.execute(made.returning(replays.c.id)).scalar_one())


def replay(db: sa.Connection, replay_id: int) -> Replay:
    """One Replay; raises NotFound."""
    row = db.execute(sa.select(replays).where(replays.c.id == replay_id)).one_or_none()
    if row is None:
        raise NotFound(f"There is no replay {replay_id}. `dealwright replay list` lists them.")
    return _replay(row)


def list_replays(db: sa.Connection, *, limit: int = 100, before: int | None = None) -> list[Replay]:
    """Replays, newest first; `before` is the last id of the page before."""
    chosen = sa.select(replays).order_by(replays.c.id.desc()).limit(limit)
    if before is not None:
        chosen = chosen.where(replays.c.id < before)
    rows = db.execute(chosen)
    return [_replay(row) for row in rows]


def running_replay(db: sa.Connection, connection_id: int) -> Replay | None:
    """The Replay that a Connection is at: the oldest that runs."""
    chosen = (
        sa.select(replays)
        .where(replays.c.connection_id == connection_id)
        .where(replays.c.state == ReplayState.RUNNING.value)
        .order_by(replays.c.id)
        .limit(1)
    )
    row = db.execute(chosen).one_or_none()
    return None if row is None else _replay(row)


def advance_replay(db: sa.Connection, at: Replay, *, position: int, made: int, now_ms: int) -> None:
    """Say how far a Replay has come; raises FenceLost when it was stopped or moved meanwhile."""
    moved = (
        sa.update(replays)
        .where(
            replays.c.id == at.id,
            replays.c.position == at.position,
            replays.c.state == ReplayState.RUNNING.value,
        )
        .values(position=position, made=replays.c.made + made, updated_at_ms=now_ms)
    )
    if not db.execute(moved).rowcount:
        raise FenceLost(f"Replay {at.id} was stopped, or somebody else runs it.")


#: From which states a person, or the drain, may bring a Replay into another.
_BEFORE = {
    ReplayState.RUNNING: (ReplayState.PAUSED,),
    ReplayState.PAUSED: (ReplayState.RUNNING,),
    ReplayState.CANCELLED: (ReplayState.RUNNING, ReplayState.PAUSED),
    ReplayState.DONE: (ReplayState.RUNNING,),
}


def set_replay_state(
    db: sa.Connection, replay_id: int, *, state: ReplayState, now_ms: int
) -> Replay:
    """Pause, resume, cancel or end a Replay; raises NotFound, ConfigError (`replay_over`).

    Of a cancelled one the Deliveries that nobody has begun are dropped; those of which a Create
    has an unknown outcome stay, to be settled.
    """
    before = replay(db, replay_id)
    if before.state is state:
        return before
    if before.state not in _BEFORE[state]:
        raise ConfigError(
            f"Replay {replay_id} is {before.state}: it cannot be {state} any more.",
            code="replay_over",
        )
    changed = sa.update(replays).where(replays.c.id == replay_id)
    db.execute(changed.values(state=state.value, updated_at_ms=now_ms))
    if state is ReplayState.CANCELLED:
        _drop_open(db, before, now_ms=now_ms)
    return replay(db, replay_id)


def cancel_replays(db: sa.Connection, mapping_id: int, *, now_ms: int) -> None:
    """Cancel every Replay with a Mapping that has not ended."""
    going = (ReplayState.RUNNING.value, ReplayState.PAUSED.value)
    mine = sa.select(replays.c.id).where(
        replays.c.mapping_id == mapping_id, replays.c.state.in_(going)
    )
    for replay_id in db.scalars(mine).all():
        set_replay_state(db, replay_id, state=ReplayState.CANCELLED, now_ms=now_ms)


def open_backfill(db: sa.Connection, connection_id: int) -> int:
    """How many Deliveries of Replays are still to be done."""
    counting = sa.select(sa.func.count()).where(
        deliveries.c.connection_id == connection_id,
        IS_OPEN,
        deliveries.c.priority == int(Priority.BACKFILL),
    )
    return db.scalar(counting) or 0


def needed_from(db: sa.Connection) -> int | None:
    """The first Event that a Replay, also a paused one, still has to read; None: no Replay."""
    alive = (ReplayState.RUNNING.value, ReplayState.PAUSED.value)
    first = db.scalar(sa.select(sa.func.min(replays.c.position)).where(replays.c.state.in_(alive)))
    return None if first is None else first + 1


#: Those that are done without a Replay as well.
_GOING_ON = (State.QUEUED.value, State.WAITING.value)


def revive(db: sa.Connection, rows: Iterable[NewDelivery], *, now_ms: int) -> set[int]:
    """Queue again, as these say, what of the same Event and Mapping has not ended well.

    What is still to be done anyway keeps its priority: a Replay makes nothing less urgent. What was
    being sent when a drain was killed stays as it is, and counts as queued: it is done again.

    Returns the Events of which that was so: they need no new Delivery, and a Create of which the
    outcome is unknown stays the one that it is.
    """
    revived: set[int] = set()
    unfinished = deliveries.c.state.in_(
        [
            State.QUEUED.value,
            State.SENDING.value,
            State.WAITING.value,
            State.HELD.value,
            State.FAILED.value,
        ]
    )
    for some in chunks(list(rows)):
        by_seq = {row.event_seq: row for row in some}
        mapping_id = some[0].mapping_id
        chosen = sa.select(deliveries.c.id, deliveries.c.event_seq, deliveries.c.state).where(
            deliveries.c.event_seq.in_(list(by_seq)),
            deliveries.c.mapping_id == mapping_id,
            unfinished,
        )
        for delivery_id, seq, state in db.execute(chosen).all():
            row = by_seq[seq]
            revived.add(seq)
            if state == State.SENDING.value:
                continue
            urgent = state in _GOING_ON
            db.execute(
                sa.update(deliveries)
                .where(deliveries.c.id == delivery_id)
                .values(
                    mapping_version=row.mapping_version,
                    lanes=row.lanes,
                    state=row.state,
                    code=row.code,
                    message=row.message,
                    priority=deliveries.c.priority if urgent else row.priority,
                    replay_id=row.replay_id,
                    attempts=0,
                    next_at_ms=None,
                    updated_at_ms=now_ms,
                )
            )
    return revived


def earlier_record(
    db: sa.Connection, *, mapping_id: int, event_seq: int, before_id: int, kind: str
) -> RecordId | None:
    """The record that an Event became by an earlier Delivery of the same Mapping."""
    chosen = (
        sa.select(sa.cast(deliveries.c.record_id, sa.Text))
        .where(
            deliveries.c.event_seq == event_seq,
            deliveries.c.mapping_id == mapping_id,
            deliveries.c.id < before_id,
            deliveries.c.record_kind == kind,
            deliveries.c.record_id.is_not(None),
        )
        .order_by(deliveries.c.id.desc())
        .limit(1)
    )
    found = db.scalar(chosen)
    return None if found is None else record_id_of(found)


def _drop_open(db: sa.Connection, of: Replay, *, now_ms: int) -> None:
    unknown = sa.exists().where(
        intents.c.delivery_id == deliveries.c.id, intents.c.settled_at_ms.is_(None)
    )
    db.execute(
        sa.update(deliveries)
        .where(
            deliveries.c.connection_id == of.connection_id,
            IS_OPEN,
            deliveries.c.priority == int(Priority.BACKFILL),
            deliveries.c.mapping_id == of.mapping_id,
            deliveries.c.state != State.SENDING.value,
            ~unknown,
        )
        .values(
            state=State.DROPPED.value,
            code="dropped",
            message=f"Replay {of.id} was cancelled.",
            next_at_ms=None,
            updated_at_ms=now_ms,
        )
    )


def _replay(row: Any) -> Replay:
    values: dict[str, Any] = dict(row._mapping)  # noqa: SLF001 - SQLAlchemy's documented name
    values["state"] = ReplayState(values["state"])
    return Replay(**values)

"""Deliveries as the drain sees them: made in bulk, taken in order, finished."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import sqlalchemy as sa

from dealwright.core.budget import CODES
from dealwright.core.delivery import State
from dealwright.core.priority import Priority
from dealwright.core.record import RecordId
from dealwright.store.statements import chunks, cleaned, run
from dealwright.store.tables import (
    IS_AT_HAND,
    IS_ENDED,
    IS_OPEN,
    IS_PARKED,
    IS_STUCK,
    deliveries,
    intents,
)


class NewDelivery(NamedTuple):
    """A Delivery to be made. `lanes` are joined by newlines; `state` is queued or failed.

    One whose lanes begin with an empty one, as those of a Meeting, a card or a Correction do,
    becomes one Plan with no other.
    """

    connection_id: int
    mapping_id: int
    mapping_version: int
    source_id: int
    event_seq: int
    lanes: str
    state: str
    code: str
    message: str
    created_at_ms: int
    priority: int = Priority.NORMAL
    meeting_id: int | None = None
    card_act_id: int | None = None
    correction_id: int | None = None
    replay_id: int | None = None


class OpenDelivery(NamedTuple):
    """A Delivery that is still to be done. `intent`: a Create of it has an unknown outcome."""

    id: int
    mapping_id: int
    mapping_version: int
    source_id: int
    event_seq: int
    lanes: str
    state: str
    attempts: int
    next_at_ms: int | None
    created_at_ms: int
    intent: bool
    priority: int = Priority.NORMAL
    meeting_id: int | None = None
    card_act_id: int | None = None
    correction_id: int | None = None

    @property
    def purpose(self) -> str:
        """For what the Ledger shows the calls that are made for it."""
        if self.card_act_id is not None:
            return "cards"
        if self.correction_id is not None:
            return "corrections"
        return "events" if self.meeting_id is None else "meetings"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How a try ended. None leaves what the Delivery had; `next_at_ms` only for `waiting`.

    `written_by` is the Delivery whose write carried this one too. A try that does not count
    (`counts`) is taken back from `attempts`: Pipedrive was busy, or nothing was tried.
    """

    state: State
    code: str = ""
    message: str = ""
    record_kind: str | None = None
    record_id: RecordId | None = None
    tokens: int = 0
    next_at_ms: int | None = None
    trace: bytes | None = None
    written_by: int | None = None
    counts: bool = True


_COLUMNS = (
    "connection_id, mapping_id, mapping_version, source_id, event_seq, lanes, state, code,"
    " message, created_at_ms, priority, meeting_id, card_act_id, correction_id,"
    " replay_id, updated_at_ms"
)
_TYPES = ("bigint",) * 5 + ("text",) * 4 + ("bigint",) * 7
_ADD_SQLITE = f"INSERT INTO deliveries ({_COLUMNS}) VALUES ({', '.join('?' * 16)})"  # noqa: S608
_ADD_POSTGRES = (
    f"INSERT INTO deliveries ({_COLUMNS})"  # noqa: S608 - constants of this file
    f" SELECT * FROM unnest({', '.join(f'%s::{kind}[]' for kind in _TYPES)})"
)


def add_deliveries(db: sa.Connection, rows: Sequence[NewDelivery]) -> None:
    """Make Deliveries, numbered in this order; driver SQL, for it is hot (ENGINE.md 7)."""
    if not rows:
        return
    values = [
        (*row[:5], cleaned(row.lanes), *row[6:8], cleaned(row.message), *row[9:], row.created_at_ms)
        for row in rows
    ]
    if db.dialect.name == "sqlite":
        db.exec_driver_sql(_ADD_SQLITE, values)
    else:
        db.exec_driver_sql(
            _ADD_POSTGRES, tuple(list(column) for column in zip(*values, strict=True))
        )


_intent_open = sa.exists().where(
    intents.c.delivery_id == deliveries.c.id, intents.c.settled_at_ms.is_(None)
)
_has_intent = _intent_open.label("intent")


def open_deliveries(
    db: sa.Connection, connection_id: int, *, limit: int, after: int = 0, now_ms: int | None = None
) -> list[OpenDelivery]:
    """What is still to be done for a Connection, oldest first; `after` is an id.

    With `now_ms` without those that wait for the next day of the budget: they stand in nobody's
    way, for what they write never overwrites newer values. But a Create whose outcome is unknown
    does, or somebody else would make the record once more.
    """
    kept = at_hand(db, connection_id, now_ms)
    chosen = (
        sa.select(*OPEN_COLUMNS)
        .where(deliveries.c.connection_id == connection_id, deliveries.c.id > after, *kept)
        .order_by(deliveries.c.id)
        .limit(limit)
    )
    return [open_delivery(row) for row in db.execute(chosen)]


def unsure_deliveries(db: sa.Connection, connection_id: int, *, limit: int) -> list[OpenDelivery]:
    """What is still to be done and has a Create whose outcome is unknown, oldest first."""
    of_it = (intents.c.connection_id == connection_id) & intents.c.settled_at_ms.is_(None)
    chosen = (
        sa.select(*OPEN_COLUMNS)
        .where(IS_OPEN, deliveries.c.id.in_(sa.select(intents.c.delivery_id).where(of_it)))
        .order_by(deliveries.c.id)
        .limit(limit)
    )
    return [open_delivery(row) for row in db.execute(chosen)]


#: What `open_delivery` reads.
OPEN_COLUMNS = (
    deliveries.c.id,
    deliveries.c.mapping_id,
    deliveries.c.mapping_version,
    deliveries.c.source_id,
    deliveries.c.event_seq,
    deliveries.c.lanes,
    deliveries.c.state,
    deliveries.c.attempts,
    deliveries.c.next_at_ms,
    deliveries.c.created_at_ms,
    _has_intent,
    deliveries.c.priority,
    deliveries.c.meeting_id,
    deliveries.c.card_act_id,
    deliveries.c.correction_id,
)


def open_delivery(row: Any) -> OpenDelivery:
    """A row of OPEN_COLUMNS."""
    return OpenDelivery(
        *row[:-5],
        intent=bool(row.intent),
        priority=row.priority,
        meeting_id=row.meeting_id,
        card_act_id=row.card_act_id,
        correction_id=row.correction_id,
    )


def at_hand(
    db: sa.Connection, connection_id: int, now_ms: int | None
) -> list[sa.ColumnElement[bool] | sa.TextClause]:
    """The conditions of `open_deliveries`, as they are at a moment."""
    if now_ms is None:
        return [IS_OPEN]
    if not db.scalar(_anything_parked_counts(connection_id, now_ms)):
        return [IS_AT_HAND]
    parked = deliveries.c.code.in_(CODES) & (deliveries.c.next_at_ms > now_ms)
    return [IS_OPEN, ~parked | _intent_open]


def _anything_parked_counts(connection_id: int, now_ms: int) -> sa.Select[Any]:
    """Whether a look at what is at hand would miss something; reads none of what is parked."""
    of_it = deliveries.c.connection_id == connection_id
    unknown = (intents.c.connection_id == connection_id) & intents.c.settled_at_ms.is_(None)
    return sa.select(
        sa.exists().where(of_it, IS_PARKED, deliveries.c.next_at_ms <= now_ms)
        | sa.exists().where(unknown, deliveries.c.id == intents.c.delivery_id, IS_PARKED)
    )


def finish(
    db: sa.Connection, delivery_ids: Sequence[int], outcome: Outcome, *, now_ms: int
) -> None:
    """Write down how a try ended; its tokens are added to each of the Deliveries."""
    values = (
        outcome.state.value,
        outcome.code,
        cleaned(outcome.message),
        outcome.next_at_ms,
        outcome.tokens,
        int(not outcome.counts),
        now_ms,
        None if outcome.record_kind is None else str(outcome.record_kind),
        None if outcome.record_id is None else str(outcome.record_id),
        outcome.trace,
        outcome.written_by,
    )
    for ids in chunks(delivery_ids):
        run(db, f"{_FINISH}{_marks(ids)}", *values, *ids)


def _marks(ids: Sequence[int]) -> str:
    return f"({', '.join('?' * len(ids))})"


# What an outcome says nothing of stays as it was.
_KEPT = ", ".join(
    f"{name} = COALESCE(?, {name})" for name in ("record_kind", "record_id", "trace", "written_by")
)
_FINISH = (
    "UPDATE deliveries SET state = ?, code = ?, message = ?, next_at_ms = ?,"  # noqa: S608
    f" tokens = tokens + ?, attempts = attempts - ?, updated_at_ms = ?, {_KEPT} WHERE id IN "
)
_BEGIN = (
    "UPDATE deliveries SET state = ?, attempts = attempts + 1,"  # noqa: S608 - a constant
    f" updated_at_ms = ? WHERE {IS_OPEN} AND id IN "
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Parked:
    """What waits for the next day of the budget: everything of `priority` and below, and why."""

    priority: Priority
    code: str
    message: str
    until_ms: int


def park(db: sa.Connection, connection_id: int, *, parked: Parked, now_ms: int) -> int:
    """Let what is queued, or would be due earlier, wait for a moment; says how many."""
    earlier = (deliveries.c.state == State.WAITING.value) & (
        deliveries.c.next_at_ms < parked.until_ms
    )
    moved = (
        sa.update(deliveries)
        .where(
            deliveries.c.connection_id == connection_id,
            IS_OPEN,
            (deliveries.c.state == State.QUEUED.value) | earlier,
            deliveries.c.priority >= int(parked.priority),
        )
        .values(
            state=State.WAITING.value,
            code=parked.code,
            message=parked.message,
            next_at_ms=parked.until_ms,
            updated_at_ms=now_ms,
        )
    )
    return db.execute(moved).rowcount


def unpark(
    db: sa.Connection, connection_id: int, *, now_ms: int, mapping_id: int | None = None
) -> int:
    """Let what waits for the next day of the budget try at once; says how many.

    For whoever has given the budget more, or a Mapping another priority.
    """
    of_it = sa.true() if mapping_id is None else deliveries.c.mapping_id == mapping_id
    parked = (
        sa.update(deliveries)
        .where(
            deliveries.c.connection_id == connection_id,
            IS_OPEN,
            deliveries.c.state == State.WAITING.value,
            deliveries.c.code.in_(CODES),
            of_it,
        )
        .values(next_at_ms=now_ms, updated_at_ms=now_ms)
    )
    return db.execute(parked).rowcount


def mark_sending(db: sa.Connection, delivery_ids: Sequence[int], *, now_ms: int) -> int:
    """Say that a try begins; says for how many, since a person may have dropped some."""
    return sum(
        run(db, f"{_BEGIN}{_marks(ids)}", State.SENDING.value, now_ms, *ids).rowcount
        for ids in chunks(delivery_ids)
    )


def reset_sending(db: sa.Connection, connection_id: int, *, now_ms: int) -> int:
    """After a crash: queue again what nobody sends any more; says how many. Intents stay."""
    stale = (
        sa.update(deliveries)
        .where(
            deliveries.c.connection_id == connection_id,
            IS_OPEN,
            deliveries.c.state == State.SENDING.value,
        )
        .values(state=State.QUEUED.value, updated_at_ms=now_ms)
    )
    return db.execute(stale).rowcount


def release_held(db: sa.Connection, connection_id: int, *, code: str, now_ms: int) -> int:
    """Queue again what was held for a reason that is gone; says how many."""
    held = (
        sa.update(deliveries)
        .where(
            deliveries.c.connection_id == connection_id,
            IS_STUCK,
            deliveries.c.state == State.HELD.value,
            deliveries.c.code == code,
        )
        .values(
            state=State.QUEUED.value, code="", message="", next_at_ms=None, updated_at_ms=now_ms
        )
    )
    return db.execute(held).rowcount


def count_by_state(db: sa.Connection, connection_id: int | None = None) -> dict[State, int]:
    """How many Deliveries stand in each state; every state is a key."""
    mine = () if connection_id is None else (deliveries.c.connection_id == connection_id,)
    # Each part has an index of its own, which for those that have ended is all that is read.
    parts = (
        sa.select(deliveries.c.state, sa.func.count())
        .where(part, *mine)
        .group_by(deliveries.c.connection_id, deliveries.c.state)
        for part in (IS_OPEN, IS_STUCK, IS_ENDED)
    )
    counting = sa.union_all(*parts)
    counted = dict.fromkeys(State, 0)
    for state, count in db.execute(counting):
        counted[State(state)] += count
    return counted

"""Deliveries as people see them: listed, looked into, sent again, dropped, held."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from dealwright.core.delivery import FOLLOWS, STUCK, State
from dealwright.core.errors import NotFound
from dealwright.core.priority import Priority
from dealwright.core.record import RecordId
from dealwright.store.statements import chunks
from dealwright.store.tables import IS_OPEN, IS_STUCK, deliveries, intents

#: So long the record of a Create whose answer was lost may not be found by those who come later.
UNSURE_MS = 120_000

_Condition = sa.ColumnElement[bool] | sa.TextClause


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One Event × one Mapping, and what became of it. `trace` is JSON of `core.delivery.Trace`."""

    id: int
    connection_id: int
    mapping_id: int
    mapping_version: int
    source_id: int
    event_seq: int
    lanes: str
    state: State
    code: str
    message: str
    attempts: int
    next_at_ms: int | None
    created_at_ms: int
    updated_at_ms: int
    record_kind: str | None
    record_id: RecordId | None
    tokens: int
    written_by: int | None
    trace: bytes | None
    priority: Priority = Priority.NORMAL
    meeting_id: int | None = None
    card_act_id: int | None = None
    correction_id: int | None = None
    replay_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryFilter:
    """Which Deliveries; whatever is not given does not narrow."""

    connection_id: int | None = None
    mapping_id: int | None = None
    states: tuple[State, ...] = ()
    code: str | None = None
    event_seq: int | None = None
    meeting_id: int | None = None
    correction_id: int | None = None


def find_deliveries(
    db: sa.Connection,
    where: DeliveryFilter,
    *,
    limit: int,
    before: int | None = None,
    above: int = 0,
) -> list[Delivery]:
    """Deliveries, newest first; `before` is the last id of the page before.

    With `above` only those with a larger id are looked through.
    """
    chosen = sa.select(deliveries).where(*_conditions(where))
    if above:
        chosen = chosen.where(deliveries.c.id > above)
    if before is not None:
        chosen = chosen.where(deliveries.c.id < before)
    rows = db.execute(chosen.order_by(deliveries.c.id.desc()).limit(limit))
    return [_delivery(row) for row in rows]


def delivery(db: sa.Connection, delivery_id: int) -> Delivery:
    """One Delivery; raises NotFound."""
    row = db.execute(sa.select(deliveries).where(deliveries.c.id == delivery_id)).one_or_none()
    if row is None:
        raise NotFound(f"There is no delivery {delivery_id}. `dealwright deliveries` lists them.")
    return _delivery(row)


def deliveries_by_id(db: sa.Connection, ids: Sequence[int]) -> list[Delivery]:
    """Deliveries by their ids, in order; ids that there are not are left out."""
    return [
        _delivery(row)
        for some in chunks(ids)
        for row in db.execute(
            sa.select(deliveries).where(deliveries.c.id.in_(some)).order_by(deliveries.c.id)
        )
    ]


def retry_deliveries(
    db: sa.Connection,
    where: DeliveryFilter,
    *,
    ids: Sequence[int] | None = None,
    now_ms: int,
) -> int:
    """Queue failed and held Deliveries anew, with all their tries before them; says how many."""
    again = {
        "state": State.QUEUED.value,
        "code": "",
        "message": "",
        "attempts": 0,
        "next_at_ms": None,
        "updated_at_ms": now_ms,
    }
    may = _may_become(State.QUEUED)
    conditions = [*_conditions(where), IS_STUCK, may]
    if ids is None:
        return db.execute(sa.update(deliveries).where(*conditions).values(again)).rowcount
    return _update_some(db, ids, conditions, again)


def drop_deliveries(db: sa.Connection, ids: Sequence[int], *, message: str, now_ms: int) -> int:
    """Let Deliveries be, for good; says how many.

    Those being sent or ended stay, and those of which it is not known yet what they have made: only
    they look for it, and who came after them would make it again.
    """
    conditions = [_may_become(State.DROPPED), ~_unsure(now_ms - UNSURE_MS)]
    return _update_some(db, ids, conditions, _dropped(message, now_ms))


def drop_of_mapping(
    db: sa.Connection, connection_id: int, *, mapping_id: int, message: str, now_ms: int
) -> int:
    """Let all be that is still to be done by a Mapping, as `drop_deliveries`; says how many."""
    may = [_may_become(State.DROPPED), ~_unsure(now_ms - UNSURE_MS)]
    mine = [deliveries.c.connection_id == connection_id, deliveries.c.mapping_id == mapping_id]
    dropped = _dropped(message, now_ms)
    # One statement each: both have an index of their own.
    return sum(
        db.execute(sa.update(deliveries).where(*mine, part, *may).values(dropped)).rowcount
        for part in (IS_OPEN, IS_STUCK)
    )


def hold_open(
    db: sa.Connection, connection_id: int, *, code: str, message: str, now_ms: int
) -> int:
    """Hold all that is still to be done for a Connection which may not; says how many."""
    held = (
        sa.update(deliveries)
        .where(deliveries.c.connection_id == connection_id, IS_OPEN)
        .values(
            state=State.HELD.value,
            code=code,
            message=message,
            next_at_ms=None,
            updated_at_ms=now_ms,
        )
    )
    return db.execute(held).rowcount


def _dropped(message: str, now_ms: int) -> dict[str, Any]:
    return {
        "state": State.DROPPED.value,
        "code": "dropped",
        "message": message,
        "next_at_ms": None,
        "updated_at_ms": now_ms,
    }


def _update_some(
    db: sa.Connection,
    ids: Sequence[int],
    conditions: Sequence[_Condition],
    values: dict[str, Any],
) -> int:
    return sum(
        db.execute(
            sa.update(deliveries).where(deliveries.c.id.in_(some), *conditions).values(values)
        ).rowcount
        for some in chunks(ids)
    )


def _may_become(state: State) -> sa.ColumnElement[bool]:
    """What a person may bring into a state: nothing that is being sent."""
    under_way = {State.SENDING}
    before = [
        one.value for one, after in FOLLOWS.items() if state in after and one not in under_way
    ]
    return deliveries.c.state.in_(before)


def _unsure(since_ms: int) -> sa.ColumnElement[bool]:
    return (
        sa.exists()
        .where(intents.c.delivery_id == deliveries.c.id, intents.c.settled_at_ms.is_(None))
        .where(intents.c.created_at_ms > since_ms)
    )


def _conditions(where: DeliveryFilter) -> list[_Condition]:
    wanted = {
        "connection_id": where.connection_id,
        "mapping_id": where.mapping_id,
        "code": where.code,
        "event_seq": where.event_seq,
        "meeting_id": where.meeting_id,
        "correction_id": where.correction_id,
    }
    conditions: list[_Condition] = [
        deliveries.c[name] == value for name, value in wanted.items() if value is not None
    ]
    if where.states and STUCK.issuperset(where.states):
        conditions.append(IS_STUCK)
    if where.states:
        conditions.append(deliveries.c.state.in_([state.value for state in where.states]))
    return conditions


def _delivery(row: Any) -> Delivery:
    values: dict[str, Any] = dict(row._mapping)  # noqa: SLF001 - SQLAlchemy's documented name
    values["state"] = State(values["state"])
    values["priority"] = Priority(values["priority"])
    return Delivery(**values)

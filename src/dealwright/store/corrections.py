"""Corrections: what a person has us put right, each record by a Delivery of its own."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import msgspec
import sqlalchemy as sa

from dealwright.core.correction import CorrectionKind
from dealwright.core.delivery import State
from dealwright.core.errors import NotFound
from dealwright.core.priority import Priority
from dealwright.core.record import RecordId, RecordKind
from dealwright.store.journal_tables import correction_parts, corrections
from dealwright.store.notify import notify
from dealwright.store.statements import chunks
from dealwright.store.tables import deliveries

_INSERTED = 500

#: So few records are done at once, as what somebody waits for; more of them go before the events.
WAITED_FOR = 25


class Part(NamedTuple):
    """One record of a Correction: which entries of its journal are put right.

    `lanes` as those of NewDelivery, without the empty first one.
    """

    kind: RecordKind
    record_id: RecordId
    entries: tuple[int, ...]
    lanes: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCorrection:
    """A Correction to be made; `body` is JSON that says what a person asked for."""

    connection_id: int
    kind: CorrectionKind
    summary: str
    body: bytes
    made_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """A Correction as it is stored; how far it is, its Deliveries say."""

    id: int
    connection_id: int
    kind: CorrectionKind
    summary: str
    body: bytes
    made_by: str
    made_at_ms: int


def queue_correction(
    db: sa.Connection, new: NewCorrection, parts: Sequence[Part], *, now_ms: int
) -> Correction:
    """Have a Correction done, its parts in this order where they share a lane."""
    values = {
        "connection_id": new.connection_id,
        "kind": new.kind.value,
        "summary": new.summary,
        "body": new.body,
        "made_by": new.made_by,
        "made_at_ms": now_ms,
    }
    made = sa.insert(corrections).values(values).returning(corrections.c.id)
    correction_id: int = db.execute(made).scalar_one()
    priority = Priority.CARD if len(parts) <= WAITED_FOR else Priority.HIGH
    for some in chunks(list(parts), _INSERTED):
        rows = [
            {**_delivery(new, part, correction_id, now_ms), "priority": int(priority)}
            for part in some
        ]
        inserting = sa.insert(deliveries).returning(deliveries.c.id, sort_by_parameter_order=True)
        ids = list(db.scalars(inserting, rows))
        told = [
            {
                "delivery_id": delivery_id,
                "correction_id": correction_id,
                "kind": part.kind.value,
                "record_id": part.record_id,
                "entries": msgspec.json.encode(part.entries),
            }
            for delivery_id, part in zip(ids, some, strict=True)
        ]
        db.execute(sa.insert(correction_parts), told)
    notify(db, new.connection_id)
    return correction(db, correction_id)


def correction(
    db: sa.Connection, correction_id: int, *, kind: CorrectionKind | None = None
) -> Correction:
    """One Correction, of a kind where one is given; raises NotFound."""
    chosen = sa.select(corrections).where(corrections.c.id == correction_id)
    if kind is not None:
        chosen = chosen.where(corrections.c.kind == kind.value)
    row = db.execute(chosen).one_or_none()
    if row is None:
        listing = "duplicates merges" if kind is CorrectionKind.MERGE else "undo list"
        raise NotFound(
            f"There is no {kind or 'correction'} {correction_id}: `dealwright {listing}` has them.",
            code="no_correction",
        )
    return _correction(row)


def list_corrections(
    db: sa.Connection, *, kind: CorrectionKind, limit: int = 100, before: int | None = None
) -> list[Correction]:
    """Corrections of a kind, newest first; `before` is the last id of the page before."""
    chosen = sa.select(corrections).where(corrections.c.kind == kind.value)
    if before is not None:
        chosen = chosen.where(corrections.c.id < before)
    return [_correction(row) for row in db.execute(chosen.order_by(-corrections.c.id).limit(limit))]


def part_of(db: sa.Connection, delivery_id: int) -> tuple[Correction, Part]:
    """What a Delivery of a Correction is to put right; raises NotFound."""
    chosen = sa.select(correction_parts).where(correction_parts.c.delivery_id == delivery_id)
    row = db.execute(chosen).one_or_none()
    if row is None:
        raise NotFound("What was to be put right is no longer known.", code="no_correction")
    entries = msgspec.json.decode(row.entries, type=tuple[int, ...])
    return correction(db, row.correction_id), Part(RecordKind(row.kind), row.record_id, entries)


def correction_states(db: sa.Connection, correction_id: int) -> dict[State, int]:
    """How many of its Deliveries are in each state."""
    counting = (
        sa.select(deliveries.c.state, sa.func.count())
        .where(deliveries.c.correction_id == correction_id)
        .group_by(deliveries.c.state)
    )
    return {State(state): count for state, count in db.execute(counting)}


def _delivery(
    new: NewCorrection, part: Part, correction_id: int, now_ms: int
) -> dict[str, int | str | None]:
    # The empty lane first: it is one Plan with nothing else.
    return {
        "connection_id": new.connection_id,
        "mapping_id": 0,
        "mapping_version": 0,
        "source_id": 0,
        "event_seq": 0,
        "lanes": f"\n{part.lanes}",
        "state": State.QUEUED.value,
        "code": "",
        "message": "",
        "created_at_ms": now_ms,
        "updated_at_ms": now_ms,
        "record_kind": part.kind.value,
        "record_id": part.record_id,
        "correction_id": correction_id,
    }


def _correction(row: Any) -> Correction:
    values: dict[str, Any] = dict(row._mapping)  # noqa: SLF001 - SQLAlchemy's documented name
    values["kind"] = CorrectionKind(values["kind"])
    return Correction(**values)

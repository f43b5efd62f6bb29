"""Deliveries of somebody: what was tried for them, with Attempts, intents and the journal of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa

from dealwright.core.delivery import State
from dealwright.core.event import TOMBSTONE
from dealwright.core.privacy import Sought
from dealwright.store.card_tables import card_acts
from dealwright.store.journal_tables import journal
from dealwright.store.keeping_tables import meeting_holds
from dealwright.store.privacy_scan import WINDOW, Hit, Key, Look, Row, names, without
from dealwright.store.statements import chunks
from dealwright.store.tables import attempts, deliveries, events, intents

#: Of a Delivery that was still to be done when its Event was erased.
ERASED_CODE: Final = "event_erased"
_MESSAGE: Final = "The event was erased: somebody asked to be forgotten."

#: What is not done yet, and may be let be; what is being sent ends by itself.
_TO_DO: Final = frozenset({State.QUEUED, State.WAITING, State.HELD, State.FAILED})

_COLUMNS: Final = (
    deliveries.c.id,
    deliveries.c.connection_id,
    deliveries.c.source_id,
    deliveries.c.event_seq,
    deliveries.c.lanes,
    deliveries.c.state,
    deliveries.c.code,
    deliveries.c.message,
    deliveries.c.created_at_ms,
    deliveries.c.updated_at_ms,
    deliveries.c.record_kind,
    deliveries.c.record_id,
    deliveries.c.trace,
    deliveries.c.meeting_id,
    deliveries.c.card_act_id,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class OfDeliveries:
    """Deliveries of events of theirs, those that wrote to them, and those that name them."""

    name: str = "deliveries"

    @property
    def tables(self) -> tuple[sa.Table, ...]:
        """What goes with a Delivery is cleared with it."""
        return (deliveries, attempts, intents, journal)

    def look(self, db: sa.Connection, sought: Sought, after: Key) -> Look:
        """Look through the next window; those of Meetings under a hold stay."""
        chosen = sa.select(*_COLUMNS).where(deliveries.c.id > (after[0] if after else 0))
        rows = [
            dict(row)
            for row in db.execute(chosen.order_by(deliveries.c.id).limit(WINDOW)).mappings()
        ]
        gone = _erased(db, rows)
        pressed = _pressed(db, rows, sought)
        holds = _held(db, rows)
        hits: list[Hit] = []
        held = 0
        for row in rows:
            theirs = not _is_clear(row) and (
                row["event_seq"] in sought.events
                or row["event_seq"] in gone
                or row["card_act_id"] in pressed
                or sought.is_person(row["connection_id"], row["record_kind"], row["record_id"])
            )
            if not theirs and not any(
                names(sought, row[key]) for key in ("lanes", "message", "trace")
            ):
                continue
            if row["meeting_id"] in holds:
                held += 1
            else:
                hits.append(Hit((row["id"],), theirs, row))
        return Look(hits, (rows[-1]["id"],) if len(rows) == WINDOW else None, held)

    def erase(self, db: sa.Connection, sought: Sought, hits: Sequence[Hit], now_ms: int) -> int:
        """Let be what is to be done, and forget how the rest was."""
        for hit in hits:
            values = _theirs(hit.row, now_ms) if hit.is_theirs else _others(hit.row, sought)
            mine = deliveries.c.id == hit.row["id"]
            # It may have begun meanwhile; then it is found again at the end.
            same = deliveries.c.state == hit.row["state"]
            db.execute(sa.update(deliveries).where(mine, same).values(values))
        ids = [hit.row["id"] for hit in hits if hit.is_theirs]
        for some in chunks(ids):
            for table in (attempts, intents, journal):
                db.execute(sa.delete(table).where(table.c.delivery_id.in_(some)))
        return len(hits)


def _theirs(row: Row, now_ms: int) -> dict[str, Any]:
    bare = {"lanes": "", "trace": None, "message": "", "record_kind": None, "record_id": None}
    if row["state"] not in _TO_DO:
        return bare
    return {
        **bare,
        "state": State.DROPPED.value,
        "code": ERASED_CODE,
        "message": _MESSAGE,
        "next_at_ms": None,
        "updated_at_ms": now_ms,
    }


def _others(row: Row, sought: Sought) -> dict[str, Any]:
    # The first line orders it and the others keep it apart: only what names them goes.
    first, *rest = row["lanes"].split("\n")
    kept = [line for line in rest if not sought.is_in(line)]
    return {
        "lanes": "\n".join(["" if sought.is_in(first) else first, *kept]),
        "message": sought.without(row["message"]),
        "trace": without(row["trace"], sought),
    }


def _is_clear(row: Row) -> bool:
    return not row["lanes"] and row["trace"] is None and row["record_id"] is None


def _erased(db: sa.Connection, rows: Sequence[Row]) -> set[int]:
    """Those of the rows' Events that were erased: also before a crash."""
    found: set[int] = set()
    for some in chunks([row["event_seq"] for row in rows]):
        chosen = sa.select(events.c.seq).where(
            events.c.seq.in_(some), events.c.payload == TOMBSTONE
        )
        found |= set(db.scalars(chosen))
    return found


def _pressed(db: sa.Connection, rows: Sequence[Row], sought: Sought) -> set[int | None]:
    """Buttons that are about them, of the rows that are still to be done."""
    ids = [row["card_act_id"] for row in rows if row["state"] in _TO_DO]
    wanted = [one for one in ids if one is not None]
    if not wanted:
        return set()
    chosen = sa.select(card_acts.c.id, card_acts.c.body).where(card_acts.c.id.in_(wanted))
    return {row.id for row in db.execute(chosen) if names(sought, row.body)}


def _held(db: sa.Connection, rows: Sequence[Row]) -> set[int | None]:
    ids = [row["meeting_id"] for row in rows if row["meeting_id"] is not None]
    if not ids:
        return set()
    chosen = sa.select(meeting_holds.c.meeting_id).where(meeting_holds.c.meeting_id.in_(ids))
    return set(db.scalars(chosen))

"""What only a hub knows of a person: the meetings and the product events of late."""

from typing import Final

import msgspec
import sqlalchemy as sa

from dealwright.cards.known import EventLine, MeetingLine
from dealwright.core.clock import from_ms
from dealwright.core.record import RecordKind
from dealwright.store.events import events_by_seq
from dealwright.store.meeting_tables import meeting_writes, meetings
from dealwright.store.tables import deliveries

#: So many of each are shown.
MOST: Final = 5

#: Events are looked for among the newest Deliveries: no index has them by person, for each Event
#: would pay for it.
LATE: Final = 5_000


class _Named(msgspec.Struct):
    event: str | None = None
    type: str = ""
    name: str | None = None


_read = msgspec.json.Decoder(_Named).decode


def recent_meetings(
    db: sa.Connection, connection_id: int, person_id: int, *, base_url: str
) -> tuple[MeetingLine, ...]:
    """Meetings that were written down on a person, the last one first."""
    mine = (
        sa.select(meeting_writes.c.meeting_id)
        .where(meeting_writes.c.person_id == person_id)
        .distinct()
    )
    chosen = (
        sa.select(
            meetings.c.public_id, meetings.c.title, meetings.c.started_at_ms, meetings.c.state
        )
        .where(
            meetings.c.id.in_(mine),
            meetings.c.connection_id == connection_id,
            meetings.c.started_at_ms.is_not(None),
            meetings.c.deleted_at_ms.is_(None),
        )
        .order_by(meetings.c.started_at_ms.desc())
        .limit(MOST)
    )
    return tuple(
        MeetingLine(
            title=row.title,
            at=from_ms(row.started_at_ms),
            url=f"{base_url}/meetings/{row.public_id}",
            state=row.state,
        )
        for row in db.execute(chosen)
    )


def recent_events(db: sa.Connection, connection_id: int, person_id: int) -> tuple[EventLine, ...]:
    """Events of late that changed a person, or found nothing to change; the last one first."""
    newest = db.scalar(sa.select(sa.func.max(deliveries.c.id))) or 0
    chosen = (
        sa.select(deliveries.c.event_seq)
        .where(
            deliveries.c.id > newest - LATE,
            deliveries.c.connection_id == connection_id,
            deliveries.c.record_kind == RecordKind.PERSON.value,
            deliveries.c.record_id == person_id,
            deliveries.c.meeting_id.is_(None),
        )
        .order_by(deliveries.c.id.desc())
        .limit(4 * MOST)
    )
    seqs = list(dict.fromkeys(db.scalars(chosen)))[:MOST]
    found = events_by_seq(db, seqs)
    lines = ((found[seq].payload, found[seq].received_at_ms) for seq in seqs if seq in found)
    return tuple(EventLine(name=_name(payload), at=from_ms(at_ms)) for payload, at_ms in lines)


def _name(payload: bytes) -> str:
    try:
        told = _read(payload)
    except msgspec.MsgspecError:
        return "event"
    return told.event or told.name or told.type or "event"

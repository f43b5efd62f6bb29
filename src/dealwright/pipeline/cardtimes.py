"""What only a hub knows of a record: the meetings and the product events of late."""

from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

import msgspec
import sqlalchemy as sa

from dealwright.cards.known import EventLine, MeetingLine
from dealwright.core.clock import from_ms
from dealwright.core.record import RecordKind
from dealwright.store.events import events_by_seq, newest_of_source
from dealwright.store.meeting_tables import meeting_writes, meetings
from dealwright.store.tables import deliveries

#: So many of each are shown.
MOST: Final = 5

#: Events are looked for among the newest Deliveries: no index has them by person, for each Event
#: would pay for it.
LATE: Final = 5_000

#: Events that no Mapping asks for are looked for among so many of the newest of the log.
LATE_EVENTS: Final = 1_000

#: Calls that have no name of their own, as people say them.
_CALLS: Final = {"identify": "Profile updated", "group": "Company updated", "page": "Page viewed"}


class _Named(msgspec.Struct):
    event: str | None = None
    type: str = ""
    name: str | None = None
    userId: str | int | None = None  # noqa: N815 - as it is in the Segment spec


_read = msgspec.json.Decoder(_Named).decode


class _Told(NamedTuple):
    """An Event of somebody: where it stands in the log, when it came, and what it says."""

    seq: int
    at_ms: int
    said: _Named


def recent_meetings(
    db: sa.Connection, connection_id: int, kind: RecordKind, record_id: int, *, base_url: str
) -> tuple[MeetingLine, ...]:
    """Meetings that were written down on a person or a deal, the last one first."""
    of = meeting_writes.c.deal_id if kind is RecordKind.DEAL else meeting_writes.c.person_id
    mine = sa.select(meeting_writes.c.meeting_id).where(of == record_id).distinct()
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
            url=f"{base_url}/s/{row.public_id}",
            state=row.state,
        )
        for row in db.execute(chosen)
    )


def recent_events(
    db: sa.Connection, connection_id: int, kind: RecordKind, record_id: int
) -> tuple[EventLine, ...]:
    """Events of late about a record, the last one first.

    Those that changed it, or found nothing to change; and of a person also those of the same user
    that no Mapping asks for.
    """
    told, users = _delivered(db, connection_id, kind, record_id)
    if kind is RecordKind.PERSON:
        told |= _beside(db, users)
    newest = sorted(told.values(), reverse=True, key=lambda one: one.seq)[:MOST]
    return tuple(EventLine(name=_name(one.said), at=from_ms(one.at_ms)) for one in newest)


def _delivered(
    db: sa.Connection, connection_id: int, kind: RecordKind, record_id: int
) -> tuple[dict[int, _Told], set[tuple[int, str | int]]]:
    """Events that were delivered to a record, and who the Sources say it is."""
    newest = db.scalar(sa.select(sa.func.max(deliveries.c.id))) or 0
    chosen = (
        sa.select(deliveries.c.event_seq)
        .where(
            deliveries.c.id > newest - LATE,
            deliveries.c.connection_id == connection_id,
            deliveries.c.record_kind == kind.value,
            deliveries.c.record_id == record_id,
            deliveries.c.meeting_id.is_(None),
        )
        .order_by(deliveries.c.id.desc())
        .limit(4 * MOST)
    )
    seqs = list(dict.fromkeys(db.scalars(chosen)))[:MOST]
    told: dict[int, _Told] = {}
    users: set[tuple[int, str | int]] = set()
    for event in events_by_seq(db, seqs).values():
        said = _said(event.payload)
        told[event.seq] = _Told(event.seq, event.received_at_ms, said)
        if said.userId:
            users.add((event.source_id, said.userId))
    return told, users


def _beside(db: sa.Connection, users: Iterable[tuple[int, str | int]]) -> Mapping[int, _Told]:
    """Events of these users among the newest of the log, whether a Mapping asks for them or not."""
    told: dict[int, _Told] = {}
    for source_id, user in users:
        written = msgspec.json.encode(user)
        for seq, at_ms, payload in newest_of_source(db, source_id, limit=LATE_EVENTS):
            # Few of many are somebody's: only those are read.
            if written in payload and (said := _said(payload)).userId == user:
                told[seq] = _Told(seq, at_ms, said)
    return told


def _said(payload: bytes) -> _Named:
    try:
        return _read(payload)
    except msgspec.MsgspecError:
        return _Named()


def _name(said: _Named) -> str:
    return said.event or said.name or _CALLS.get(said.type, said.type) or "Event"

"""What explanations ask of the store and nobody else does."""

from typing import NamedTuple

import sqlalchemy as sa

from dealwright.core.record import RecordId, RecordKind
from dealwright.store.card_tables import card_acts
from dealwright.store.delivery_list import Delivery, deliveries_by_id
from dealwright.store.events import StoredEvent, StoredReject
from dealwright.store.meeting_tables import meeting_writes, meetings
from dealwright.store.moments import first_since
from dealwright.store.seen import met_at_ms
from dealwright.store.tables import deliveries, events, journal, mapping_versions, rejects

#: So far back Deliveries and events are looked through where no index leads to them.
WINDOW = 20_000
EVENTS_WINDOW = 200_000
FOLLOWING = 5_000


class AboutPerson(NamedTuple):
    """A note or an activity of a meeting."""

    kind: str
    record_id: RecordId | None
    meeting: str
    written_at_ms: int


def followers_of(db: sa.Connection, delivery_id: int, *, connection_id: int) -> list[Delivery]:
    """The Deliveries that were written together with one; their ids follow, and are near."""
    chosen = sa.select(deliveries.c.id).where(
        deliveries.c.id > delivery_id,
        deliveries.c.id < delivery_id + FOLLOWING,
        deliveries.c.connection_id == connection_id,
        deliveries.c.written_by == delivery_id,
    )
    return deliveries_by_id(db, list(db.scalars(chosen)))


def latest_of_record(
    db: sa.Connection, connection_id: int, kind: RecordKind, *, record_id: RecordId, limit: int
) -> list[Delivery]:
    """The last Deliveries that ended at a record, newest first, of the newest that there are."""
    newest = db.scalar(sa.select(sa.func.max(deliveries.c.id))) or 0
    chosen = (
        sa.select(deliveries.c.id)
        .where(
            deliveries.c.id > newest - WINDOW,
            deliveries.c.connection_id == connection_id,
            deliveries.c.record_kind == kind.value,
            deliveries.c.record_id == record_id,
        )
        .order_by(deliveries.c.id.desc())
        .limit(limit)
    )
    return deliveries_by_id(db, list(db.scalars(chosen)))[::-1]


def meeting_id_of(db: sa.Connection, number: int) -> str:
    """The id of a meeting's page by its number; "" for none."""
    found = db.scalar(sa.select(meetings.c.public_id).where(meetings.c.id == number))
    return found or ""


def card_op(db: sa.Connection, act_id: int) -> tuple[str, str]:
    """What a button of a card does, and who pressed it."""
    chosen = sa.select(card_acts.c.op, card_acts.c.user_name).where(card_acts.c.id == act_id)
    row = db.execute(chosen).one_or_none()
    return ("", "somebody") if row is None else (row.op, row.user_name or "somebody")


def meetings_about(db: sa.Connection, connection_id: int, person_id: int) -> list[AboutPerson]:
    """What meetings wrote about a person, oldest first."""
    chosen = (
        sa.select(
            meeting_writes.c.kind,
            meeting_writes.c.record_id,
            meetings.c.public_id,
            meeting_writes.c.written_at_ms,
        )
        .join_from(meeting_writes, meetings, meetings.c.id == meeting_writes.c.meeting_id)
        .where(meeting_writes.c.person_id == person_id, meetings.c.connection_id == connection_id)
        .order_by(meeting_writes.c.id)
    )
    return [AboutPerson._make(row) for row in db.execute(chosen)]


def journal_since(db: sa.Connection, connection_id: int) -> int | None:
    """When the oldest entry of a Connection's journal was made; None while there is none."""
    first = (
        sa.select(journal.c.at_ms)
        .where(journal.c.connection_id == connection_id)
        .order_by(journal.c.id)
        .limit(1)
    )
    return db.scalar(first)


def events_called(db: sa.Connection, message_id: str) -> list[StoredEvent]:
    """Events with a messageId, oldest first: among the newest, or where they were first routed.

    The log has no index of it (that would double the cost of intake). What Connections have met is
    remembered for a week with its moment, and leads to the part of the log before that.
    """
    found = events_with(db, message_id)
    met_ms = None if found else met_at_ms(db, message_id)
    if met_ms is None:
        return found
    return events_with(db, message_id, until=first_since(db, met_ms + 1000))


def events_with(
    db: sa.Connection, message_id: str, *, source_id: int | None = None, until: int | None = None
) -> list[StoredEvent]:
    """Events with a messageId among the newest (before a number), oldest first."""
    newest = sa.select(sa.func.max(events.c.seq))
    if until is not None:
        newest = newest.where(events.c.seq < until)
    end = (db.scalar(newest) or 0) + 1
    chosen = sa.select(events).where(
        events.c.seq > end - EVENTS_WINDOW, events.c.seq < end, events.c.message_id == message_id
    )
    if source_id is not None:
        chosen = chosen.where(events.c.source_id == source_id)
    return [StoredEvent._make(row) for row in db.execute(chosen.order_by(events.c.seq).limit(20))]


def rejects_with(db: sa.Connection, text: str) -> list[StoredReject]:
    """Rejects that have a text in them, newest first, of the newest."""
    newest = db.execute(sa.select(rejects).order_by(rejects.c.id.desc()).limit(WINDOW))
    wanted = text.encode()
    return [StoredReject._make(row) for row in newest if wanted in row.payload][:20]


def version_made_at_ms(db: sa.Connection, mapping_id: int, version: int) -> int:
    """When a version of a Mapping was made; 0 where there is none."""
    where = (mapping_versions.c.mapping_id == mapping_id, mapping_versions.c.version == version)
    return db.scalar(sa.select(mapping_versions.c.created_at_ms).where(*where)) or 0

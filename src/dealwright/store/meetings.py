"""Meetings: as they are known, what came of them, their deals, and what was written."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import msgspec
import sqlalchemy as sa

from dealwright.core.errors import NotFound
from dealwright.core.record import RecordId
from dealwright.meetings.meeting import Meeting
from dealwright.meetings.merging import uid_key
from dealwright.meetings.settings import MeetingSettings
from dealwright.store.meeting_tables import (
    meeting_links,
    meeting_reports,
    meeting_sources,
    meeting_writes,
    meetings,
)
from dealwright.store.statements import upsert

_read_meeting = msgspec.json.Decoder(Meeting).decode
_read_settings = msgspec.json.Decoder(MeetingSettings).decode


class Merge(msgspec.Struct, frozen=True, kw_only=True):
    """That several Sources told of a Meeting: why they mean one, the key that was kept, the rest.

    `why` is `ical_uid`, `platform_meeting` or `organiser_title_start`.
    """

    why: str
    kept: str
    merged: tuple[str, ...]


_read_merge = msgspec.json.Decoder(Merge).decode


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredMeeting:
    """A Meeting of the store.

    `body` is what its Sources told, with the summary in use. `settings` are its first Source's.
    `state` is what people read (`synced`, `needs_review:no_person`, …). `result` is JSON of what
    the last try at its Delivery found, made of `result_revision`.
    """

    id: int
    public_id: str
    source_id: int
    connection_id: int | None
    key: str
    revision: int
    body: Meeting
    settings: MeetingSettings
    state: str
    merge: Merge | None
    next_at_ms: int | None
    created_at_ms: int
    updated_at_ms: int
    result_revision: int | None
    result: bytes | None
    deleted_at_ms: int | None


class MeetingWrite(NamedTuple):
    """A note or an activity of ours: of whom (`person_id` 0: nobody's), where, and what it says.

    `content_hash` is of what was sent, `kept_hash` of what Pipedrive made of it; `state` is
    `written`, `edited`, `gone`, `superseded`, or `refused`: Pipedrive did not take it, and it is
    tried again only when somebody asks.
    """

    kind: str
    person_id: int
    deal_id: int | None
    record_id: RecordId | None
    content_hash: str
    kept_hash: str
    state: str
    written_at_ms: int


class LinkedDeal(NamedTuple):
    """The deal that a Meeting is linked to, and who said so: `user`, `invite_url`, `source`."""

    deal_id: int
    origin: str


#: Meetings with the settings of their Source, as `stored_meeting` reads them.
JOINED = sa.select(meetings, meeting_sources.c.settings).join_from(
    meetings,
    meeting_sources,
    meetings.c.source_id == meeting_sources.c.source_id,
    isouter=True,
)


def meeting(db: sa.Connection, meeting_id: int) -> StoredMeeting:
    """One Meeting; raises NotFound."""
    row = db.execute(JOINED.where(meetings.c.id == meeting_id)).one_or_none()
    if row is None:
        raise _not_there(str(meeting_id))
    return stored_meeting(row)


def meeting_by_public_id(db: sa.Connection, public_id: str) -> StoredMeeting:
    """The Meeting of a page, also under an id of a report that was merged into it; NotFound."""
    reported = sa.select(meeting_reports.c.meeting_id).where(
        meeting_reports.c.public_id == public_id
    )
    mine = (meetings.c.public_id == public_id) | meetings.c.id.in_(reported)
    row = db.execute(JOINED.where(mine)).first()
    if row is None:
        raise _not_there(public_id)
    return stored_meeting(row)


def stored_meeting(row: Any) -> StoredMeeting:
    """A row of `meetings` with its Source's `settings`."""
    settings = row.settings
    return StoredMeeting(
        id=row.id,
        public_id=row.public_id,
        source_id=row.source_id,
        connection_id=row.connection_id,
        key=row.key,
        revision=row.revision,
        body=_read_meeting(row.body),
        settings=_read_settings(settings) if settings else MeetingSettings(),
        state=row.state,
        merge=_read_merge(row.merge) if row.merge else None,
        next_at_ms=row.next_at_ms,
        created_at_ms=row.created_at_ms,
        updated_at_ms=row.updated_at_ms,
        result_revision=row.result_revision,
        result=row.result,
        deleted_at_ms=row.deleted_at_ms,
    )


def put_result(
    db: sa.Connection,
    meeting_id: int,
    *,
    revision: int,
    result: bytes,
    state: str,
    now_ms: int,
) -> None:
    """Keep what a try at a Meeting's Delivery found.

    `state` becomes the Meeting's, unless a newer revision has come meanwhile, which has its own.
    """
    values = {"result": result, "result_revision": revision, "updated_at_ms": now_ms}
    mine = meetings.c.id == meeting_id
    db.execute(sa.update(meetings).where(mine).values(values))
    current = mine & (meetings.c.revision == revision)
    db.execute(sa.update(meetings).where(current).values(state=state))


# -- deals


def linked_deal(
    db: sa.Connection, connection_id: int, *, meeting_id: int, ical_uid: str = ""
) -> LinkedDeal | None:
    """The deal that a Meeting is linked to here; the Meeting's own link goes before its invite's.

    What the sender told (`Meeting.crm`) is not looked at.
    """
    subjects = [_of_meeting(meeting_id)] + ([_of_invite(ical_uid)] if ical_uid else [])
    chosen = sa.select(
        meeting_links.c.subject, meeting_links.c.deal_id, meeting_links.c.origin
    ).where(meeting_links.c.connection_id == connection_id, meeting_links.c.subject.in_(subjects))
    found = {row.subject: LinkedDeal(row.deal_id, row.origin) for row in db.execute(chosen)}
    return next((found[subject] for subject in subjects if subject in found), None)


def link_deal(
    db: sa.Connection,
    connection_id: int,
    *,
    of: int | str,
    deal: LinkedDeal,
    now_ms: int,
) -> None:
    """Link a Meeting (`of` its id) or an invite (`of` its calendar UID) to a deal."""
    subject = _of_meeting(of) if isinstance(of, int) else _of_invite(of)
    values = {"deal_id": deal.deal_id, "origin": deal.origin, "created_at_ms": now_ms}
    row = upsert(db, meeting_links).values(connection_id=connection_id, subject=subject, **values)
    db.execute(row.on_conflict_do_update(index_elements=["connection_id", "subject"], set_=values))


def unlink_deal(db: sa.Connection, connection_id: int, *, of: int | str) -> None:
    """Take a link away."""
    subject = _of_meeting(of) if isinstance(of, int) else _of_invite(of)
    mine = meeting_links.c.connection_id == connection_id
    db.execute(sa.delete(meeting_links).where(mine, meeting_links.c.subject == subject))


def _of_meeting(meeting_id: int) -> str:
    return f"meeting:{meeting_id}"


def _of_invite(ical_uid: str) -> str:
    return f"uid:{uid_key(ical_uid)}"


# -- what was written


def writes_of(db: sa.Connection, meeting_id: int) -> list[MeetingWrite]:
    """What we wrote about a Meeting, notes and activities, oldest first."""
    mine = sa.select(
        meeting_writes.c.kind,
        meeting_writes.c.person_id,
        meeting_writes.c.deal_id,
        meeting_writes.c.record_id,
        meeting_writes.c.content_hash,
        meeting_writes.c.kept_hash,
        meeting_writes.c.state,
        meeting_writes.c.written_at_ms,
    ).where(meeting_writes.c.meeting_id == meeting_id)
    return [MeetingWrite._make(row) for row in db.execute(mine.order_by(meeting_writes.c.id))]


def put_write(db: sa.Connection, meeting_id: int, *, write: MeetingWrite) -> None:
    """Keep what was written of a kind for a person, in place of what stood there."""
    values = write._asdict()
    row = upsert(db, meeting_writes).values(meeting_id=meeting_id, **values)
    key = ["meeting_id", "kind", "person_id"]
    kept = {name: value for name, value in values.items() if name not in key}
    db.execute(row.on_conflict_do_update(index_elements=key, set_=kept))


def forget_refusal(db: sa.Connection, meeting_id: int) -> None:
    """Have an activity that Pipedrive refused tried again."""
    mine = meeting_writes.c.meeting_id == meeting_id
    refused = mine & (meeting_writes.c.state == "refused")
    db.execute(sa.delete(meeting_writes).where(refused))


def put_writes(db: sa.Connection, meeting_id: int, writes: Sequence[MeetingWrite]) -> None:
    """Keep several."""
    for write in writes:
        put_write(db, meeting_id, write=write)


def _not_there(which: str) -> NotFound:
    return NotFound(f"There is no meeting {which}. `dealwright meeting list` shows them.")

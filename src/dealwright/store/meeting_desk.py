"""What the desk of meetings works with: whose turn it is, reports, Meetings made of them."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import msgspec
import sqlalchemy as sa

from dealwright.core.clock import to_ms
from dealwright.core.errors import DealwrightError
from dealwright.meetings.attendees import address_key
from dealwright.meetings.meeting import Meeting
from dealwright.meetings.merging import NEAR, places, uid_key
from dealwright.store.meeting_search import index_meeting
from dealwright.store.meeting_tables import meeting_desk, meeting_inbox, meeting_reports, meetings
from dealwright.store.meetings import JOINED, Merge, StoredMeeting, stored_meeting
from dealwright.store.statements import upsert

#: The one row that says who works.
_SEAT = 1

_NEAR_MS = int(NEAR.total_seconds() * 1000)
_read_meeting = msgspec.json.Decoder(Meeting).decode


class DeskLost(DealwrightError):
    """Another process works at the meetings now: what is in hand is dropped, nothing is lost."""

    code = "desk_lost"


class Report(NamedTuple):
    """What one Source tells of one meeting; `body` None: nothing was read of it yet."""

    id: int
    source_id: int
    key: str
    public_id: str
    meeting_id: int | None
    body: Meeting | None
    heard_at_ms: int


# -- whose turn it is


def take_desk(db: sa.Connection, *, holder: str, now_ms: int, ttl_ms: int) -> int | None:
    """Work at the meetings until `ttl_ms` from now; the fence, or None while another does."""
    free = (meeting_desk.c.expires_at_ms <= now_ms) | (meeting_desk.c.holder == holder)
    row = upsert(db, meeting_desk).values(
        id=_SEAT, holder=holder, fence=1, expires_at_ms=now_ms + ttl_ms
    )
    fence = sa.case(
        (meeting_desk.c.holder == holder, meeting_desk.c.fence), else_=meeting_desk.c.fence + 1
    )
    taken = row.on_conflict_do_update(
        index_elements=["id"],
        set_={"holder": holder, "fence": fence, "expires_at_ms": now_ms + ttl_ms},
        where=free,
    )
    return db.scalar(taken.returning(meeting_desk.c.fence))


def leave_desk(db: sa.Connection, *, holder: str) -> None:
    """Let another work at once."""
    mine = meeting_desk.c.holder == holder
    db.execute(sa.update(meeting_desk).where(mine).values(expires_at_ms=0, holder=""))


def check_desk(db: sa.Connection, *, fence: int) -> None:
    """Refuse whoever works no longer; first in every transaction of a desk. Raises DeskLost."""
    held = sa.select(meeting_desk.c.fence).where(meeting_desk.c.fence == fence)
    if db.execute(held.with_for_update()).first() is None:
        raise DeskLost("Another process works at the meetings now.")


# -- reports

_REPORT = (
    meeting_reports.c.id,
    meeting_reports.c.source_id,
    meeting_reports.c.key,
    meeting_reports.c.public_id,
    meeting_reports.c.meeting_id,
    meeting_reports.c.body,
    meeting_reports.c.heard_at_ms,
)


def report(db: sa.Connection, source_id: int, *, key: str) -> Report | None:
    """What a Source tells under a key; None where it never told anything."""
    mine = (meeting_reports.c.source_id == source_id) & (meeting_reports.c.key == key)
    row = db.execute(sa.select(*_REPORT).where(mine)).one_or_none()
    return None if row is None else _report(row)


def report_by_id(db: sa.Connection, report_id: int) -> Report:
    """What a Source tells of one meeting, by its number."""
    mine = meeting_reports.c.id == report_id
    return _report(db.execute(sa.select(*_REPORT).where(mine)).one())


def reports_of(db: sa.Connection, meeting_id: int) -> list[Report]:
    """What a Meeting is made of, in the order in which it was first told."""
    mine = sa.select(*_REPORT).where(meeting_reports.c.meeting_id == meeting_id)
    return [_report(row) for row in db.execute(mine.order_by(meeting_reports.c.id))]


def put_report(db: sa.Connection, report_id: int, *, body: Meeting, heard_at_ms: int) -> None:
    """Keep what a Source tells now, and when it was heard of it last."""
    later = sa.func.coalesce(meeting_reports.c.heard_at_ms, 0)
    heard = sa.case((later > heard_at_ms, later), else_=heard_at_ms)
    values: dict[str, Any] = {"body": msgspec.json.encode(body), "heard_at_ms": heard}
    db.execute(sa.update(meeting_reports).where(meeting_reports.c.id == report_id).values(values))


def attach(db: sa.Connection, report_id: int, *, meeting_id: int) -> None:
    """Make a Meeting of a report, or add it to one."""
    mine = meeting_reports.c.id == report_id
    db.execute(sa.update(meeting_reports).where(mine).values(meeting_id=meeting_id))


def _report(row: Any) -> Report:
    body = None if row.body is None else _read_meeting(row.body)
    return Report(*row[:5], body=body, heard_at_ms=row.heard_at_ms or 0)


# -- Meetings


class NewMeeting(NamedTuple):
    """A Meeting as it is to stand; `revision` grows where something changed for its note."""

    public_id: str
    source_id: int
    connection_id: int | None
    revision: int
    body: Meeting
    merge: Merge | None
    state: str
    next_at_ms: int | None
    title: str


def put_meeting(db: sa.Connection, new: NewMeeting, *, meeting_id: int | None, now_ms: int) -> int:
    """Keep a Meeting, in the place of what is known of it; its number."""
    values = _values(new, now_ms)
    if meeting_id is not None:
        db.execute(sa.update(meetings).where(meetings.c.id == meeting_id).values(values))
        kept = meeting_id
    else:
        made = sa.insert(meetings).values(
            public_id=new.public_id, source_id=new.source_id, created_at_ms=now_ms, **values
        )
        kept = db.execute(made.returning(meetings.c.id)).scalar_one()
    index_meeting(db, kept)
    return kept


def _values(new: NewMeeting, now_ms: int) -> dict[str, Any]:
    body = new.body
    return {
        "connection_id": new.connection_id,
        "key": body.key,
        "revision": new.revision,
        "body": msgspec.json.encode(body),
        "merge": None if new.merge is None else msgspec.json.encode(new.merge),
        "state": new.state,
        "next_at_ms": new.next_at_ms,
        "updated_at_ms": now_ms,
        "started_at_ms": None if body.started_at is None else to_ms(body.started_at),
        "title": new.title,
        "ical_uid": uid_key(body.ical_uid),
        "platform_meeting": "\n".join(sorted(places(body))),
        "organiser": _organiser(body),
        "deleted_at_ms": None,
    }


def refuse(db: sa.Connection, report: Report | None, *, row_id: int | None) -> None:
    """Keep nothing of what is told about a Meeting that was removed."""
    if report is not None:
        bare = Meeting(key=report.key, source=report.key.partition(":")[0])
        put_report(db, report.id, body=bare, heard_at_ms=report.heard_at_ms)
    if row_id is not None:
        values = {"state": "done", "outcome": "ignored:removed", "body": None, "next_at_ms": None}
        db.execute(sa.update(meeting_inbox).where(meeting_inbox.c.id == row_id).values(values))


def bury(db: sa.Connection, meeting_id: int, *, state: str, now_ms: int) -> None:
    """Say that the recorder has deleted a Meeting; what was written of it stays."""
    values = {"state": state, "deleted_at_ms": now_ms, "next_at_ms": None, "updated_at_ms": now_ms}
    db.execute(sa.update(meetings).where(meetings.c.id == meeting_id).values(values))


def alike(db: sa.Connection, meeting: Meeting, *, source_id: int) -> list[StoredMeeting]:
    """Meetings of other Sources that may be this one: near in time and in one more thing."""
    if meeting.started_at is None:
        return []
    at_ms = to_ms(meeting.started_at)
    light = sa.select(
        meetings.c.id, meetings.c.ical_uid, meetings.c.platform_meeting, meetings.c.organiser
    ).where(
        meetings.c.started_at_ms.between(at_ms - _NEAR_MS, at_ms + _NEAR_MS),
        meetings.c.source_id != source_id,
        meetings.c.deleted_at_ms.is_(None),
    )
    # Transcripts are long: only those are read that have something in common.
    ids = [row.id for row in db.execute(light) if _shares(meeting, row)]
    rows = db.execute(JOINED.where(meetings.c.id.in_(ids)).order_by(meetings.c.id)) if ids else ()
    return [stored_meeting(row) for row in rows]


def _shares(meeting: Meeting, row: Any) -> bool:
    in_calendar = bool(meeting.ical_uid) and uid_key(meeting.ical_uid) == row.ical_uid
    there = set(row.platform_meeting.split("\n")) - {""}
    organised = bool(_organiser(meeting)) and _organiser(meeting) == row.organiser
    return in_calendar or organised or not there.isdisjoint(places(meeting))


def _organiser(meeting: Meeting) -> str:
    return address_key(meeting.organiser or meeting.presenter_email) or ""


def wait_on(db: sa.Connection, meeting_id: int, *, until_ms: int) -> None:
    """Let a Meeting wait until a later moment."""
    mine = meetings.c.id == meeting_id
    db.execute(sa.update(meetings).where(mine).values(next_at_ms=until_ms))


def over(db: sa.Connection, *, now_ms: int) -> Sequence[int]:
    """Meetings whose wait for a summary is over."""
    chosen = sa.select(meetings.c.id).where(meetings.c.next_at_ms <= now_ms)
    return db.scalars(chosen.order_by(meetings.c.next_at_ms)).all()


def next_due_ms(db: sa.Connection) -> int | None:
    """When there is something to do again, as far as is known; 0 for at once."""
    reading = sa.select(sa.func.min(sa.func.coalesce(meeting_inbox.c.next_at_ms, 0))).where(
        sa.text("state = 'open'")
    )
    waiting = sa.select(sa.func.min(meetings.c.next_at_ms))
    times = (db.scalar(reading), db.scalar(waiting))
    return min((ms for ms in times if ms is not None), default=None)

"""What is kept of Meetings and what is no longer here: legal holds, removals, raw deliveries."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Any, Final, NamedTuple

import msgspec
import sqlalchemy as sa

from dealwright.meetings.meeting import Meeting
from dealwright.store.journal_tables import journal
from dealwright.store.keeping_tables import meeting_holds, meeting_removals
from dealwright.store.meeting_inbox import InboxState
from dealwright.store.meeting_tables import (
    meeting_choices,
    meeting_inbox,
    meeting_reports,
    meetings,
)
from dealwright.store.page_tables import meeting_shares, meeting_summaries
from dealwright.store.statements import upsert
from dealwright.store.tables import IS_ENDED, attempts, deliveries, intents

_read_meeting: Final = msgspec.json.Decoder(Meeting).decode


class Kind(StrEnum):
    """What can be removed of a Meeting; `person`: somebody who was there."""

    MEDIA = "media"
    TRANSCRIPT = "transcript"
    SUMMARY = "summary"
    RAW = "raw"
    MEETING = "meeting"
    PERSON = "person"


class Why(StrEnum):
    """Why something was removed."""

    POLICY = "policy"
    REQUEST = "request"


class Hold(NamedTuple):
    """A legal hold: nothing is removed while it stands."""

    reason: str
    held_by: str
    held_at_ms: int


class Removal(NamedTuple):
    """What is no longer here, since when, and by whom."""

    kind: Kind
    why: Why
    removed_by: str
    removed_at_ms: int


# -- legal holds


def hold(db: sa.Connection, meeting_id: int, *, made: Hold) -> None:
    """Let nothing of a Meeting be removed."""
    values = made._asdict()
    row = upsert(db, meeting_holds).values(meeting_id=meeting_id, **values)
    db.execute(row.on_conflict_do_update(index_elements=["meeting_id"], set_=values))


def release(db: sa.Connection, meeting_id: int) -> bool:
    """Take a hold away; False where there is none."""
    mine = meeting_holds.c.meeting_id == meeting_id
    return db.execute(sa.delete(meeting_holds).where(mine)).rowcount > 0


def hold_of(db: sa.Connection, meeting_id: int) -> Hold | None:
    """The hold of a Meeting."""
    mine = meeting_holds.c.meeting_id == meeting_id
    columns = (meeting_holds.c.reason, meeting_holds.c.held_by, meeting_holds.c.held_at_ms)
    row = db.execute(sa.select(*columns).where(mine)).one_or_none()
    return None if row is None else Hold._make(row)


# -- what was removed


def note_removal(db: sa.Connection, meeting_id: int, removal: Removal) -> None:
    """Know that something is no longer here; the last word on each kind counts."""
    values = {**removal._asdict(), "kind": removal.kind.value, "why": removal.why.value}
    row = upsert(db, meeting_removals).values(meeting_id=meeting_id, **values)
    db.execute(row.on_conflict_do_update(index_elements=["meeting_id", "kind"], set_=values))


def removals_of(db: sa.Connection, meeting_id: int) -> list[Removal]:
    """What is no longer here of a Meeting, in the order in which it went."""
    mine = meeting_removals.c.meeting_id == meeting_id
    chosen = sa.select(
        meeting_removals.c.kind,
        meeting_removals.c.why,
        meeting_removals.c.removed_by,
        meeting_removals.c.removed_at_ms,
    ).where(mine)
    rows = db.execute(chosen.order_by(meeting_removals.c.removed_at_ms, meeting_removals.c.id))
    return [Removal(Kind(row[0]), Why(row[1]), row[2], row[3]) for row in rows]


# -- bodies


class Told(NamedTuple):
    """What one Source told of a Meeting."""

    report_id: int
    source_id: int
    key: str
    body: Meeting | None


def told_of(db: sa.Connection, meeting_id: int) -> list[Told]:
    """What each Source told of a Meeting."""
    columns = (
        meeting_reports.c.id,
        meeting_reports.c.source_id,
        meeting_reports.c.key,
        meeting_reports.c.body,
    )
    mine = sa.select(*columns).where(meeting_reports.c.meeting_id == meeting_id)
    rows = db.execute(mine.order_by(meeting_reports.c.id))
    return [Told(*row[:3], None if row.body is None else _read_meeting(row.body)) for row in rows]


def put_told(db: sa.Connection, report_id: int, body: Meeting) -> None:
    """Keep less of what a Source told."""
    values = {"body": msgspec.json.encode(body)}
    db.execute(sa.update(meeting_reports).where(meeting_reports.c.id == report_id).values(values))


def put_body(db: sa.Connection, meeting_id: int, body: Meeting, **more: Any) -> None:
    """Keep less of a Meeting; its revision stays, for nothing is to be written to Pipedrive."""
    values = {"body": msgspec.json.encode(body), **more}
    db.execute(sa.update(meetings).where(meetings.c.id == meeting_id).values(values))


def drop_versions(db: sa.Connection, meeting_id: int) -> None:
    """Remove every version of a Meeting's summary."""
    db.execute(sa.delete(meeting_summaries).where(meeting_summaries.c.meeting_id == meeting_id))


class Version(NamedTuple):
    """A version of a summary, as JSON."""

    id: int
    body: bytes


def summaries_of(db: sa.Connection, meeting_id: int) -> list[Version]:
    """The versions of a Meeting's summary."""
    mine = meeting_summaries.c.meeting_id == meeting_id
    rows = db.execute(sa.select(meeting_summaries.c.id, meeting_summaries.c.body).where(mine))
    return [Version._make(row) for row in rows]


def put_summary(db: sa.Connection, version: Version) -> None:
    """Keep less of a version."""
    mine = meeting_summaries.c.id == version.id
    db.execute(sa.update(meeting_summaries).where(mine).values(body=version.body))


# -- raw deliveries


def forget_raw(db: sa.Connection, meeting_id: int) -> int:
    """Remove the raw bodies of which a Meeting was made; says how many."""
    mine = sa.exists().where(
        meeting_reports.c.meeting_id == meeting_id,
        meeting_reports.c.source_id == meeting_inbox.c.source_id,
        meeting_reports.c.key == meeting_inbox.c.meeting_key,
    )
    there = meeting_inbox.c.body.is_not(None) & (meeting_inbox.c.state != InboxState.OPEN.value)
    return db.execute(sa.update(meeting_inbox).where(mine, there).values(body=None)).rowcount


def forget_raw_of(db: sa.Connection, report_id: int) -> int:
    """Remove the raw bodies of which a report was made; says how many."""
    mine = sa.exists().where(
        meeting_reports.c.id == report_id,
        meeting_reports.c.source_id == meeting_inbox.c.source_id,
        meeting_reports.c.key == meeting_inbox.c.meeting_key,
    )
    there = meeting_inbox.c.body.is_not(None) & (meeting_inbox.c.state != InboxState.OPEN.value)
    return db.execute(sa.update(meeting_inbox).where(mine, there).values(body=None)).rowcount


def forget_old_raw(db: sa.Connection, source_id: int, *, before_ms: int, limit: int = 500) -> int:
    """Remove a Source's raw bodies that came before a moment, save what is still to be read.

    Those of Meetings under a hold stay.
    """
    held = sa.exists().where(
        meeting_reports.c.source_id == meeting_inbox.c.source_id,
        meeting_reports.c.key == meeting_inbox.c.meeting_key,
        meeting_reports.c.meeting_id == meeting_holds.c.meeting_id,
    )
    old = (
        sa.select(meeting_inbox.c.id)
        .where(
            meeting_inbox.c.source_id == source_id,
            meeting_inbox.c.received_at_ms < before_ms,
            meeting_inbox.c.body.is_not(None),
            meeting_inbox.c.state != InboxState.OPEN.value,
            ~held,
        )
        .limit(limit)
    )
    gone = meeting_inbox.c.id.in_(old)
    return db.execute(sa.update(meeting_inbox).where(gone).values(body=None)).rowcount


# -- what else names people


def forget_traces(db: sa.Connection, meeting_id: int) -> None:
    """Remove what was noted of a Meeting's tries: words, names, and the order by addresses."""
    mine = deliveries.c.meeting_id == meeting_id
    ids = sa.select(deliveries.c.id).where(mine, IS_ENDED)
    for told in (attempts, intents, journal):
        db.execute(sa.delete(told).where(told.c.delivery_id.in_(ids)))
    bare = {"lanes": f"\nmeeting:{meeting_id}", "trace": None, "message": ""}
    db.execute(sa.update(deliveries).where(mine, IS_ENDED).values(bare))


def drop_all_of(db: sa.Connection, meeting_id: int) -> None:
    """Forget versions of the summary, whom people chose, and links that open the Meeting."""
    for one in (meeting_summaries, meeting_choices, meeting_shares):
        db.execute(sa.delete(one).where(one.c.meeting_id == meeting_id))


def choices_by_slot(db: sa.Connection, meeting_id: int, slots: Sequence[str]) -> int:
    """Forget whom people chose for guests who are named so; says how many."""
    mine = meeting_choices.c.meeting_id == meeting_id
    gone = sa.delete(meeting_choices).where(mine, meeting_choices.c.slot.in_(slots))
    return db.execute(gone).rowcount


def meetings_after(db: sa.Connection, after: int, *, limit: int) -> list[int]:
    """The numbers of the next Meetings after one."""
    chosen = sa.select(meetings.c.id).where(meetings.c.id > after)
    return list(db.scalars(chosen.order_by(meetings.c.id).limit(limit)))

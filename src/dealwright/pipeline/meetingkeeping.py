"""MeetingKeeping: what is kept of meetings goes when its time is over, or when somebody says so.

What stands in Pipedrive stays: a note is the history of a customer, and theirs to remove there.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

import msgspec
import sqlalchemy as sa

from dealwright.core.clock import from_ms
from dealwright.core.errors import DealwrightError
from dealwright.core.people import Principal
from dealwright.meetings.keeping import Keeping, Part, Periods, is_over
from dealwright.meetings.meeting import Meeting, Origin, Summary
from dealwright.pipeline.meetingview import result_of
from dealwright.store import meeting_keeping as kept
from dealwright.store.audit import record
from dealwright.store.meeting_deliveries import withdraw_meeting
from dealwright.store.meeting_keeping import Hold, Kind, Removal, Why
from dealwright.store.meeting_media import erase_media
from dealwright.store.meeting_search import forget_meeting, index_meeting
from dealwright.store.meeting_sources import list_meeting_sources
from dealwright.store.meetings import StoredMeeting, meeting

#: The state of a Meeting of which nothing is left but its number and what was written of it.
REMOVED: Final = "removed"

#: Who removes by policy.
_HUB: Final = "hub"

#: What a summary says that is no longer here.
_NO_SUMMARY: Final = Summary(origin=Origin.NONE, why_none="It was removed.")

#: Meetings looked at in one transaction.
BATCH: Final = 20

#: What is still to be written needs all that there is.
_UNDER_WAY: Final = ("pending:", "queued")


class MeetingHeld(DealwrightError):
    """A Meeting is under a legal hold: release it first."""

    code = "meeting_held"
    status = 409


# -- by policy


def policies(db: sa.Connection) -> dict[int, Keeping]:
    """What each Source of meetings says of keeping."""
    return {one.source_id: one.settings.keeping for one in list_meeting_sources(db)}


def keep_some(
    db: sa.Connection, after: int, *, by_source: Mapping[int, Keeping], now_ms: int
) -> tuple[int, int | None]:
    """Remove what is over of the next Meetings after a number.

    How much was removed, and the last number that was looked at; None: there are no more.
    """
    ids = kept.meetings_after(db, after, limit=BATCH)
    removed = sum(
        _keep_one(db, meeting_id, by_source=by_source, now_ms=now_ms) for meeting_id in ids
    )
    return removed, ids[-1] if len(ids) == BATCH else None


def keep_raw(db: sa.Connection, *, by_source: Mapping[int, Keeping], now_ms: int) -> int:
    """Remove some raw deliveries whose time is over; says how many."""
    return sum(
        kept.forget_old_raw(db, source_id, before_ms=now_ms - keeping.raw * 86_400_000)
        for source_id, keeping in by_source.items()
        if keeping.raw is not None
    )


def keep_at_once(db: sa.Connection, meeting_id: int, *, now_ms: int) -> None:
    """Remove from a Meeting that was just told of what is never stored, or was removed before."""
    stored = meeting(db, meeting_id)
    keeping = stored.settings.keeping
    gone = {one.kind for one in kept.removals_of(db, meeting_id)}
    for part in (Part.TRANSCRIPT, Part.SUMMARY):
        if Kind(part.value) in gone:
            _strip_again(db, meeting(db, meeting_id), part)
    if _periods(stored).transcript == 0 and stored.body.transcript:
        _remove(db, stored, Part.TRANSCRIPT, removal=_by_policy(Kind.TRANSCRIPT, now_ms))
    elif keeping.raw == 0:
        kept.forget_raw(db, meeting_id)


def _keep_one(
    db: sa.Connection, meeting_id: int, *, by_source: Mapping[int, Keeping], now_ms: int
) -> int:
    gone = {one.kind for one in kept.removals_of(db, meeting_id)}
    if Kind.MEETING in gone or kept.hold_of(db, meeting_id) is not None:
        return 0
    stored = meeting(db, meeting_id)
    if not _has_periods(by_source.get(stored.source_id)) or _is_under_way(stored):
        return 0
    periods, ended_at = _periods(stored), _ended_at(stored)
    over = [
        part
        for part in reversed(Part)
        if Kind(part.value) not in gone
        and is_over(periods, part, ended_at=ended_at, now=from_ms(now_ms))
    ]
    if Part.MEETING in over:
        over = [Part.MEETING]
    for part in over:
        _remove(db, meeting(db, meeting_id), part, removal=_by_policy(Kind(part.value), now_ms))
    return len(over)


def _has_periods(keeping: Keeping | None) -> bool:
    return keeping is not None and msgspec.structs.replace(keeping, raw=None) != Keeping(raw=None)


def _is_under_way(stored: StoredMeeting) -> bool:
    return stored.state.startswith(_UNDER_WAY)


def _periods(stored: StoredMeeting) -> Periods:
    told = result_of(stored).conversation_type or stored.body.said_type
    default = stored.settings.conversation_type.default
    return stored.settings.keeping.of_type(told or default)


def _ended_at(stored: StoredMeeting) -> datetime:
    body = stored.body
    return body.ended_at or body.started_at or from_ms(stored.created_at_ms)


def _by_policy(kind: Kind, now_ms: int) -> Removal:
    return Removal(kind, Why.POLICY, _HUB, now_ms)


# -- by somebody's word


def hold_meeting(
    db: sa.Connection, stored: StoredMeeting, *, reason: str, by: Principal, now_ms: int
) -> None:
    """Let nothing of a Meeting be removed, by policy or by anybody."""
    kept.hold(db, stored.id, made=Hold(reason, by.name, now_ms))
    _told(db, stored, "meeting.hold", by=by, now_ms=now_ms, after={"reason": reason})


def release_meeting(
    db: sa.Connection, stored: StoredMeeting, *, by: Principal, now_ms: int
) -> bool:
    """Take a legal hold away; False where there is none."""
    released = kept.release(db, stored.id)
    if released:
        _told(db, stored, "meeting.release", by=by, now_ms=now_ms)
    return released


def erase_part(
    db: sa.Connection, stored: StoredMeeting, part: Part, *, by: Principal, now_ms: int
) -> None:
    """Remove a part of a Meeting, or all of it; raises MeetingHeld."""
    see_that_it_is_free(db, stored)
    removal = Removal(Kind(part.value), Why.REQUEST, by.name, now_ms)
    _remove(db, stored, part, removal=removal)
    _told(db, stored, "meeting.erase", by=by, now_ms=now_ms, after={"part": part.value})


def see_that_it_is_free(db: sa.Connection, stored: StoredMeeting) -> None:
    """See that a Meeting is under no hold; raises MeetingHeld."""
    found = kept.hold_of(db, stored.id)
    if found is not None:
        raise MeetingHeld(
            f"Meeting {stored.public_id} is held ({found.reason}), so nothing of it is removed. "
            f"First: dealwright meeting release {stored.public_id}"
        )


# -- removing


def _remove(db: sa.Connection, stored: StoredMeeting, part: Part, *, removal: Removal) -> None:
    match part:
        case Part.MEDIA:
            erase_media(db, stored.id)
        case Part.TRANSCRIPT:
            _strip(db, stored, part)
        case Part.SUMMARY:
            _strip(db, stored, part)
            kept.drop_versions(db, stored.id)
        case Part.MEETING:
            _remove_all(db, stored, now_ms=removal.removed_at_ms)
    kept.note_removal(db, stored.id, removal)


def _strip(db: sa.Connection, stored: StoredMeeting, part: Part) -> None:
    kept.put_body(db, stored.id, _without(stored.body, part))
    for told in kept.told_of(db, stored.id):
        if told.body is not None:
            kept.put_told(db, told.report_id, _without(told.body, part))
    # What the recorder sent has all of it.
    kept.forget_raw(db, stored.id)
    index_meeting(db, stored.id)


def _strip_again(db: sa.Connection, stored: StoredMeeting, part: Part) -> None:
    """Remove what a recorder told once more; what a person has written since stays."""
    bare = _without(stored.body, part)
    summary = stored.body.summary
    if part is Part.SUMMARY and summary is not None and summary.origin is Origin.MANUAL:
        items = stored.body.action_items
        bare = msgspec.structs.replace(bare, summary=summary, action_items=items)
    _strip(db, stored, part)
    kept.put_body(db, stored.id, bare)
    index_meeting(db, stored.id)


def _without(body: Meeting, part: Part) -> Meeting:
    names = tuple(dict.fromkeys((*body.kept, part.value)))
    if part is Part.TRANSCRIPT:
        return msgspec.structs.replace(body, transcript=(), kept=names)
    return msgspec.structs.replace(
        body,
        summary=_NO_SUMMARY,
        source_summary=None,
        source_edits=None,
        action_items=(),
        summary_expected=False,
        kept=names,
    )


def _remove_all(db: sa.Connection, stored: StoredMeeting, *, now_ms: int) -> None:
    erase_media(db, stored.id)
    kept.forget_raw(db, stored.id)
    for told in kept.told_of(db, stored.id):
        kept.put_told(db, told.report_id, shell(told.key, stored.body.source))
    withdraw_meeting(db, stored.id, message="The meeting was removed.", now_ms=now_ms)
    kept.forget_traces(db, stored.id)
    kept.drop_all_of(db, stored.id)
    forget_meeting(db, stored.id)
    bare = {"title": "", "organiser": "", "ical_uid": "", "platform_meeting": "", "result": None}
    kept.put_body(
        db,
        stored.id,
        shell(stored.key, stored.body.source),
        state=REMOVED,
        deleted_at_ms=now_ms,
        next_at_ms=None,
        **bare,
    )


def stays_removed(body: Meeting) -> bool:
    """Whether a Meeting was removed: whatever is told of it later is not kept."""
    return Part.MEETING.value in body.kept


def shell(key: str, source: str) -> Meeting:
    """What is left of a Meeting, and that it is to stay so."""
    return Meeting(key=key, source=source, kept=(Part.MEETING.value,))


def _told(
    db: sa.Connection,
    stored: StoredMeeting,
    action: str,
    *,
    by: Principal,
    now_ms: int,
    after: object = None,
) -> None:
    target = f"meeting:{stored.public_id}"
    record(db, at_ms=now_ms, principal=by, action=action, target=target, after=after)

"""MeetingActs: what people do about a meeting; each is in the audit log and has it written anew."""

import sqlalchemy as sa

from dealwright.core.people import Principal
from dealwright.meetings.deciding import Becomes
from dealwright.pipeline.meetinglanes import lanes_of_meeting
from dealwright.store.audit import record
from dealwright.store.meeting_choices import Choice, drop_choice, put_choice
from dealwright.store.meeting_deliveries import queue_meeting
from dealwright.store.meetings import (
    LinkedDeal,
    StoredMeeting,
    forget_refusal,
    link_deal,
    unlink_deal,
)


def choose_person(
    db: sa.Connection, meeting: StoredMeeting, choice: Choice, *, by: Principal, now_ms: int
) -> None:
    """Say who a guest is, whatever the rules say; `removes`: the note on anybody else goes."""
    put_choice(db, meeting.id, choice=choice, chosen_by=by.name, now_ms=now_ms)
    _told(db, meeting, "meeting.person.choose", by=by, now_ms=now_ms, after=choice._asdict())
    again(db, meeting, now_ms=now_ms)


def forget_choice(
    db: sa.Connection, meeting: StoredMeeting, slot: str, *, by: Principal, now_ms: int
) -> None:
    """Let the rules say again who a guest is."""
    drop_choice(db, meeting.id, slot=slot)
    _told(db, meeting, "meeting.person.forget", by=by, now_ms=now_ms, after={"slot": slot})
    again(db, meeting, now_ms=now_ms)


def choose_deal(
    db: sa.Connection,
    meeting: StoredMeeting,
    deal_id: int | None,
    *,
    by: Principal,
    now_ms: int,
) -> None:
    """Link the meeting to a deal; None: let the rules choose again."""
    if meeting.connection_id is not None:
        if deal_id is None:
            unlink_deal(db, meeting.connection_id, of=meeting.id)
        else:
            deal = LinkedDeal(deal_id, "user")
            link_deal(db, meeting.connection_id, of=meeting.id, deal=deal, now_ms=now_ms)
    _told(db, meeting, "meeting.deal.choose", by=by, now_ms=now_ms, after={"deal_id": deal_id})
    again(db, meeting, now_ms=now_ms)


def retry(db: sa.Connection, meeting: StoredMeeting, *, by: Principal, now_ms: int) -> None:
    """Try again at once, whatever became of the meeting."""
    _told(db, meeting, "meeting.retry", by=by, now_ms=now_ms)
    again(db, meeting, now_ms=now_ms)


def again(db: sa.Connection, meeting: StoredMeeting, *, now_ms: int) -> bool:
    """Have a meeting logged anew, unless it still waits for its summary or belongs to nobody."""
    if meeting.connection_id is None or meeting.state == Becomes.PENDING:
        return False
    forget_refusal(db, meeting.id)
    region = meeting.settings.default_region
    queue_meeting(
        db,
        meeting.id,
        connection_id=meeting.connection_id,
        source_id=meeting.source_id,
        lanes=lanes_of_meeting(meeting.body, meeting_id=meeting.id, region=region),
        now_ms=now_ms,
    )
    return True


def _told(
    db: sa.Connection,
    meeting: StoredMeeting,
    action: str,
    *,
    by: Principal,
    now_ms: int,
    after: object = None,
) -> None:
    target = f"meeting:{meeting.public_id}"
    record(db, at_ms=now_ms, principal=by, action=action, target=target, after=after)

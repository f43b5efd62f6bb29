"""The shape of `meeting.completed` v1, which any sender may send, and what it is as a Meeting.

Source: MEETINGS 1.7.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Final, TypeVar

import msgspec

from dealwright.core.errors import InvalidEvent
from dealwright.meetings import shapes
from dealwright.meetings.attendees import attendee, union, with_host
from dealwright.meetings.files.ics import Invitation, nearest, read_ics
from dealwright.meetings.files.speech import segments_of
from dealwright.meetings.files.transcripts import read_transcript
from dealwright.meetings.localtimes import Faulty, span_of
from dealwright.meetings.meeting import (
    ActionItem,
    Attendee,
    Crm,
    Meeting,
    Origin,
    Part,
    Recording,
    Segment,
    Summary,
    Text,
)
from dealwright.meetings.moments import moment_of
from dealwright.meetings.source import Problem, RefusedBody
from dealwright.meetings.texts import address, block, line

T = TypeVar("T")

COMPLETED: Final = "meeting.completed"
UPDATED: Final = "meeting.updated"
DELETED: Final = "meeting.deleted"

_LONGEST_S: Final = 366 * 86_400.0
_WRITTEN: Final = shapes.fields(
    {"format": shapes.one_of("markdown", "text", "html"), "text": shapes.text()},
    needed=("format", "text"),
)
_SEGMENT: Final = shapes.fields(
    {
        "start": shapes.number(least=0, most=_LONGEST_S),
        "end": shapes.number(least=0, most=_LONGEST_S),
        "speaker": shapes.text(most=500),
        "text": shapes.text(),
    },
    needed=("start", "text"),
)
_TRANSCRIPT: Final = shapes.fields(
    {
        "segments": shapes.items(_SEGMENT),
        "format": shapes.one_of("vtt", "srt", "text", "whisper"),
        "text": shapes.text(),
    }
)
_PARTICIPANT: Final = shapes.fields(
    {
        "name": shapes.text(most=500),
        "email": shapes.text(most=500),
        "phone": shapes.text(most=100),
        "role": shapes.one_of("host", "organizer", "attendee", "bot"),
        "internal": shapes.flag,
    }
)
_IDENTIFIED: Final = shapes.fields({"id": shapes.text(least=1, most=200)}, needed=("id",))
#: The fields of `data`, with what each must look like; the reference page lists them.
FIELDS: Final[dict[str, shapes.Shape]] = {
    "id": shapes.text(least=1, most=200),
    "title": shapes.text(most=500),
    "conversation_type": shapes.text(most=100),
    "started_at": shapes.moment,
    "ended_at": shapes.moment,
    "duration_seconds": shapes.number(least=0, most=_LONGEST_S),
    "timezone": shapes.text(most=64),
    "language": shapes.text(most=35),
    "platform": shapes.one_of("zoom", "meet", "teams", "phone", "in_person", "other"),
    "direction": shapes.one_of("inbound", "outbound"),
    "answered": shapes.flag,
    "join_url": shapes.text(most=8_000),
    "ical_uid": shapes.text(most=1_000),
    "recording": shapes.fields(
        {"url": shapes.web_address, "mime_type": shapes.text(most=200), "fetch": shapes.flag},
        needed=("url",),
    ),
    "transcript": _TRANSCRIPT,
    "summary": _WRITTEN,
    "action_items": shapes.items(
        shapes.fields(
            {
                "text": shapes.text(),
                "assignee_email": shapes.text(most=500),
                "due": shapes.text(most=100),
            },
            needed=("text",),
        )
    ),
    "manual_notes": _WRITTEN,
    "participants": shapes.items(_PARTICIPANT),
    "presenter_email": shapes.text(most=500),
    "crm": shapes.fields(
        {
            "deal_id": shapes.record_id,
            "person_id": shapes.record_id,
            "lead_id": shapes.text(most=100),
            "skip": shapes.flag,
        }
    ),
    "invite_ics": shapes.text(),
    "extra": shapes.fields({}),
}
_DATA: Final = shapes.fields(FIELDS, needed=("id", "started_at"))
_EVENT: Final = shapes.fields(
    {"timestamp": shapes.moment, "data": _DATA}, needed=("timestamp", "data")
)
_DELETION: Final = shapes.fields({"data": _IDENTIFIED}, needed=("data",))


class _Written(msgspec.Struct):
    format: str
    text: str


class _Segment(msgspec.Struct):
    start: float
    text: str
    end: float | None = None
    speaker: str | None = None


class _Transcript(msgspec.Struct):
    segments: list[_Segment] | None = None
    format: str | None = None
    text: str | None = None
    body: Any = None


class _Participant(msgspec.Struct):
    name: str | None = None
    email: str | None = None
    phone: str | None = None
    role: Part | None = None
    internal: bool | None = None


class _Recording(msgspec.Struct):
    url: str
    mime_type: str | None = None
    fetch: bool | None = None


class _ActionItem(msgspec.Struct):
    text: str
    assignee_email: str | None = None
    due: str | None = None


class _Crm(msgspec.Struct):
    deal_id: int | str | None = None
    person_id: int | str | None = None
    lead_id: str | None = None
    skip: bool | None = None


class _Data(msgspec.Struct):
    id: str
    started_at: str
    title: str | None = None
    conversation_type: str | None = None
    ended_at: str | None = None
    duration_seconds: float | None = None
    timezone: str | None = None
    language: str | None = None
    platform: str | None = None
    direction: str | None = None
    answered: bool | None = None
    join_url: str | None = None
    ical_uid: str | None = None
    recording: _Recording | None = None
    transcript: _Transcript | None = None
    summary: _Written | None = None
    action_items: list[_ActionItem] | None = None
    manual_notes: _Written | None = None
    participants: list[_Participant] | None = None
    presenter_email: str | None = None
    crm: _Crm | None = None
    invite_ics: str | None = None
    extra: dict[str, Any] | None = None


class _Event(msgspec.Struct):
    timestamp: str
    data: _Data


def refusal(problems: Sequence[Problem]) -> RefusedBody:
    """The error that tells a sender what to mend."""
    first = problems[0]
    more = f" There are {len(problems) - 1} more problems." if len(problems) > 1 else ""
    return RefusedBody(f"{first.pointer or 'The body'}: {first.message}.{more}", problems=problems)


def deleted_key(event: object) -> str:
    """The key of the Meeting that a `meeting.deleted` names; raises RefusedBody."""
    if problems := shapes.problems_of(event, _DELETION):
        raise refusal(problems)
    told: Any = event
    return f"generic:{line(told['data']['id'])}"


def meeting_of(event: object) -> Meeting:
    """The Meeting that an event tells of; raises RefusedBody with every fault."""
    if problems := shapes.problems_of(event, _EVENT):
        raise refusal(problems)
    try:
        told = msgspec.convert(event, _Event)
    except msgspec.ValidationError as fault:
        raise RefusedBody(str(fault)) from None
    data = told.data
    try:
        spoken = _at("/data/transcript", lambda: _transcript(data.transcript))
        start, end = span_of(
            data.started_at,
            data.ended_at,
            seconds=data.duration_seconds,
            zone=data.timezone or "",
            last_s=max((segment.end or segment.start for segment in spoken), default=None),
        )
        invited = _at("/data/invite_ics", lambda: _invitation(data.invite_ics, start))
    except Faulty as fault:
        raise refusal([fault.problem]) from None
    return _meeting(told, spoken, (start, end), invited)


def _meeting(
    told: _Event, spoken: tuple[Segment, ...], span: tuple[datetime, datetime], invited: Invitation
) -> Meeting:
    data = told.data
    people, presenter = _people(data, invited)
    organisers = [one for one in people if one.part is Part.ORGANIZER and one.emails]
    return Meeting(
        key=f"generic:{line(data.id)}",
        source="generic",
        title=line(data.title) or invited.title,
        said_type=line(data.conversation_type),
        started_at=span[0],
        ended_at=span[1],
        timezone=data.timezone or "",
        language=line(data.language),
        platform=data.platform or "",
        direction=data.direction or "",
        answered=data.answered is not False,
        join_url=line(data.join_url) or invited.join_url,
        ical_uid=line(data.ical_uid) or invited.uid,
        organiser=organisers[0].emails[0] if organisers else "",
        presenter_email=presenter,
        attendees=people,
        recording=_recording(data.recording),
        transcript=spoken,
        summary=_summary(data.summary),
        action_items=tuple(map(_action_item, data.action_items or ())),
        manual_notes=_written(data.manual_notes),
        crm=_crm(data.crm or _Crm(), invited),
        modified_at=moment_of(told.timestamp),
        extra=data.extra or {},
    )


def _at(pointer: str, read: Callable[[], T]) -> T:
    try:
        return read()
    except InvalidEvent as fault:
        raise Faulty(Problem(pointer=pointer, message=str(fault))) from None


def _transcript(told: _Transcript | None) -> tuple[Segment, ...]:
    if told is None:
        return ()
    if told.segments is not None:
        return tuple(
            Segment(
                start=item.start, end=item.end, speaker=line(item.speaker), text=block(item.text)
            )
            for item in told.segments
            if block(item.text)
        )
    if told.text is not None:
        return read_transcript(told.text, told.format or "")
    if isinstance(told.body, str):
        return read_transcript(told.body, told.format or "")
    return () if told.body is None else segments_of(told.body)


def _invitation(ics: str | None, start: datetime) -> Invitation:
    return nearest(read_ics(ics), start) if ics else Invitation()


def _people(data: _Data, invited: Invitation) -> tuple[tuple[Attendee, ...], str]:
    """Everybody, and the presenter: who is named as such, else the host, else the organizer."""
    listed = union(map(_participant, data.participants or ()), invited.attendees)
    named = address(data.presenter_email)
    if named:
        return with_host(listed, attendee(emails=[named])), named
    for part in (Part.HOST, Part.ORGANIZER):
        found = [one for one in listed if one.part is part]
        if found:
            return listed, next((one.emails[0] for one in found if one.emails), "")
    return listed, ""


def _participant(told: _Participant) -> Attendee:
    found = attendee(
        told.name,
        emails=[told.email],
        phones=[told.phone],
        part=told.role or Part.ATTENDEE,
        internal=told.internal,
    )
    return msgspec.structs.replace(found, internal_decided=told.internal is not None)


def _recording(told: _Recording | None) -> Recording | None:
    if told is None:
        return None
    return Recording(url=line(told.url), mime_type=line(told.mime_type), fetch=told.fetch is True)


def _summary(told: _Written | None) -> Summary | None:
    body = _written(told)
    return None if body is None else Summary(origin=Origin.PROVIDER, body=body)


def _written(told: _Written | None) -> Text | None:
    text = block(told.text) if told is not None else ""
    return Text(format=told.format, text=text) if told is not None and text else None


def _action_item(told: _ActionItem) -> ActionItem:
    return ActionItem(text=block(told.text), owner=line(told.assignee_email), due=line(told.due))


def _crm(told: _Crm, invited: Invitation) -> Crm:
    given = None if told.deal_id is None else int(told.deal_id)
    return Crm(
        deal_id=given or invited.deal_id,
        person_id=None if told.person_id is None else int(told.person_id),
        lead_id=line(told.lead_id),
        skip=told.skip is True,
        invited_to="" if given else invited.company,
    )

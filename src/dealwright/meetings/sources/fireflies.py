"""Fireflies: thin events, V2 and V1, and one fetch of the transcript for each.

Source: https://docs.fireflies.ai (Webhooks V2, Webhooks, GraphQL schema; MEETINGS 1.3.3).
"""

import re
from collections.abc import Generator, Iterator, Sequence
from datetime import datetime
from typing import Any, Final

import msgspec

from dealwright.core.errors import InvalidEvent, RateLimited, Unauthorized, Unavailable
from dealwright.meetings import signatures
from dealwright.meetings.attendees import attendee, union, with_host
from dealwright.meetings.folding import fold
from dealwright.meetings.meeting import (
    ActionItem,
    Attendee,
    Meeting,
    Segment,
    Summary,
)
from dealwright.meetings.moments import after, clock_seconds, moment_of
from dealwright.meetings.payload import event_name, ident, reader
from dealwright.meetings.pieces import own_summary, recording_at
from dealwright.meetings.recap import plain
from dealwright.meetings.source import (
    Access,
    Answer,
    Arrival,
    Asking,
    Credential,
    Facts,
    NotOfAMeeting,
    Polled,
    Request,
    Secret,
    Source,
    Told,
    not_let_in,
    usable,
)
from dealwright.meetings.texts import address, block, line

_URL: Final = "https://api.fireflies.ai/graphql"
_V1: Final = "Transcription completed"
_READY: Final = frozenset({"meeting.transcribed", "meeting.summarized", _V1})
_FIELDS: Final = """
id title date dateString duration host_email organizer_email participants fireflies_users
transcript_url meeting_link calendar_id cal_id calendar_type
meeting_attendees { displayName email phoneNumber name location }
speakers { id name }
sentences { index speaker_name speaker_id text start_time end_time }
summary { overview action_items keywords outline shorthand_bullet bullet_gist gist short_summary
  short_overview meeting_type topics_discussed }
meeting_info { fred_joined silent_meeting summary_status }
"""
_TRANSCRIPT: Final = f"query Transcript($id: String!) {{ transcript(id: $id) {{ {_FIELDS} }} }}"
_SINCE: Final = (
    "query Since($from: DateTime, $limit: Int, $skip: Int) "
    "{ transcripts(fromDate: $from, limit: $limit, skip: $skip) { id } }"
)
_PAGE: Final = 50
_MOST_PAGES: Final = 20
_OWNER: Final = re.compile(r"\*\*(.+?):?\*\*:?")
_AT: Final = re.compile(r"\s*\((\d{1,3}(?::\d{2}){1,2})\)\s*$")
#: Which text is the summary: the fullest first.
_TEXTS: Final = ("overview", "short_summary", "shorthand_bullet", "bullet_gist", "gist")


class _Event(msgspec.Struct):
    event: str | None = None
    timestamp: float | None = None
    meeting_id: str | None = None
    meeting_id_v1: str | None = msgspec.field(default=None, name="meetingId")
    event_type: str | None = msgspec.field(default=None, name="eventType")


class _Attendee(msgspec.Struct):
    display_name: str | None = msgspec.field(default=None, name="displayName")
    email: str | None = None
    phone_number: str | None = msgspec.field(default=None, name="phoneNumber")
    name: str | None = None


class _Speaker(msgspec.Struct):
    name: str | None = None


class _Sentence(msgspec.Struct):
    speaker_name: str | None = None
    text: str | None = None
    raw_text: str | None = None
    start_time: float | None = None
    end_time: float | None = None


class _Summary(msgspec.Struct):
    overview: str | None = None
    short_summary: str | None = None
    shorthand_bullet: str | None = None
    bullet_gist: str | None = None
    gist: str | None = None
    action_items: str | None = None
    meeting_type: str | None = None


class _Info(msgspec.Struct):
    summary_status: str | None = None


class _Transcript(msgspec.Struct):
    id: str | None = None
    title: str | None = None
    date: float | None = None
    date_string: str | None = msgspec.field(default=None, name="dateString")
    duration: float | None = None
    host_email: str | None = None
    organizer_email: str | None = None
    participants: list[str | None] | None = None
    fireflies_users: list[str | None] | None = None
    transcript_url: str | None = None
    meeting_link: str | None = None
    calendar_id: str | None = None
    meeting_attendees: list[_Attendee] | None = None
    speakers: list[_Speaker] | None = None
    sentences: list[_Sentence] | None = None
    summary: _Summary | None = None
    meeting_info: _Info | None = None


class _Error(msgspec.Struct):
    message: str | None = None
    code: str | None = None


class _Data(msgspec.Struct):
    transcript: _Transcript | None = None
    transcripts: list[_Transcript] | None = None


class _Answer(msgspec.Struct):
    data: _Data | None = None
    errors: list[_Error] | None = None


_read_event = reader(_Event)
_read_answer = reader(_Answer)


def verify(arrival: Arrival, secrets: Sequence[Secret]) -> None:
    """Verify `X-Hub-Signature`; what comes unsigned is refused."""
    given = arrival.headers.get("x-hub-signature", "").strip()
    signatures.check_hex(given.removeprefix("sha256="), arrival.body, secrets)


def read(raw: bytes) -> Facts:
    """Read an event of V2 or V1, or an answer of the API that was saved; raises InvalidEvent."""
    told = _read_event(raw)
    event = event_name(told.event or told.event_type)
    if event == "unknown":
        saved = _read_answer(raw).data
        if saved is not None and saved.transcript is not None:
            key = f"fireflies:{ident(saved.transcript.id, of='id')}"
            return Told(meeting=_meeting(key, saved.transcript), event="transcript")
    if event not in _READY:
        return NotOfAMeeting(event=event)
    meeting_id = ident(told.meeting_id or told.meeting_id_v1, of="meeting_id")
    meeting = Meeting(
        key=f"fireflies:{meeting_id}",
        source="fireflies",
        summary_expected=True,
        modified_at=moment_of(told.timestamp),
    )
    return Told(meeting=meeting, event=event, whole=False, fetch=True)


def fetch(known: Meeting, _told: Told | None, access: Access) -> Asking:
    """Ask for the transcript; while its summary is not processed it goes on being expected.

    A transcript that cannot be had leaves open who was there.
    """
    if not access.get("api_key"):
        raise not_let_in(SOURCE, 401)
    meeting_id = known.key.removeprefix("fireflies:")
    answer = yield _request(_TRANSCRIPT, access, {"id": meeting_id})
    found = _answered(answer)
    transcript = None if found is None else found.transcript
    if transcript is None:
        return msgspec.structs.replace(known, participants_refused=not known.attendees)
    news = _meeting(known.key, transcript)
    folded = fold(known, Told(meeting=news, event="transcript"))
    # A part of a summary may be there before it is processed.
    return msgspec.structs.replace(folded, summary_expected=news.summary_expected)


def poll(
    access: Access, since: datetime, _now: datetime
) -> Generator[Request, Answer, list[Polled]]:
    """Transcripts since then: events go missing."""
    found: list[Polled] = []
    for page in range(_MOST_PAGES):
        wanted = {
            "from": since.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "limit": _PAGE,
            "skip": page * _PAGE,
        }
        answer = yield _request(_SINCE, access, wanted)
        data = _answered(answer)
        if data is None:
            raise not_let_in(SOURCE, answer.status)
        listed = data.transcripts or []
        for item in listed:
            meeting_id = ident(item.id, of="id")
            event = {"event": "meeting.transcribed", "meeting_id": meeting_id}
            raw = msgspec.json.encode(event)
            found.append(Polled(meeting_key=f"fireflies:{meeting_id}", raw=raw, only_new=True))
        if len(listed) < _PAGE:
            break
    return found


def _request(query: str, access: Access, variables: dict[str, Any]) -> Request:
    return Request(
        method="POST",
        url=_URL,
        headers={
            "Authorization": f"Bearer {access.get('api_key')}",
            "Content-Type": "application/json",
        },
        body=msgspec.json.encode({"query": query, "variables": variables}),
    )


def _answered(answer: Answer) -> _Data | None:
    """What GraphQL answered, None for "there is none"; its errors come with any status."""
    try:
        told = _read_answer(answer.body)
    except InvalidEvent as fault:
        if usable(answer) is None:
            if answer.status in {401, 403}:
                raise not_let_in(SOURCE, answer.status) from None
            return None
        raise Unavailable(
            f"Fireflies' answer cannot be read: {fault}", code="unreadable_answer"
        ) from None
    for error in told.errors or ():
        _raise(error)
    if answer.status in {401, 403}:
        raise not_let_in(SOURCE, answer.status)
    return told.data if usable(answer) is not None else None


def _raise(error: _Error) -> None:
    code = line(error.code).casefold()
    if code in {"too_many_requests", "rate_limited"}:
        raise RateLimited(
            "Fireflies' limit of requests is reached.",
            retry_after_s=15 * 60,
            code="recorder_limited",
            assumed=True,
        )
    if code in {"auth_failed", "invalid_api_key", "unauthorized"}:
        raise Unauthorized(
            "Fireflies does not take the API key of this Source: set a new one.",
            code="recorder_unauthorized",
        )
    if code in {"internal_server_error", "service_unavailable", "timeout"}:
        raise Unavailable(f"Fireflies answered: {line(error.message)[:200]}")


def _meeting(key: str, told: _Transcript) -> Meeting:
    start = moment_of(told.date) or moment_of(told.date_string)
    status = line(told.meeting_info.summary_status) if told.meeting_info else ""
    minutes = None if told.duration is None else told.duration * 60
    host = address(told.host_email, told.organizer_email)
    summary = _summary(told.summary)
    return Meeting(
        key=key,
        source="fireflies",
        title=line(told.title),
        said_type=line(told.summary.meeting_type) if told.summary else "",
        started_at=start,
        ended_at=after(start, minutes),
        join_url=line(told.meeting_link),
        ical_uid=line(told.calendar_id),
        organiser=address(told.organizer_email),
        presenter_email=host,
        attendees=with_host(_people(told), attendee(emails=[host])),
        speakers_if_alone=_speakers(told),
        recording=recording_at(told.transcript_url),
        transcript=tuple(_segments(told)),
        summary=summary,
        action_items=_action_items(told.summary),
        summary_expected=summary is None or status != "processed",
    )


def _people(told: _Transcript) -> tuple[Attendee, ...]:
    listed = (
        attendee(
            line(person.display_name) or line(person.name),
            emails=_split([person.email]),
            phones=[person.phone_number],
        )
        for person in told.meeting_attendees or ()
    )
    plainly = _split([*(told.participants or ()), *(told.fireflies_users or ())])
    named = _split([told.organizer_email, told.host_email])
    return union(listed, [attendee(emails=[email]) for email in (*plainly, *named)])


def _split(written: Sequence[str | None]) -> list[str]:
    """Addresses one by one, for some stand joined by commas."""
    return [part.strip() for one in written for part in (one or "").split(",") if part.strip()]


def _speakers(told: _Transcript) -> tuple[str, ...]:
    names = [speaker.name for speaker in told.speakers or ()]
    names += [sentence.speaker_name for sentence in told.sentences or ()]
    return tuple(dict.fromkeys(name for name in map(line, names) if name))


def _segments(told: _Transcript) -> Iterator[Segment]:
    for item in told.sentences or ():
        if text := block(item.text) or block(item.raw_text):
            yield Segment(
                start=max(0.0, item.start_time or 0.0),
                end=item.end_time,
                speaker=line(item.speaker_name),
                text=text,
            )


def _summary(told: _Summary | None) -> Summary | None:
    texts = (block(getattr(told, name)) for name in _TEXTS) if told is not None else ()
    return own_summary(next(filter(None, texts), ""))


def _action_items(told: _Summary | None) -> tuple[ActionItem, ...]:
    """The items of one string, in which a bold name heads what its bearer will do."""
    found: list[ActionItem] = []
    owner = ""
    for written in block(told.action_items if told else "").split("\n"):
        text = written.strip()
        if hit := _OWNER.fullmatch(text):
            owner = line(hit[1])
        elif text:
            at = _AT.search(text)
            found.append(
                ActionItem(
                    text=plain(_AT.sub("", text)),
                    owner="" if owner.casefold() == "unassigned" else owner,
                    at=clock_seconds(at[1]) if at else None,
                )
            )
    return tuple(item for item in found if item.text)


SOURCE: Final = Source(
    key="fireflies",
    title="Fireflies",
    path="/hooks/meetings/fireflies",
    proof="The secret that was set at Fireflies for the webhook",
    verify=verify,
    check_secret=signatures.check_text,
    read=read,
    grace_s=15 * 60,
    credentials=(Credential(key="api_key", title="API key"),),
    hosts=("api.fireflies.ai",),
    marks=frozenset({"data"}),
    fetch=fetch,
    poll=poll,
)

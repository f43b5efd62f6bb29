"""Read AI: one report with everything in it, when the meeting has ended.

Source: Read AI's guide for webhooks (MEETINGS 1.3.4).
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

import msgspec

from dealwright.core.errors import InvalidEvent
from dealwright.meetings import signatures
from dealwright.meetings.attendees import attendee, union, with_host
from dealwright.meetings.meeting import (
    ActionItem,
    Attendee,
    Bullet,
    Meeting,
    Origin,
    Section,
    Segment,
    Summary,
)
from dealwright.meetings.moments import moment_of, not_before, seconds_since
from dealwright.meetings.payload import event_name, ident, reader
from dealwright.meetings.pieces import recording_at
from dealwright.meetings.source import Arrival, Facts, NotOfAMeeting, Secret, Source, Told
from dealwright.meetings.texts import address, block, line

_END: Final = "meeting_end"
#: A time of a block below this is no moment but seconds from the start.
_FIRST_EPOCH_S: Final = 1e9


class _Person(msgspec.Struct):
    name: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    email: str | None = None


class _Text(msgspec.Struct):
    text: str | None = None


class _Chapter(msgspec.Struct):
    title: str | None = None
    description: str | None = None


class _Speaker(msgspec.Struct):
    name: str | None = None


class _Block(msgspec.Struct):
    start_time: float | None = None
    end_time: float | None = None
    speaker: _Speaker | None = None
    words: str | None = None


class _Transcript(msgspec.Struct):
    speaker_blocks: list[_Block] | None = None


class _Request(msgspec.Struct):
    request_id: str | int | None = None


class _Body(msgspec.Struct):
    session_id: str | int | None = None
    trigger: str | None = None
    title: str | None = None
    start_time: str | float | None = None
    end_time: str | float | None = None
    participants: list[_Person] | None = None
    owner: _Person | None = None
    summary: str | None = None
    action_items: list[_Text] | None = None
    key_questions: list[_Text] | None = None
    topics: list[_Text] | None = None
    report_url: str | None = None
    chapter_summaries: list[_Chapter] | None = None
    transcript: _Transcript | None = None
    platform_meeting_id: str | int | None = None
    platform: str | None = None


_read_body = reader(_Body)
_read_request = reader(_Request)


def verify(arrival: Arrival, secrets: Sequence[Secret]) -> None:
    """Verify `X-Read-Signature`, by the key whose base64 the secret is; raises Refused."""
    given = arrival.headers.get("x-read-signature", "")
    signatures.check_hex(given, arrival.body, secrets, key=signatures.base64_key)


def delivery_id(arrival: Arrival) -> str:
    """`request_id`, with which Read AI repeats what was not answered."""
    try:
        return ident(_read_request(arrival.body).request_id, of="request_id")
    except InvalidEvent:
        return ""


def read(raw: bytes) -> Facts:
    """Read a report; raises InvalidEvent."""
    body = _read_body(raw)
    trigger = body.trigger or (_END if body.end_time is not None else "")
    if trigger != _END:
        return NotOfAMeeting(event=event_name(trigger))
    return Told(meeting=_meeting(body), event=_END)


def _meeting(body: _Body) -> Meeting:
    start = moment_of(body.start_time)
    owner = body.owner or _Person()
    number = "" if body.platform_meeting_id is None else line(str(body.platform_meeting_id))
    return Meeting(
        key=f"readai:{ident(body.session_id, of='session_id')}",
        source="readai",
        title=line(body.title),
        started_at=start,
        ended_at=not_before(moment_of(body.end_time), start),
        platform=line(body.platform),
        platform_meeting="" if number.casefold() in {"none", "null"} else number,
        presenter_email=address(owner.email),
        attendees=with_host(union(map(_person, body.participants or ())), _person(owner)),
        recording=recording_at(body.report_url),
        transcript=tuple(_segments(body, start)),
        summary=_summary(body),
        action_items=tuple(ActionItem(text=text) for text in _texts(body.action_items)),
    )


def _person(person: _Person) -> Attendee:
    parts = (line(person.first_name), line(person.last_name))
    return attendee(line(person.name) or " ".join(filter(None, parts)), emails=[person.email])


def _segments(body: _Body, start: datetime | None) -> list[Segment]:
    blocks = body.transcript.speaker_blocks if body.transcript else None
    return [
        Segment(
            start=_offset(item.start_time, start) or 0.0,
            end=_offset(item.end_time, start),
            speaker=line(item.speaker.name if item.speaker else ""),
            text=block(item.words),
        )
        for item in blocks or ()
        if block(item.words)
    ]


def _offset(written: float | None, start: datetime | None) -> float | None:
    if written is None or written < _FIRST_EPOCH_S:
        return None if written is None else max(0.0, written)
    return seconds_since(start, moment_of(written))


def _summary(body: _Body) -> Summary | None:
    sections = [
        Section(title=line(chapter.title), bullets=(Bullet(text=block(chapter.description)),))
        for chapter in body.chapter_summaries or ()
        if block(chapter.description)
    ]
    for title, items in (("open_questions", body.key_questions), ("topics", body.topics)):
        if bullets := tuple(Bullet(text=text) for text in _texts(items)):
            sections.append(Section(title=title, bullets=bullets))
    text = block(body.summary)
    if not text and not body.chapter_summaries:
        return None
    return Summary(
        origin=Origin.PROVIDER, overview=(text,) if text else (), sections=tuple(sections)
    )


def _texts(items: list[_Text] | None) -> list[str]:
    return [text for text in (block(item.text) for item in items or ()) if text]


SOURCE: Final = Source(
    key="readai",
    title="Read AI",
    path="/hooks/meetings/read",
    proof="The signing key that Read AI shows for the webhook, in base64",
    verify=verify,
    check_secret=signatures.check_base64,
    delivery_id=delivery_id,
    read=read,
    marks=frozenset({"session_id"}),
)

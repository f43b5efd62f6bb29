"""Fathom: one event with everything in it.

Source: https://developers.fathom.ai/webhooks, https://developers.fathom.ai/api-reference
(MEETINGS 1.3.1).
"""

from collections.abc import Generator
from datetime import datetime
from typing import Final
from urllib.parse import urlencode

import msgspec

from dealwright.meetings import signatures
from dealwright.meetings.attendees import attendee, union, with_host
from dealwright.meetings.meeting import (
    ActionItem,
    Attendee,
    Meeting,
    Segment,
    Summary,
)
from dealwright.meetings.moments import clock_seconds, moment_of, not_before
from dealwright.meetings.payload import ident, reader
from dealwright.meetings.pieces import own_summary, recording_at
from dealwright.meetings.source import (
    Access,
    Answer,
    Credential,
    Facts,
    Polled,
    Request,
    Source,
    Told,
    not_let_in,
    usable,
)
from dealwright.meetings.texts import block, line

_API: Final = "https://api.fathom.ai/external/v1/meetings"
_MOST_PAGES: Final = 20


class _Person(msgspec.Struct):
    name: str | None = None
    email: str | None = None
    is_external: bool | None = None
    matched_speaker_display_name: str | None = None


class _Speaker(msgspec.Struct):
    display_name: str | None = None


class _Utterance(msgspec.Struct):
    speaker: _Speaker | None = None
    text: str | None = None
    timestamp: str | None = None


class _Summary(msgspec.Struct):
    template_name: str | None = None
    markdown_formatted: str | None = None


class _ActionItem(msgspec.Struct):
    description: str | None = None
    completed: bool | None = None
    recording_timestamp: str | None = None
    assignee: _Person | None = None


class _Body(msgspec.Struct):
    recording_id: int | str | None = None
    title: str | None = None
    meeting_title: str | None = None
    meeting_type: str | None = None
    url: str | None = None
    share_url: str | None = None
    meeting_url: str | None = None
    scheduled_start_time: str | None = None
    scheduled_end_time: str | None = None
    recording_start_time: str | None = None
    recording_end_time: str | None = None
    transcript_language: str | None = None
    calendar_invitees: list[_Person] | None = None
    recorded_by: _Person | None = None
    transcript: list[_Utterance] | None = None
    default_summary: _Summary | None = None
    action_items: list[_ActionItem] | None = None


class _Page(msgspec.Struct):
    items: list[msgspec.Raw] = msgspec.field(default_factory=list[msgspec.Raw])
    next_cursor: str | None = None


_read_body = reader(_Body)
_read_page = reader(_Page)


def read(raw: bytes) -> Facts:
    """Read the one event there is, or a meeting of the API's list; raises InvalidEvent."""
    return Told(meeting=_meeting(_read_body(raw)), event="meeting_content_ready")


def poll(
    access: Access, since: datetime, _now: datetime
) -> Generator[Request, Answer, list[Polled]]:
    """Meetings made since then: nobody says that Fathom repeats a lost webhook."""
    found: list[Polled] = []
    wanted = {
        "created_after": since.isoformat(timespec="seconds").replace("+00:00", "Z"),
        "include_transcript": "true",
        "include_summary": "true",
        "include_action_items": "true",
    }
    for _ in range(_MOST_PAGES):
        answer = yield Request(
            method="GET",
            url=f"{_API}?{urlencode(wanted)}",
            headers={"X-Api-Key": access.get("api_key")},
        )
        body = usable(answer)
        if body is None:
            raise not_let_in(SOURCE, answer.status)
        page = _read_page(body)
        for item in page.items:
            raw = bytes(item)
            key = f"fathom:{ident(_read_body(raw).recording_id, of='recording_id')}"
            found.append(Polled(meeting_key=key, raw=raw))
        if not page.next_cursor:
            break
        wanted["cursor"] = page.next_cursor
    return found


def _meeting(body: _Body) -> Meeting:
    host = body.recorded_by or _Person()
    start = moment_of(body.recording_start_time) or moment_of(body.scheduled_start_time)
    end = moment_of(body.recording_end_time) or moment_of(body.scheduled_end_time)
    return Meeting(
        key=f"fathom:{ident(body.recording_id, of='recording_id')}",
        source="fathom",
        title=line(body.title) or line(body.meeting_title),
        said_type=line(body.meeting_type),
        started_at=start,
        ended_at=not_before(end, start),
        language=line(body.transcript_language),
        join_url=line(body.meeting_url),
        presenter_email=line(host.email),
        attendees=with_host(union(map(_invitee, body.calendar_invitees or ())), _invitee(host)),
        recording=recording_at(body.share_url, body.url),
        transcript=tuple(_segments(body)),
        summary=_summary(body.default_summary),
        action_items=tuple(_action_items(body)),
    )


def _invitee(person: _Person) -> Attendee:
    found = attendee(
        person.name,
        emails=[person.email],
        internal=None if person.is_external is None else not person.is_external,
    )
    spoke = True if person.matched_speaker_display_name else None
    return msgspec.structs.replace(found, attended=spoke)


def _segments(body: _Body) -> list[Segment]:
    return [
        Segment(
            start=clock_seconds(item.timestamp or "") or 0.0,
            speaker=line(item.speaker.display_name if item.speaker else ""),
            text=block(item.text),
        )
        for item in body.transcript or ()
        if block(item.text)
    ]


def _summary(told: _Summary | None) -> Summary | None:
    if told is None:
        return None
    return own_summary(told.markdown_formatted, template=line(told.template_name), language="en")


def _action_items(body: _Body) -> list[ActionItem]:
    found: list[ActionItem] = []
    for item in body.action_items or ():
        owner = item.assignee or _Person()
        if text := block(item.description):
            found.append(
                ActionItem(
                    text=text,
                    owner=line(owner.name) or line(owner.email),
                    at=clock_seconds(item.recording_timestamp or ""),
                    done=bool(item.completed),
                )
            )
    return found


SOURCE: Final = Source(
    key="fathom",
    title="Fathom",
    path="/hooks/meetings/fathom",
    proof="The signing secret that Fathom shows for the webhook, whsec_…",
    verify=signatures.standard,
    check_secret=signatures.check_standard,
    delivery_id=signatures.webhook_id,
    read=read,
    credentials=(Credential(key="api_key", title="API key"),),
    hosts=("api.fathom.ai",),
    marks=frozenset({"recording_id", "calendar_invitees"}),
    poll=poll,
)

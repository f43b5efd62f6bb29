"""Aircall: a call of two when it has ended, and what its AI makes of it in events of their own.

Source: Aircall's webhook and call objects (MEETINGS 1.3.6); the AI's bodies partly from memory, so
they are read tolerantly.
"""

import base64
from collections.abc import Generator, Sequence
from datetime import datetime
from typing import Any, Final, cast
from urllib.parse import quote

import msgspec

from dealwright.core.clock import to_ms
from dealwright.core.errors import InvalidEvent, Unavailable
from dealwright.meetings import signatures
from dealwright.meetings.attendees import attendee, same_number, union
from dealwright.meetings.files.speech import language_of, segments_of
from dealwright.meetings.folding import fold
from dealwright.meetings.meeting import (
    ActionItem,
    Attendee,
    Meeting,
    Part,
    Segment,
    Text,
)
from dealwright.meetings.moments import moment_of, not_before
from dealwright.meetings.payload import event_name, ident, reader
from dealwright.meetings.pieces import own_summary, recording_at, tags_of
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

_API: Final = "https://api.aircall.io/v1/calls"
_ENDED: Final = "call.ended"
#: Events with the whole call in them that come later, and what they add.
_LATER: Final = frozenset(
    {"call.comm_assets_generated", "call.commented", "call.tagged", "call.untagged"}
)
_AI: Final = {
    "summary": "summary",
    "transcription": "transcription",
    "topic": "topics",
    "topics": "topics",
    "action_item": "action_items",
    "action_items": "action_items",
    "sentiment": "sentiments",
    "sentiments": "sentiments",
}
_MOST_PAGES: Final = 20


class _Value(msgspec.Struct):
    value: str | None = None


class _Contact(msgspec.Struct):
    first_name: str | None = None
    last_name: str | None = None
    company_name: str | None = None
    emails: list[_Value] | None = None
    phone_numbers: list[_Value] | None = None


class _Named(msgspec.Struct):
    name: str | None = None
    email: str | None = None


class _Number(msgspec.Struct):
    country: str | None = None
    time_zone: str | None = None


class _Comment(msgspec.Struct):
    content: str | None = None


class _Call(msgspec.Struct):
    id: int | str | None = None
    direction: str | None = None
    status: str | None = None
    answered_at: float | None = None
    started_at: float | None = None
    ended_at: float | None = None
    raw_digits: str | None = None
    recording: str | None = None
    asset: str | None = None
    number: _Number | None = None
    user: _Named | None = None
    contact: _Contact | None = None
    comments: list[_Comment] | None = None
    tags: list[_Named] | None = None


class _Ai(msgspec.Struct):
    call_id: int | str | None = None
    content: Any = None


class _Envelope(msgspec.Struct):
    event: str | None = None
    timestamp: float | None = None
    token: Any = None
    data: msgspec.Raw = msgspec.Raw(b"null")


class _Calls(msgspec.Struct):
    calls: list[msgspec.Raw] = msgspec.field(default_factory=list[msgspec.Raw])


_read_envelope = reader(_Envelope)
_read_call = reader(_Call)
_read_ai = reader(_Ai)
_read_calls = reader(_Calls)
_read_answer = reader(dict[str, Any])


def verify(arrival: Arrival, secrets: Sequence[Secret]) -> None:
    """Compare the `token` in the body, for Aircall signs nothing; raises Refused."""
    try:
        token = _read_envelope(arrival.body).token
    except InvalidEvent:
        token = None
    signatures.check_token(token, secrets)


def read(raw: bytes) -> Facts:
    """Read one event; raises InvalidEvent."""
    envelope = _read_envelope(raw)
    event = event_name(envelope.event)
    at = moment_of(envelope.timestamp)
    if event == _ENDED:
        call = _read_call(bytes(envelope.data))
        return Told(meeting=_meeting(call, at), event=event)
    if event in _LATER:
        later = _meeting(_read_call(bytes(envelope.data)), at)
        # Whether somebody answered, and whether a summary is awaited, says the end of the call.
        partial = msgspec.structs.replace(later, answered=True, summary_expected=False)
        return Told(meeting=partial, event=event, waits=True, whole=False)
    kind = _AI.get(event.partition(".")[0])
    if kind is None or not event.endswith(".created"):
        return NotOfAMeeting(event=event)
    told = _read_ai(bytes(envelope.data))
    meeting = Meeting(key=f"aircall:{ident(told.call_id, of='call_id')}", source="aircall")
    return Told(
        meeting=_with_ai(msgspec.structs.replace(meeting, modified_at=at), kind, told.content),
        event=event,
        waits=True,
        whole=False,
        fetch=told.content is None and kind in {"summary", "transcription"},
    )


def fetch(known: Meeting, told: Told | None, access: Access) -> Asking:
    """Ask for what the AI made, as far as it is missing; what is not there stays so."""
    if not access.get("api_id") or not access.get("api_token"):
        return known
    asked = _AI.get(told.event.partition(".")[0]) if told is not None else None
    kinds = [asked] if asked else ["summary", *([] if known.transcript else ["transcription"])]
    call_id = quote(known.key.removeprefix("aircall:"), safe="")
    for kind in kinds:
        answer = yield _request(f"{_API}/{call_id}/{kind}", access)
        body = usable(answer)
        content = None if body is None else _dict(_answer(body).get(kind)).get("content")
        if content is not None:
            facts = _with_ai(Meeting(key=known.key, source="aircall"), kind, content)
            known = fold(known, Told(meeting=facts, event=kind, whole=False))
    return known


def poll(
    access: Access, since: datetime, _now: datetime
) -> Generator[Request, Answer, list[Polled]]:
    """Calls that have ended since then."""
    found: list[Polled] = []
    for page in range(1, _MOST_PAGES + 1):
        url = f"{_API}?from={to_ms(since) // 1000}&order=asc&per_page=50&page={page}"
        answer = yield _request(url, access)
        body = usable(answer)
        if body is None:
            raise not_let_in(SOURCE, answer.status)
        calls = _read_calls(body).calls
        for item in calls:
            call = _read_call(bytes(item))
            if call.status == "done" and call.ended_at is not None:
                raw = b'{"event":"call.ended","data":' + bytes(item) + b"}"
                key = f"aircall:{ident(call.id, of='id')}"
                found.append(Polled(meeting_key=key, raw=raw, only_new=True))
        if len(calls) < 50:
            break
    return found


def _request(url: str, access: Access) -> Request:
    pair = f"{access.get('api_id')}:{access.get('api_token')}".encode()
    return Request(
        method="GET",
        url=url,
        headers={"Authorization": f"Basic {base64.b64encode(pair).decode()}"},
    )


def _answer(body: bytes) -> dict[str, Any]:
    try:
        return _read_answer(body)
    except InvalidEvent:
        raise Unavailable("Aircall's answer is no JSON.", code="unreadable_answer") from None


def _meeting(call: _Call, at: datetime | None) -> Meeting:
    started = moment_of(call.answered_at)
    answered = started is not None
    start = started or moment_of(call.started_at)
    user, number = call.user or _Named(), call.number or _Number()
    comments = [block(comment.content) for comment in call.comments or ()]
    # Who has a seat at our own telephones is one of us, whatever their address.
    host = msgspec.structs.replace(
        attendee(user.name, emails=[user.email], part=Part.HOST, internal=True),
        internal_decided=True,
    )
    return Meeting(
        key=f"aircall:{ident(call.id, of='id')}",
        source="aircall",
        tags=tags_of(tag.name for tag in call.tags or ()),
        started_at=start,
        ended_at=not_before(moment_of(call.ended_at), start),
        timezone=line(number.time_zone),
        platform="phone",
        direction=line(call.direction),
        answered=answered,
        presenter_email=address(user.email),
        # Not made one of two: who calls himself has but one number.
        attendees=(*union([host]), *union([_other_side(call, number)])),
        recording=recording_at(call.asset, call.recording),
        manual_notes=_notes(comments),
        summary_expected=answered,
        modified_at=at,
    )


def _other_side(call: _Call, number: _Number) -> Attendee:
    contact = call.contact or _Contact()
    name = " ".join(filter(None, (line(contact.first_name), line(contact.last_name))))
    found = attendee(
        name or contact.company_name,
        emails=[item.value for item in contact.emails or ()],
        phones=[item.value for item in contact.phone_numbers or ()],
    )
    dialled = attendee(phones=[call.raw_digits]).phones
    new = [one for one in dialled if not any(same_number(one, old) for old in found.phones)]
    return msgspec.structs.replace(
        found, phones=(*found.phones, *new), region=line(number.country)[:2].upper()
    )


def _notes(comments: list[str]) -> Text | None:
    text = "\n".join(filter(None, comments))
    return Text(format="text", text=text) if text else None


def _with_ai(meeting: Meeting, kind: str, content: object) -> Meeting:
    replace = msgspec.structs.replace
    if kind == "summary":
        return replace(meeting, summary=own_summary(_text(content), form="text"))
    if kind == "transcription":
        return replace(meeting, transcript=_transcript(content), language=language_of(content))
    items = cast("list[object]", content) if isinstance(content, list) else [content]
    texts = [text for item in items if (text := _text(item))]
    if kind == "action_items":
        return replace(meeting, action_items=tuple(ActionItem(text=text) for text in texts))
    return replace(meeting, extra={kind: texts}) if texts else meeting


def _transcript(content: object) -> tuple[Segment, ...]:
    utterances = _dict(content).get("utterances")
    if isinstance(utterances, list):
        named = [
            {**_dict(item), "speaker": _dict(item).get("participant_type")}
            for item in cast("list[object]", utterances)
        ]
        return segments_of({"utterances": named})
    try:
        return segments_of({"text": content} if isinstance(content, str) else content)
    except InvalidEvent:
        return ()


def _text(content: object) -> str:
    if isinstance(content, str):
        return block(content)
    inside = _dict(content)
    found = (inside.get(name) for name in ("content", "text", "summary", "description", "name"))
    return next((block(one) for one in found if isinstance(one, str)), "")


def _dict(told: object) -> dict[str, Any]:
    return cast("dict[str, Any]", told) if isinstance(told, dict) else {}


SOURCE: Final = Source(
    key="aircall",
    title="Aircall",
    path="/hooks/calls/aircall",
    proof="The token that Aircall shows for the webhook",
    verify=verify,
    check_secret=signatures.check_text,
    read=read,
    grace_s=30 * 60,
    credentials=(
        Credential(key="api_id", title="API id"),
        Credential(key="api_token", title="API token"),
    ),
    hosts=("api.aircall.io",),
    marks=frozenset({"resource", "event", "token", "data"}),
    fetch=fetch,
    poll=poll,
)

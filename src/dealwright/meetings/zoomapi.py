"""What is asked of Zoom's API: a token, who was there, transcripts, summaries, and what was missed.

Source: https://developers.zoom.us/docs/api/ and /docs/internal-apps/s2s-oauth/ (MEETINGS 1.3.2).
"""

import base64
from collections.abc import Callable, Generator, Sequence
from datetime import datetime
from typing import Final, TypeVar
from urllib.parse import quote, urlencode

import msgspec

from dealwright.core.errors import InvalidEvent, Unauthorized, Unavailable
from dealwright.meetings.attendees import attendee
from dealwright.meetings.files.cues import read_vtt
from dealwright.meetings.files.encoding import text_of
from dealwright.meetings.meeting import Attendee, Segment, Summary
from dealwright.meetings.payload import ident, reader
from dealwright.meetings.source import Access, Answer, Download, Polled, Request, usable
from dealwright.meetings.texts import line
from dealwright.meetings.zoomsummary import SummaryObject, summary_of

T = TypeVar("T")
Asked = Generator[Request, Answer, T]

_API: Final = "https://api.zoom.us/v2"
_MOST_PAGES: Final = 20
_NOT_THERE: Final = 404


class _Token(msgspec.Struct):
    access_token: str


class _Participant(msgspec.Struct):
    id: str | None = None
    name: str | None = None
    user_email: str | None = None
    internal_user: bool | None = None


class _Participants(msgspec.Struct):
    participants: list[_Participant] = msgspec.field(default_factory=list[_Participant])
    next_page_token: str | None = None


class _Page(msgspec.Struct):
    meetings: list[msgspec.Raw] = msgspec.field(default_factory=list[msgspec.Raw])
    summaries: list[msgspec.Raw] = msgspec.field(default_factory=list[msgspec.Raw])
    next_page_token: str | None = None


class _Named(msgspec.Struct):
    uuid: str | None = None
    meeting_uuid: str | None = None


_read_token = reader(_Token)
_read_participants = reader(_Participants)
_read_summary = reader(SummaryObject)
_read_page = reader(_Page)
_read_named = reader(_Named)


def encoded(uuid: str) -> str:
    """A UUID as it stands in a path: twice percent-encoded where it holds what ends a segment."""
    once = quote(uuid, safe="")
    return quote(once, safe="") if uuid.startswith("/") or "//" in uuid else once


def token(access: Access) -> Asked[str]:
    """A bearer token for an hour, "" without credentials; raises Unauthorized."""
    account, client = access.get("account_id"), access.get("client_id")
    if not (account and client and access.get("client_secret")):
        return ""
    wanted = urlencode({"grant_type": "account_credentials", "account_id": account})
    pair = base64.b64encode(f"{client}:{access.get('client_secret')}".encode()).decode()
    answer = yield Request(
        method="POST",
        url=f"https://zoom.us/oauth/token?{wanted}",
        headers={"Authorization": f"Basic {pair}"},
    )
    body = usable(answer)
    if body is None:
        raise Unauthorized(
            "Zoom does not take the account id, client id and client secret of this Source: look "
            "them up in the server-to-server app, and see that it is activated.",
            code="recorder_unauthorized",
            status=answer.status,
        )
    return _told(_read_token, body).access_token


def participants(uuid: str, bearer: str) -> Asked[list[Attendee] | None]:
    """Who was there; None where the plan does not tell. A 404 says that there is no list."""
    found: list[Attendee] = []
    url = f"{_API}/past_meetings/{encoded(uuid)}/participants?page_size=300"
    page_token = ""
    for _ in range(_MOST_PAGES):
        answer = yield _get(f"{url}{page_token}", bearer)
        body = usable(answer)
        if body is None:
            return found if found or answer.status == _NOT_THERE else None
        page = _told(_read_participants, body)
        found += map(_attendee, page.participants)
        if not page.next_page_token:
            break
        page_token = f"&next_page_token={quote(page.next_page_token, safe='')}"
    return found


def transcript(files: Sequence[Download], bearer: str) -> Asked[tuple[Segment, ...]]:
    """What was said, of all files; a file that is gone or unreadable is left out."""
    found: list[Segment] = []
    for file in files:
        answer = yield _get(file.url, file.token or bearer)
        body = usable(answer)
        try:
            segments = () if body is None else read_vtt(text_of(body))
        except InvalidEvent:
            segments = ()
        found += [_later(segment, file.offset_s) for segment in segments]
    return tuple(found)


def summary(uuid: str, bearer: str) -> Asked[Summary | None]:
    """The summary; None where there is none, or the plan or the host keeps it back."""
    answer = yield _get(f"{_API}/meetings/{encoded(uuid)}/meeting_summary", bearer)
    body = usable(answer)
    return None if body is None else summary_of(_told(_read_summary, body))


def poll(access: Access, since: datetime, now: datetime) -> Asked[list[Polled]]:
    """Recordings and summaries of the account; what the plan does not list is left out."""
    bearer = yield from token(access)
    if not bearer:
        return []
    days = {"from": f"{since:%Y-%m-%d}", "to": f"{now:%Y-%m-%d}", "page_size": "300"}
    moments = days | {"from": f"{since:%Y-%m-%dT%H:%M:%SZ}", "to": f"{now:%Y-%m-%dT%H:%M:%SZ}"}
    recordings = yield from _pages(f"{_API}/accounts/me/recordings?{urlencode(days)}", bearer)
    summaries = yield from _pages(f"{_API}/meetings/meeting_summaries?{urlencode(moments)}", bearer)
    # A summary may be news of a meeting that is known by its recording.
    return [
        *(
            _polled(bytes(raw), "recording.completed", only_new=True)
            for page in recordings
            for raw in page.meetings
        ),
        *(
            _polled(bytes(raw), "meeting.summary_completed", only_new=False)
            for page in summaries
            for raw in page.summaries
        ),
    ]


def _pages(url: str, bearer: str) -> Asked[list[_Page]]:
    found: list[_Page] = []
    page_token = ""
    for _ in range(_MOST_PAGES):
        answer = yield _get(f"{url}{page_token}", bearer)
        body = usable(answer)
        if body is None:
            break
        found.append(_told(_read_page, body))
        following = found[-1].next_page_token
        if not following:
            break
        page_token = f"&next_page_token={quote(following, safe='')}"
    return found


def _polled(raw: bytes, event: str, *, only_new: bool) -> Polled:
    named = _told(_read_named, raw)
    uuid = ident(named.meeting_uuid or named.uuid, of="uuid")
    told = b'{"event":"%s","payload":{"object":%s}}' % (event.encode(), raw)
    return Polled(meeting_key=f"zoom:{uuid}", raw=told, only_new=only_new)


def _get(url: str, bearer: str) -> Request:
    return Request(method="GET", url=url, headers={"Authorization": f"Bearer {bearer}"})


def _attendee(person: _Participant) -> Attendee:
    found = attendee(person.name, emails=[person.user_email], internal=person.internal_user)
    return msgspec.structs.replace(found, source_id=line(person.id), attended=True)


def _later(segment: Segment, offset_s: float) -> Segment:
    end = None if segment.end is None else segment.end + offset_s
    return msgspec.structs.replace(segment, start=segment.start + offset_s, end=end)


def _told(read: Callable[[bytes], T], body: bytes) -> T:
    try:
        return read(body)
    except InvalidEvent as fault:
        raise Unavailable(
            f"Zoom's answer cannot be read: {fault}", code="unreadable_answer"
        ) from None

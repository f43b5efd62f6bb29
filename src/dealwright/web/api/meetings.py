"""/meetings: what came of meetings and calls; and meetings that are told by whoever has a key."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Final

import msgspec
import sqlalchemy as sa
from fastapi import APIRouter, Depends, Form, Path, Query, UploadFile
from pydantic import AwareDatetime, BaseModel, ConfigDict

from dealwright.core.clock import to_ms
from dealwright.meetings.searching import snippets
from dealwright.meetings.source import MAX_BODY_BYTES, Refused
from dealwright.pipeline.meetingintake import Given, attendees_of
from dealwright.pipeline.meetingview import head_of, meeting_view
from dealwright.store.meeting_search import Asked, search_meetings
from dealwright.store.meeting_sources import meeting_source
from dealwright.store.meetings import StoredMeeting
from dealwright.web.api.act import Act, Desk, acting, allowed
from dealwright.web.api.paging import Cursor, Limit, Page, cursor_before, place_of
from dealwright.web.api.refusals import InvalidRequest, TooLarge
from dealwright.web.api.shapes import LARGEST
from dealwright.web.auth.permissions import Permission
from dealwright.web.problem import Part

router = APIRouter(tags=["Meetings"])

READ = allowed(Permission.MEETINGS_READ)
Writing = Annotated[Act, acting(Permission.MEETINGS_WRITE)]
_BODY: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": {"type": "object"}}},
    }
}
#: Numbers of tables are no part of an address: a UUID is.
MeetingId = Annotated[str, Path(pattern="^[0-9a-f-]{36}$", description="The id of its page.")]

_OF: Final = "meetings"


class Shown(BaseModel):
    """A part of an answer."""

    model_config = ConfigDict(from_attributes=True)


class MeetingHead(Shown):
    """A Meeting in a list. `state` is such as `synced`, `pending:summary`, `skipped:excluded`."""

    id: str
    key: str
    source: str
    source_id: int
    connection_id: int | None
    state: str
    title: str
    started_at: datetime | None
    updated_at: datetime
    revision: int


class Snippet(Shown):
    """A place with words that were looked for; `at` is seconds from the start."""

    part: str
    text: str
    at: float | None
    speaker: str


class Listed(MeetingHead):
    """A Meeting in a list, and where in it the words stand that were looked for."""

    snippets: list[Snippet] = []


class Participant(Shown):
    """Who was there. `match` is null where nobody was looked up."""

    name: str | None
    email: str | None
    phone_e164: str | None
    role: str
    match: str | None
    person_id: int | None


class Suggestion(Shown):
    """A person who may be meant by a participant; nothing is done without somebody's word."""

    participant: str
    person_id: int
    why: str


class MatchConflict(Shown):
    """A look-up that found several persons, and which step left one; null: none did."""

    participant: str
    why: str
    candidates: list[int]
    chosen: int | None
    decided_by: str | None


class Merge(Shown):
    """Several recorders told of it: why they mean one, whose key was kept, the other keys."""

    why: str
    kept: str
    merged: list[str]


class DealChoice(Shown):
    """The deal of the primary person, or none, and why."""

    deal_id: int | None
    why: str
    lead_id: str = ""


class Write(Shown):
    """A note or an activity in Pipedrive."""

    record_id: int | str | None
    person_id: int | None
    deal_id: int | None
    state: str
    written_at: datetime


class NearMiss(Shown):
    """An activity type that is almost the one that was looked for."""

    name: str
    why: str


class Activity(Shown):
    """The activity, or why there is none."""

    created: bool
    record: Write | None
    reason: str | None
    near_misses: list[NearMiss]


class Meeting(MeetingHead):
    """A Meeting with all that is known of it, and why what stands in Pipedrive stands there."""

    url: str
    conversation_type: str | None
    ended_at: datetime | None
    duration_seconds: int | None
    language: str | None
    platform: str | None
    presenter: str | None
    summary_origin: str
    summary: dict[str, Any] | None
    transcript_segments: int
    manual_notes: str | None
    recording_url: str | None
    linked_deal_id: int | None
    participants: list[Participant]
    suggestions: list[Suggestion]
    match_conflicts: list[MatchConflict]
    merge: Merge | None
    deal_choice: DealChoice | None
    notes: list[Write]
    activity: Activity
    warnings: list[str]


class TakenIn(BaseModel):
    """A Meeting that was taken in; what becomes of it is told by `/meetings/{meeting_id}`."""

    meeting_id: str
    url: str


class Uploaded(TakenIn):
    """The same, with its key and what the file was: vtt, srt, text, whisper, or a recorder's."""

    key: str
    kind: str


class Wanted:
    """Which Meetings are listed."""

    def __init__(
        self,
        *,
        connection_id: Annotated[int | None, Query(ge=1, le=LARGEST)] = None,
        source_id: Annotated[int | None, Query(ge=1, le=LARGEST)] = None,
        state: Annotated[
            str | None,
            Query(max_length=100, description="Such as `synced`, or `needs_review` for any such."),
        ] = None,
        key: Annotated[str | None, Query(max_length=500, description="`fathom:123`.")] = None,
        since: Annotated[
            AwareDatetime | None, Query(description="Those that began then or later.")
        ] = None,
        until: Annotated[AwareDatetime | None, Query(description="Those before.")] = None,
        q: Annotated[
            str,
            Query(max_length=500, description="Words that were said or written; the last begun."),
        ] = "",
        person_id: Annotated[int | None, Query(ge=1, le=LARGEST)] = None,
        deal_id: Annotated[int | None, Query(ge=1, le=LARGEST)] = None,
        conversation_type: Annotated[str | None, Query(max_length=100)] = None,
        presenter: Annotated[str | None, Query(max_length=320, description="An address.")] = None,
    ) -> None:
        self.where = Asked(
            query=q,
            connection_id=connection_id,
            source_id=source_id,
            key=key,
            person_id=person_id,
            deal_id=deal_id,
            conversation_type=conversation_type,
            presenter=presenter,
            state=state,
            since_ms=None if since is None else to_ms(since),
            until_ms=None if until is None else to_ms(until),
        )


class UploadForm:
    """What somebody says of the file that they bring."""

    def __init__(
        self,
        *,
        title: Annotated[str, Form(max_length=500)] = "",
        started_at: Annotated[AwareDatetime | None, Form()] = None,
        conversation_type: Annotated[str, Form(max_length=100)] = "",
        language: Annotated[str, Form(max_length=35)] = "",
        participants: Annotated[
            list[str] | None,
            Form(description="`Ada Keller <ada@love.example>`, an address, a number, or a name."),
        ] = None,
        deal_id: Annotated[int | None, Form(ge=1, le=LARGEST)] = None,
    ) -> None:
        self.given = Given(
            title=title,
            started_at=started_at,
            conversation_type=conversation_type,
            language=language,
            participants=attendees_of(participants or []),
            deal_id=deal_id,
        )


class _Reply(msgspec.Struct, frozen=True):
    meeting_id: str = ""
    url: str = ""


_read_reply: Final = msgspec.json.Decoder(_Reply).decode


@router.get("/meetings", dependencies=[READ])
async def list_meetings(
    office: Desk, wanted: Annotated[Wanted, Depends()], *, limit: Limit = 50, cursor: Cursor = None
) -> Page[Listed]:
    """Meetings, the last one heard of first; with `q` those that have every word of it."""
    before = place_of(cursor, of=_OF)

    def look(db: sa.Connection) -> tuple[list[StoredMeeting], list[Listed]]:
        found = search_meetings(db, wanted.where, limit=limit, before=before)
        return found, [_listed(db, one, wanted.where.query) for one in found]

    found, items = await office.read(look)
    more = cursor_before(_OF, found[-1].id) if len(found) == limit else None
    return Page(items=items, next_cursor=more)


def _listed(db: sa.Connection, stored: StoredMeeting, query: str) -> Listed:
    head = head_of(stored, meeting_source(db, stored.source_id))
    shown = snippets(stored.body, head.title, query) if query else ()
    told: dict[str, Any] = msgspec.structs.asdict(head)
    return Listed(**told, snippets=[Snippet(**one._asdict()) for one in shown])


@router.post("/meetings", status_code=202, openapi_extra=_BODY)
async def tell_meeting(act: Writing) -> TakenIn:
    """Tell of a finished meeting or call, as the generic webhook is told (`meeting.completed`).

    The same id once more is a new version of the same Meeting; the same content changes nothing.
    """
    body = await act.request.body()
    if len(body) > MAX_BODY_BYTES:
        raise TooLarge(f"A meeting may have at most {MAX_BODY_BYTES:,} bytes.")
    try:
        reply = await act.office.meetings.told(body)
    except Refused as refused:
        parts = [Part(path=one.pointer, message=one.message) for one in refused.problems]
        raise InvalidRequest(str(refused), parts=parts) from None
    told = _read_reply(reply.body)
    if not told.meeting_id:
        raise InvalidRequest("This is of no finished meeting: its type is meeting.completed.")
    await _note(act, "meeting.create", [told.meeting_id])
    return TakenIn(meeting_id=told.meeting_id, url=told.url)


@router.post("/meetings/upload", status_code=202)
async def upload_meeting(
    act: Writing, file: UploadFile, form: Annotated[UploadForm, Depends()]
) -> Page[Uploaded]:
    """Bring a transcript (VTT, SRT, TXT, Whisper JSON), an invitation (ICS), or an export."""
    raw = await file.read()
    if len(raw) > MAX_BODY_BYTES:
        raise TooLarge(f"A file may have at most {MAX_BODY_BYTES:,} bytes.")
    name = file.filename or ""
    taken = await act.office.meetings.uploaded(raw, filename=name, given=form.given)
    await _note(act, "meeting.upload", [one.meeting_id for one in taken])
    return Page(items=[Uploaded.model_validate(one._asdict()) for one in taken])


async def _note(act: Act, action: str, ids: list[str]) -> None:
    def note(db: sa.Connection) -> None:
        for one in ids:
            act.note(db, action, f"meeting:{one}")

    await act.office.write(note)


@router.get("/meetings/{meeting_id}", dependencies=[READ])
async def meeting(meeting_id: MeetingId, office: Desk) -> Meeting:
    """One Meeting: who was there and whom they match, the deal, what was written, and why."""
    found = await office.read(lambda db: meeting_view(db, meeting_id, base_url=office.address))
    told: Mapping[str, Any] = msgspec.to_builtins(found, builtin_types=(datetime,))
    return Meeting.model_validate(told)

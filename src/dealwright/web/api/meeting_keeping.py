"""/meetings/…: what is kept: export, support, recordings, holds, erasure, simulation."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import datetime
from typing import Annotated, Any, Final

import msgspec
import sqlalchemy as sa
from fastapi import APIRouter, Query
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from starlette.requests import ClientDisconnect
from starlette.responses import Response

from dealwright.core.clock import from_ms, to_ms
from dealwright.meetings.export.formats import Format
from dealwright.meetings.keeping import Part, removed_sentence
from dealwright.pipeline.meetingerasure import erase_person, known_by
from dealwright.pipeline.meetingexport import export_meeting, export_person
from dealwright.pipeline.meetingkeeping import erase_part, hold_meeting, release_meeting
from dealwright.pipeline.meetingmedia import MediaShelf, delete_files, media_folder, media_type
from dealwright.pipeline.meetingretro import Overlay, chosen, laid_over, retro
from dealwright.pipeline.meetingsimulate import Simulator
from dealwright.pipeline.meetingsupport import masked, support_bundle
from dealwright.pipeline.pace import Pace
from dealwright.store.connections import Connection, connection
from dealwright.store.meeting_keeping import hold_of, removals_of
from dealwright.store.meeting_list import MeetingFilter
from dealwright.store.meeting_media import media_of
from dealwright.store.meetings import StoredMeeting, meeting_by_public_id
from dealwright.web.api.act import Act, Desk, acting, allowed, uploading
from dealwright.web.api.meetings import READ, MeetingId, Shown
from dealwright.web.api.office import Office
from dealwright.web.api.refusals import InvalidRequest
from dealwright.web.api.shapes import LARGEST
from dealwright.web.auth.permissions import Permission

router = APIRouter(tags=["Meetings"])

Writing = Annotated[Act, acting(Permission.MEETINGS_WRITE)]
Bringing = Annotated[Act, uploading(Permission.MEETINGS_WRITE)]
#: What cannot be undone, and what names everybody, is for those who answer for it.
Erasing = Annotated[Act, acting(Permission.SOURCES_WRITE)]
LOOKING = allowed(Permission.SOURCES_WRITE)

#: A request that would take longer is for the command line.
_MOST_SIMULATED: Final = 100
_FILE: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}
_ANY: Final[dict[int | str, dict[str, Any]]] = {
    200: {"content": {"application/octet-stream": {}}, "description": "The file."}
}


class Removed(BaseModel):
    """What is no longer here."""

    kind: str
    why: str
    removed_at: datetime
    sentence: str


class Recorded(BaseModel):
    """A recording: `wanted`, `here`, `refused` or `erased`; `code` says why it is not here."""

    id: int
    origin: str
    mime_type: str
    size: int
    state: str
    code: str


class Kept(BaseModel):
    """What is kept of a Meeting, and what is no longer."""

    held: bool
    hold_reason: str | None
    recordings: list[Recorded]
    removed: list[Removed]


class HoldRequest(BaseModel):
    """Why nothing may be removed."""

    model_config = ConfigDict(extra="forbid")
    reason: Annotated[str, Field(min_length=1, max_length=500)]


class PersonRequest(BaseModel):
    """Somebody, by an address or a number with its country; `meetings`: theirs go whole."""

    model_config = ConfigDict(extra="forbid")
    email: Annotated[str, Field(max_length=320)] = ""
    phone: Annotated[str, Field(max_length=40)] = ""
    meetings: bool = False


class StillThere(Shown):
    """A note or an activity in Pipedrive that may still name them."""

    meeting: str
    kind: str
    record_id: int | str | None
    person_id: int | None
    deal_id: int | None


class Erased(Shown):
    """What became of an erasure, by the ids of meetings."""

    redacted: list[str]
    removed: list[str]
    held: list[str]
    recorded: list[str]
    in_pipedrive: list[StillThere]


class Trial(BaseModel):
    """Settings to try on meetings since a moment."""

    model_config = ConfigDict(extra="forbid")
    settings: dict[str, Any]
    since: AwareDatetime
    source_id: Annotated[int | None, Field(ge=1, le=LARGEST)] = None


class Difference(Shown):
    """What would be otherwise, of which meeting."""

    meeting: str
    title: str
    what: str
    before: str
    after: str


class Tried(BaseModel):
    """How many meetings were played, what that may cost at most, and what would be otherwise."""

    meetings: int
    most_tokens: int
    differences: list[Difference]


class Past(BaseModel):
    """Which past meetings are logged anew; without a state those that are unfinished."""

    model_config = ConfigDict(extra="forbid")
    since: AwareDatetime
    state: Annotated[str | None, Field(max_length=100)] = None
    source_id: Annotated[int | None, Field(ge=1, le=LARGEST)] = None


class LoggedAnew(BaseModel):
    """How many are logged anew, and how many cannot be."""

    queued: int
    left: int
    by_state: dict[str, int]


@router.get("/meetings/{meeting_id}/export", dependencies=[READ], responses=_ANY)
async def export(
    meeting_id: MeetingId,
    office: Desk,
    form: Annotated[Format, Query(alias="format")] = Format.JSON,
) -> Response:
    """A Meeting as a file: vcon, vtt, srt, md or json; no recording, no address of one."""
    told = await office.read(lambda db: export_meeting(db, meeting_id, form))
    named = {"content-disposition": f'attachment; filename="{told.name}"'}
    return Response(told.body, media_type=told.media_type, headers=named)


@router.get("/meetings/{meeting_id}/support", dependencies=[READ], responses=_ANY)
async def support(
    meeting_id: MeetingId,
    office: Desk,
    mask: Annotated[bool, Query(description="Without names, addresses and numbers.")] = False,  # noqa: FBT002
) -> Response:
    """What whoever helps asks for first: links, matches, the Trace, and why; never a secret."""
    told = await office.read(
        lambda db: support_bundle(db, meeting_id, base_url=office.address, version=office.version)
    )
    body = msgspec.json.encode(masked(told) if mask else told)
    return Response(msgspec.json.format(body, indent=2), media_type="application/json")


@router.get("/meetings/{meeting_id}/kept", dependencies=[READ])
async def kept(meeting_id: MeetingId, office: Desk) -> Kept:
    """What is kept of a Meeting here, and what was removed, when, and by whom."""
    return await office.read(lambda db: _kept(db, meeting_by_public_id(db, meeting_id)))


@router.post("/meetings/{meeting_id}/recordings", status_code=201, openapi_extra=_FILE)
async def add_recording(
    meeting_id: MeetingId,
    act: Bringing,
    name: Annotated[str, Query(max_length=200, description="The file's name.")] = "",
) -> Recorded:
    """Keep a recording here, encrypted: audio or video, sent as the body."""
    office = act.office
    stored = await office.read(lambda db: meeting_by_public_id(db, meeting_id))
    kind = media_type(act.request.headers.get("content-type", ""), name)
    number = await _shelf(office).bring(stored, kind, _chunks(act))
    await office.write(lambda db: act.note(db, "meeting.media.add", f"meeting:{meeting_id}"))
    found = await office.read(lambda db: media_of(db, stored.id))
    return next(_recorded(one) for one in found if one.id == number)


@router.put("/meetings/{meeting_id}/hold")
async def hold(meeting_id: MeetingId, given: HoldRequest, act: Erasing) -> Kept:
    """Let nothing of a Meeting be removed, by policy or by anybody."""

    def change(db: sa.Connection) -> Kept:
        stored, now_ms = meeting_by_public_id(db, meeting_id), act.office.now_ms()
        hold_meeting(db, stored, reason=given.reason, by=act.who, now_ms=now_ms)
        return _kept(db, stored)

    return await act.do(change, answer=Kept)


@router.delete("/meetings/{meeting_id}/hold")
async def release(meeting_id: MeetingId, act: Erasing) -> Kept:
    """Take a legal hold away."""

    def change(db: sa.Connection) -> Kept:
        stored = meeting_by_public_id(db, meeting_id)
        release_meeting(db, stored, by=act.who, now_ms=act.office.now_ms())
        return _kept(db, stored)

    return await act.do(change, answer=Kept)


@router.delete("/meetings/{meeting_id}/parts/{part}")
async def erase(meeting_id: MeetingId, part: Part, act: Erasing) -> Kept:
    """Remove a part of a Meeting, or all of it (`meeting`); what is in Pipedrive stays there."""

    def change(db: sa.Connection) -> Kept:
        stored = meeting_by_public_id(db, meeting_id)
        erase_part(db, stored, part, by=act.who, now_ms=act.office.now_ms())
        return _kept(db, stored)

    told = await act.do(change, answer=Kept)
    await delete_files(act.office.store, media_folder(act.office.folder))
    return told


@router.post("/meetings/erase-person")
async def forget(given: PersonRequest, act: Erasing) -> Erased:
    """Forget somebody: in every Meeting, or with `meetings` the whole of theirs."""
    known = known_by(email=given.email, phone=given.phone)

    def change(db: sa.Connection) -> Erased:
        now_ms = act.office.now_ms()
        told = erase_person(db, known, whole=given.meetings, by=act.who, now_ms=now_ms)
        return Erased.model_validate(told)

    told = await act.do(change, answer=Erased)
    await delete_files(act.office.store, media_folder(act.office.folder))
    return told


@router.post("/meetings/export-person", responses=_ANY)
async def export_of_person(given: PersonRequest, act: Erasing) -> Response:
    """A ZIP of every Meeting that somebody was in, as Markdown and vCon, for an access request."""
    known = known_by(email=given.email, phone=given.phone)
    body = await act.office.read(lambda db: export_person(db, known))
    await act.office.write(lambda db: act.note(db, "meeting.export_person", "person"))
    named = {"content-disposition": 'attachment; filename="meetings.zip"'}
    return Response(body, media_type="application/zip", headers=named)


@router.post("/meetings/simulate")
async def simulate(given: Trial, act: Writing) -> Tried:
    """What other settings would make of past Meetings, at most 100; nothing is written."""
    overlay = laid_over(given.settings)
    where = MeetingFilter(source_id=given.source_id, since_ms=to_ms(given.since))
    found = await act.office.read(lambda db: chosen(db, where, most=_MOST_SIMULATED))
    differences: list[Difference] = []
    for number in sorted({one.connection_id for one in found.meetings if one.connection_id}):
        home = await act.office.read(lambda db, number=number: connection(db, number))
        pages = [(one.id, one.public_id) for one in found.meetings if one.connection_id == number]
        differences += await _simulated(act.office, home, pages, overlay)
    return Tried(meetings=len(found.meetings), most_tokens=found.tokens, differences=differences)


@router.post("/meetings/retro")
async def log_again(given: Past, act: Writing) -> LoggedAnew:
    """Log past Meetings anew, such as after a person, a deal or an activity type appeared."""
    where = MeetingFilter(source_id=given.source_id, state=given.state, since_ms=to_ms(given.since))

    def change(db: sa.Connection) -> LoggedAnew:
        told = retro(db, where, by=act.who, now_ms=act.office.now_ms())
        return LoggedAnew(queued=told.queued, left=told.left, by_state=told.by_state)

    return await act.do(change, answer=LoggedAnew)


async def _simulated(
    office: Office, home: Connection, pages: list[tuple[int, str]], overlay: Overlay
) -> list[Difference]:
    async with AsyncExitStack() as open_:
        records = await open_.enter_async_context(office.open_account(home))
        simulator = Simulator(
            store=office.store,
            connection_id=home.id,
            client=records.client,
            clock=office.clock,
            pace=Pace(),
            defaults=home.defaults,
            base_url=office.address,
        )
        found = await simulator.differences(pages, overlay)
    return [Difference.model_validate(one) for one in found]


def _kept(db: sa.Connection, stored: StoredMeeting) -> Kept:
    found = hold_of(db, stored.id)
    return Kept(
        held=found is not None,
        hold_reason=None if found is None else found.reason,
        recordings=[_recorded(one) for one in media_of(db, stored.id)],
        removed=[
            Removed(
                kind=one.kind.value,
                why=one.why.value,
                removed_at=from_ms(one.removed_at_ms),
                sentence=removed_sentence(
                    one.kind.value, one.why.value, one.removed_by, from_ms(one.removed_at_ms)
                ),
            )
            for one in removals_of(db, stored.id)
        ],
    )


def _recorded(one: Any) -> Recorded:
    return Recorded(
        id=one.id,
        origin=one.origin,
        mime_type=one.mime_type,
        size=one.size,
        state=one.state.value,
        code=one.code,
    )


def _shelf(office: Office) -> MediaShelf:
    return MediaShelf(
        store=office.store,
        vault=office.vault,
        clock=office.clock,
        folder=media_folder(office.folder),
    )


async def _chunks(act: Act) -> AsyncIterator[bytes]:
    try:
        async for chunk in act.request.stream():
            yield chunk
    except ClientDisconnect:
        raise InvalidRequest("The recording broke off.") from None

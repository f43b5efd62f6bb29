"""/meetings/{id}/…: all that the page of a meeting shows and does: people, deal, summary, notes."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any

import msgspec
import sqlalchemy as sa
from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import PlainTextResponse

from dealwright.meetings.captions import vtt_of
from dealwright.meetings.why import ASKED
from dealwright.pipeline import meetingacts, meetingpages
from dealwright.pipeline.meetingpage import meeting_page
from dealwright.pipeline.meetingpages import MOST_TEXT
from dealwright.pipeline.meetingseek import find_deals, find_people
from dealwright.store.meeting_choices import Choice
from dealwright.store.meeting_pages import SummaryVersion, versions_of
from dealwright.store.meetings import StoredMeeting, meeting_by_public_id
from dealwright.web.api.act import Act, Desk, acting, allowed
from dealwright.web.api.meeting_fixes import refresh_types
from dealwright.web.api.meetings import MeetingId
from dealwright.web.api.paging import Page
from dealwright.web.api.shapes import LARGEST, Given, Id
from dealwright.web.auth.permissions import Permission

router = APIRouter(tags=["Meetings"])

READ = allowed(Permission.MEETINGS_READ)
Writing = Annotated[Act, acting(Permission.MEETINGS_WRITE)]
Words = Annotated[str, Query(max_length=200, description="Words, all of which must be there.")]
Slot = Annotated[str, Field(min_length=1, max_length=500)]
RecordNumber = Annotated[int, Field(ge=1, le=LARGEST)]
Written = Annotated[str, Field(max_length=MOST_TEXT)]


class Shown(BaseModel):
    """A part of an answer."""

    model_config = ConfigDict(from_attributes=True)


class PersonChoice(Given):
    """Who a guest is: `slot` is what the guest is known by (an address, a number, else the name).

    A slot that nobody has adds a guest. `removes`: the note on anybody else is taken away.
    """

    slot: Slot
    person_id: RecordNumber
    removes: bool = False


class Forgotten(Given):
    """The guest about whom the rules are to decide again."""

    slot: Slot


class DealGiven(Given):
    """The deal; null: the rules choose again."""

    deal_id: RecordNumber | None


class SummaryGiven(Given):
    """A summary in Markdown, and its next steps, a line each: `Ada: call (due 2026-12-01)`."""

    text: Written
    next_steps: Written = ""


class NotesGiven(Given):
    """Manual notes in Markdown; "" for none."""

    text: Written


class TemplateGiven(Given):
    """By which template the summary is made anew, where a language model makes it."""

    template: Annotated[str, Field(max_length=50)] = "general"


class Queued(BaseModel):
    """What was asked for is done, and the note follows; `state` is the meeting's at present."""

    meeting_id: str
    state: str


class Version(BaseModel):
    """A version of a summary."""

    version: int
    made_by: str
    made_at: datetime
    origin: str
    summary: dict[str, Any]


class PersonFound(Shown):
    """A person who may be meant."""

    id: int
    name: str
    email: str
    organisation: str


class DealFound(Shown):
    """A deal that may be meant."""

    id: int
    title: str
    status: str
    person_id: int | None


class Utterance(Shown):
    """What was said: seconds from the start, by whom ("" unknown)."""

    start: float
    end: float | None
    speaker: str
    text: str


class Why(BaseModel):
    """A question that the meeting raises, its answer, and what helps."""

    question: str
    asked: str
    code: str
    sentence: str
    fixes: list[str]


@router.get("/meetings/{meeting_id}/why", dependencies=[READ])
async def meeting_why(meeting_id: MeetingId, office: Desk) -> Page[Why]:
    """Why the meeting stands in Pipedrive as it does, or does not; nothing where all is well."""
    found = await office.read(lambda db: meeting_page(db, meeting_id, base_url=office.address))
    return Page(
        items=[
            Why(
                question=one.question.value,
                asked=ASKED[one.question],
                code=one.code,
                sentence=one.sentence,
                fixes=[fix.value for fix in one.fixes],
            )
            for one in found.answers
        ]
    )


@router.get("/meetings/{meeting_id}/transcript", dependencies=[READ])
async def meeting_transcript(meeting_id: MeetingId, office: Desk) -> Page[Utterance]:
    """All that was said."""
    stored = await office.read(lambda db: meeting_by_public_id(db, meeting_id))
    return Page(items=[Utterance.model_validate(one) for one in stored.body.transcript])


@router.get(
    "/meetings/{meeting_id}/transcript.vtt", dependencies=[READ], response_class=PlainTextResponse
)
async def meeting_captions(meeting_id: MeetingId, office: Desk) -> PlainTextResponse:
    """The same as WebVTT."""
    stored = await office.read(lambda db: meeting_by_public_id(db, meeting_id))
    return PlainTextResponse(vtt_of(stored.body.transcript), media_type="text/vtt")


@router.get("/meetings/{meeting_id}/people", dependencies=[READ])
async def meeting_people(meeting_id: MeetingId, office: Desk, q: Words) -> Page[PersonFound]:
    """Persons of the mirror by name or address, to choose from."""

    def look(db: sa.Connection) -> list[PersonFound]:
        home = meeting_by_public_id(db, meeting_id).connection_id
        found = [] if home is None else find_people(db, home, q)
        return [PersonFound.model_validate(one) for one in found]

    return Page(items=await office.read(look))


@router.get("/meetings/{meeting_id}/deals", dependencies=[READ])
async def meeting_deals(meeting_id: MeetingId, office: Desk, q: Words = "") -> Page[DealFound]:
    """Deals of the mirror by their title; without words those of the meeting's persons."""

    def look(db: sa.Connection) -> list[DealFound]:
        found = meeting_page(db, meeting_id, base_url=office.address)
        home = found.stored.connection_id
        deals = [] if home is None else find_deals(db, home, q, persons=found.persons)
        return [DealFound.model_validate(one) for one in deals]

    return Page(items=await office.read(look))


@router.put("/meetings/{meeting_id}/person")
async def choose_person(meeting_id: MeetingId, given: PersonChoice, act: Writing) -> Queued:
    """Say who a guest is; the note and the activity follow."""
    choice = Choice(given.slot, given.person_id, given.removes)
    return await _queued(
        act,
        meeting_id,
        lambda db, one, now: meetingacts.choose_person(db, one, choice, by=act.who, now_ms=now),
    )


@router.post("/meetings/{meeting_id}/person/forget")
async def forget_person(meeting_id: MeetingId, given: Forgotten, act: Writing) -> Queued:
    """Let the rules decide again who a guest is."""
    return await _queued(
        act,
        meeting_id,
        lambda db, one, now: meetingacts.forget_choice(db, one, given.slot, by=act.who, now_ms=now),
    )


@router.put("/meetings/{meeting_id}/deal")
async def choose_deal(meeting_id: MeetingId, given: DealGiven, act: Writing) -> Queued:
    """Link the meeting to a deal, or let the rules choose again."""
    return await _queued(
        act,
        meeting_id,
        lambda db, one, now: meetingacts.choose_deal(
            db, one, given.deal_id, by=act.who, now_ms=now
        ),
    )


@router.put("/meetings/{meeting_id}/notes")
async def write_notes(meeting_id: MeetingId, given: NotesGiven, act: Writing) -> Queued:
    """Write the manual notes, which stand in the note above the summary."""
    return await _queued(
        act,
        meeting_id,
        lambda db, one, now: meetingpages.edit_notes(db, one, given.text, by=act.who, now_ms=now),
    )


@router.put("/meetings/{meeting_id}/summary")
async def write_summary(meeting_id: MeetingId, given: SummaryGiven, act: Writing) -> Queued:
    """Write the summary by hand; no later one of the recorder replaces it."""
    return await _queued(
        act,
        meeting_id,
        lambda db, one, now: meetingpages.edit_summary(
            db, one, given.text, steps=given.next_steps, by=act.who, now_ms=now
        ),
    )


@router.get("/meetings/{meeting_id}/summaries", dependencies=[READ])
async def summary_versions(meeting_id: MeetingId, office: Desk) -> Page[Version]:
    """The versions of the summary, newest first, since somebody first changed it."""
    found = await office.read(lambda db: versions_of(db, meeting_by_public_id(db, meeting_id).id))
    return Page(items=[_version(one) for one in found])


@router.post("/meetings/{meeting_id}/summaries/{version}/use")
async def use_version(meeting_id: MeetingId, version: Id, act: Writing) -> Queued:
    """Use an earlier version of the summary again."""
    return await _queued(
        act,
        meeting_id,
        lambda db, one, now: meetingpages.choose_version(db, one, version, by=act.who, now_ms=now),
    )


@router.post("/meetings/{meeting_id}/summary/regenerate")
async def regenerate_summary(meeting_id: MeetingId, given: TemplateGiven, act: Writing) -> Queued:
    """Make the summary anew from the transcript; a language model may take minutes."""
    await act.office.anew(meeting_id, given.template, by=act.who)
    return await _present(act, meeting_id)


@router.post("/meetings/{meeting_id}/summary/approve")
async def approve_summary(meeting_id: MeetingId, act: Writing) -> Queued:
    """Let the note show the lines that were left out of it until somebody had read them."""
    return await _queued(
        act,
        meeting_id,
        lambda db, one, now: meetingpages.approve(db, one, by=act.who, now_ms=now),
    )


@router.post("/meetings/{meeting_id}/retry")
async def retry_meeting(meeting_id: MeetingId, act: Writing) -> Queued:
    """Try again at once; a summary that is still expected is waited for no longer."""
    return await _queued(
        act,
        meeting_id,
        lambda db, one, now: meetingpages.write_now(db, one, by=act.who, now_ms=now),
    )


@router.post("/meetings/{meeting_id}/refresh-types")
async def refresh_meeting_types(meeting_id: MeetingId, act: Writing) -> Queued:
    """Read the account's activity types now (20 API tokens), and try the meeting again."""
    stored = await act.office.read(lambda db: meeting_by_public_id(db, meeting_id))
    await refresh_types(act.office, stored, by=act.who)
    return await _present(act, meeting_id)


async def _queued(
    act: Act, meeting_id: str, change: Callable[[sa.Connection, StoredMeeting, int], object]
) -> Queued:
    now_ms = act.office.now_ms()

    def do(db: sa.Connection) -> Queued:
        change(db, meeting_by_public_id(db, meeting_id), now_ms)
        return _standing(db, meeting_id)

    return await act.do(do, answer=Queued)


async def _present(act: Act, meeting_id: str) -> Queued:
    return await act.office.read(lambda db: _standing(db, meeting_id))


def _standing(db: sa.Connection, meeting_id: str) -> Queued:
    stored = meeting_by_public_id(db, meeting_id)
    return Queued(meeting_id=stored.public_id, state=stored.state)


def _version(one: SummaryVersion) -> Version:
    return Version(
        version=one.version,
        made_by=one.made_by,
        made_at=one.made_at,
        origin=one.body.origin.value,
        summary=msgspec.to_builtins(one.body),
    )

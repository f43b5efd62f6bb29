"""The page of a meeting: what is read for it, and how it is answered."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import sqlalchemy as sa
from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response

from dealwright.meetings.captions import vtt_of
from dealwright.pipeline.meetingpage import MeetingPage, meeting_page
from dealwright.pipeline.meetingpages import viewed
from dealwright.pipeline.meetingseek import FoundDeal, FoundPerson, find_deals, find_people
from dealwright.store.meeting_pages import Share, ShareView, shares_of, views_of
from dealwright.store.meetings import meeting_by_public_id
from dealwright.web.api.office import Office
from dealwright.web.auth.guard import Guard
from dealwright.web.auth.permissions import Permission
from dealwright.web.pages import shown
from dealwright.web.pages.asking import Reader, reader_of, sign_in_first
from dealwright.web.pages.look import HEADERS, page
from dealwright.web.pages.player import Play, Player, nothing_kept

#: What somebody looks for on a page; such a look is not noted once more.
_LOOKING = frozenset({"q", "find", "deal", "diff", "say", "template", "done"})

#: What was done, by the word in the address.
DONE: Mapping[str, str] = {
    "summary": "The summary is saved; the note in Pipedrive follows within a minute.",
    "regenerate": "The summary was made anew; the note in Pipedrive follows within a minute.",
    "version": "That version is in use again; the note in Pipedrive follows within a minute.",
    "approve": "The lines are approved; the note in Pipedrive follows within a minute.",
    "notes": "The notes are saved; the note in Pipedrive follows within a minute.",
    "person": "The person is chosen; the note in Pipedrive follows within a minute.",
    "forget": "The rules decide again; the note in Pipedrive follows within a minute.",
    "deal": "The deal is linked; the note in Pipedrive follows within a minute.",
    "unlink": "The rule chooses the deal again; the note in Pipedrive follows within a minute.",
    "retry": "It is tried again at once.",
    "types": "The activity types are read anew, and the meeting is tried again.",
    "reconnect": "The Connection works again; what was held goes on.",
    "revoke": "The link opens nothing any more.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PageOffice:
    """What pages are made with. `play` finds a recording that is kept; `support` links a bundle."""

    office: Office
    guard: Guard
    play: Play = nothing_kept
    support: str = ""


class SharedLink(NamedTuple):
    """A link as the page lists it."""

    share: Share
    views: Sequence[ShareView]
    is_open: bool


class _Read(NamedTuple):
    page: MeetingPage
    found: Sequence[FoundPerson]
    deals: Sequence[FoundDeal]
    shares: Sequence[SharedLink]
    player: Player | None


class MeetingSite:
    """Answers for the page of a meeting."""

    def __init__(self, made_with: PageOffice) -> None:
        self._with = made_with
        self._office = made_with.office

    async def show(self, request: Request) -> Response:
        """The page, for who is signed in; everybody else signs in first."""
        reader = await reader_of(self._with.guard, request)
        if reader is None:
            return RedirectResponse(sign_in_first(request), status_code=303, headers=HEADERS)
        public_id = request.path_params["id"]
        if not _LOOKING & request.query_params.keys():
            await self._note_view(public_id, reader)
        done = DONE.get(request.query_params.get("done", ""), "")
        return await self.answer(public_id, reader, request.query_params, done=done)

    async def captions(self, request: Request) -> Response:
        """The transcript as WebVTT."""
        if await reader_of(self._with.guard, request) is None:
            return RedirectResponse(sign_in_first(request), status_code=303, headers=HEADERS)
        public_id = request.path_params["id"]
        stored = await self._office.read(lambda db: meeting_by_public_id(db, public_id))
        return captions(stored.body.transcript)

    async def answer(
        self,
        public_id: str,
        reader: Reader,
        asked: QueryParams,
        *,
        done: str = "",
        fault: str = "",
        status: int = 200,
    ) -> Response:
        """The page of a meeting as somebody sees it; raises NotFound."""
        viewer = f"{reader.who.kind.value}:{reader.who.id}"
        read = await self._office.read(lambda db: self._look(db, public_id, asked, viewer))

        def values() -> Mapping[str, Any]:
            return self._values(read, reader, asked) | {"done": done, "fault": fault}

        return await page("meeting.html", values, status=status)

    async def _note_view(self, public_id: str, reader: Reader) -> None:
        now_ms = self._office.now_ms()

        def note(db: sa.Connection) -> None:
            viewed(db, meeting_by_public_id(db, public_id), by=reader.who, now_ms=now_ms)

        await self._office.store.write(note)

    def _look(self, db: sa.Connection, public_id: str, asked: QueryParams, viewer: str) -> _Read:
        found = meeting_page(db, public_id, base_url=self._office.address)
        stored, now_ms = found.stored, self._office.now_ms()
        home, people, deals = stored.connection_id, list[FoundPerson](), list[FoundDeal]()
        if home is not None and "find" in asked:
            people = find_people(db, home, asked.get("q", "")[:200])
        if home is not None:
            deals = find_deals(db, home, asked.get("deal", "")[:200], persons=found.persons)
        shares = [
            SharedLink(one, views_of(db, one.id), one.is_open(now_ms))
            for one in shares_of(db, stored.id)
        ]
        return _Read(found, people, deals, shares, self._with.play(db, stored, viewer))

    def _values(self, read: _Read, reader: Reader, asked: QueryParams) -> dict[str, Any]:
        stored, base = read.page.stored, f"/s/{read.page.stored.public_id}"
        return {
            **shown.words(),
            **shown.texts(stored.body),
            **shown.editing(read.page, asked),
            **shown.transcript(stored.body, asked, vtt=f"{base}/transcript.vtt"),
            **shown.recording(read.player, read.page.view.recording_url),
            "page": read.page,
            "view": read.page.view,
            "state": shown.stands(stored.state),
            "attention": bool(read.page.answers) and not read.page.standing.notes,
            "removed": read.page.removed,
            "held": read.page.held,
            "base": base,
            "reader": reader,
            "may_write": reader.may(Permission.MEETINGS_WRITE),
            "may_connect": reader.may(Permission.CONNECTIONS_WRITE),
            "by_model": self._office.anew.by_model(stored),
            "found": read.found,
            "finding": asked.get("find"),
            "words": asked.get("q", "")[:200],
            "found_deals": read.deals,
            "seeking": asked.get("deal"),
            "shares": read.shares,
            "support": self._with.support.format(id=stored.public_id),
        }


def captions(segments: Sequence[Any]) -> Response:
    """A transcript as a browser's player takes it."""
    return PlainTextResponse(vtt_of(segments), headers=HEADERS, media_type="text/vtt")

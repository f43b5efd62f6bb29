"""The list of meetings: their states, why, and what narrows it."""

from collections.abc import Sequence
from typing import Any, NamedTuple
from urllib.parse import urlencode

import sqlalchemy as sa
from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from dealwright.meetings.searching import Snippet, snippets
from dealwright.pipeline.meetingview import MeetingHead, head_of
from dealwright.store.meeting_list import MeetingFilter, find_meetings
from dealwright.store.meeting_search import Asked, search_meetings
from dealwright.store.meeting_sources import MeetingSource, list_meeting_sources
from dealwright.store.meetings import StoredMeeting
from dealwright.web.pages.asking import reader_of, sign_in_first
from dealwright.web.pages.look import HEADERS, page
from dealwright.web.pages.meeting import PageOffice
from dealwright.web.pages.shown import STATES, Stands, stands

_A_PAGE = 50


class Row(NamedTuple):
    """A meeting of the list."""

    head: MeetingHead
    state: Stands
    snippets: Sequence[Snippet]


class Chosen(NamedTuple):
    """What narrows the list."""

    q: str
    state: str
    source: int | None
    before: int | None

    @property
    def any(self) -> bool:
        """Whether anything does."""
        return bool(self.q or self.state or self.source)

    @property
    def where(self) -> MeetingFilter:
        """The same for the list."""
        return MeetingFilter(source_id=self.source, state=self.state or None)

    @property
    def words(self) -> Asked:
        """The same for the search."""
        return Asked(query=self.q, state=self.state or None)


class ListSite:
    """Answers for the list."""

    def __init__(self, made_with: PageOffice) -> None:
        self._with = made_with
        self._office = made_with.office

    async def show(self, request: Request) -> Response:
        """The list, for who is signed in."""
        reader = await reader_of(self._with.guard, request)
        if reader is None:
            return RedirectResponse(sign_in_first(request), status_code=303, headers=HEADERS)
        chosen = _chosen(request.query_params)
        sources, rows, last = await self._office.read(lambda db: _look(db, chosen))
        older = ""
        if last is not None:
            kept = {"q": chosen.q, "state": chosen.state, "source": chosen.source or ""}
            older = "?" + urlencode({**kept, "before": last})
        values: dict[str, Any] = {
            "reader": reader,
            "chosen": chosen,
            "states": STATES,
            "sources": sources,
            "rows": rows,
            "older": older,
        }
        return await page("list.html", lambda: values)


def _look(
    db: sa.Connection, chosen: Chosen
) -> tuple[Sequence[MeetingSource], Sequence[Row], int | None]:
    sources = list_meeting_sources(db)
    by_id = {one.source_id: one for one in sources}
    if chosen.q.strip():
        found = search_meetings(db, chosen.words, limit=_A_PAGE, before=chosen.before)
    else:
        found = find_meetings(db, chosen.where, limit=_A_PAGE, before=chosen.before)
    wanted = [one for one in found if chosen.source in {None, one.source_id}]
    rows = [_row(one, by_id[one.source_id], chosen.q) for one in wanted]
    return sources, rows, found[-1].id if len(found) == _A_PAGE else None


def _row(one: StoredMeeting, source: MeetingSource, query: str) -> Row:
    head = head_of(one, source)
    places = snippets(one.body, head.title, query) if query.strip() else ()
    return Row(head, stands(one.state), places)


def _chosen(asked: QueryParams) -> Chosen:
    state = asked.get("state", "")
    return Chosen(
        q=asked.get("q", "")[:200],
        state=state if state in STATES else "",
        source=_number(asked.get("source")),
        before=_number(asked.get("before")),
    )


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 19 else None

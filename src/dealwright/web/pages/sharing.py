"""Shared: one meeting for whoever has its link; as much of it as the link shows."""

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from starlette.requests import Request
from starlette.responses import Response

from dealwright.core.errors import NotFound
from dealwright.core.people import Principal, PrincipalKind, Role
from dealwright.pipeline.meetingpages import viewed
from dealwright.pipeline.meetingview import view_of
from dealwright.store.meeting_pages import Scope, Share, ShareView, note_view, open_share
from dealwright.store.meeting_sources import meeting_source
from dealwright.store.meetings import StoredMeeting, meeting
from dealwright.web.api.meeting_shares import is_phrase
from dealwright.web.auth.tokens import hash_token
from dealwright.web.pages import shown
from dealwright.web.pages.asking import check_form
from dealwright.web.pages.forms import form_of
from dealwright.web.pages.look import page
from dealwright.web.pages.meeting import PageOffice, captions
from dealwright.web.pages.player import Player

_SEEN = {Scope.SUMMARY: 0, Scope.TRANSCRIPT: 1, Scope.MEDIA: 2}
_LONGEST_AGENT = 300
_WRONG = "That is not the pass phrase."


class SharedSite:
    """Answers for links that were shared."""

    def __init__(self, made_with: PageOffice) -> None:
        self._with = made_with
        self._office = made_with.office

    async def show(self, request: Request) -> Response:
        """The meeting, or the question for the pass phrase; raises NotFound."""
        share = await self._share(request)
        if request.method == "POST":
            check_form(request.headers, self._with.guard.place(request))
            given = (await form_of(request)).get("phrase", "")[:200]
            if not share.phrase_hash or not await is_phrase(share.phrase_hash, given):
                # 401, so that guesses are counted against their address.
                return await page("phrase.html", lambda: {"fault": _WRONG}, status=401)
        elif share.phrase_hash:
            return await page("phrase.html", lambda: {"fault": ""})
        return await self._shown(request, share)

    async def captions(self, request: Request) -> Response:
        """The transcript as WebVTT, of links without a pass phrase that show it."""
        share = await self._share(request)
        if share.phrase_hash or not _SEEN[share.scope]:
            raise _nothing()
        stored = await self._office.read(lambda db: meeting(db, share.meeting_id))
        return captions(stored.body.transcript)

    async def _shown(self, request: Request, share: Share) -> Response:
        stored, player = await self._read(request, share)
        asked, much = request.query_params, _SEEN[share.scope]
        source = await self._office.read(lambda db: meeting_source(db, stored.source_id))
        vtt = "" if share.phrase_hash else f"/shared/{request.path_params['token']}/transcript.vtt"

        def values() -> Mapping[str, Any]:
            view = view_of(stored, source, (), base_url=self._office.address)
            said = shown.transcript(stored.body, asked, vtt=vtt)
            return {
                **shown.texts(stored.body),
                **(said if much else shown.no_transcript(asked)),
                **shown.recording(player, view.recording_url if much > 1 else None),
                "view": view,
                "until": share.expires_at_ms,
            }

        return await page("shared.html", values)

    async def _read(self, request: Request, share: Share) -> tuple[StoredMeeting, Player | None]:
        """The meeting; that it was looked at is noted."""
        now_ms = self._office.now_ms()
        address = request.client.host if request.client else ""
        agent = request.headers.get("user-agent", "")[:_LONGEST_AGENT]
        name = f"shared link {share.id}"
        by = Principal(kind=PrincipalKind.LINK, id=share.id, name=name, role=Role.VIEWER)

        def read(db: sa.Connection) -> tuple[StoredMeeting, Player | None]:
            stored = meeting(db, share.meeting_id)
            note_view(db, share.id, view=ShareView(now_ms, address, agent))
            viewed(db, stored, by=by, now_ms=now_ms)
            shows = share.scope is Scope.MEDIA
            return stored, self._with.play(db, stored, f"link:{share.id}") if shows else None

        return await self._office.store.write(read)

    async def _share(self, request: Request) -> Share:
        token_hash = hash_token(request.path_params["token"])
        now_ms = self._office.now_ms()
        found = await self._office.read(lambda db: open_share(db, token_hash, now_ms=now_ms))
        if found is None:
            raise _nothing()
        return found


def _nothing() -> NotFound:
    return NotFound("This link opens nothing: it is over, was revoked, or never was one.")

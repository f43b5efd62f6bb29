"""Forms: what the page of a meeting sends, and what is done then; after that the page is got."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Final
from urllib.parse import parse_qsl

import sqlalchemy as sa
from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from dealwright.core.errors import DealwrightError, NotFound
from dealwright.core.people import Principal
from dealwright.pipeline import meetingacts, meetingpages
from dealwright.pipeline.meetingseek import deal_number, people_named
from dealwright.store.meeting_choices import Choice
from dealwright.store.meetings import StoredMeeting, meeting_by_public_id
from dealwright.web.api.meeting_fixes import reconnect, refresh_types
from dealwright.web.api.meeting_shares import make_share
from dealwright.web.api.refusals import InvalidRequest, TooLarge
from dealwright.web.auth.permissions import Permission, check
from dealwright.web.pages.asking import MAX_FORM_BYTES, sender_of, sign_in_first
from dealwright.web.pages.look import HEADERS
from dealwright.web.pages.meeting import MeetingSite, PageOffice
from dealwright.web.problem import status_of

Fields = Mapping[str, str]
Done = Awaitable[str]

_LARGEST: Final = 2**63 - 1


async def form_of(request: Request) -> Fields:
    """The fields of a form, the last of each name; raises TooLarge."""
    raw = bytearray()
    async for chunk in request.stream():
        raw += chunk
        if len(raw) > MAX_FORM_BYTES:
            raise TooLarge(f"A form may have at most {MAX_FORM_BYTES:,} bytes.")
    try:
        pairs = parse_qsl(raw.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=50)
    except ValueError:
        raise InvalidRequest("The form has too many fields.") from None
    return dict(pairs)


class Forms:
    """Does what forms ask for."""

    def __init__(self, made_with: PageOffice, site: MeetingSite) -> None:
        self._with = made_with
        self._office = made_with.office
        self._site = site
        # An act with the part of the page that shows it.
        self._acts: Mapping[str, tuple[Callable[[str, Fields, Principal], Done], str]] = {
            "person": (self._person, "people"),
            "forget": (self._forget, "people"),
            "deal": (self._deal, "deal"),
            "summary": (self._summary, "summary"),
            "regenerate": (self._regenerate, "summary"),
            "version": (self._version, "summary"),
            "approve": (self._approve, "summary"),
            "notes": (self._notes, "notes"),
            "retry": (self._retry, "sync"),
            "types": (self._types, "sync"),
            "reconnect": (self._reconnect, "sync"),
            "revoke": (self._revoke, "share"),
        }

    async def act(self, request: Request) -> Response:
        """Do what a form asks for, and show the page; what went wrong stands on it."""
        form = await form_of(request)
        reader = await sender_of(self._with.guard, request, form)
        if reader is None:
            return RedirectResponse(sign_in_first(request), status_code=303, headers=HEADERS)
        public_id, name = request.path_params["id"], request.path_params["act"]
        try:
            check(reader.who, Permission.MEETINGS_WRITE)
            if name == "share":
                url = await self._share(public_id, form, reader.who)
                told = f"This link is shown once: {url}"
                return await self._site.answer(public_id, reader, QueryParams(), done=told)
            if name not in self._acts:
                raise NotFound("The page has no such form.")
            do, part = self._acts[name]
            done = await do(public_id, form, reader.who)
        except DealwrightError as error:
            return await self._site.answer(
                public_id, reader, QueryParams(), fault=str(error), status=status_of(error)
            )
        return RedirectResponse(f"/s/{public_id}?done={done}#{part}", 303, headers=HEADERS)

    async def _change(
        self, public_id: str, change: Callable[[sa.Connection, StoredMeeting, int], object]
    ) -> None:
        now_ms = self._office.now_ms()
        await self._office.write(lambda db: change(db, meeting_by_public_id(db, public_id), now_ms))

    async def _person(self, public_id: str, form: Fields, by: Principal) -> str:
        person_id = _number(form, "person_id", "Choose one of the persons.")
        removes = form.get("removes") == "1"

        def change(db: sa.Connection, stored: StoredMeeting, now_ms: int) -> None:
            slot = form.get("slot", "")[:500] or _called(db, stored, person_id)
            choice = Choice(slot, person_id, removes)
            meetingacts.choose_person(db, stored, choice, by=by, now_ms=now_ms)

        await self._change(public_id, change)
        return "person"

    async def _forget(self, public_id: str, form: Fields, by: Principal) -> str:
        slot = form.get("slot", "")
        await self._change(
            public_id,
            lambda db, one, now: meetingacts.forget_choice(db, one, slot, by=by, now_ms=now),
        )
        return "forget"

    async def _deal(self, public_id: str, form: Fields, by: Principal) -> str:
        named = form.get("named", "").strip() or form.get("deal_id", "")
        deal_id = None if form.get("unlink") else deal_number(named)
        if deal_id is None and not form.get("unlink"):
            raise InvalidRequest("Choose a deal, or give its number or its address in Pipedrive.")
        await self._change(
            public_id,
            lambda db, one, now: meetingacts.choose_deal(db, one, deal_id, by=by, now_ms=now),
        )
        return "deal" if deal_id is not None else "unlink"

    async def _summary(self, public_id: str, form: Fields, by: Principal) -> str:
        text, steps = form.get("text", ""), form.get("steps", "")
        await self._change(
            public_id,
            lambda db, one, now: meetingpages.edit_summary(
                db, one, text, steps=steps, by=by, now_ms=now
            ),
        )
        return "summary"

    async def _regenerate(self, public_id: str, form: Fields, by: Principal) -> str:
        await self._office.anew(public_id, form.get("template", "general"), by=by)
        return "regenerate"

    async def _version(self, public_id: str, form: Fields, by: Principal) -> str:
        version = _number(form, "version", "Choose one of the versions.")
        await self._change(
            public_id,
            lambda db, one, now: meetingpages.choose_version(db, one, version, by=by, now_ms=now),
        )
        return "version"

    async def _approve(self, public_id: str, form: Fields, by: Principal) -> str:
        del form
        await self._change(
            public_id, lambda db, one, now: meetingpages.approve(db, one, by=by, now_ms=now)
        )
        return "approve"

    async def _notes(self, public_id: str, form: Fields, by: Principal) -> str:
        text = form.get("text", "")
        await self._change(
            public_id,
            lambda db, one, now: meetingpages.edit_notes(db, one, text, by=by, now_ms=now),
        )
        return "notes"

    async def _retry(self, public_id: str, form: Fields, by: Principal) -> str:
        del form
        await self._change(
            public_id, lambda db, one, now: meetingpages.write_now(db, one, by=by, now_ms=now)
        )
        return "retry"

    async def _types(self, public_id: str, form: Fields, by: Principal) -> str:
        del form
        stored = await self._office.read(lambda db: meeting_by_public_id(db, public_id))
        await refresh_types(self._office, stored, by=by)
        return "types"

    async def _reconnect(self, public_id: str, form: Fields, by: Principal) -> str:
        del form
        check(by, Permission.CONNECTIONS_WRITE)
        stored = await self._office.read(lambda db: meeting_by_public_id(db, public_id))
        await reconnect(self._office, stored, by=by)
        return "reconnect"

    async def _share(self, public_id: str, form: Fields, by: Principal) -> str:
        days = _number(form, "days", "Say for how many days.")
        made = await make_share(
            self._office,
            public_id,
            scope=form.get("scope", ""),
            days=days,
            phrase=form.get("phrase", ""),
            by=by,
        )
        return made.url

    async def _revoke(self, public_id: str, form: Fields, by: Principal) -> str:
        number = _number(form, "share", "Choose one of the links.")
        await self._change(
            public_id,
            lambda db, one, now: meetingpages.revoke(db, one, number, by=by, now_ms=now),
        )
        return "revoke"


def _number(form: Fields, name: str, sentence: str) -> int:
    text = form.get(name, "")
    if not (text.isascii() and text.isdigit() and 0 < int(text[:20]) <= _LARGEST):
        raise InvalidRequest(sentence)
    return int(text[:20])


def _called(db: sa.Connection, stored: StoredMeeting, person_id: int) -> str:
    """What somebody is called whom nobody listed."""
    if stored.connection_id is None:
        raise InvalidRequest("No Pipedrive account is connected that this meeting belongs to.")
    known = people_named(db, stored.connection_id, [person_id]).get(person_id)
    return known.name if known is not None and known.name else f"Person {person_id}"

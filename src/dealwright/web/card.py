"""/card: the contact card as a page, for whoever is signed in; it works without script.

The address goes in the query only by hand: a form of ours posts it, since queries reach logs.
"""

from asyncio import to_thread
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Final

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from dealwright.cards.card import Card
from dealwright.cards.files import style_bytes
from dealwright.cards.known import Reader
from dealwright.cards.locale import accept_language
from dealwright.cards.pages.named import names_card
from dealwright.cards.pages.toasts import told
from dealwright.cards.render.html import render
from dealwright.cards.voice import said
from dealwright.core.cardform import FormFault, form_of_page
from dealwright.core.cardstate import StateRefused
from dealwright.core.people import Role
from dealwright.pipeline.card import AT_ONCE, Cards
from dealwright.pipeline.cardclick import Clicker
from dealwright.pipeline.cardfound import Ask
from dealwright.pipeline.cardkey import CardKeys
from dealwright.pipeline.cardops import Clicks
from dealwright.pipeline.cardreader import Readers, Seat, Viewer
from dealwright.pipeline.cardview import card_of, dashboard
from dealwright.web.auth.guard import Guard
from dealwright.web.auth.permissions import SMALLEST_ROLE, Permission
from dealwright.web.pages.asking import Reader as Asker
from dealwright.web.pages.asking import check_form, reader_of, sign_in_first

ACT: Final = "/card/act"
STATIC: Final = "/static/card"
_LONGEST: Final = 320
_MOST_FIELDS: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class CardPages:
    """Makes the page of a card for somebody, whoever has told who that is."""

    cards: Cards
    keys: CardKeys
    clicks: Clicks
    readers: Readers

    async def html(
        self,
        viewer: Viewer,
        address: str,
        *,
        ask: Ask = AT_ONCE,
        people: tuple[str, ...] = (),
        accept: str = "",
        action_url: str = ACT,
        search: bool = True,
    ) -> str:
        """The page of an address, of persons by name, of nobody's the dashboard.

        Raises StoreUnavailable.
        """
        seat = await self.readers.seat(viewer, wanted=accept_language(accept))
        if address and "@" not in address:
            found = await self.cards.called(address[:_LONGEST], connections=seat.connections)
            card = await to_thread(names_card, address[:_LONGEST], found, seat.reader)
        elif address:
            mine = ask._replace(connections=seat.connections)
            answer = await self.cards.of(address[:_LONGEST], ask=mine, people=people)
            # What Babel knows of a language is read from files.
            card = await to_thread(card_of, answer, seat.reader)
        else:
            card = await self._dashboard(seat)
        before = search_box(address, seat.reader) if search else ""
        return await self._page(viewer, card, action_url=action_url, before=before)

    async def clicked(
        self,
        viewer: Viewer,
        fields: Mapping[str, Sequence[str]],
        *,
        accept: str = "",
        action_url: str = ACT,
        search: bool = True,
    ) -> str:
        """The page after a press of a button of a card."""
        seat = await self.readers.seat(viewer, wanted=accept_language(accept))
        by = Clicker(
            key=viewer.key,
            user_id=viewer.user_id,
            name=viewer.name,
            connections=seat.connections,
            may_write=viewer.may_write,
            may_configure=viewer.may_configure,
            role=viewer.role,
        )
        address, text = _first(fields, "address"), _first(fields, "t")
        try:
            form = form_of_page(fields)
            done = await self.clicks.click(text, by=by, form=form, reader=seat.reader)
            card, notice = done.card, done.notice
        except FormFault as error:
            card, notice = None, told(seat.reader, str(error))
        if card is None:
            card = await self._before(viewer, seat, text, address)
        before = search_box(address, seat.reader) if search else ""
        return await self._page(viewer, card, action_url=action_url, before=before, notice=notice)

    async def _before(self, viewer: Viewer, seat: Seat, text: str, address: str) -> Card:
        """The card that the button was on, which shows what has become of it."""
        whose, ask = address, AT_ONCE._replace(connections=seat.connections)
        if text:
            try:
                state = await self.keys.read(text, user=viewer.key)
                whose, ask = state.address, ask._replace(connection=state.connection)
            except StateRefused:
                # Nothing is looked up for a button that is not this viewer's.
                whose = ""
        if not whose:
            return await self._dashboard(seat)
        answer = await self.cards.of(whose, ask=ask)
        return await to_thread(card_of, answer, seat.reader)

    async def _dashboard(self, seat: Seat) -> Card:
        there = await self.readers.connectors(seat.connections)
        return await to_thread(dashboard, there, seat.reader)

    async def _page(
        self,
        viewer: Viewer,
        card: Card,
        *,
        action_url: str,
        before: str,
        notice: str = "",
    ) -> str:
        sign = await self.keys.signer(user=viewer.key)
        return await to_thread(
            render,
            card,
            sign=sign,
            action_url=action_url,
            static_url=STATIC,
            before=before,
            notice=notice,
        )


class CardSite:
    """The page for people who are signed in to the hub."""

    def __init__(self, pages: CardPages, guard: Guard) -> None:
        self._pages = pages
        self._guard = guard

    async def show(self, request: Request) -> Response:
        """`GET /card?email=…`, or the same posted."""
        asker = await reader_of(self._guard, request)
        if asker is None:
            return RedirectResponse(sign_in_first(request), status_code=303)
        asked: Mapping[str, str] = request.query_params
        if request.method == "POST":
            check_form(request.headers, self._guard.place(request))
            asked = {name: str(value) for name, value in (await _form(request)).items()}
        ask = Ask(
            connection=_number(asked.get("connection", "")),
            person=_number(asked.get("person", "")),
            searches=asked.get("search", "") == "1",
        )
        text = await self._pages.html(
            _viewer(asker),
            asked.get("email", "").strip(),
            ask=ask,
            accept=request.headers.get("accept-language", ""),
        )
        return HTMLResponse(text)

    async def act(self, request: Request) -> Response:
        """`POST /card/act`: a button of the card; what it is about is signed in its `t`."""
        asker = await reader_of(self._guard, request)
        if asker is None:
            return RedirectResponse("/auth/sign-in?next=%2Fcard", status_code=303)
        check_form(request.headers, self._guard.place(request))
        text = await self._pages.clicked(
            _viewer(asker),
            fields_of(await _form(request)),
            accept=request.headers.get("accept-language", ""),
        )
        return HTMLResponse(text)


def card_routes(pages: CardPages, guard: Guard) -> list[BaseRoute]:
    """Where the card stands."""
    site = CardSite(pages, guard)
    return [
        Route("/card", site.show, methods=["GET", "POST"]),
        Route(ACT, site.act, methods=["POST"]),
        Route(f"{STATIC}/card.css", _style),
    ]


async def _style(_: Request) -> Response:
    headers = {"cache-control": "public, max-age=86400"}
    return Response(await to_thread(style_bytes), media_type="text/css", headers=headers)


def fields_of(form: FormData) -> dict[str, list[str]]:
    """The fields of a form, each with all its values; files are none."""
    found: dict[str, list[str]] = {}
    for name, value in form.multi_items():
        if isinstance(value, str):
            found.setdefault(name, []).append(value)
    return found


async def _form(request: Request) -> FormData:
    return await request.form(max_files=0, max_fields=_MOST_FIELDS)


def _viewer(asker: Asker) -> Viewer:
    who = asker.who
    return Viewer(
        key=f"hub {who.id}",
        user_id=who.id,
        name=who.name,
        may_write=who.role.covers(Role.MEMBER),
        role=who.role,
        may_configure=who.role.covers(SMALLEST_ROLE[Permission.CONNECTIONS_WRITE]),
    )


def search_box(address: str, reader: Reader) -> str:
    """The box above a card: an address, or what somebody is called."""
    value = escape(address, quote=True)
    label, button = (
        escape(said(reader.locale, text)) for text in ("E-mail address or name", "Show")
    )
    return (
        f'<form class="search" role="search" method="post" action="/card">'
        f'<label for="whose">{label}</label>'
        f'<input id="whose" name="email" type="search" inputmode="email" dir="auto" '
        f'value="{value}" placeholder="{label}" autocomplete="off">'
        f"<button>{button}</button></form>"
    )


def _first(fields: Mapping[str, Sequence[str]], name: str) -> str:
    values = fields.get(name, ())
    return values[0].strip() if values else ""


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 18 else 0

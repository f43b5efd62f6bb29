"""Embed: a card in the frame of a shell, where no cookie of the hub comes along.

A one-time code opens it. What is pressed there proves itself: every button is signed for the
device that the card was made for; a device that was revoked presses nothing.
"""

from asyncio import to_thread
from collections.abc import Mapping, Sequence
from typing import Final
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from dealwright.cards.known import Reader
from dealwright.cards.locale import accept_language, choose_locale
from dealwright.cards.pages.faults import error_card
from dealwright.cards.render.html import render
from dealwright.core.cardstate import StateRefused
from dealwright.core.errors import DealwrightError
from dealwright.core.people import Role
from dealwright.pipeline.cardreader import Viewer
from dealwright.store import card_devices
from dealwright.web.api.refusals import InvalidRequest
from dealwright.web.card import STATIC
from dealwright.web.headers import policy
from dealwright.web.problem import status_of
from dealwright.web.shells.office import Holder, ShellOffice, UnknownDevice, body_of, known

PATH: Final = "/card/embed"
_MOST_PEOPLE: Final = 50
_SAFE: Final = {"referrer-policy": "no-referrer", "cache-control": "no-store"}
#: A fault says nothing of anybody; still no web site may frame it.
_EXTENSIONS: Final = "chrome-extension: moz-extension: safari-web-extension:"


class EmbedSite:
    """Answers for the frame."""

    def __init__(self, office: ShellOffice) -> None:
        self._office = office

    async def show(self, request: Request) -> Response:
        """The card of an address, for whoever brings a code that a device was given."""
        try:
            fields = _fields(await body_of(request))
            holder = await self._opened(request, _first(fields, "code"))
            people = tuple(one for one in _first(fields, "people").split(",") if one)
            html = await self._office.pages.html(
                _viewer(holder),
                _first(fields, "email"),
                people=people[:_MOST_PEOPLE],
                accept=request.headers.get("accept-language", ""),
                action_url=_action(holder),
                search=False,
            )
            return _framed(html, holder)
        except DealwrightError as error:
            return await to_thread(self._fault, request, error)

    async def act(self, request: Request) -> Response:
        """What a press of a button comes to."""
        try:
            fields = _fields(await body_of(request))
            holder = await self._pressed(request, request.path_params["device"])
            await self._check(holder, _first(fields, "t"))
            html = await self._office.pages.clicked(
                _viewer(holder),
                fields,
                accept=request.headers.get("accept-language", ""),
                action_url=_action(holder),
                search=False,
            )
            return _framed(html, holder)
        except DealwrightError as error:
            return await to_thread(self._fault, request, error)

    async def _check(self, holder: Holder, text: str) -> None:
        """Without a cookie only the button says that this is the device: seen before all else."""
        try:
            await self._office.pages.keys.read(text, user=_key(holder))
        except StateRefused as error:
            raise UnknownDevice(str(error), code=error.code) from None

    async def _opened(self, request: Request, code: str) -> Holder:
        office = self._office
        found = await office.store.write(
            lambda db: card_devices.take_opening(db, code, now_ms=office.now_ms())
        )
        if found is None:
            raise UnknownDevice("This card was opened before, or too late. Open the message again.")
        # `null`: a page that tells nobody where it is.
        if request.headers.get("origin", "null") != "null":
            office.origins.checked(found.origin, request.headers)
        return await known(office, request, found)

    async def _pressed(self, request: Request, number: int) -> Holder:
        found = await self._office.store.read(lambda db: card_devices.device_by_id(db, number))
        return await known(self._office, request, found)

    def _fault(self, request: Request, error: DealwrightError) -> Response:
        """A card that says what is wrong."""
        wanted = accept_language(request.headers.get("accept-language", ""))
        locale = choose_locale(*wanted, default=self._office.locale)
        card = error_card(Reader(now=self._office.clock.now(), locale=locale), sentence=str(error))
        html = render(card, sign=lambda _: "", action_url=PATH, static_url=STATIC)
        headers = _SAFE | {"content-security-policy": policy(frame_ancestors=_EXTENSIONS)}
        return HTMLResponse(html, status_code=status_of(error), headers=headers)


def _framed(html: str, holder: Holder) -> Response:
    ancestors = policy(frame_ancestors=holder.device.origin)
    return HTMLResponse(html, headers=_SAFE | {"content-security-policy": ancestors})


def _viewer(holder: Holder) -> Viewer:
    return Viewer(
        key=_key(holder),
        user_id=holder.user.id,
        name=holder.user.email,
        may_write=holder.device.may_write and holder.user.role.covers(Role.MEMBER),
    )


def _key(holder: Holder) -> str:
    return f"device {holder.device.id}"


def _action(holder: Holder) -> str:
    return f"{PATH}/{holder.device.id}/act"


def _fields(raw: bytes) -> Mapping[str, Sequence[str]]:
    try:
        return parse_qs(raw.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=200)
    except ValueError:
        raise InvalidRequest("The form has too many fields.") from None


def _first(fields: Mapping[str, Sequence[str]], name: str) -> str:
    return next(iter(fields.get(name, ())), "").strip()

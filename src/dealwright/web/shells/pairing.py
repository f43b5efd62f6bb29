"""The page /pair: somebody who is signed in lets a device show their cards, and sees which do."""

from collections.abc import Mapping
from urllib.parse import parse_qsl

import sqlalchemy as sa
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from dealwright.store import card_devices
from dealwright.store.audit import record
from dealwright.web.auth.permissions import Permission
from dealwright.web.pages.asking import Reader, reader_of, sender_of, sign_in_first
from dealwright.web.pages.look import HEADERS, page
from dealwright.web.shells.office import ShellOffice, body_of


class PairSite:
    """Answers for the page."""

    def __init__(self, office: ShellOffice) -> None:
        self._office = office

    async def show(self, request: Request) -> Response:
        """The devices of whoever is signed in, and the form for another."""
        reader = await reader_of(self._office.guard, request)
        if reader is None:
            return RedirectResponse(sign_in_first(request), status_code=303, headers=HEADERS)
        return await self._page(reader)

    async def act(self, request: Request) -> Response:
        """Show a code for a new device, or revoke one."""
        raw = (await body_of(request)).decode("utf-8", "replace")
        form = dict(parse_qsl(raw, max_num_fields=10))
        reader = await sender_of(self._office.guard, request, form)
        if reader is None:
            return RedirectResponse("/auth/sign-in?next=%2Fpair", status_code=303, headers=HEADERS)
        if "revoke" in form:
            return await self._revoke(reader, form["revoke"])
        return await self._code(reader, form)

    async def _code(self, reader: Reader, form: Mapping[str, str]) -> Response:
        may_write = "may_write" in form and reader.may(Permission.MEETINGS_WRITE)
        code = await self._office.store.write(
            lambda db: card_devices.new_pairing(
                db, user_id=_number(reader), may_write=may_write, now_ms=self._office.now_ms()
            )
        )
        return await self._page(reader, code=code.reveal(), may_write=may_write)

    async def _revoke(self, reader: Reader, told: str) -> Response:
        number = int(told) if told.isascii() and told.isdigit() and len(told) < 16 else 0

        def change(db: sa.Connection) -> str:
            gone = card_devices.revoke_device(db, number, user_id=_number(reader))
            if gone is None:
                return "This device was revoked before."
            record(
                db,
                at_ms=self._office.now_ms(),
                principal=reader.who,
                action="card_device.revoke",
                target=f"card_device:{gone.id}",
                before={"label": gone.label, "origin": gone.origin},
            )
            return f"“{gone.label}” shows no more cards."

        return await self._page(reader, done=await self._office.store.write(change))

    async def _page(self, reader: Reader, **told: object) -> Response:
        paired = await self._office.store.read(
            lambda db: card_devices.devices(db, user_id=_number(reader))
        )
        values = {
            "reader": reader,
            "devices": paired,
            "can_write": reader.may(Permission.MEETINGS_WRITE),
            "code": "",
            "may_write": False,
            "done": "",
            "fault": "",
        }
        return await page("pair.html", lambda: values | told)


def _number(reader: Reader) -> int:
    return int(reader.who.id)

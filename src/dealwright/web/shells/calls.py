"""Calls: what a shell's own page asks of the hub, with a code or its token."""

from collections.abc import Awaitable, Callable

import msgspec
import sqlalchemy as sa
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from dealwright.core.errors import DealwrightError
from dealwright.core.secret import Secret
from dealwright.pipeline.people import as_principal
from dealwright.store import card_devices
from dealwright.store.audit import record
from dealwright.store.card_devices import OPEN_MS, Device, NewDevice
from dealwright.store.people import user
from dealwright.web.api.refusals import InvalidRequest
from dealwright.web.auth.tries import PER_ADDRESS, address_key, counted, refuse
from dealwright.web.problem import problem_response
from dealwright.web.shells.office import ShellOffice, body_of, holder_of

Call = Callable[[Request], Awaitable[dict[str, object]]]


class PairingRefused(DealwrightError):
    """A pairing code that is wrong, used or too old."""

    code = "pairing_refused"
    status = 410


class _Pairing(msgspec.Struct, frozen=True):
    code: str
    origin: str
    label: str = ""


_read_pairing = msgspec.json.Decoder(_Pairing).decode


class ShellCalls:
    """Answers what shells ask."""

    def __init__(self, office: ShellOffice) -> None:
        self._office = office

    def answering(self, call: Call) -> Callable[[Request], Awaitable[Response]]:
        """`call` as an endpoint: JSON for the pages of extensions, problems for what is refused."""

        async def answered(request: Request) -> Response:
            allowed = self._office.origins.cors(request.headers)
            if request.method == "OPTIONS":
                return Response(status_code=204, headers=allowed)
            try:
                told = await call(request)
            except DealwrightError as error:
                refused = problem_response(error, request_id="")
                refused.headers.update(allowed)
                return refused
            return JSONResponse(told, headers={**allowed, "cache-control": "no-store"})

        return answered

    async def pair(self, request: Request) -> dict[str, object]:
        """Exchange a code for a token; raises PairingRefused, TooManyTries, ForeignShell."""
        try:
            given = _read_pairing(await body_of(request))
        except msgspec.DecodeError as error:
            raise InvalidRequest(f"The request does not fit: {error}.") from None
        origin = self._office.origins.checked(given.origin, request.headers)
        new = NewDevice(label=given.label.strip()[:100] or "Panel", origin=origin)
        peer = request.client.host if request.client else ""
        made = await self._office.store.write(lambda db: self._paired(db, peer, given.code, new))
        if isinstance(made, int):
            refuse(made)
            raise PairingRefused("This code is wrong, used or too old: have the hub show another.")
        device, token = made
        return {"token": token.reveal(), "may_write": device.may_write, "label": device.label}

    async def open(self, request: Request) -> dict[str, object]:
        """A code with which the frame opens one card; raises UnknownDevice."""
        office = self._office
        holder = await holder_of(office, request)
        office.origins.checked(holder.device.origin, request.headers)
        code = await office.store.write(
            lambda db: card_devices.new_opening(db, holder.device, now_ms=office.now_ms())
        )
        return {"code": code.reveal(), "expires_in_s": OPEN_MS // 1000}

    async def leave(self, request: Request) -> dict[str, object]:
        """Forget the device that asks; raises UnknownDevice."""
        holder = await holder_of(self._office, request)

        def change(db: sa.Connection) -> None:
            card_devices.revoke_device(db, holder.device.id)
            self._note(db, holder.device, "card_device.revoke")

        await self._office.store.write(change)
        return {"left": True}

    def _paired(
        self, db: sa.Connection, peer: str, code: str, new: NewDevice
    ) -> tuple[Device, Secret] | int:
        now_ms = self._office.now_ms()
        made = card_devices.pair(db, code, new=new, now_ms=now_ms)
        if made is None:
            # What was counted has to stay, so that nothing is raised in here.
            return counted(db, address_key(peer), most=PER_ADDRESS, now_ms=now_ms)
        self._note(db, made[0], "card_device.pair")
        return made

    def _note(self, db: sa.Connection, device: Device, action: str) -> None:
        record(
            db,
            at_ms=self._office.now_ms(),
            principal=as_principal(user(db, device.user_id)),
            action=action,
            target=f"card_device:{device.id}",
            after={"label": device.label, "origin": device.origin, "may_write": device.may_write},
        )

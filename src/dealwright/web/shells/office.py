"""Shell office: what the pages and calls of shells are made with."""

from dataclasses import dataclass
from typing import Final

from starlette.requests import Request

from dealwright.core.clock import Clock, to_ms
from dealwright.core.errors import DealwrightError
from dealwright.pipeline.people import as_principal
from dealwright.store import card_devices
from dealwright.store.card_devices import Device
from dealwright.store.engine import Store
from dealwright.store.people import User, user
from dealwright.web.api.refusals import TooLarge
from dealwright.web.auth.guard import Guard
from dealwright.web.card import CardPages
from dealwright.web.limits import charge
from dealwright.web.shells.origins import Origins

_MAX_BYTES: Final = 256_000


class UnknownDevice(DealwrightError):
    """A device that was revoked, or never paired."""

    code = "device_unknown"
    status = 401


@dataclass(frozen=True, slots=True, kw_only=True)
class ShellOffice:
    """What is needed to pair shells and to show cards in them."""

    store: Store
    clock: Clock
    guard: Guard
    pages: CardPages
    origins: Origins
    locale: str = "en-GB"

    def now_ms(self) -> int:
        """The time."""
        return to_ms(self.clock.now())


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """A device that asks, and whose it is."""

    device: Device
    user: User


async def holder_of(office: ShellOffice, request: Request) -> Holder:
    """Whose device asks, by its token; raises UnknownDevice and TooManyRequests."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    token = token.strip() if scheme.lower() == "bearer" else ""
    found = await office.store.read(lambda db: card_devices.device(db, token))
    return await known(office, request, found)


async def known(office: ShellOffice, request: Request, found: Device | None) -> Holder:
    """The holder of a device; raises UnknownDevice for none, and TooManyRequests."""
    if found is None:
        raise UnknownDevice("This device is not paired, or not any more. Pair it again.")
    owner = await office.store.read(lambda db: user(db, found.user_id))
    charge(request.scope, as_principal(owner))
    await office.store.write(
        lambda db: card_devices.touch_device(db, found, now_ms=office.now_ms())
    )
    return Holder(device=found, user=owner)


async def body_of(request: Request) -> bytes:
    """The body of a request; raises TooLarge."""
    raw = bytearray()
    async for chunk in request.stream():
        raw += chunk
        if len(raw) > _MAX_BYTES:
            raise TooLarge(f"A shell may send at most {_MAX_BYTES:,} bytes.")
    return bytes(raw)

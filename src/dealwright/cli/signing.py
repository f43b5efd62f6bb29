"""Signing in at Pipedrive from the command line: in a browser, and confirmed in the terminal."""

import asyncio
import threading
import webbrowser
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from urllib.parse import urlsplit

from dealwright.cli.account import keyring_of
from dealwright.cli.hub import Hub
from dealwright.cli.loopback import Loopback
from dealwright.core.errors import ConfigError
from dealwright.pipedrive.oauth import CALLBACK
from dealwright.pipeline.connecting import Granted
from dealwright.pipeline.signin import LIVES_MS, Arrival, SignIns

#: Where a command listens for the callback, unless told otherwise; the app's callback says so too.
PORT = 8788

_LOOK_EVERY_S = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """How a user is to sign in.

    `base_url` is any address at Pipedrive, or a sandbox; `domain` the account that it has to be,
    "" for any. `port`: the callback comes to this command, None: to the hub's public address.
    `tell` is given the address to open, `right` asks whether it is the right account.
    """

    base_url: str
    port: int | None
    tell: Callable[[str], None]
    right: Callable[[Granted], bool]
    domain: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    """Somebody signed in, and said that it is the right account."""

    sign_ins: SignIns
    id: str
    granted: Granted


def callback_of(public_url: str | None, port: int | None) -> tuple[str, int | None]:
    """The callback that the app has to be registered with, and the port to listen on for it.

    A hub that can be reached takes it; a port, or no public address, lets the command do so.
    """
    if port is None and public_url is not None:
        return f"{public_url}{CALLBACK}", None
    chosen = port or PORT
    return f"http://127.0.0.1:{chosen}{CALLBACK}", chosen


async def signed_in(hub: Hub, way: Way) -> SignedIn:
    """Send a user to Pipedrive and wait until they are back and have confirmed.

    Raises ConfigError: `no_app`, `consent_denied`, `account_refused` and what else the sign-in
    ended with; the grant is then given back.
    """
    sign_ins = SignIns(keyring_of(hub))
    redirect_uri, port = callback_of(hub.settings.public_url, way.port)
    async with AsyncExitStack() as stack:
        door = None if port is None else await stack.enter_async_context(Loopback(sign_ins, port))
        sent = await sign_ins.begin(base_url=way.base_url, redirect_uri=redirect_uri)
        way.tell(sent.url)
        arrival = await _arrived(hub, sign_ins, sent.id, door)
    if arrival.granted is None:
        raise ConfigError(arrival.message, code=arrival.code)
    wrong = _wrong_domain(arrival.granted, way.domain)
    if wrong or not way.right(arrival.granted):
        await sign_ins.refuse(sent.id)
        raise ConfigError(
            f"{wrong}Nothing was stored, and the grant was given back. To sign in to another "
            "account, sign out of Pipedrive in the browser first.",
            code="account_refused",
        )
    return SignedIn(sign_ins=sign_ins, id=sent.id, granted=arrival.granted)


async def _arrived(hub: Hub, sign_ins: SignIns, sign_in_id: str, door: Loopback | None) -> Arrival:
    try:
        async with asyncio.timeout(LIVES_MS / 1000):
            if door is not None:
                return await door.arrival
            while True:
                arrival = await sign_ins.look(sign_in_id)
                if arrival.granted is not None or arrival.code:
                    return arrival
                await hub.clock.sleep(_LOOK_EVERY_S)
    except TimeoutError:
        raise ConfigError(
            "Nobody came back from Pipedrive within 10 minutes. Begin again.",
            code="sign_in_unknown",
        ) from None


def _wrong_domain(granted: Granted, domain: str) -> str:
    if not domain or domain == granted.credentials.api_domain:
        return ""
    return f"That is {granted.domain}, not {urlsplit(domain).netloc}. "


def open_browser(url: str) -> None:
    """Open an address in the person's browser, if there is one; it has been printed anyway."""
    # Some wait until the window is closed, which shall hold up nobody.
    threading.Thread(target=webbrowser.open, args=[url], daemon=True).start()

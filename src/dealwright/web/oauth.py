"""The callback of OAuth: users come back here from Pipedrive, and it tells here of an uninstall.

A plain page without script: it says whose account that is, and where to confirm it.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from html import escape
from typing import Final

import structlog
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from dealwright.core.errors import (
    ConfigError,
    DealwrightError,
    StoreUnavailable,
    Unauthorized,
    Unavailable,
)
from dealwright.pipedrive.oauth import CALLBACK
from dealwright.pipeline.connecting import Granted
from dealwright.pipeline.signin import Arrival
from dealwright.web.basic import credentials_of

_log = structlog.get_logger("dealwright.oauth")

#: What binds a sign-in to the browser that began it; a browser takes `__Host-` only over https.
COOKIE: Final = "__Host-dealwright-oauth"
LOOPBACK_COOKIE: Final = "dealwright-oauth"

#: The longest code, and the longest state, that anybody sends.
_MAX_TEXT: Final = 2_000
_MAX_BYTES: Final = 10_000

_HEADERS: Final = {
    "content-security-policy": "default-src 'none'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'",
    # The address has the code in it.
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
}
_PAGE: Final = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title} – Dealwright</title>
</head>
<body>
<main>
<h1>{title}</h1>
{body}
</main>
</body>
</html>
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Callback:
    """What the callback needs of the rest of the house; both raise StoreUnavailable.

    `come_back(state, code, error, cookie)` takes a user back; `uninstalled(pair, body)` takes note
    of an uninstall, with what Basic authentication brought. `cookie` is the name of what a browser
    was given that began.
    """

    come_back: Callable[[str, str, str, str], Awaitable[Arrival]]
    uninstalled: Callable[[bytes, bytes], Awaitable[int]]
    cookie: str = COOKIE


def cookie_name(address: str) -> str:
    """The name of that cookie for a hub at an address.

    Over https only the prefixed one counts: another host of the domain could have set the other.
    """
    return COOKIE if address.startswith("https://") else LOOPBACK_COOKIE


def routes(callback: Callback) -> list[Route]:
    """The routes of one app's callback."""

    async def answer(request: Request) -> Response:
        if request.method == "DELETE":
            return await _uninstalled(callback, request)
        if request.method == "HEAD":
            # Whoever looks before the browser comes must not use up the state.
            return _html(200, "")
        return await _come_back(callback, request)

    return [Route(CALLBACK, answer, methods=["GET", "DELETE"])]


def arrival_page(arrival: Arrival) -> str:
    """What a user sees who has come back."""
    if arrival.granted is None:
        return page("Not connected", f"<p>{escape(arrival.message)}</p>")
    return page("Is this the right account?", _whose(arrival.granted))


def page(title: str, body: str) -> str:
    """A page of ours; `body` is HTML."""
    return _PAGE.format(title=escape(title), body=body)


def _whose(granted: Granted) -> str:
    user = granted.user
    rows = (
        ("Company", user.company_name or "–"),
        ("Address", granted.domain),
        ("Signed in as", f"{user.name} {user.email or ''}".strip()),
    )
    listed = "\n".join(f"<dt>{name}</dt><dd>{escape(value)}</dd>" for name, value in rows)
    return (
        f"<dl>\n{listed}\n</dl>\n<p>Nothing is connected yet: go back to where you began and "
        "confirm it there. This page can be closed.</p>"
    )


async def _come_back(callback: Callback, request: Request) -> Response:
    asked = [request.query_params.get(name, "") for name in ("state", "code", "error")]
    if any(len(text) > _MAX_TEXT for text in asked) or not asked[0]:
        return _html(400, page("Not connected", "<p>Nobody is expected with that address.</p>"))
    state, code, error = asked
    try:
        arrival = await callback.come_back(
            state, code, error, request.cookies.get(callback.cookie, "")
        )
    except StoreUnavailable as failed:
        return _html(503, page("Try again", f"<p>{escape(str(failed))}</p>"))
    except DealwrightError as refused:
        return _html(400, page("Not connected", f"<p>{escape(str(refused))}</p>"))
    return _html(200 if arrival.granted else 400, arrival_page(arrival))


async def _uninstalled(callback: Callback, request: Request) -> Response:
    try:
        body = await _bounded(request)
        pair = credentials_of(request.scope["headers"])
        return JSONResponse({"success": True, "wiped": await callback.uninstalled(pair, body)})
    except ClientDisconnect:
        return _refusal(400, ConfigError("The sender has gone.", code="uninstall_unreadable"))
    except Unauthorized as error:
        _log.warning("oauth.uninstall_refused", code=error.code)
        return _refusal(401, error)
    except (StoreUnavailable, Unavailable) as error:
        return _refusal(503, error)
    except DealwrightError as error:
        return _refusal(400, error)


async def _bounded(request: Request) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > _MAX_BYTES:
            raise ConfigError("That is no uninstall: it is too long.", code="uninstall_unreadable")
    return bytes(body)


def _html(status: int, text: str) -> Response:
    return HTMLResponse(text, status_code=status, headers=_HEADERS)


def _refusal(status: int, error: DealwrightError) -> Response:
    headers = {"www-authenticate": 'Basic realm="Dealwright"'} if status == 401 else {}
    body = {"success": False, "code": error.code, "message": str(error)}
    return JSONResponse(body, status_code=status, headers=headers)

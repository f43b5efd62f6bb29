"""`/auth/*`: the page to set up and to sign in, and the way to the OpenID provider and back.

One page for both, of three files that the hub has itself; its script speaks to `/api/v1/session`.
"""

from html import escape
from importlib.resources import files
from typing import Final

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from dealwright.core.errors import DealwrightError
from dealwright.web.auth.arrivals import Arrivals
from dealwright.web.auth.cookies import set_cookie
from dealwright.web.auth.errors import SignInRefused
from dealwright.web.auth.guard import Guard
from dealwright.web.auth.links import SET_UP_PATH
from dealwright.web.auth.people import Visitor
from dealwright.web.auth.site import Place

SIGN_IN_PATH: Final = "/auth/sign-in"
OIDC_PATH: Final = "/auth/oidc"
CALLBACK_PATH: Final = "/auth/oidc/callback"

#: Nothing but our own files; no frame around it, and no address of it goes elsewhere.
HEADERS: Final = {
    "content-security-policy": "default-src 'none'; script-src 'self'; style-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "cache-control": "no-store",
}


def _file(name: str) -> str:
    return files("dealwright.web.auth").joinpath("page", name).read_text(encoding="utf-8")


# Read once, when this is imported: no request waits for a disk.
_PAGE: Final = _file("page.html")
_FILES: Final = {
    name: (_file(name), kind)
    for name, kind in (("page.js", "text/javascript"), ("page.css", "text/css"))
}


def routes(guard: Guard, arrivals: Arrivals | None) -> list[BaseRoute]:
    """The pages; those of the provider only where there is one."""

    async def shown(_: Request) -> Response:
        return HTMLResponse(_PAGE, headers=HEADERS)

    listed: list[BaseRoute] = [Route(path, shown) for path in (SET_UP_PATH, SIGN_IN_PATH)]
    listed += [_static(name) for name in _FILES]
    if arrivals is not None:
        listed += Detour(guard, arrivals).routes()
    return listed


class Detour:
    """To the provider, and back."""

    def __init__(self, guard: Guard, arrivals: Arrivals) -> None:
        self._guard = guard
        self._arrivals = arrivals

    def routes(self) -> list[BaseRoute]:
        """Both ways."""
        return [Route(OIDC_PATH, self._go), Route(CALLBACK_PATH, self._back)]

    async def _go(self, request: Request) -> Response:
        try:
            place = self._guard.place(request)
            sent = await self._arrivals.send(await self._visitor(request, place))
        except DealwrightError as error:
            return _refusal(error)
        response = RedirectResponse(sent.url, status_code=303, headers=HEADERS)
        response.set_cookie(
            _bond_cookie(place),
            sent.bond.reveal(),
            max_age=600,
            path="/",
            secure=place.is_secure,
            httponly=True,
            samesite="lax",
        )
        return response

    async def _back(self, request: Request) -> Response:
        asked = request.query_params
        try:
            place = self._guard.place(request)
            bond = request.cookies.get(_bond_cookie(place), "")
            code = asked.get("code")
            if code is None:
                await self._arrivals.waiting(state=asked.get("state", ""), bond=bond)
                raise SignInRefused("The OpenID provider did not sign you in. Begin anew.")
            visitor = await self._visitor(request, place)
            begun = await self._arrivals.let_in(
                visitor, state=asked.get("state", ""), bond=bond, code=code
            )
        except DealwrightError as error:
            return _refusal(error)
        # The page asks for the second factor where there is one, and else goes on.
        response = RedirectResponse(SIGN_IN_PATH, status_code=303, headers=HEADERS)
        set_cookie(response, place, begun)
        response.delete_cookie(_bond_cookie(place), path="/", secure=place.is_secure)
        return response

    async def _visitor(self, request: Request, place: Place) -> Visitor:
        return Visitor(
            address=place.address,
            agent=request.headers.get("user-agent", ""),
            session=await self._guard.session(request, place),
        )


def _bond_cookie(place: Place) -> str:
    return f"{place.cookie}-visit"


def _refusal(error: DealwrightError) -> Response:
    status = getattr(type(error), "status", 503)
    text = (
        "<!doctype html><html lang=en><meta charset=utf-8><title>Dealwright</title>"
        "<meta name=viewport content='width=device-width'><link rel=stylesheet href=/auth/page.css>"
        f"<main><h1>Not signed in</h1><p role=alert>{escape(str(error))}</p>"
        f"<p><a href={SIGN_IN_PATH}>Back to sign-in</a></main>"
    )
    return HTMLResponse(text, status_code=status, headers=HEADERS)


def _static(name: str) -> BaseRoute:
    text, kind = _FILES[name]

    async def shown(_: Request) -> Response:
        return Response(text, media_type=kind, headers=HEADERS | {"cache-control": "no-cache"})

    return Route(f"/auth/{name}", shown)

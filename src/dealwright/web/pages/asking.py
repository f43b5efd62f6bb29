"""Asking: who looks at a page, and whether a form of it was sent from there.

Forms carry the session's token in a field, since without script nothing can set a header.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from starlette.requests import Request

from dealwright.core.people import Principal
from dealwright.store.sessions import Stage
from dealwright.web.auth.errors import CrossSite
from dealwright.web.auth.guard import Guard, SignedIn
from dealwright.web.auth.pages import SIGN_IN_PATH
from dealwright.web.auth.permissions import SMALLEST_ROLE, Permission
from dealwright.web.auth.site import Place
from dealwright.web.auth.tokens import csrf_token, is_same
from dealwright.web.limits import charge

CSRF_FIELD: Final = "csrf"

#: A page of ours sends a summary and its next steps, and nothing that is longer.
MAX_FORM_BYTES: Final = 400_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Somebody who is signed in, and what their forms have to carry."""

    who: Principal
    csrf: str

    def may(self, permission: Permission) -> bool:
        """Whether their role covers it."""
        return self.who.role.covers(SMALLEST_ROLE[permission])


async def reader_of(guard: Guard, request: Request) -> Reader | None:
    """Who asks for a page; None for nobody who is signed in. Raises TooManyRequests."""
    place = guard.place(request)
    signed = await guard.session(request, place)
    if signed is None or signed.session.stage is not Stage.FULL:
        return None
    charge(request.scope, signed.principal)
    return _reader(signed)


async def sender_of(guard: Guard, request: Request, form: Mapping[str, str]) -> Reader | None:
    """Who sent a form; raises CrossSite for one that is not of our page."""
    place = guard.place(request)
    signed = await guard.session(request, place)
    if signed is None or signed.session.stage is not Stage.FULL:
        return None
    check_form(request.headers, place)
    if not is_same(form.get(CSRF_FIELD, ""), csrf_token(signed.token)):
        raise CrossSite("The form is older than your session. Load the page anew, and try again.")
    charge(request.scope, signed.principal)
    return _reader(signed)


def check_form(headers: Mapping[str, str], place: Place) -> None:
    """Raise CrossSite for a form that another site's page had the browser send."""
    if headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}:
        raise _cross_site()
    # A page whose address goes nowhere (`no-referrer`) sends its forms with the origin `null`.
    # https://fetch.spec.whatwg.org/#append-a-request-origin-header
    if headers.get("origin", "null").lower() not in {"null", place.origin}:
        raise _cross_site()


def sign_in_first(request: Request) -> str:
    """Where somebody signs in who then comes back to this page."""
    wanted = request.url.path
    if request.method == "POST":
        wanted = wanted.rpartition("/")[0]
    elif request.url.query:
        wanted += f"?{request.url.query}"
    return f"{SIGN_IN_PATH}?next={quote(wanted, safe='')}"


def _reader(signed: SignedIn) -> Reader:
    return Reader(who=signed.principal, csrf=csrf_token(signed.token))


def _cross_site() -> CrossSite:
    return CrossSite("The form came from another site: use the hub's own pages.")

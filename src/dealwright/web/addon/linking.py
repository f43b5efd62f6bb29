"""Linking: a user of Google becomes a user of the hub, by a ticket that is good once.

An equal address is no proof of being somebody here: who signs in to the hub says it himself, and
sees first whom he lets read on his behalf.
"""

from html import escape
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from dealwright.core.clock import Clock, to_ms
from dealwright.core.errors import DealwrightError
from dealwright.store import cards as stored
from dealwright.store.audit import record
from dealwright.store.engine import Store
from dealwright.web.auth.guard import Guard
from dealwright.web.auth.pages import HEADERS
from dealwright.web.pages.asking import CSRF_FIELD, reader_of, sender_of, sign_in_first
from dealwright.web.pages.forms import form_of
from dealwright.web.problem import status_of

PATH: Final = "/addon/gmail/link"
_GONE: Final = "This link has been used, or is older than an hour. Open the message again."


class LinkPage:
    """Where somebody who is signed in redeems a ticket."""

    def __init__(self, store: Store, clock: Clock, *, guard: Guard) -> None:
        self._store = store
        self._clock = clock
        self._guard = guard

    def routes(self) -> list[Route]:
        """The page, and its form."""
        return [
            Route(PATH, self._shown, methods=["GET"]),
            Route(PATH, self._sent, methods=["POST"]),
        ]

    async def _shown(self, request: Request) -> Response:
        token = request.query_params.get("ticket", "")
        try:
            reader = await reader_of(self._guard, request)
            if reader is None:
                return RedirectResponse(sign_in_first(request), status_code=303, headers=HEADERS)
        except DealwrightError as error:
            return _page(escape(str(error)), status=status_of(error))
        now_ms = to_ms(self._clock.now())
        who = await self._store.read(lambda db: stored.ticket(db, token, now_ms=now_ms))
        if who is None:
            return _page(_GONE, status=404)
        return _page(
            f"<b>{escape(who.email)}</b> at Google wants to read contact cards, and use their "
            f"buttons, as <b>{escape(reader.who.name)}</b> of this hub. Agree only if this is your "
            "own mailbox."
            f"<form method=post action={PATH}><input type=hidden name={CSRF_FIELD} "
            f'value="{escape(reader.csrf)}"><input type=hidden name=ticket '
            f'value="{escape(token)}"><button>Connect this mailbox</button></form>'
        )

    async def _sent(self, request: Request) -> Response:
        try:
            form = await form_of(request)
            sender = await sender_of(self._guard, request, form)
            if sender is None:
                return _page("Sign in first, then open the message again.", status=401)
        except DealwrightError as error:
            return _page(escape(str(error)), status=status_of(error))
        now_ms, token, who = to_ms(self._clock.now()), form.get("ticket", ""), sender.who

        def link(db: Any) -> stored.GoogleUser | None:
            found = stored.take_ticket(db, token, now_ms=now_ms)
            if found is not None:
                stored.link_google(db, found, user_id=who.id, now_ms=now_ms)
                after = {"google": found.email}
                target = f"user:{who.id}"
                record(
                    db,
                    at_ms=now_ms,
                    principal=who,
                    action="google.link",
                    target=target,
                    after=after,
                )
            return found

        if await self._store.write(link) is None:
            return _page(_GONE, status=404)
        return _page("Connected. Close this window; the card comes by itself.")


def _page(body: str, *, status: int = 200) -> Response:
    text = (
        "<!doctype html><html lang=en><title>Connect your mailbox</title>"
        "<meta name=viewport content='width=device-width'>"
        "<link rel=stylesheet href=/auth/page.css><main><h1>Connect your mailbox</h1>"
        f"<p>{body}</main>"
    )
    return HTMLResponse(text, status_code=status, headers=HEADERS)

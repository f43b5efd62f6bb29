"""The door: `POST /addon/gmail/*`, verified before anything is looked at, fetched or written.

The order is CARD's: bearer token, shape, scopes, user, link to a user of the hub, and only then
what was asked for.
"""

import secrets
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, Final

import msgspec
import structlog
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from dealwright.cards.pages.faults import link_card
from dealwright.cards.pages.toasts import Toast, toast
from dealwright.core.clock import Clock, to_ms
from dealwright.core.errors import DealwrightError, InvalidEvent
from dealwright.store import cards as stored
from dealwright.store.engine import Store
from dealwright.web.addon import envelopes
from dealwright.web.addon.desk import Desk, Visitor
from dealwright.web.addon.paths import LINK_PATH, PREFIX
from dealwright.web.addon.refusal import BadShape, NotGoogle, Refusal
from dealwright.web.addon.shape import Posted, copied_token, read_body
from dealwright.web.addon.tokens import GoogleUser, Verifier
from dealwright.web.answers import SenderGone
from dealwright.web.bodies import receive_body

_log = structlog.get_logger(__name__)

_CLICKED: Final = f"{PREFIX}/action"
_MOST_BYTES: Final = 262_144
_SCOPE: Final = "https://www.googleapis.com/auth/"
_WHO: Final = f"{_SCOPE}userinfo.email"
_MESSAGE: Final = f"{_SCOPE}gmail.addons.current.message"
_READS: Final = frozenset(f"{_MESSAGE}.{how}" for how in ("metadata", "readonly", "action"))
_HEADERS: Final = {"cache-control": "no-store", "content-type": "application/json"}

#: Clicks of one user in a minute; a person makes a few.
_MOST_A_MINUTE: Final = 240
_MINUTE_S: Final = 60.0

Answer = dict[str, Any]


class AddonDoor:
    """Answers Google."""

    def __init__(
        self, store: Store, clock: Clock, *, verifier: Verifier, desk: Desk, public_url: str
    ) -> None:
        self._store = store
        self._clock = clock
        self._verifier = verifier
        self._desk = desk
        self._public_url = public_url
        self._pace = _Pace(clock)

    def routes(self) -> list[Route]:
        """Every path that Google may call; another method is answered by 405."""
        answers: dict[str, Callable[[Visitor, Posted], Awaitable[Answer]]] = {
            "home": self._home,
            "open": self._desk.open,
            "compose": self._desk.compose,
            "action": self._desk.act,
            "settings": self._settings,
        }
        return [self._route(name, answer) for name, answer in answers.items()]

    def _route(self, name: str, answer: Callable[[Visitor, Posted], Awaitable[Answer]]) -> Route:
        path = f"{PREFIX}/{name}"

        async def answered(request: Request) -> Response:
            return await self._answered(request, path, answer)

        return Route(path, answered, methods=["POST"], name=f"addon_{name}")

    async def _answered(
        self, request: Request, path: str, answer: Callable[[Visitor, Posted], Awaitable[Answer]]
    ) -> Response:
        try:
            posted = await self._verified(request, path)
            if scopes := _missing(posted, reads=path == f"{PREFIX}/open"):
                return _json(envelopes.scopes_missing(scopes))
            who = await self._verifier.user(posted.authorization.user_id_token or "")
        except Refusal as error:
            # Only what kind of refusal: nothing of the token, nothing of the body.
            _log.warning("addon.refused", code=error.code, path=path)
            body = {"code": error.code, "message": str(error)}
            return _json(body, status=error.status)
        try:
            visitor = await self._desk.visitor(who, posted)
            if visitor is None:
                return _json(await self._not_linked(who, posted))
            if not self._pace.admits(who.key):
                return _json(await self._too_fast(visitor, path))
            return _json(await answer(visitor, posted))
        except BadShape as error:
            return _json({"code": error.code, "message": str(error)}, status=error.status)
        except Exception as error:  # noqa: BLE001 - whatever it is, Google shows a card and no more
            reference = secrets.token_hex(4)
            code = error.code if isinstance(error, DealwrightError) else type(error).__name__
            _log.error("addon.failed", code=code, path=path, reference=reference)
            card = await self._desk.failed(posted, reference=reference)
            return _json(envelopes.pushed(card) if path == _CLICKED else envelopes.shown(card))

    async def _verified(self, request: Request, path: str) -> Posted:
        """The body of a request that Google sent; raises Refusal."""
        if "origin" in request.headers:
            raise BadShape("A browser's page has no business here.")
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind != "application/json":
            raise BadShape("Expected application/json.")
        try:
            body = await receive_body(request.receive, limit=_MOST_BYTES)
        except (InvalidEvent, SenderGone) as error:
            raise BadShape(str(error)) from None
        given = request.headers.getlist("authorization")
        token = await self._verifier.system(given[0] if len(given) == 1 else None, path=path)
        if (copied := copied_token(body)) is not None and copied != token:
            raise NotGoogle("The body has another token than the header.")
        return read_body(body)

    async def _too_fast(self, visitor: Visitor, path: str) -> Answer:
        """A click is answered with a line, whatever shows a card with a card."""
        said = toast(visitor.reader, Toast.TOO_FAST)
        if path == _CLICKED:
            return envelopes.noticed(said)
        return envelopes.shown(await self._desk.told(visitor, said))

    async def _not_linked(self, who: GoogleUser, posted: Posted) -> Answer:
        """Somebody whom the hub does not know: he signs in to it once, with a ticket."""
        whom = stored.GoogleUser(issuer=who.iss, subject=who.sub, email=who.email)
        now_ms = to_ms(self._clock.now())
        ticket = await self._store.write(lambda db: stored.new_ticket(db, whom, now_ms=now_ms))
        url = f"{self._public_url}{LINK_PATH}?ticket={ticket.reveal()}"
        draw = partial(link_card, sign_in_url=url)
        return envelopes.not_linked(await self._desk.drawn_for_nobody(draw, posted))

    async def _home(self, visitor: Visitor, _: Posted) -> Answer:
        return await self._desk.home(visitor)

    async def _settings(self, visitor: Visitor, _: Posted) -> Answer:
        return await self._desk.settings(visitor)


class _Pace:
    """How often users ask; by user, for all of Google's calls come from Google's addresses."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._since_s = 0.0
        self._counts: dict[str, int] = {}

    def admits(self, key: str) -> bool:
        """Whether one more is not too many."""
        now_s = self._clock.monotonic_s()
        if now_s - self._since_s >= _MINUTE_S:
            self._since_s, self._counts = now_s, {}
        self._counts[key] = self._counts.get(key, 0) + 1
        return self._counts[key] <= _MOST_A_MINUTE


def _missing(posted: Posted, *, reads: bool) -> list[str]:
    """The scopes that are needed and were not granted."""
    granted = posted.authorization.authorized_scopes
    missing: list[str] = []
    has_who = granted is None or _WHO in granted
    if not has_who or not posted.authorization.user_id_token:
        missing.append(_WHO)
    if reads and granted is not None and not _READS & set(granted):
        missing.append(f"{_MESSAGE}.metadata")
    return missing


def _json(body: Any, *, status: int = 200) -> Response:
    return Response(msgspec.json.encode(body), status_code=status, headers=_HEADERS)

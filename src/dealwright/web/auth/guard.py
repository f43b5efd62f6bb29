"""The guard: whose request this is, by a session's cookie or an API key."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Final

from starlette.requests import HTTPConnection

from dealwright.core.clock import Clock, to_ms
from dealwright.core.people import Principal
from dealwright.pipeline.people import IDLE_MS, as_principal
from dealwright.store import sessions
from dealwright.store.engine import Store
from dealwright.store.people import User
from dealwright.store.sessions import Session, Stage
from dealwright.web.auth.errors import CrossSite, NotSignedIn
from dealwright.web.auth.site import SAFE_METHODS, Place, Site, check_origin
from dealwright.web.auth.tokens import csrf_token, hash_token, is_same
from dealwright.web.limits import charge

KeyPrincipal = Callable[[str], Awaitable[Principal | None]]
"""Whose an API key is; None for one that there is not, or that was revoked."""

CSRF_HEADER: Final = "x-csrf-token"
#: That a session is in use is noted so often, and not with each request.
_TOUCH_MS: Final = 60_000


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    """A session that is open, whose it is, and its token as the cookie has it."""

    session: Session
    user: User
    token: str

    @property
    def principal(self) -> Principal:
        """Who it is."""
        return as_principal(self.user)


async def no_keys(_: str) -> Principal | None:
    """Nobody has an API key."""
    return None


class Guard:
    """Tells whose a request is. What it answers holds now: a role that was taken is gone."""

    def __init__(
        self, store: Store, clock: Clock, *, site: Site, key_principal: KeyPrincipal = no_keys
    ) -> None:
        self._store = store
        self._clock = clock
        self._site = site
        self._key_principal = key_principal

    def place(self, request: HTTPConnection) -> Place:
        """Where a request was made; raises InsecureAddress."""
        peer = request.client.host if request.client else ""
        return self._site.place(request.headers, scheme=request.url.scheme, peer=peer)

    async def principal(self, request: HTTPConnection) -> Principal:
        """Whose request it is; raises NotSignedIn, CrossSite, InsecureAddress, TooManyRequests.

        A key counts where there is one. A cookie, which a browser adds by itself, counts for
        changes only with the session's token in `X-CSRF-Token` and from a page of ours.
        """
        key = _bearer(request.headers)
        if key is not None:
            who = await self._key_principal(key)
            if who is None:
                raise NotSignedIn("This API key is not known: it was revoked, or never made.")
        else:
            who = (await self.signed_in(request)).principal
        charge(request.scope, who)
        return who

    async def signed_in(self, request: HTTPConnection, stage: Stage = Stage.FULL) -> SignedIn:
        """The session of a request, checked as `principal` says."""
        place = self.place(request)
        found = await self.session(request, place)
        if found is None or found.session.stage is not stage:
            raise NotSignedIn("Sign in first, or give an API key as a Bearer token.")
        if request.scope.get("method") not in SAFE_METHODS:
            check_origin(request.headers, place)
            if not is_same(request.headers.get(CSRF_HEADER, ""), csrf_token(found.token)):
                raise CrossSite(
                    "The header X-CSRF-Token is missing or wrong: GET /api/v1/session tells it."
                )
        return found

    async def session(self, request: HTTPConnection, place: Place) -> SignedIn | None:
        """The session of the request's cookie, whatever its stage; None without one."""
        token = request.cookies.get(place.cookie, "")
        if not token:
            return None
        now_ms = to_ms(self._clock.now())
        token_hash = hash_token(token)
        found = await self._store.read(
            lambda db: sessions.open_session(db, token_hash, now_ms=now_ms, idle_ms=IDLE_MS)
        )
        if found is None:
            return None
        session, user = found
        if now_ms - session.seen_at_ms >= _TOUCH_MS:
            await self._store.write(
                lambda db: sessions.touch_session(db, session.id, now_ms=now_ms)
            )
        return SignedIn(session=session, user=user, token=token)


def _bearer(headers: Mapping[str, str]) -> str | None:
    scheme, _, text = headers.get("authorization", "").partition(" ")
    return text.strip() if scheme.lower() == "bearer" else None

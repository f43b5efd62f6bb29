"""The web side as one ASGI application: tracking in front, everything else in Starlette."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, Final

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from dealwright.core.clock import Clock
from dealwright.core.errors import StoreUnavailable
from dealwright.web.browser import SOURCE_CONFIG, BrowserSettings
from dealwright.web.eventhooks import PREFIX as EVENT_HOOKS
from dealwright.web.eventhooks import EventHooks, SecretsOf
from dealwright.web.front import Front
from dealwright.web.headers import SafeHeaders
from dealwright.web.hooks import PREFIX, Ear, Hooks
from dealwright.web.limits import Limits, Rates
from dealwright.web.meetings import PREFIXES as MEETINGS
from dealwright.web.meetings import MeetingHooks, Take, nothing_taken
from dealwright.web.proxies import Proxies
from dealwright.web.tracking import Accept, Bounds, Tracking
from dealwright.web.write_keys import LoadKeys, NoteKeys, WriteKeys

#: The double slash is of SDKs whose host ends with one.
_FRONT: Final = ("/v1/", "/beacon/", "//v1/", SOURCE_CONFIG)
_HOME: Final = (
    "<!doctype html><html lang=en><title>Dealwright</title>"
    "<meta name=viewport content='width=device-width'><main><h1>Dealwright</h1>"
    "<p>Senders post events to <code>/v1/batch</code>; people <a href=/auth/sign-in>sign in</a>; "
    "programs use the <a href=/docs>API</a>.</main>"
)


async def _no_secrets(_: int) -> Sequence[str]:
    return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Doors:
    """What the web side needs of the rest of the house.

    `accept` is `Acceptor.accept`; `load_keys` reads the write keys; `check_store` raises
    StoreUnavailable when the store does not answer; `ear` takes Pipedrive's messages; `close` is
    awaited when the server ends, after the last request, and `stop` called before, for what would
    go on for long; `note_keys` remembers which write keys were used; `secrets_of` tells what a
    Source that speaks Standard Webhooks signs with; `more` are routes of other pages;
    `take_meeting` keeps what recorders post.
    """

    accept: Accept
    load_keys: LoadKeys
    check_store: Callable[[], Awaitable[None]]
    ear: Ear
    close: Callable[[], Awaitable[None]]
    stop: Callable[[], None] = lambda: None
    note_keys: NoteKeys | None = None
    secrets_of: SecretsOf = _no_secrets
    more: Sequence[BaseRoute] = ()
    take_meeting: Take = nothing_taken


@dataclass(frozen=True, slots=True, kw_only=True)
class WebOptions:
    """What an operator decides about the web side."""

    bounds: Bounds = field(default_factory=Bounds)
    public_url: str | None = None
    proxies: Proxies = field(default_factory=Proxies)
    rates: Rates = field(default_factory=Rates)


class WebApp:
    """The ASGI application.

    `tracking` answers `/v1/*` and `/beacon/*`, `events` what is below `/hooks/events/`, `meetings`
    what recorders post, `hooks` the rest below `/hooks/`, `pages` everything else; `front` is what
    every request passes.
    """

    __slots__ = ("_doors", "_front", "pages", "stop")

    def __init__(
        self,
        *,
        tracking: Tracking,
        events: EventHooks,
        meetings: MeetingHooks,
        hooks: Hooks,
        pages: Starlette,
        front: Front,
        stop: Callable[[], None],
    ) -> None:
        self._front = front
        # The first that fits answers; most requests are events.
        self._doors = (
            (_FRONT, tracking),
            (EVENT_HOOKS, events),
            (MEETINGS, meetings),
            (PREFIX, hooks),
        )
        self.pages = pages
        #: Ends what would go on for long; called when the server is to end.
        self.stop = stop

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Hand a request to who answers it."""
        if scope["type"] != "http":
            await self.pages(scope, receive, send)
            return
        path: str = scope["path"]
        for begins, door in self._doors:
            if path.startswith(begins):
                await self._front.at_door(door, scope, receive, send)
                return
        await self._front.at_pages(self.pages, scope, receive, send)


def web_app(doors: Doors, *, clock: Clock, options: WebOptions | None = None) -> WebApp:
    """Put the web side together. It is handed values and never reads settings."""
    chosen = options or WebOptions()
    keys = WriteKeys(doors.load_keys, clock, note=doors.note_keys)
    limits = Limits(clock, chosen.rates)
    return WebApp(
        tracking=Tracking(
            accept=doors.accept,
            keys=keys,
            clock=clock,
            bounds=chosen.bounds,
            browser=BrowserSettings(keys=keys, public_url=chosen.public_url),
            limits=limits,
        ),
        events=EventHooks(
            accept=doors.accept,
            keys=keys,
            secrets_of=doors.secrets_of,
            clock=clock,
            bounds=chosen.bounds,
            limits=limits,
        ),
        meetings=MeetingHooks(doors.take_meeting),
        hooks=Hooks(doors.ear),
        pages=_pages(doors),
        front=Front(
            proxies=chosen.proxies,
            headers=SafeHeaders(chosen.public_url),
            limits=limits,
        ),
        stop=doors.stop,
    )


def _pages(doors: Doors) -> Starlette:
    async def home(_: Request) -> Response:
        return HTMLResponse(_HOME)

    async def no_icon(_: Request) -> Response:
        return Response(status_code=204)

    async def livez(_: Request) -> Response:
        return PlainTextResponse("ok")

    async def readyz(_: Request) -> Response:
        try:
            await doors.check_store()
        except StoreUnavailable as error:
            body = {"ready": False, "code": error.code, "message": str(error)}
            return JSONResponse(body, status_code=503, headers={"retry-after": "5"})
        return JSONResponse({"ready": True})

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncGenerator[None, None]:
        # Without a store the first message makes up for it.
        with suppress(StoreUnavailable):
            await doors.ear.open()
        yield
        await doors.close()

    routes = [
        Route("/", home),
        Route("/favicon.ico", no_icon),
        Route("/livez", livez),
        Route("/readyz", readyz),
        *doors.more,
    ]
    return Starlette(routes=routes, lifespan=lifespan)

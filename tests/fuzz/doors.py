"""The doors in process, called without a server: an answer of 5xx is a fault."""

import asyncio
from collections.abc import Mapping
from functools import cache
from typing import Any
from urllib.parse import quote

import structlog
from starlette.applications import Starlette
from tests.clock import ManualClock
from tests.web.door import AUTHORIZATION, Log, doors_of

from dealwright.core.errors import ConfigError
from dealwright.pipedrive.oauth import CALLBACK
from dealwright.store.append import EventRow, RejectRow
from dealwright.web.app import web_app
from dealwright.web.oauth import Callback, routes

__all__ = ["AUTHORIZED", "CALLBACK", "NOW"]

#: The header of a sender who has a write key.
AUTHORIZED = AUTHORIZATION.encode()
CLOCK = ManualClock()
NOW = CLOCK.now()


class _Forgetful(Log):
    """A log that keeps nothing, however much comes."""

    async def accept(self, events: list[EventRow], rejects: list[RejectRow]) -> None:
        """Take it."""


class Defect(AssertionError):
    """A door answered that the hub failed."""


@cache
def _loop() -> asyncio.AbstractEventLoop:
    # The doors log what they refuse; a million lines tell nobody anything.
    structlog.configure(processors=[_dropped])
    return asyncio.new_event_loop()


def _dropped(*_: Any) -> Any:
    raise structlog.DropEvent


@cache
def hub() -> Any:
    """The web side with a log in memory."""
    return web_app(doors_of(_Forgetful()), clock=CLOCK)


@cache
def callback() -> Any:
    """The callback of OAuth, where nobody is expected."""

    async def come_back(*_: str) -> Any:
        raise ConfigError("Nobody is expected.")

    async def uninstalled(*_: bytes) -> int:
        raise ConfigError("That is no uninstall.")

    return Starlette(routes=list(routes(Callback(come_back=come_back, uninstalled=uninstalled))))


def call(
    app: Any,
    method: str,
    path: str,
    *,
    body: bytes = b"",
    query: bytes = b"",
    headers: Mapping[str, bytes] | None = None,
) -> int:
    """Make one request; the status of its answer."""
    scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": quote(path).encode(),
        "root_path": "",
        "query_string": query,
        "headers": [
            (name.encode(), value)
            for name, value in {"host": b"localhost", **(headers or {})}.items()
        ],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 8787),
        "state": {},
    }
    # An unknown write key waits until the keys may be read again.
    CLOCK.advance(10)
    status = _loop().run_until_complete(_answered(app, scope, body))
    if status >= 500:
        raise Defect(f"{method} {path}: {status}")
    return status


async def _answered(app: Any, scope: dict[str, Any], body: bytes) -> int:
    statuses: list[int] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Mapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            statuses.append(message["status"])

    await app(scope, receive, send)
    return statuses[0]

"""Sender: what carries a Request to Pipedrive and brings the Response back. Nothing else does."""

import asyncio
from collections.abc import AsyncIterable, Awaitable, Callable, Mapping, MutableMapping
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import unquote, urlsplit

import aiohttp
from yarl import URL

from dealwright.core.errors import Unavailable
from dealwright.core.secret import Secret
from dealwright.pipedrive.badge import Badge, Proof, api_token
from dealwright.pipedrive.urls import checked_url
from dealwright.pipedrive.wire import Request, Response

AsgiMessage = MutableMapping[str, Any]
AsgiApp = Callable[
    [
        MutableMapping[str, Any],
        Callable[[], Awaitable[AsgiMessage]],
        Callable[[AsgiMessage], Awaitable[None]],
    ],
    Awaitable[None],
]

#: 500 records with every custom field of a large account stay far below it.
MAX_ANSWER_BYTES = 16 * 1024 * 1024

# Pipedrive's tokens have 40 characters.
_REAL_TOKEN = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeouts:
    """How long to wait, in seconds: for the whole answer, and for the connection alone."""

    total_s: float = 30.0
    connect_s: float = 5.0


class Sender(Protocol):
    """Carries one Request and brings the Response, whatever its status.

    Redirects are not followed. Raises Unavailable (`unavailable`, `timeout`, or
    `unreadable_answer` when the answer is too large); `sent` is False on it only when the request
    has certainly not left. The token goes in one header and appears nowhere else; one that was
    refused (401: nothing was done) and has been renewed since is tried once more.
    """

    async def send(self, request: Request) -> Response:
        """Send and wait for the whole answer."""
        ...

    async def close(self) -> None:
        """Let go of connections; the sender is not used afterwards."""
        ...


class AiohttpSender:
    """The Sender for Pipedrive itself, or a sandbox over loopback, with connections kept alive.

    Raises ConfigError when `base_url` is neither (`urls.checked_url`), or the token is no token.
    """

    def __init__(
        self,
        base_url: str,
        token: Secret | Badge,
        *,
        timeouts: Timeouts = Timeouts(),
        max_answer_bytes: int = MAX_ANSWER_BYTES,
        connections: int = 50,
    ) -> None:
        self._base_url = checked_url(base_url)
        self._badge = _badge(token)
        self._timeouts = timeouts
        self._max_answer_bytes = max_answer_bytes
        self._connections = connections
        self._session: aiohttp.ClientSession | None = None

    async def send(self, request: Request) -> Response:
        """Send over HTTP and wait for the whole answer."""
        return await _let_in(self._badge, request, self._sent)

    async def _sent(self, request: Request, proof: Proof) -> Response:
        outcome = await self._attempt(request, proof)
        # Raised out here: aiohttp's own errors carry the headers, and with them the token.
        if isinstance(outcome, Unavailable):
            raise outcome
        return outcome

    async def close(self) -> None:
        """Close all connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def _attempt(self, request: Request, proof: Proof) -> Response | Unavailable:
        try:
            async with self._open().request(
                request.method,
                URL(self._base_url + request.target, encoded=True),
                data=request.body,
                headers=_headers(request, proof),
                allow_redirects=False,
            ) as answer:
                body = await _bounded(answer.content.iter_any(), self._max_answer_bytes)
                kept = _without(proof.token, body)
                return _response(request, answer.status, headers=answer.headers, body=kept)
        except aiohttp.ConnectionTimeoutError:
            return _timed_out(request, sent=False)
        except TimeoutError:
            return _timed_out(request, sent=True)
        except aiohttp.ClientConnectorError:
            return _lost(request, sent=False)
        except (aiohttp.ClientError, OSError, ValueError):
            return _lost(request, sent=True)

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=self._connections),
                timeout=aiohttp.ClientTimeout(
                    total=self._timeouts.total_s, connect=self._timeouts.connect_s
                ),
                cookie_jar=aiohttp.DummyCookieJar(),
            )
        return self._session


class AsgiSender:
    """The Sender for an ASGI application in this process: the sandbox, in tests and demos.

    An exception of the application is a defect of that application and travels as it is.
    """

    def __init__(
        self,
        app: AsgiApp,
        base_url: str,
        token: Secret | Badge,
        *,
        timeouts: Timeouts = Timeouts(),
        max_answer_bytes: int = MAX_ANSWER_BYTES,
    ) -> None:
        self._app = app
        self._parts = urlsplit(base_url)
        self._badge = _badge(token)
        self._timeouts = timeouts
        self._max_answer_bytes = max_answer_bytes

    async def send(self, request: Request) -> Response:
        """Call the application and wait for the whole answer."""
        return await _let_in(self._badge, request, self._called)

    async def _called(self, request: Request, proof: Proof) -> Response:
        exchange = _AsgiExchange(request.body or b"")
        try:
            async with asyncio.timeout(self._timeouts.total_s):
                await self._app(self._scope(request, proof), exchange.receive, exchange.send)
        except TimeoutError:
            raise _timed_out(request, sent=True) from None
        except OSError:
            raise _lost(request, sent=True) from None
        if not exchange.complete:
            raise _lost(request, sent=True)
        body = bytes(exchange.body) if len(exchange.body) <= self._max_answer_bytes else None
        kept = _without(proof.token, body)
        return _response(request, exchange.status, headers=exchange.headers, body=kept)

    async def close(self) -> None:
        """There is nothing to close."""

    def _scope(self, request: Request, proof: Proof) -> MutableMapping[str, Any]:
        headers = {"host": self._parts.netloc, **_headers(request, proof)}
        return {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": "1.1",
            "method": request.method,
            "scheme": self._parts.scheme,
            "path": unquote(request.path),
            "raw_path": request.path.encode("ascii"),
            "query_string": request.query_string.encode("ascii"),
            "root_path": "",
            "headers": [
                (name.lower().encode("ascii"), value.encode("latin-1"))
                for name, value in headers.items()
            ],
            "client": ("127.0.0.1", 0),
            "server": (self._parts.hostname, self._parts.port),
        }


class _AsgiExchange:
    """One request to an application and what it answers."""

    def __init__(self, body: bytes) -> None:
        self._to_send: list[AsgiMessage] = [
            {"type": "http.request", "body": body, "more_body": False}
        ]
        self._ended = asyncio.Event()
        self.status = 0
        self.headers: Mapping[str, str] = {}
        self.body = bytearray()

    @property
    def complete(self) -> bool:
        """Whether the whole answer is here."""
        return self._ended.is_set()

    async def receive(self) -> AsgiMessage:
        """The request; after the whole answer, that the client has gone."""
        if self._to_send:
            return self._to_send.pop()
        await self._ended.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: AsgiMessage) -> None:
        """Take a part of the answer."""
        if message["type"] == "http.response.start":
            self.status = int(message["status"])
            self.headers = {
                bytes(name).decode("latin-1"): bytes(value).decode("latin-1")
                for name, value in message.get("headers", ())
            }
        elif message["type"] == "http.response.body":
            self.body += message.get("body", b"")
            if not message.get("more_body", False):
                self._ended.set()


def _badge(token: Secret | Badge) -> Badge:
    return api_token(token) if isinstance(token, Secret) else token


async def _let_in(
    badge: Badge, request: Request, send: Callable[[Request, Proof], Awaitable[Response]]
) -> Response:
    """Send with what the badge shows; with what it shows then, if that was refused."""
    shown = await badge.proof()
    response = await send(request, shown)
    if response.status != 401:
        return response
    renewed = await badge.after_refusal(shown)
    return response if renewed is None else await send(request, renewed)


def _headers(request: Request, proof: Proof) -> dict[str, str]:
    headers = {
        proof.header: proof.value.reveal(),
        "Accept": "application/json",
        "User-Agent": "dealwright",
    }
    if request.body is not None:
        headers["Content-Type"] = request.content_type
        headers["Content-Length"] = str(len(request.body))
    return headers


async def _bounded(chunks: AsyncIterable[bytes], max_bytes: int) -> bytes | None:
    """Everything, or None when it is more than `max_bytes`; counted after decompression."""
    body = bytearray()
    async for chunk in chunks:
        body += chunk
        if len(body) > max_bytes:
            return None
    return bytes(body)


def _without(token: Secret, body: bytes | None) -> bytes | None:
    # Refusals are shown to people and stored; one that repeats the request must not give it away.
    # A short made-up token of a sandbox could be part of any word, and opens nothing.
    text = token.reveal().encode()
    return body if body is None or len(text) < _REAL_TOKEN else body.replace(text, b"***")


def _response(
    request: Request, status: int, *, headers: Mapping[str, str], body: bytes | None
) -> Response:
    if body is None:
        raise _too_large(request, status)
    lowered = {name.lower(): value for name, value in headers.items()}
    return Response(status=status, headers=lowered, body=body)


def _too_large(request: Request, status: int) -> Unavailable:
    return Unavailable(
        f"Pipedrive's answer to {request.operation} is too large to be one. "
        "Nothing is concluded from it; it is tried again.",
        code="unreadable_answer",
        status=status,
    )


def _timed_out(request: Request, *, sent: bool) -> Unavailable:
    return Unavailable(
        f"Pipedrive did not answer {request.operation} in time. It is tried again by itself.",
        code="timeout",
        sent=sent,
    )


def _lost(request: Request, *, sent: bool) -> Unavailable:
    return Unavailable(
        f"The connection to Pipedrive for {request.operation} "
        f"{'broke off' if sent else 'could not be made'}. It is tried again by itself.",
        code="unavailable",
        sent=sent,
    )

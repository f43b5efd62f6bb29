"""Outside: how the hub calls an address that a person or a sender gave, without being led inside.

The host is looked up once, each of its addresses judged (core/ssrf), and the connection made to one
of those: a name that leads elsewhere a moment later leads nowhere. Every redirect is judged anew.
No proxy of the environment is used, no cookie kept, no certificate left unverified.
"""

import asyncio
import socket
import ssl
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Final
from urllib.parse import urljoin

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from dealwright.core.errors import Rejected, Unavailable, UpstreamError
from dealwright.core.ssrf import (
    NOBODY,
    AddressRefused,
    AllowList,
    Target,
    aim,
    callable_addresses,
)

LookUp = Callable[[str, int], Awaitable[Sequence[str]]]
"""The addresses of a host, by its name; raises OSError when there are none."""

_CHUNK: Final = 65_536
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
#: What must not follow a redirect to another origin.
_PERSONAL: Final = frozenset({"authorization", "cookie", "x-api-key", "proxy-authorization"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request to the outside, and how much of an answer is wanted.

    `content_types` are whole types or, ending in `/`, families (`audio/`); none: any. They and the
    size are asked of 2xx answers; of others the first `max_bytes` are kept. `total_s` is for
    everything, redirects included. Only GET follows redirects.
    """

    url: str = field(repr=False)
    method: str = "GET"
    headers: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    body: bytes | None = field(default=None, repr=False)
    content_types: tuple[str, ...] = ()
    max_bytes: int = 1_000_000
    total_s: float = 15.0
    max_redirects: int = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """A whole answer, whatever its status; header names are in small letters."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stream:
    """An answer of which the body is still to come, at most `max_bytes` of the Call.

    Reading `chunks` raises Unavailable, and Rejected (`answer_too_large`).
    """

    status: int
    headers: Mapping[str, str] = field(repr=False)
    chunks: AsyncIterator[bytes] = field(repr=False)


class Outside:
    """Calls what others name. Holds no connection between two calls, so there is nothing to close.

    `allowed` are private addresses that the operator opened. `tls` is for tests, which have an
    authority of their own; `look_up` likewise.
    """

    def __init__(
        self,
        allowed: AllowList = NOBODY,
        *,
        look_up: LookUp | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._allowed = allowed
        self._look_up = look_up or system_look_up
        self._tls = tls

    def check(self, url: str) -> str:
        """The same URL, if it may be called as far as one can tell without looking its host up.

        For a form, when the address is entered. Raises AddressRefused.
        """
        return aim(url, allowed=self._allowed).url and url

    async def fetch(self, call: Call) -> Reply:
        """Ask, and wait for the whole answer.

        Raises AddressRefused (nothing was sent, or only as far as a redirect), Unavailable, and
        Rejected (`answer_too_large`, `answer_unwanted`, `too_many_redirects`).
        """
        async with self.open(call) as stream:
            parts = [chunk async for chunk in stream.chunks]
        return Reply(status=stream.status, headers=stream.headers, body=b"".join(parts))

    @asynccontextmanager
    async def open(self, call: Call) -> AsyncGenerator[Stream]:
        """Ask, and give the answer as it comes: for recordings. Raises as `fetch` does."""
        deadline = asyncio.get_running_loop().time() + call.total_s
        hop = await self._arrive(call, deadline)
        try:
            if 200 <= hop.answer.status < 300:
                _check_wanted(call, hop)
            yield Stream(
                status=hop.answer.status,
                headers={name.lower(): value for name, value in hop.answer.headers.items()},
                chunks=_bounded(call, hop, deadline),
            )
        finally:
            await hop.close()

    async def _arrive(self, call: Call, deadline: float) -> "_Hop":
        """Ask until an answer leads nowhere else."""
        target = aim(call.url, allowed=self._allowed)
        for _ in range(call.max_redirects + 1):
            async with _spoken_of(target.origin, deadline):
                hop = await self._once(call, target)
            onward = _onward(call, hop.answer)
            if onward is None:
                return hop
            await hop.close()
            call, target = self._followed(call, target, onward)
        raise Rejected(
            f"{target.origin} leads on and on: more than {call.max_redirects} redirects.",
            code="too_many_redirects",
        )

    def _followed(self, call: Call, target: Target, onward: str) -> tuple[Call, Target]:
        """The call and target behind a redirect, judged as the first was."""
        follower = aim(urljoin(target.url, onward), allowed=self._allowed)
        if target.scheme == "https" and follower.scheme != "https":
            raise AddressRefused(f"{target.origin} leads from https to plain http.")
        if follower.origin != target.origin:
            kept = {k: v for k, v in call.headers.items() if k.lower() not in _PERSONAL}
            call = replace(call, headers=kept)
        return call, follower

    async def _once(self, call: Call, target: Target) -> "_Hop":
        addresses = callable_addresses(target, await self._found(target), allowed=self._allowed)
        session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                resolver=_Pinned(target.host, addresses), ssl=self._tls or True, force_close=True
            ),
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(total=None),
            # A packed answer could be a thousand times as long as what came.
            auto_decompress=False,
            trust_env=False,
        )
        try:
            answer = await session.request(
                call.method,
                URL(target.url, encoded=True),
                data=call.body,
                headers={"accept-encoding": "identity", **call.headers},
                allow_redirects=False,
            )
        except BaseException:
            await session.close()
            raise
        return _Hop(origin=target.origin, session=session, answer=answer)

    async def _found(self, target: Target) -> Sequence[str]:
        if target.literal is not None:
            return [target.host]
        return await self._look_up(target.host, target.port)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Hop:
    """One answer, of which the head is here, and what holds its connection."""

    origin: str
    session: aiohttp.ClientSession
    answer: aiohttp.ClientResponse

    async def close(self) -> None:
        """Let go of the connection, whatever is still on the way."""
        self.answer.close()
        await self.session.close()


class _Pinned(AbstractResolver):
    """Knows one host, and of it the addresses that were judged."""

    def __init__(self, host: str, addresses: Sequence[str]) -> None:
        self._host = host
        self._addresses = addresses

    async def resolve(
        self,
        host: str,
        port: int = 0,
        family: socket.AddressFamily = socket.AF_INET,  # noqa: ARG002 - aiohttp's signature
    ) -> list[ResolveResult]:
        if host != self._host:
            raise OSError(f"{host} was not judged")
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=port,
                family=socket.AF_INET6 if ":" in address else socket.AF_INET,
                proto=0,
                flags=socket.AI_NUMERICHOST,
            )
            for address in self._addresses
        ]

    async def close(self) -> None:
        """There is nothing to close."""


async def system_look_up(host: str, port: int) -> Sequence[str]:
    """The addresses that this machine's resolver knows, in its order."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(each[4][0]) for each in found))


def _onward(call: Call, answer: aiohttp.ClientResponse) -> str | None:
    if call.method != "GET" or answer.status not in _REDIRECTS:
        return None
    return answer.headers.get("location")


def _check_wanted(call: Call, hop: _Hop) -> None:
    headers, origin = hop.answer.headers, hop.origin
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    if call.content_types and not any(
        kind == each or (each.endswith("/") and kind.startswith(each))
        for each in call.content_types
    ):
        raise Rejected(
            f"{origin} sent {kind[:60] or 'no content type'} where "
            f"{' or '.join(call.content_types)} was wanted.",
            code="answer_unwanted",
        )
    if headers.get("content-encoding", "identity").lower() != "identity":
        raise Rejected(f"{origin} sent a packed answer, unasked.", code="answer_unwanted")
    if (hop.answer.content_length or 0) > call.max_bytes:
        raise _too_large(call, origin)


async def _bounded(call: Call, hop: _Hop, deadline: float) -> AsyncGenerator[bytes]:
    left = call.max_bytes
    while True:
        async with _spoken_of(hop.origin, deadline):
            chunk = await hop.answer.content.read(_CHUNK)
        if not chunk:
            return
        if len(chunk) > left:
            if 200 <= hop.answer.status < 300:
                raise _too_large(call, hop.origin)
            yield chunk[:left]
            return
        left -= len(chunk)
        yield chunk


@asynccontextmanager
async def _spoken_of(origin: str, deadline: float) -> AsyncGenerator[None]:
    """Say of what goes wrong in here whose fault it is, and end it at the deadline."""
    try:
        async with asyncio.timeout_at(deadline):
            yield
    except TimeoutError:
        raise Unavailable(f"{origin} did not answer in time.", code="timeout") from None
    except (aiohttp.ClientError, OSError, ValueError) as error:
        # The error's own text may hold the address with its signature.
        raise _unavailable(origin, error) from None


def _too_large(call: Call, origin: str) -> Rejected:
    return Rejected(f"{origin} sent more than {call.max_bytes:,} bytes.", code="answer_too_large")


def _unavailable(origin: str, error: Exception) -> UpstreamError:
    if isinstance(error, aiohttp.ClientConnectorCertificateError | aiohttp.ClientSSLError):
        text = f"{origin} has no certificate that can be verified: nothing was sent."
        return Unavailable(text, code="certificate_refused", sent=False)
    unsent = isinstance(error, aiohttp.ClientConnectorError | socket.gaierror)
    return Unavailable(f"{origin} does not answer ({type(error).__name__}).", sent=not unsent)

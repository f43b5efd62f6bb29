"""Providers: how recorders are asked: at their own hosts, or where a sender's address leads."""

from collections.abc import Awaitable, Callable, Generator
from typing import Final, TypeVar
from urllib.parse import urlsplit

import structlog

from dealwright.core.errors import Rejected
from dealwright.core.ssrf import AddressRefused
from dealwright.meetings.source import MAX_BODY_BYTES, Answer, Request, Source
from dealwright.pipeline.outside import Call, Outside, Reply

T = TypeVar("T")

AskProvider = Callable[[Source, Request], Awaitable[Answer]]
"""Sends one Request of a Source; raises the UpstreamError tree, and AddressRefused."""

#: No meeting needs more; whoever asks on and on is stopped.
MOST_REQUESTS: Final = 100

_TOTAL_S: Final = 30.0
_NOT_THERE: Final = 404

_log = structlog.get_logger(__name__)


class Providers:
    """Asks recorders.

    `known` calls the hosts that a Source declares, `senders` the addresses that a sender gave.
    """

    def __init__(self, *, known: Outside, senders: Outside) -> None:
        self._known = known
        self._senders = senders

    async def __call__(self, source: Source, request: Request) -> Answer:
        """Send one Request; any status is an Answer.

        What a sender's address leads to and must not, or is of another kind, is not there (404).
        Raises Unavailable, and Rejected (also `host_not_declared`).
        """
        if not request.sender_named:
            _check_host(source, request.url)
            return _answer(await self._known.fetch(_call(request)))
        try:
            return _answer(await self._senders.fetch(_call(request)))
        except (AddressRefused, Rejected) as error:
            # What a sender names wrongly is not there; the rest of the meeting is.
            _log.warning("meeting.address_refused", source=source.key, code=error.code)
            return Answer(status=_NOT_THERE)


async def asked(asking: Generator[Request, Answer, T], source: Source, *, ask: AskProvider) -> T:
    """Run what a Source asks to its end; raises what it and the asking raise."""
    try:
        request = next(asking)
        for _ in range(MOST_REQUESTS):
            request = asking.send(await ask(source, request))
    except StopIteration as end:
        return end.value
    finally:
        asking.close()
    raise Rejected(
        f"{source.title} leads on and on: more than {MOST_REQUESTS} requests for one meeting.",
        code="too_many_requests",
    )


def _call(request: Request) -> Call:
    return Call(
        url=request.url,
        method=request.method,
        headers=request.headers,
        body=request.body,
        content_types=request.content_types,
        max_bytes=MAX_BODY_BYTES,
        total_s=_TOTAL_S,
    )


def _answer(reply: Reply) -> Answer:
    return Answer(status=reply.status, body=reply.body, retry_after_s=_retry_after_s(reply))


def _check_host(source: Source, url: str) -> None:
    host = (urlsplit(url).hostname or "").lower()
    if not any(host == one or (one[:2] == "*." and host.endswith(one[1:])) for one in source.hosts):
        raise Rejected(f"{host} is no host of {source.title}.", code="host_not_declared")


def _retry_after_s(reply: Reply) -> float | None:
    told = reply.headers.get("retry-after", "")
    return float(told) if told.isascii() and told.isdecimal() and len(told) < 7 else None

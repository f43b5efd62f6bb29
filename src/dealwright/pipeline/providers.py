"""Providers: how recorders are asked: at their own hosts, or where a sender's address leads."""

from collections.abc import Awaitable, Callable, Generator
from typing import Final, TypeVar
from urllib.parse import urlsplit

from dealwright.core.errors import Rejected
from dealwright.meetings.source import MAX_BODY_BYTES, Answer, Request, Source
from dealwright.pipeline.outside import Call, Outside, Reply

T = TypeVar("T")

AskProvider = Callable[[Source, Request], Awaitable[Answer]]
"""Sends one Request of a Source; raises the UpstreamError tree, and AddressRefused."""

#: No meeting needs more; whoever asks on and on is stopped.
MOST_REQUESTS: Final = 100

_TOTAL_S: Final = 30.0


class Providers:
    """Asks recorders.

    `known` calls the hosts that a Source declares, `senders` the addresses that a sender gave.
    """

    def __init__(self, *, known: Outside, senders: Outside) -> None:
        self._known = known
        self._senders = senders

    async def __call__(self, source: Source, request: Request) -> Answer:
        """Send one Request; any status is an Answer.

        Raises AddressRefused, Unavailable, and Rejected (also `host_not_declared`).
        """
        outside = self._senders if request.sender_named else self._known
        if not request.sender_named:
            _check_host(source, request.url)
        reply = await outside.fetch(
            Call(
                url=request.url,
                method=request.method,
                headers=request.headers,
                body=request.body,
                content_types=request.content_types,
                max_bytes=MAX_BODY_BYTES,
                total_s=_TOTAL_S,
            )
        )
        return Answer(status=reply.status, body=reply.body, retry_after_s=_retry_after_s(reply))


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


def _check_host(source: Source, url: str) -> None:
    host = (urlsplit(url).hostname or "").lower()
    if not any(host == one or host.endswith(f".{one}") for one in source.hosts):
        raise Rejected(f"{host} is no host of {source.title}.", code="host_not_declared")


def _retry_after_s(reply: Reply) -> float | None:
    told = reply.headers.get("retry-after", "")
    return float(told) if told.isascii() and told.isdecimal() and len(told) < 7 else None

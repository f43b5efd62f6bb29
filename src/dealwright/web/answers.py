"""Answers: what a sender gets back, in the shapes that Segment's SDKs understand.

The SDKs repeat 429 and most of 5xx, obey a whole `Retry-After` in seconds, and throw a batch away
on any other 4xx: so 4xx is only for what the sender got wrong.
"""

import math
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any, Final, NamedTuple

import msgspec
import structlog

from dealwright.core.errors import DealwrightError, InvalidEvent, StoreUnavailable
from dealwright.core.standardwebhook import NotSigned

Message = MutableMapping[str, Any]
HeaderPair = tuple[bytes, bytes]


Send = Callable[[Message], Awaitable[None]]

_log = structlog.get_logger("dealwright.doors")


class SenderGone(DealwrightError):
    """The sender hung up before its body was whole: nobody is there to be answered."""

    code = "sender_gone"


class UnknownWriteKey(DealwrightError):
    """No Source has this write key: whoever set up the sender changes it."""

    code = "unknown_write_key"


class NoSuchPath(DealwrightError):
    """A path that no sender has business with."""

    code = "no_such_path"


class MethodNotAllowed(DealwrightError):
    """The path is known, and takes another method."""

    code = "method_not_allowed"


class Answer(NamedTuple):
    """The two messages of an ASGI response, ready to be sent."""

    start: Message
    body: Message


class _Refusal(msgspec.Struct, frozen=True, kw_only=True):
    success: bool = False
    code: str
    message: str


#: Any page may send events: a write key is no secret, and no cookie is looked at.
ANY_ORIGIN: Final[HeaderPair] = (b"access-control-allow-origin", b"*")
_JSON: Final[HeaderPair] = (b"content-type", b"application/json")
_STATUS: Final[dict[type[DealwrightError], int]] = {
    InvalidEvent: 400,
    UnknownWriteKey: 401,
    NotSigned: 401,
    NoSuchPath: 404,
    MethodNotAllowed: 405,
    StoreUnavailable: 503,
}
#: Seconds after which a sender comes again: a full queue is short, a full disk is not.
_RETRY_AFTER_S: Final = {429: 2, 503: 5, 500: 5}


def answer(status: int, body: bytes, headers: Iterable[HeaderPair] = (_JSON,)) -> Answer:
    """Make an answer of its parts; length and CORS are added."""
    length = (b"content-length", str(len(body)).encode())
    return Answer(
        start={
            "type": "http.response.start",
            "status": status,
            "headers": [*headers, length, ANY_ORIGIN],
        },
        body={"type": "http.response.body", "body": body},
    )


ACCEPTED: Final = answer(200, b'{"success": true}')

# https://fetch.spec.whatwg.org/#cors-preflight-fetch: a star does not cover authorization.
PREFLIGHT: Final = answer(
    204,
    b"",
    (
        (b"access-control-allow-methods", b"GET, POST, OPTIONS"),
        (
            b"access-control-allow-headers",
            b"authorization, content-type, content-encoding, x-retry-count, anonymousid, *",
        ),
        (b"access-control-max-age", b"86400"),
    ),
)


def allowed_methods(method: str) -> Answer:
    """Answer a preflight on a path that takes events; raises MethodNotAllowed for the rest."""
    if method == "OPTIONS":
        return PREFLIGHT
    only_post(method)
    return PREFLIGHT


def only_post(method: str) -> None:
    """Let a POST through; raises MethodNotAllowed for the rest."""
    if method != "POST":
        raise MethodNotAllowed(f"{method} is not for this path: events are sent with POST.")


def status_of(error: DealwrightError) -> int:
    """The status of what a sender is told; of errors of the web side their own."""
    own = getattr(type(error), "status", None)
    return own if isinstance(own, int) else _STATUS.get(type(error), 500)


def refusal(error: DealwrightError) -> Answer:
    """What a sender is told when it cannot be: `{"success": false, "code", "message"}`."""
    status = 429 if error.code == "overloaded" else status_of(error)
    body = msgspec.json.encode(_Refusal(code=error.code, message=str(error)))
    headers: list[HeaderPair] = [_JSON, *getattr(error, "headers", ())]
    if status in _RETRY_AFTER_S:
        wait_s = getattr(error, "retry_after_s", _RETRY_AFTER_S[status])
        headers.append((b"retry-after", str(math.ceil(wait_s)).encode()))
    if status == 405:
        headers.append((b"allow", b"POST, OPTIONS"))
    return answer(status, body, headers)


#: A defect of ours: the sender keeps its events and comes again.
DEFECT: Final = refusal(
    DealwrightError(
        "The hub failed at this; its log says why. Send the events again later.",
        code="internal_error",
    )
)


async def respond(work: Awaitable[Answer], send: Send, *, path: str) -> None:
    """Send what `work` gives, or what there is to say of its failure: never nothing."""
    try:
        reply = await work
    except SenderGone:
        return
    except DealwrightError as error:
        reply = refusal(error)
    except Exception:  # noqa: BLE001 - whatever it is, the sender keeps its events
        _log.exception("door.failed", path=path)
        reply = DEFECT
    await send(reply.start)
    await send(reply.body)

"""Doors of meetings: where recorders post, below `/hooks/meetings/` and `/hooks/calls/`.

A plain ASGI callable. What cannot be verified is 401 and leaves no more than a count; what is
authentic is 2xx even where nothing comes of it, or the recorder would switch the webhook off.
Source: MEETINGS 1.2.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final
from uuid import uuid4

import msgspec
import structlog

from dealwright.core.errors import DealwrightError, InvalidEvent, NotFound, StoreUnavailable
from dealwright.meetings.source import MAX_BODY_BYTES, Refused
from dealwright.pipeline.meetingdoor import Knock, Reply
from dealwright.web import answers, bodies
from dealwright.web.answers import HeaderPair, Message, MethodNotAllowed, NoSuchPath
from dealwright.web.problem import MEDIA_TYPE, Defect, Part, fix_of, problem_of, title_of

Scope = Mapping[str, Any]
Send = Callable[[Message], Awaitable[None]]
Take = Callable[[Knock], Awaitable[Reply]]

#: Every path that begins so is answered here.
PREFIXES: Final = ("/hooks/meetings/", "/hooks/calls/")

_log = structlog.get_logger("dealwright.meetings")


class BodyTooLarge(DealwrightError):
    """More than any recorder sends of one meeting."""

    code = "body_too_large"
    status = 413


async def nothing_taken(_: Knock) -> Reply:
    """Take nothing: for a web side without meetings."""
    raise NotFound("Nothing is received here.")


class MeetingHooks:
    """Answers what recorders post. `take` verifies, keeps and says what the answer is."""

    def __init__(self, take: Take) -> None:
        self._take = take

    async def __call__(self, scope: Scope, receive: bodies.Receive, send: Send) -> None:
        """Answer one request. Last segments and headers are never logged: they are secrets."""
        try:
            reply = await self._answer(scope, receive)
            kind = "application/json"
        except answers.SenderGone:
            return
        except DealwrightError as error:
            reply, kind = _refusal(error), MEDIA_TYPE
        except Exception:  # noqa: BLE001 - whatever it is, the sender comes again
            _log.exception("meeting.failed")
            reply, kind = _refusal(Defect("The hub failed at this; its log says why.")), MEDIA_TYPE
        await _send(send, reply, kind)

    async def _answer(self, scope: Scope, receive: bodies.Receive) -> Reply:
        if scope["method"] != "POST":
            raise MethodNotAllowed("Deliveries come with POST.")
        try:
            body = await bodies.receive_body(receive, limit=MAX_BODY_BYTES)
        except InvalidEvent:
            raise BodyTooLarge(
                f"The body is larger than {MAX_BODY_BYTES:,} bytes: send the meeting without its "
                "recording."
            ) from None
        client = scope.get("client")
        knock = Knock(
            path=scope["path"],
            headers=_headers(scope),
            body=body,
            address=client[0] if client else "",
        )
        try:
            return await self._take(knock)
        except NotFound as error:
            raise NoSuchPath(str(error)) from None


_STATUS: Final[dict[type[DealwrightError], int]] = {
    NoSuchPath: 404,
    MethodNotAllowed: 405,
    StoreUnavailable: 503,
}
_TITLES: Final = {401: "Not authentic", 404: "Nothing here", 405: "Method not allowed"}
_FIXES: Final = {
    401: "Give the recorder the secret and the address that the Source has; look at both clocks.",
    422: "Change what the faults name; the same body is refused again.",
}


def _refusal(error: DealwrightError) -> Reply:
    problem = problem_of(error, request_id=str(uuid4()))
    status = _STATUS.get(type(error), problem.status)
    faults = problem.faults
    if isinstance(error, Refused):
        status = error.status
        faults = tuple(Part(path=one.pointer, message=one.message) for one in error.problems)
    told = msgspec.structs.replace(
        problem,
        status=status,
        title=_TITLES.get(status) or title_of(status),
        fix=_FIXES.get(status) or fix_of(status),
        faults=faults,
    )
    return Reply(status, msgspec.json.encode(told))


def _headers(scope: Scope) -> dict[str, str]:
    return {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}


async def _send(send: Send, reply: Reply, kind: str) -> None:
    headers: list[HeaderPair] = [
        (b"content-type", kind.encode()),
        (b"content-length", str(len(reply.body)).encode()),
    ]
    if reply.status == 503:
        headers.append((b"retry-after", b"30"))
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    await send({"type": "http.response.body", "body": reply.body})

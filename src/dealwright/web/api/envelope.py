"""Envelope: what is around every request of the API: its number, its limits, and its defects."""

import re
from typing import Any, Final
from uuid import uuid4

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from structlog.contextvars import bind_contextvars

from dealwright.meetings.source import MAX_BODY_BYTES
from dealwright.web.api.refusals import TooLarge
from dealwright.web.problem import defect_response, problem_response

#: No body of the API is larger: a Mapping with long texts has some ten thousand bytes.
MOST_BYTES: Final = 1_048_576

#: But files of events, which are read as they come and put on the disk.
UPLOADS: Final = "/jobs/imports"
MOST_BYTES_OF_A_FILE: Final = 2_147_483_648

#: And meetings with their transcripts, by themselves or in a file.
MEETINGS: Final = ("/meetings", "/meetings/upload")
MOST_BYTES_OF_A_MEETING: Final = MAX_BODY_BYTES + MOST_BYTES

_ID: Final = re.compile(r"[A-Za-z0-9._:-]{1,64}")


class Envelope:
    """ASGI middleware: `X-Request-Id` in and out, no caching, a limit for bodies, no bare 500."""

    def __init__(self, app: Any) -> None:
        self._app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        request_id = request_id_of(headers)
        scope.setdefault("state", {})["request_id"] = request_id
        # Each request is a task of its own: what is logged meanwhile has the id too.
        bind_contextvars(request_id=request_id)
        outgoing = _Outgoing(send, request_id)
        try:
            most = _most_bytes(scope["path"])
            if _length(headers) > most:
                raise _too_large(most)
            await self._app(scope, _Bounded(receive, most), outgoing)
        except TooLarge as error:
            await outgoing.instead(problem_response(error, request_id=request_id), scope, receive)
        except Exception as error:  # noqa: BLE001 - whatever it is, the reader gets its number
            await outgoing.instead(defect_response(error, request_id=request_id), scope, receive)


def request_id_of(headers: Headers) -> str:
    """The number of a request: the sender's own where it is a sensible one."""
    given = headers.get("x-request-id", "")
    return given if _ID.fullmatch(given) else uuid4().hex


class _Outgoing:
    def __init__(self, send: Any, request_id: str) -> None:
        self._send = send
        self._request_id = request_id
        self._begun = False

    async def __call__(self, message: Any) -> None:
        if message["type"] == "http.response.start":
            self._begun = True
            headers = MutableHeaders(scope=message)
            headers["X-Request-Id"] = self._request_id
            headers.setdefault("Cache-Control", "no-store")
        await self._send(message)

    async def instead(self, response: Response, scope: Any, receive: Any) -> None:
        """Answer this, unless an answer has begun: then the connection just ends."""
        if not self._begun:
            await response(scope, receive, self)


class _Bounded:
    """A body that says no length is counted as it comes."""

    def __init__(self, receive: Any, most: int) -> None:
        self._receive = receive
        self._most = most
        self._seen = 0

    async def __call__(self) -> Any:
        message = await self._receive()
        self._seen += len(message.get("body", b""))
        if self._seen > self._most:
            raise _too_large(self._most)
        return message


def _most_bytes(path: str) -> int:
    if path.endswith(UPLOADS):
        return MOST_BYTES_OF_A_FILE
    return MOST_BYTES_OF_A_MEETING if path.endswith(MEETINGS) else MOST_BYTES


def _length(headers: Headers) -> int:
    text = headers.get("content-length", "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else 0


def _too_large(most: int) -> TooLarge:
    return TooLarge(f"A body may have at most {most:,} bytes.")

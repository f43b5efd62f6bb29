"""Media: recordings are played from the hub itself, by addresses that hold for some minutes.

`/s/<meeting>/media/<number>?viewer=…&until=…&sig=…`: the signature is an HMAC over the path, the
viewer and the moment, by a key derived of the recording's own. Who erases a recording makes every
address of it worthless too.
"""

import asyncio
import hmac
from collections.abc import AsyncIterator, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Final, NamedTuple
from urllib.parse import urlencode
from uuid import uuid4

import sqlalchemy as sa
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from dealwright.core.clock import Clock, to_ms
from dealwright.core.errors import DealwrightError, NotFound
from dealwright.core.people import Principal, PrincipalKind, Role
from dealwright.store.audit import record
from dealwright.store.engine import Store
from dealwright.store.media_file import read_media
from dealwright.store.meeting_media import Media, MediaState, kept_media
from dealwright.store.meeting_media import media as media_by_id
from dealwright.store.meetings import StoredMeeting, meeting
from dealwright.store.secrets import Vault
from dealwright.web.pages.player import Player
from dealwright.web.problem import problem_response

#: How long an address holds.
HOLDS_S: Final = 600

#: Where the support bundle of a meeting is.
SUPPORT_PATH: Final = "/api/v1/meetings/{id}/support"

#: Read at a time, in a thread.
_SOME: Final = 16

_PURPOSE: Final = b"dealwright media address"


class Unplayable(DealwrightError):
    """An address of a recording that does not hold, or no longer: open the meeting's page anew."""

    code = "media_address_over"
    status = 404


class BadRange(DealwrightError):
    """A part of a recording was asked for that it has not."""

    code = "range_not_satisfiable"
    status = 416


class Span(NamedTuple):
    """From which byte to before which."""

    start: int
    end: int


class PlayKept:
    """Tells a page from where it plays a recording; it is the page's `Play`."""

    def __init__(self, vault: Vault, clock: Clock) -> None:
        self._vault = vault
        self._clock = clock

    def __call__(self, db: sa.Connection, stored: StoredMeeting, viewer: str) -> Player | None:
        """The first recording of a meeting that is here, for this viewer alone."""
        found = kept_media(db, stored.id)
        if found is None or found.data_key is None:
            return None
        until = int(self._clock.now().timestamp()) + HOLDS_S
        path = media_path(stored.public_id, found.id)
        signed = _signature(self._vault.open(found.data_key), path, viewer, until)
        asked = urlencode({"viewer": viewer, "until": until, "sig": signed})
        return Player(f"{path}?{asked}", found.mime_type)


def media_path(public_id: str, media_id: int) -> str:
    """Where a recording is played from."""
    return f"/s/{public_id}/media/{media_id}"


def media_routes(store: Store, clock: Clock, *, vault: Vault, folder: Path) -> list[BaseRoute]:
    """The route of recordings below `folder`."""

    async def play(request: Request) -> Response:
        try:
            found = await _opened(store, clock, vault, request)
            return await _answer(store, clock, found, request, folder)
        except DealwrightError as error:
            return problem_response(error, request_id=uuid4().hex)

    return [Route("/s/{page}/media/{number:int}", play, methods=["GET", "HEAD"])]


class _Found(NamedTuple):
    media: Media
    key: bytes
    public_id: str
    viewer: str


async def _opened(store: Store, clock: Clock, vault: Vault, request: Request) -> _Found:
    """The recording of an address that holds; raises Unplayable."""
    number, page = int(request.path_params["number"]), str(request.path_params["page"])

    def look(db: sa.Connection) -> tuple[Media, str]:
        found = media_by_id(db, number)
        return found, meeting(db, found.meeting_id).public_id

    try:
        found, public_id = await store.read(look)
    except NotFound:
        raise _over() from None
    if found.data_key is None or found.state is not MediaState.HERE or page != public_id:
        raise _over()
    key, asked = vault.open(found.data_key), request.query_params
    viewer, until = asked.get("viewer", ""), asked.get("until", "")
    if not (until.isascii() and until.isdecimal() and len(until) < 12):
        raise _over()
    signed = _signature(key, media_path(page, number), viewer, int(until))
    if not hmac.compare_digest(signed, asked.get("sig", "").encode("utf-8", "replace").decode()):
        raise _over()
    left_s = int(until) - clock.now().timestamp()
    if not 0 < left_s <= HOLDS_S:
        raise _over()
    return _Found(found, key, public_id, viewer)


def _over() -> Unplayable:
    return Unplayable("This address of a recording does not hold: open the meeting's page anew.")


def _signature(key: bytes, path: str, viewer: str, until: int) -> str:
    own = hmac.new(key, _PURPOSE, sha256).digest()
    return hmac.new(own, f"{path}\n{viewer}\n{until}".encode(), sha256).hexdigest()


async def _answer(
    store: Store, clock: Clock, found: _Found, request: Request, folder: Path
) -> Response:
    asked = request.headers.get("range")
    span = span_of(asked, found.media.size)
    if span.start == 0 and request.method == "GET":
        await _note(store, clock, found)
    headers = {
        "accept-ranges": "bytes",
        "content-length": str(span.end - span.start),
        "content-type": _served(found.media.mime_type),
        "content-disposition": f'inline; filename="recording-{found.media.id}"',
        "cache-control": "private, no-store",
    }
    if asked is not None:
        headers["content-range"] = f"bytes {span.start}-{span.end - 1}/{found.media.size}"
    status = 200 if asked is None else 206
    if request.method == "HEAD":
        return Response(status_code=status, headers=headers)
    path = folder / found.media.file
    chunks = read_media(path, found.key, size=found.media.size, start=span.start, end=span.end)
    return StreamingResponse(_in_threads(chunks), status_code=status, headers=headers)


def span_of(asked: str | None, size: int) -> Span:
    """What a Range header asks for: one range, or all of it; raises BadRange.

    Source: https://www.rfc-editor.org/rfc/rfc9110#section-14.2; several ranges are answered by the
    first of them.

    >>> span_of("bytes=5-", 10)
    Span(start=5, end=10)
    >>> span_of("bytes=-3", 10)
    Span(start=7, end=10)
    """
    if asked is None:
        return Span(0, size)
    unit, _, ranges = asked.partition("=")
    first, dash, last = ranges.split(",")[0].strip().partition("-")
    told = first + last
    if unit.strip().lower() != "bytes" or not dash or not told.isdecimal() or len(told) > 30:
        raise BadRange(f"The recording has {size:,} bytes; ask for some of them.")
    if not first:
        span = Span(max(0, size - int(last)), size)
    else:
        span = Span(int(first), min(size, int(last) + 1) if last else size)
    if span.start >= span.end:
        raise BadRange(f"The recording has {size:,} bytes; ask for some of them.")
    return span


def _served(mime_type: str) -> str:
    """Only what a player plays; anything else is bytes, whatever its sender called it."""
    plays = mime_type.startswith(("audio/", "video/")) and mime_type.isascii()
    return mime_type if plays else "application/octet-stream"


async def _note(store: Store, clock: Clock, found: _Found) -> None:
    kind, _, number = found.viewer.partition(":")
    known = next((one for one in PrincipalKind if one.value == kind), PrincipalKind.LINK)
    who = Principal(
        kind=known,
        id=int(number) if number.isdecimal() and len(number) < 18 else 0,
        name=found.viewer,
        role=Role.VIEWER,
    )
    at_ms = to_ms(clock.now())
    target = f"meeting:{found.public_id}"
    await store.write(
        lambda db: record(
            db, at_ms=at_ms, principal=who, action="meeting.media.play", target=target
        )
    )


async def _in_threads(chunks: Iterator[bytes]) -> AsyncIterator[bytes]:
    """What a file holds, decrypted a megabyte at a time in a thread."""
    while some := await asyncio.to_thread(_some, chunks):
        yield some


def _some(chunks: Iterator[bytes]) -> bytes:
    return b"".join(chunk for chunk, _ in zip(chunks, range(_SOME), strict=False))

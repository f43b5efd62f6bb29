"""/stream: events and Deliveries as they come, over server-sent events.

Source: https://html.spec.whatwg.org/multipage/server-sent-events.html
"""

from collections.abc import AsyncGenerator
from typing import Annotated, Final

import sqlalchemy as sa
from fastapi import APIRouter, Header, Request
from pydantic import BaseModel
from starlette.responses import StreamingResponse

from dealwright.core.delivery import ENDED, STUCK
from dealwright.core.errors import StoreUnavailable
from dealwright.store.changes import Changes, Mark, changes_since, end_mark
from dealwright.store.delivery_list import Delivery as StoredDelivery
from dealwright.web.api.act import Desk, allowed
from dealwright.web.api.deliveries import shown
from dealwright.web.api.log import head_of
from dealwright.web.api.office import Office
from dealwright.web.api.refusals import TooManyStreams
from dealwright.web.auth.permissions import Permission

router = APIRouter(tags=["Stream"])

READ = allowed(Permission.DELIVERIES_READ)

#: How often a stream looks, and how long nothing may come before it says that it is there.
LOOK_S: Final = 1.0
HEARTBEAT_S: Final = 15.0

#: A stream ends by itself, so that whose session is over sees no more; browsers come again.
LASTS_S: Final = 600.0

#: Rows of a kind that one look sends; whoever is further behind than this begins at the end.
LIMIT: Final = 200
FURTHEST: Final = 2_000

#: Deliveries of which a stream waits for the end.
MOST_WATCHED: Final = 500

#: Streams that one process holds open.
MOST_STREAMS: Final = 50


class Streams:
    """The streams of one process, counted; `close` ends them all."""

    def __init__(self) -> None:
        self.open = 0
        self.closing = False

    def close(self) -> None:
        """End every stream at its next look: the server is going."""
        self.closing = True


@router.get(
    "/stream",
    dependencies=[READ],
    response_class=StreamingResponse,
    responses={200: {"content": {"text/event-stream": {"schema": {"type": "string"}}}}},
)
async def stream(
    request: Request,
    office: Desk,
    last_event_id: Annotated[
        str | None, Header(alias="Last-Event-ID", max_length=100, description="Where to go on.")
    ] = None,
) -> StreamingResponse:
    """Events (`event`) and Deliveries that are new or have moved on (`delivery`), as they come.

    Each has an id; a stream that is begun with it as `Last-Event-ID` goes on there. Whoever was
    away for too long gets `gap`, and what comes from now on. It ends after ten minutes.
    """
    streams: Streams = request.app.state.streams
    if streams.open >= MOST_STREAMS:
        raise TooManyStreams(f"{MOST_STREAMS} streams are open. Close one, or look at the lists.")
    begun = await office.read(lambda db: _begin(db, last_event_id, office.now_ms()))
    return StreamingResponse(
        _told(office, streams, begun),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


class _Begin(BaseModel):
    mark: tuple[int, int, int]
    gap: bool


def _begin(db: sa.Connection, last: str | None, now_ms: int) -> _Begin:
    end, known = end_mark(db, now_ms=now_ms), _mark_of(last)
    if known is None:
        return _Begin(mark=end, gap=bool(last))
    behind = max(end.event - known.event, end.delivery - known.delivery)
    if behind > FURTHEST or behind < 0:
        return _Begin(mark=end, gap=True)
    return _Begin(mark=known, gap=False)


async def _told(office: Office, streams: Streams, begun: _Begin) -> AsyncGenerator[bytes]:
    streams.open += 1
    try:
        yield b"retry: 2000\n\n"
        if begun.gap:
            yield b"event: gap\ndata: {}\n\n"
        async for text in _looks(office, streams, Mark(*begun.mark)):
            yield text
    finally:
        streams.open -= 1


async def _looks(office: Office, streams: Streams, mark: Mark) -> AsyncGenerator[bytes]:
    clock = office.clock
    until_s = clock.monotonic_s() + LASTS_S
    silent_since_s = clock.monotonic_s()
    watched: dict[int, tuple[str, int]] = {}
    while clock.monotonic_s() < until_s and not streams.closing:
        changes = await _look(office, mark, watched)
        mark = changes.mark
        for text in _frames(changes, watched):
            silent_since_s = clock.monotonic_s()
            yield text
        if clock.monotonic_s() - silent_since_s >= HEARTBEAT_S:
            silent_since_s = clock.monotonic_s()
            yield b": still here\n\n"
        if len(changes.events) < LIMIT:
            await clock.sleep(LOOK_S)


async def _look(office: Office, mark: Mark, watched: dict[int, tuple[str, int]]) -> Changes:
    def look(db: sa.Connection) -> Changes:
        return changes_since(db, mark, watched=watched, limit=LIMIT, now_ms=office.now_ms())

    try:
        return await office.read(look)
    except StoreUnavailable:
        # It comes again by itself; meanwhile there is nothing to tell.
        return Changes([], [], mark)


def _frames(changes: Changes, watched: dict[int, tuple[str, int]]) -> list[bytes]:
    name = f"{changes.mark.event}.{changes.mark.delivery}.{changes.mark.at_ms}"
    bodies = [("event", head_of(one).model_dump_json()) for one in changes.events]
    bodies += [
        ("delivery", shown(one).model_dump_json())
        for one in changes.deliveries
        if _is_news(one, watched)
    ]
    # Only the last has the id: who is cut off before gets the whole look again.
    frames = [f"event: {kind}\ndata: {body}\n\n".encode() for kind, body in bodies]
    if frames:
        frames[-1] = f"id: {name}\n".encode() + frames[-1]
    return frames


def _is_news(one: StoredDelivery, watched: dict[int, tuple[str, int]]) -> bool:
    """Whether a Delivery stands otherwise than it was told last; what has ended is let go."""
    now = (one.state.value, one.updated_at_ms)
    is_news = watched.get(one.id) != now
    watched.pop(one.id, None)
    if one.state not in ENDED | STUCK or is_news:
        watched[one.id] = now
        if len(watched) > MOST_WATCHED:
            del watched[next(iter(watched))]
    return is_news


def _mark_of(text: str | None) -> Mark | None:
    parts = (text or "").split(".")
    if len(parts) != 3 or not all(part.isascii() and part.isdecimal() for part in parts):
        return None
    if any(len(part) > 18 for part in parts):
        return None
    return Mark(*(int(part) for part in parts))

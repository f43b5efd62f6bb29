"""/events and /rejects: what came in, as it came."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from fastapi import APIRouter
from pydantic import BaseModel

from dealwright.core.clock import from_ms
from dealwright.core.errors import InvalidEvent, NotFound
from dealwright.core.event import open_event
from dealwright.store.events import (
    StoredEvent,
    StoredReject,
    events_by_seq,
    recent_events,
    recent_rejects,
)
from dealwright.web.api.act import Desk, allowed
from dealwright.web.api.paging import Cursor, Limit, Page, cursor_before, place_of
from dealwright.web.api.shapes import Id, moment
from dealwright.web.auth.permissions import Permission

router = APIRouter(tags=["Events"])

READ = allowed(Permission.EVENTS_READ)


class EventHead(BaseModel):
    """An event without its body. `number` is its place in the log."""

    number: int
    source_id: int
    message_id: str
    received_at: datetime
    sent_at: datetime | None
    type: str
    event: str
    user_id: str
    anonymous_id: str


class Event(EventHead):
    """An event as triggers and mappings see it; `error` where nobody can read its bytes."""

    body: dict[str, Any] | None
    error: str | None


class Reject(BaseModel):
    """Something that was sent and could not be an event; `payload` is how it began."""

    id: int
    source_id: int
    received_at: datetime
    code: str
    reason: str
    payload: str


@router.get("/events", dependencies=[READ])
async def list_events(office: Desk, limit: Limit = 50, cursor: Cursor = None) -> Page[EventHead]:
    """Events, newest first."""
    before = place_of(cursor, of="events")
    found = await office.read(lambda db: recent_events(db, limit=limit, before=before))
    following = cursor_before("events", found[-1].seq) if len(found) == limit else None
    return Page(items=[head_of(one) for one in found], next_cursor=following)


@router.get("/events/{number}", dependencies=[READ])
async def event(number: Id, office: Desk) -> Event:
    """One event, with all that is known of it."""
    stored = await office.read(lambda db: stored_event(db, number))
    body, error = body_of(stored)
    return Event(**_head(stored, body or {}), body=body, error=error)


@router.get("/rejects", dependencies=[READ])
async def list_rejects(office: Desk, limit: Limit = 50, cursor: Cursor = None) -> Page[Reject]:
    """What was refused and could be kept, newest first."""
    before = place_of(cursor, of="rejects")
    found = await office.read(lambda db: recent_rejects(db, limit=limit, before=before))
    following = cursor_before("rejects", found[-1].id) if len(found) == limit else None
    return Page(items=[_reject(one) for one in found], next_cursor=following)


@router.get("/rejects/{reject_id}", dependencies=[READ])
async def reject(reject_id: Id, office: Desk) -> Reject:
    """One of them."""
    found = await office.read(lambda db: recent_rejects(db, limit=1, before=reject_id + 1))
    if not found or found[0].id != reject_id:
        raise NotFound(f"There is no reject {reject_id}; old ones are deleted.")
    return _reject(found[0])


def stored_event(db: sa.Connection, number: int) -> StoredEvent:
    """One event of the log; raises NotFound."""
    found = events_by_seq(db, [number])
    if number not in found:
        raise NotFound(f"There is no event {number} in the log; old ones are deleted.")
    return found[number]


def body_of(stored: StoredEvent) -> tuple[dict[str, Any] | None, str | None]:
    """An event as triggers see it, or why nobody can read it."""
    try:
        opened = open_event(
            stored.payload,
            envelope=stored.envelope,
            received_at_ms=stored.received_at_ms,
            sent_at_ms=stored.sent_at_ms,
            message_id=stored.message_id,
        )
    except InvalidEvent as error:
        return None, str(error)
    return opened.body, None


def head_of(stored: StoredEvent) -> EventHead:
    """The few facts by which people know an event."""
    body, _ = body_of(stored)
    return EventHead(**_head(stored, body or {}))


def _head(stored: StoredEvent, body: dict[str, Any]) -> dict[str, Any]:
    return {
        "number": stored.seq,
        "source_id": stored.source_id,
        "message_id": stored.message_id,
        "received_at": from_ms(stored.received_at_ms),
        "sent_at": moment(stored.sent_at_ms),
        "type": _text(body, "type"),
        "event": _text(body, "event") or _text(body, "name"),
        "user_id": _text(body, "userId"),
        "anonymous_id": _text(body, "anonymousId"),
    }


def _text(body: dict[str, Any], key: str) -> str:
    value = body.get(key)
    return value if isinstance(value, str) else ""


def _reject(found: StoredReject) -> Reject:
    return Reject(
        id=found.id,
        source_id=found.source_id,
        received_at=from_ms(found.received_at_ms),
        code=found.code,
        reason=found.reason,
        payload=found.payload.decode("utf-8", "replace"),
    )

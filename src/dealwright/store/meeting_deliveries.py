"""The Deliveries of Meetings: at most one of a Meeting is open, and it writes the newest version.

Their lanes begin with an empty one: a Meeting becomes one Plan with nothing else.
"""

import sqlalchemy as sa

from dealwright.core.delivery import State
from dealwright.core.priority import Priority
from dealwright.store.deliveries import NewDelivery, add_deliveries
from dealwright.store.notify import notify
from dealwright.store.tables import IS_OPEN, IS_STUCK, deliveries

#: Why a Delivery waits whose Meeting is not complete.
AWAITS_SUMMARY = "summary"

_LATER_MS = 60_000


def await_summary(
    db: sa.Connection,
    meeting_id: int,
    *,
    connection_id: int,
    source_id: int,
    now_ms: int,
    until_ms: int,
) -> None:
    """Show that a Meeting is to be written when its summary is here.

    It has no lane but its own, so that nobody waits for it; the desk puts another in its place.
    """
    mine = (deliveries.c.meeting_id == meeting_id) & IS_OPEN
    awaiting = mine & (deliveries.c.code == AWAITS_SUMMARY)
    again = {"next_at_ms": until_ms + _LATER_MS, "updated_at_ms": now_ms}
    if db.execute(sa.update(deliveries).where(awaiting).values(again)).rowcount:
        return
    if db.execute(sa.select(deliveries.c.id).where(mine).limit(1)).first() is not None:
        return
    new = _new(meeting_id, connection_id, source_id, lanes="", now_ms=now_ms)
    add_deliveries(
        db,
        [
            new._replace(
                state=State.WAITING.value,
                code=AWAITS_SUMMARY,
                message="The summary is still expected.",
            )
        ],
    )
    db.execute(sa.update(deliveries).where(awaiting).values(again))


def queue_meeting(
    db: sa.Connection,
    meeting_id: int,
    *,
    connection_id: int,
    source_id: int,
    lanes: str,
    now_ms: int,
) -> None:
    """Have the newest version of a Meeting written, by a Delivery that is open already or anew."""
    mine = deliveries.c.meeting_id == meeting_id
    awaiting = (deliveries.c.code == AWAITS_SUMMARY) & IS_OPEN
    # Nothing was tried by it, and its place in the order is that of the first delivery.
    db.execute(sa.delete(deliveries).where(mine, awaiting))
    _supersede(db, meeting_id, now_ms=now_ms)
    to_come = deliveries.c.state.in_((State.QUEUED.value, State.WAITING.value))
    here = deliveries.c.connection_id == connection_id
    if db.execute(sa.select(deliveries.c.id).where(mine, IS_OPEN, to_come, here)).first() is None:
        add_deliveries(db, [_new(meeting_id, connection_id, source_id, lanes=lanes, now_ms=now_ms)])
    notify(db, connection_id)


def held_for_people(db: sa.Connection, *, limit: int) -> list[int]:
    """Meetings, the newest first, whose guests nobody was found for."""
    held = (
        IS_STUCK
        & deliveries.c.meeting_id.is_not(None)
        & (deliveries.c.state == State.HELD.value)
        & deliveries.c.code.in_(("no_person", "ambiguous_phone"))
    )
    rows = sa.select(deliveries.c.meeting_id).where(held).order_by(deliveries.c.id.desc())
    return list(dict.fromkeys(db.scalars(rows.limit(limit))))


def withdraw_meeting(db: sa.Connection, meeting_id: int, *, message: str, now_ms: int) -> None:
    """Write nothing of a Meeting that is not being sent by now."""
    to_come = deliveries.c.state.in_(
        (State.QUEUED.value, State.WAITING.value, State.HELD.value, State.FAILED.value)
    )
    mine = (deliveries.c.meeting_id == meeting_id) & to_come
    dropped = {
        "state": State.DROPPED.value,
        "code": "deleted",
        "message": message,
        "next_at_ms": None,
        "updated_at_ms": now_ms,
    }
    db.execute(sa.update(deliveries).where(mine).values(dropped))


def _supersede(db: sa.Connection, meeting_id: int, *, now_ms: int) -> None:
    stuck = (deliveries.c.meeting_id == meeting_id) & IS_STUCK
    dropped = {
        "state": State.DROPPED.value,
        "code": "superseded",
        "message": "A newer version of the meeting takes its place.",
        "next_at_ms": None,
        "updated_at_ms": now_ms,
    }
    db.execute(sa.update(deliveries).where(stuck).values(dropped))


def _new(
    meeting_id: int, connection_id: int, source_id: int, *, lanes: str, now_ms: int
) -> NewDelivery:
    return NewDelivery(
        connection_id=connection_id,
        mapping_id=0,
        mapping_version=0,
        source_id=source_id,
        event_seq=0,
        lanes=lanes or f"\nmeeting:{meeting_id}",
        state=State.QUEUED.value,
        code="",
        message="",
        created_at_ms=now_ms,
        priority=Priority.MEETING,
        meeting_id=meeting_id,
    )

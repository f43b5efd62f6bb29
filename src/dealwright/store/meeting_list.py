"""Meetings as they are looked for, newest first."""

from dataclasses import dataclass

import sqlalchemy as sa

from dealwright.store.meeting_tables import meetings
from dealwright.store.meetings import JOINED, StoredMeeting, stored_meeting


@dataclass(frozen=True, slots=True, kw_only=True)
class MeetingFilter:
    """Which Meetings; whatever is not given does not narrow. `since_ms` is of their start."""

    connection_id: int | None = None
    source_id: int | None = None
    state: str | None = None
    key: str | None = None
    since_ms: int | None = None


def find_meetings(
    db: sa.Connection, where: MeetingFilter, *, limit: int, before: int | None = None
) -> list[StoredMeeting]:
    """Meetings, the last one heard of first; `before` is the last number of the page before.

    A state without a colon stands for all that begin with it (`needs_review`).
    """
    chosen = JOINED.where(*_conditions(where))
    if before is not None:
        chosen = chosen.where(meetings.c.id < before)
    rows = db.execute(chosen.order_by(meetings.c.id.desc()).limit(limit))
    return [stored_meeting(row) for row in rows]


def _conditions(where: MeetingFilter) -> list[sa.ColumnElement[bool]]:
    conditions: list[sa.ColumnElement[bool]] = []
    if where.connection_id is not None:
        conditions.append(meetings.c.connection_id == where.connection_id)
    if where.source_id is not None:
        conditions.append(meetings.c.source_id == where.source_id)
    if where.key is not None:
        conditions.append(meetings.c.key == where.key)
    if where.since_ms is not None:
        conditions.append(meetings.c.started_at_ms >= where.since_ms)
    if where.state is not None:
        begins = meetings.c.state.startswith(f"{where.state}:", autoescape=True)
        conditions.append((meetings.c.state == where.state) | begins)
    return conditions

"""The inbox of meetings: raw deliveries of recorders, kept before anybody is answered."""

from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple

import sqlalchemy as sa

from dealwright.store.meeting_tables import meeting_inbox, meeting_reports
from dealwright.store.statements import upsert


class InboxState(StrEnum):
    """What became of a raw delivery: still to be read, read, or one that cannot be read.

    One that waits makes no Meeting by itself: a later one of the same key may.
    """

    OPEN = "open"
    WAITING = "waiting"
    DONE = "done"
    DEAD = "dead"


class NewInbox(NamedTuple):
    """A raw delivery as it came, its body sealed, and what its sender is answered.

    `meeting_key` is "" where it is about no meeting; `outcome` is then what became of it
    (`ignored:meeting_start`, `answered:challenge`).
    """

    source_id: int
    delivery_key: str
    meeting_key: str
    received_at_ms: int
    headers: bytes
    body: bytes
    status: int
    answer: bytes
    state: InboxState
    outcome: str = ""
    reason: str = ""


class InboxRow(NamedTuple):
    """A raw delivery that is still to be read; its body is sealed."""

    id: int
    source_id: int
    delivery_key: str
    meeting_key: str
    received_at_ms: int
    headers: bytes
    body: bytes
    attempts: int


class Answered(NamedTuple):
    """What the sender of a delivery was answered, when it came first."""

    status: int
    answer: bytes
    outcome: str


def answered(db: sa.Connection, source_id: int, *, delivery_key: str) -> Answered | None:
    """What was answered to a delivery before; None when it is new."""
    mine = (meeting_inbox.c.source_id == source_id) & (meeting_inbox.c.delivery_key == delivery_key)
    chosen = sa.select(meeting_inbox.c.status, meeting_inbox.c.answer, meeting_inbox.c.outcome)
    row = db.execute(chosen.where(mine)).one_or_none()
    return None if row is None else Answered._make(row)


def take_in(db: sa.Connection, new: NewInbox) -> bool:
    """Keep a raw delivery; False when it is here already."""
    made = (
        upsert(db, meeting_inbox)
        .values(**new._asdict())
        .on_conflict_do_nothing(index_elements=["source_id", "delivery_key"])
        .returning(meeting_inbox.c.id)
    )
    return db.scalar(made) is not None


def public_id_of(db: sa.Connection, source_id: int, *, key: str, fresh: str, now_ms: int) -> str:
    """The id, in addresses, of what a Source tells of under a key; `fresh` if it is new."""
    row = upsert(db, meeting_reports).values(
        source_id=source_id, key=key, public_id=fresh, created_at_ms=now_ms
    )
    db.execute(row.on_conflict_do_nothing(index_elements=["source_id", "key"]))
    mine = (meeting_reports.c.source_id == source_id) & (meeting_reports.c.key == key)
    return db.execute(sa.select(meeting_reports.c.public_id).where(mine)).scalar_one()


_ROW = (
    meeting_inbox.c.id,
    meeting_inbox.c.source_id,
    meeting_inbox.c.delivery_key,
    meeting_inbox.c.meeting_key,
    meeting_inbox.c.received_at_ms,
    meeting_inbox.c.headers,
    meeting_inbox.c.body,
    meeting_inbox.c.attempts,
)


class Unread(NamedTuple):
    """Which raw delivery is to be read, of which meeting."""

    id: int
    source_id: int
    meeting_key: str


def to_read(db: sa.Connection, *, now_ms: int, limit: int) -> list[Unread]:
    """Raw deliveries whose time has come, oldest first."""
    due = sa.func.coalesce(meeting_inbox.c.next_at_ms, 0) <= now_ms
    chosen = sa.select(
        meeting_inbox.c.id, meeting_inbox.c.source_id, meeting_inbox.c.meeting_key
    ).where(sa.text("state = 'open'"), due)
    rows = db.execute(chosen.order_by(meeting_inbox.c.id).limit(limit))
    return [Unread._make(row) for row in rows]


def raw_delivery(db: sa.Connection, row_id: int) -> InboxRow:
    """A raw delivery with its body, of up to 20 MB."""
    return InboxRow._make(db.execute(sa.select(*_ROW).where(meeting_inbox.c.id == row_id)).one())


def waiting(db: sa.Connection, source_id: int, *, meeting_key: str) -> list[InboxRow]:
    """What waits for a delivery that makes a Meeting of a key, in the order in which it came."""
    mine = (meeting_inbox.c.source_id == source_id) & (meeting_inbox.c.meeting_key == meeting_key)
    waits = meeting_inbox.c.state == InboxState.WAITING.value
    rows = db.execute(sa.select(*_ROW).where(mine, waits).order_by(meeting_inbox.c.id))
    return [InboxRow._make(row) for row in rows]


def set_read(
    db: sa.Connection, row_id: int, *, state: InboxState, outcome: str = "", reason: str = ""
) -> None:
    """Say what became of a raw delivery."""
    values = {"state": state.value, "outcome": outcome, "reason": reason, "next_at_ms": None}
    db.execute(sa.update(meeting_inbox).where(meeting_inbox.c.id == row_id).values(values))


def try_later(db: sa.Connection, row_id: int, *, next_ms: int, reason: str) -> None:
    """Have a raw delivery taken up again at a moment, and say why not now."""
    values = {"attempts": meeting_inbox.c.attempts + 1, "next_at_ms": next_ms, "reason": reason}
    db.execute(sa.update(meeting_inbox).where(meeting_inbox.c.id == row_id).values(values))


def read_again(db: sa.Connection, row_ids: Sequence[int]) -> int:
    """Have dead letters read once more, such as by a newer version; says how many."""
    again: dict[str, str | int | None] = {
        "state": InboxState.OPEN.value,
        "outcome": "",
        "reason": "",
        "attempts": 0,
        "next_at_ms": None,
    }
    dead = meeting_inbox.c.state == InboxState.DEAD.value
    kept = meeting_inbox.c.id.in_(row_ids) & meeting_inbox.c.body.is_not(None) & dead
    return db.execute(sa.update(meeting_inbox).where(kept).values(again)).rowcount


class Letter(NamedTuple):
    """A raw delivery that could not be read, and why."""

    id: int
    source_id: int
    received_at_ms: int
    reason: str
    kept: bool


def dead_letters(db: sa.Connection, *, limit: int) -> list[Letter]:
    """What could not be read, the last first; `kept`: its body is still here."""
    chosen = sa.select(
        meeting_inbox.c.id,
        meeting_inbox.c.source_id,
        meeting_inbox.c.received_at_ms,
        meeting_inbox.c.reason,
        meeting_inbox.c.body.is_not(None),
    ).where(meeting_inbox.c.state == InboxState.DEAD.value)
    rows = db.execute(chosen.order_by(meeting_inbox.c.id.desc()).limit(limit))
    return [Letter(*row[:4], kept=bool(row[4])) for row in rows]


def last_outcome(db: sa.Connection, source_id: int) -> str:
    """What became of the last delivery of a Source; "" when there is none."""
    mine = meeting_inbox.c.source_id == source_id
    chosen = sa.select(meeting_inbox.c.outcome).where(mine)
    return db.scalar(chosen.order_by(meeting_inbox.c.id.desc()).limit(1)) or ""

"""Alerts: what is wrong and since when, and what is still to be said of it by which channel."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from dealwright.core.alert import AlertKind, Word
from dealwright.store.drift_tables import alert_sends, alerts
from dealwright.store.statements import upsert


class SendState(StrEnum):
    """How far something is that is to be said."""

    QUEUED = "queued"
    SENT = "sent"
    GIVEN_UP = "given_up"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAlert:
    """Something that is wrong. Of one `key` only one alert stands at a time."""

    key: str
    kind: AlertKind
    connection_id: int
    title: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert(NewAlert):
    """An alert; `ended_at_ms` None: it stands."""

    id: int
    since_ms: int
    ended_at_ms: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Send:
    """What is to be said of an alert by a channel; `message` is the last failure."""

    id: int
    alert_id: int
    word: Word
    channel: str
    state: SendState
    attempts: int
    next_at_ms: int | None
    sent_at_ms: int | None
    message: str


def standing_alerts(db: sa.Connection) -> dict[str, Alert]:
    """What is wrong, by key."""
    chosen = sa.select(alerts).where(alerts.c.ended_at_ms.is_(None))
    return {row.key: _alert(row) for row in db.execute(chosen)}


def list_alerts(db: sa.Connection, *, limit: int, before: int | None = None) -> list[Alert]:
    """Alerts, newest first."""
    chosen = sa.select(alerts).order_by(alerts.c.id.desc()).limit(limit)
    if before is not None:
        chosen = chosen.where(alerts.c.id < before)
    return [_alert(row) for row in db.execute(chosen)]


def sends_of(db: sa.Connection, alert_ids: Iterable[int]) -> list[Send]:
    """What was said of alerts, and what is still to be."""
    chosen = sa.select(alert_sends).where(alert_sends.c.alert_id.in_(list(alert_ids)))
    return [_send(row) for row in db.execute(chosen.order_by(alert_sends.c.id))]


def begin_alert(db: sa.Connection, new: NewAlert, *, channels: Iterable[str], now_ms: int) -> bool:
    """Note that something is wrong, and have it said; False when that is known already."""
    row = upsert(db, alerts).values(
        key=new.key,
        kind=new.kind.value,
        connection_id=new.connection_id,
        title=new.title,
        message=new.message,
        since_ms=now_ms,
    )
    made = db.scalar(row.on_conflict_do_nothing().returning(alerts.c.id))
    if made is not None:
        _queue(db, made, Word.RAISED, channels, now_ms)
    return made is not None


def end_alert(db: sa.Connection, one: Alert, *, channels: Iterable[str], now_ms: int) -> bool:
    """Note that it is over, and have that said; False when that is known already."""
    mine = (alerts.c.id == one.id) & alerts.c.ended_at_ms.is_(None)
    ended = db.execute(sa.update(alerts).where(mine).values(ended_at_ms=now_ms)).rowcount
    if ended:
        _queue(db, one.id, Word.RECOVERED, channels, now_ms)
    return bool(ended)


def due_sends(db: sa.Connection, *, now_ms: int, limit: int = 50) -> list[tuple[Send, Alert]]:
    """What is to be said now, the oldest first."""
    due = (alert_sends.c.state == SendState.QUEUED.value) & (alert_sends.c.next_at_ms <= now_ms)
    found = [
        _send(row)
        for row in db.execute(
            sa.select(alert_sends).where(due).order_by(alert_sends.c.id).limit(limit)
        )
    ]
    of = sa.select(alerts).where(alerts.c.id.in_({one.alert_id for one in found}))
    there = {row.id: _alert(row) for row in db.execute(of)}
    return [(one, there[one.alert_id]) for one in found]


def take_send(db: sa.Connection, one: Send, *, until_ms: int) -> bool:
    """Be the one that says it; False when another process is. Left alone, it is due again then."""
    mine = (alert_sends.c.id == one.id) & (alert_sends.c.attempts == one.attempts)
    open_one = alert_sends.c.state == SendState.QUEUED.value
    values = {"attempts": one.attempts + 1, "next_at_ms": until_ms}
    return bool(db.execute(sa.update(alert_sends).where(mine, open_one).values(values)).rowcount)


def end_send(
    db: sa.Connection,
    send_id: int,
    *,
    state: SendState,
    now_ms: int,
    next_at_ms: int | None = None,
    message: str = "",
) -> None:
    """Write down how saying it went; QUEUED: it is tried again at `next_at_ms`."""
    values = {
        "state": state.value,
        "next_at_ms": next_at_ms,
        "sent_at_ms": now_ms if state is SendState.SENT else None,
        "message": message,
    }
    db.execute(sa.update(alert_sends).where(alert_sends.c.id == send_id).values(values))


def _queue(
    db: sa.Connection, alert_id: int, word: Word, channels: Iterable[str], now_ms: int
) -> None:
    for channel in channels:
        row = sa.insert(alert_sends).values(
            alert_id=alert_id,
            word=word.value,
            channel=channel,
            state=SendState.QUEUED.value,
            attempts=0,
            next_at_ms=now_ms,
            message="",
        )
        db.execute(row)


def _alert(row: Any) -> Alert:
    return Alert(
        id=row.id,
        key=row.key,
        kind=AlertKind(row.kind),
        connection_id=row.connection_id,
        title=row.title,
        message=row.message,
        since_ms=row.since_ms,
        ended_at_ms=row.ended_at_ms,
    )


def _send(row: Any) -> Send:
    return Send(
        id=row.id,
        alert_id=row.alert_id,
        word=Word(row.word),
        channel=row.channel,
        state=SendState(row.state),
        attempts=row.attempts,
        next_at_ms=row.next_at_ms,
        sent_at_ms=row.sent_at_ms,
        message=row.message,
    )

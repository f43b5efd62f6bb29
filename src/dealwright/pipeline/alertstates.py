"""What is wrong: everything an alert is sent about, read from the store at one moment.

That no worker runs cannot be told from here, for the worker is what sends alerts: watch `/healthz`
and the age of the oldest open Delivery from outside.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import sqlalchemy as sa

from dealwright.core.alert import AlertKind
from dealwright.core.budget import Refusal
from dealwright.core.delivery import State
from dealwright.pipeline.condition import condition
from dealwright.pipeline.drifthold import told_of
from dealwright.pipeline.reviewqueue import oldest_waiting_ms
from dealwright.store.alerts import NewAlert
from dealwright.store.connections import Connection, ConnectionState, list_connections
from dealwright.store.deliveries import count_by_state
from dealwright.store.drift import Drift, DriftState, list_drifts
from dealwright.store.mirror import state as mirror_state

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS

#: What a person has to do something about.
_BROKEN = frozenset(
    {ConnectionState.REAUTH, ConnectionState.PAYMENT_REQUIRED, ConnectionState.ERROR}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """From when on something is wrong; 0: never."""

    failed: int = 25
    review_days: int = 7
    mirror_hours: int = 24


def wrong(db: sa.Connection, limits: Limits, *, now_ms: int) -> dict[str, NewAlert]:
    """All that is wrong now, by key."""
    found = (alert for one in list_connections(db) for alert in _of(db, one, limits, now_ms=now_ms))
    return {one.key: one for one in found}


def _of(db: sa.Connection, one: Connection, limits: Limits, *, now_ms: int) -> Iterator[NewAlert]:
    yield from _drifts(db, one)
    if one.state in _BROKEN:
        yield _alert(
            AlertKind.CONNECTION,
            one,
            f"{one.name} needs a person: {one.state.value}",
            f"{one.state_reason} `dealwright connections reconnect {one.name}` once it is mended.",
        )
    if not one.in_use:
        return
    now = condition(db, one, now_ms=now_ms)
    if now.code in {Refusal.SPENT, "budget_exhausted"}:
        title = f"The day's API tokens of {one.name} are spent"
        yield _alert(AlertKind.BUDGET, one, title, now.sentence)
    failed = count_by_state(db, one.id)[State.FAILED]
    if limits.failed and failed >= limits.failed:
        # How many there are is not said: it would be another text with each that comes.
        title = f"{limits.failed} or more Deliveries of {one.name} have failed"
        yield _alert(
            AlertKind.DEAD_LETTERS, one, title, "See why: `dealwright deliveries --state failed`."
        )
    yield from _stale(db, one, limits, now_ms=now_ms)
    since_ms = oldest_waiting_ms(db, one.id) if limits.review_days else None
    if since_ms is not None and since_ms < now_ms - limits.review_days * DAY_MS:
        title = f"Something of {one.name} has waited for a person for {limits.review_days} days"
        yield _alert(AlertKind.REVIEW, one, title, "Decide it: `dealwright review`.")


def _drifts(db: sa.Connection, one: Connection) -> Iterator[NewAlert]:
    """One for each thing that has changed, whoever depends on it."""
    things: dict[str, list[Drift]] = {}
    for found in list_drifts(db, connection_id=one.id, states=[DriftState.OPEN]):
        if found.breaks:
            key = f"drift:{one.id}:{found.list}:{found.thing.parent}:{found.thing.key}"
            things.setdefault(key, []).append(found)
    for key, concerned in things.items():
        lines = [
            f"{found.subject.value} {found.subject_id}: {told_of(found)}"
            for found in reversed(concerned)
        ]
        yield NewAlert(
            key=key,
            kind=AlertKind.DRIFT,
            connection_id=one.id,
            title=f"{one.name}: {concerned[0].sentence}",
            message="\n".join(lines),
        )


def _stale(
    db: sa.Connection, one: Connection, limits: Limits, *, now_ms: int
) -> Iterator[NewAlert]:
    old_ms = now_ms - limits.mirror_hours * HOUR_MS
    stale = [
        kind.value
        for kind, mirror in mirror_state(db, one.id).items()
        if mirror.complete and (mirror.fresh_at_ms or 0) < old_ms
    ]
    if limits.mirror_hours and stale:
        title = f"The copy of {one.name} is more than {limits.mirror_hours} hours old"
        advice = "`dealwright mirror` tells how far it is; a Delivery asks Pipedrive meanwhile."
        yield _alert(AlertKind.MIRROR, one, title, f"Of {', '.join(stale)}. {advice}")


def _alert(kind: AlertKind, one: Connection, title: str, message: str) -> NewAlert:
    return NewAlert(
        key=f"{kind.value}:{one.id}",
        kind=kind,
        connection_id=one.id,
        title=title,
        message=message,
    )

"""Report: what the store knows of the work of past weeks, counted by door, Mapping and week."""

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import sqlalchemy as sa

from dealwright.core.delivery import State
from dealwright.store.statements import chunks
from dealwright.store.tables import attempts, deliveries, ledger

WEEK_MS: Final = 7 * 86_400_000

#: The epoch was a Thursday; weeks begin on Mondays (UTC).
_TO_MONDAY_MS: Final = 3 * 86_400_000

#: Upper bounds of the times to deliver that are told apart, in ms.
BOUNDS_MS: Final = (
    *(100, 250, 500, 1000, 2000, 3000, 5000, 10_000, 20_000, 30_000, 60_000, 120_000, 300_000),
    *(600_000, 1_800_000, 3_600_000, 3 * 3_600_000, 12 * 3_600_000, 24 * 3_600_000),
    *(3 * 24 * 3_600_000, 7 * 24 * 3_600_000),
)

#: Deliveries that took several tries and are looked at one by one.
MOST_RETRIED: Final = 20_000

_WRITTEN: Final = (State.DELIVERED.value, State.UNCHANGED.value)


class Counted(NamedTuple):
    """So many Deliveries that ended alike; `took` is the place in BOUNDS_MS (one more: longer).

    `together`: another Delivery's write was theirs as well.
    """

    door: str
    mapping_id: int
    week: int
    state: str
    code: str
    together: bool
    took: int
    number: int


class Retried(NamedTuple):
    """A Delivery that was done in the end, and a try at it that was not; `calls` is JSON."""

    door: str
    mapping_id: int
    week: int
    id: int
    code: str
    record_kind: str
    trace: bytes
    try_code: str
    calls: bytes


class Paid(NamedTuple):
    """Tokens of one day, by purpose and Mapping (0: none)."""

    day: str
    purpose: str
    mapping_id: int
    tokens: int


def week_of(at_ms: int) -> int:
    """The number of a moment's week; that of 1970-01-01 is 0."""
    return (at_ms + _TO_MONDAY_MS) // WEEK_MS


def week_start_ms(week: int) -> int:
    """When a week began."""
    return week * WEEK_MS - _TO_MONDAY_MS


def first_delivery_since(db: sa.Connection, at_ms: int) -> int:
    """The id of the first Delivery that was made at a moment or after; ids are in that order."""
    low, high = 0, (db.scalar(sa.select(sa.func.max(deliveries.c.id))) or 0) + 1
    while low < high:
        middle = (low + high) // 2
        made = db.scalar(
            sa.select(deliveries.c.created_at_ms)
            .where(deliveries.c.id >= middle)
            .order_by(deliveries.c.id)
            .limit(1)
        )
        if made is None or made >= at_ms:
            high = middle
        else:
            low = middle + 1
    return low


def oldest_ms(db: sa.Connection) -> int | None:
    """When the oldest Delivery that is kept was made."""
    return db.scalar(sa.select(deliveries.c.created_at_ms).order_by(deliveries.c.id).limit(1))


_DOOR: Final = sa.case(
    (deliveries.c.meeting_id.is_not(None), "meetings"),
    (deliveries.c.card_act_id.is_not(None), "cards"),
    (deliveries.c.correction_id.is_not(None), "corrections"),
    else_="events",
).label("door")
_WEEK: Final[sa.ColumnElement[Any]] = (
    (deliveries.c.created_at_ms + _TO_MONDAY_MS) // WEEK_MS
).label("week")
_TOOK: Final = sa.case(
    *(
        (deliveries.c.updated_at_ms - deliveries.c.created_at_ms <= bound, place)
        for place, bound in enumerate(BOUNDS_MS)
    ),
    else_=len(BOUNDS_MS),
).label("took")


def counted(db: sa.Connection, connection_id: int, *, first_id: int) -> list[Counted]:
    """All Deliveries of a Connection from an id on, counted."""
    together = deliveries.c.written_by.is_not(None).label("together")
    by = (
        _DOOR,
        deliveries.c.mapping_id,
        _WEEK,
        deliveries.c.state,
        deliveries.c.code,
        together,
        _TOOK,
    )
    chosen = (
        sa.select(*by, sa.func.count())
        .where(deliveries.c.id >= first_id, deliveries.c.connection_id == connection_id)
        .group_by(*by)
    )
    return [
        Counted(row[0], row[1], row[2], row[3], row[4], bool(row[5]), row[6], row[7])
        for row in db.execute(chosen)
    ]


def joined_creates(
    db: sa.Connection, connection_id: int, *, first_id: int
) -> dict[tuple[str, int, int], int]:
    """By door, Mapping and week: Deliveries for whom a create of another one was theirs too."""
    leader = deliveries.alias("leader")
    by = (_DOOR, deliveries.c.mapping_id, _WEEK)
    chosen = (
        sa.select(*by, sa.func.count())
        .join_from(deliveries, leader, leader.c.id == deliveries.c.written_by)
        .where(
            deliveries.c.id >= first_id,
            deliveries.c.connection_id == connection_id,
            leader.c.code == "created",
        )
        .group_by(*by)
    )
    return {(row[0], row[1], row[2]): row[3] for row in db.execute(chosen)}


def retried(db: sa.Connection, connection_id: int, *, first_id: int) -> list[Retried]:
    """Deliveries that were done after several tries, with each try that was not."""
    chosen = (
        sa.select(
            deliveries.c.id,
            _DOOR,
            deliveries.c.mapping_id,
            _WEEK,
            deliveries.c.code,
            deliveries.c.record_kind,
            deliveries.c.trace,
        )
        .where(
            deliveries.c.id >= first_id,
            deliveries.c.connection_id == connection_id,
            deliveries.c.attempts > 1,
            deliveries.c.state.in_(_WRITTEN),
        )
        .limit(MOST_RETRIED)
    )
    rows = {row.id: row for row in db.execute(chosen)}
    return [
        Retried(
            row.door,
            row.mapping_id,
            row.week,
            row.id,
            row.code,
            row.record_kind or "",
            row.trace or b"",
            code,
            calls,
        )
        for delivery_id, code, calls in _tries(db, list(rows))
        for row in (rows[delivery_id],)
    ]


def _tries(db: sa.Connection, ids: Sequence[int]) -> list[tuple[int, str, bytes]]:
    found: list[tuple[int, str, bytes]] = []
    for some in chunks(list(ids)):
        chosen = sa.select(attempts.c.delivery_id, attempts.c.code, attempts.c.calls)
        rows = db.execute(chosen.where(attempts.c.delivery_id.in_(some)))
        found += [(row.delivery_id, row.code, row.calls) for row in rows]
    return found


def paid(db: sa.Connection, connection_id: int, *, since_day: str) -> list[Paid]:
    """The Ledger of a Connection from a day (YYYY-MM-DD) on."""
    by = (ledger.c.day, ledger.c.purpose, ledger.c.mapping_id)
    chosen = (
        sa.select(*by, sa.func.sum(ledger.c.tokens))
        .where(ledger.c.connection_id == connection_id, ledger.c.day >= since_day)
        .group_by(*by)
    )
    return [Paid(row[0], row[1], row[2], int(row[3])) for row in db.execute(chosen)]

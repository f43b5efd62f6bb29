"""Report: what the hub has done, by door, Mapping and week: what it cost, and what it spared.

Only what the store still has is told; how each figure is reckoned stands in `RECKONING`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final

import msgspec
import sqlalchemy as sa

from dealwright.core.clock import from_ms
from dealwright.core.delivery import Call, State
from dealwright.core.peer import LEAST_TOKENS, SEARCH_TOKENS, WRITE_TOKENS, tokens_elsewhere
from dealwright.store import report as store_of
from dealwright.store.connections import Connection, connection_by_name, list_connections
from dealwright.store.mappings import mapping as mapping_version
from dealwright.store.report import BOUNDS_MS, Counted, Retried

#: How the figures are reckoned, in sentences for people.
RECKONING: Final = (
    "Tokens are those of the Ledger. House tokens are for no Mapping: crawls, polls of the mirror, "
    "and lists of the account.",
    f"Tokens elsewhere: what the same events would have cost at the least in Segment's design, "
    f"which searches for the record of every event (API v1, {SEARCH_TOKENS}) and writes it "
    f"({WRITE_TOKENS}): {LEAST_TOKENS} an event, for Deliveries that ended delivered or unchanged.",
    "Writes avoided: Deliveries that found nothing to write, and those that another one's write "
    "carried.",
    "Duplicates prevented: events of somebody new that came while the record was being made, and "
    "were written with it; creates whose answer was lost, and that were found, not repeated; "
    "look-ups of people and organizations that failed, and were not read as “not there”.",
    "Found again: Deliveries of people and organizations whose record was there already.",
    "Times are from the making of a Delivery to its end, as the least bound that is not exceeded.",
)

_OUTAGES: Final = frozenset({"timeout", "unavailable", "unreadable_answer"})
_FOUND: Final = frozenset({"updated", "unchanged", "edits_kept", "outdated"})
_PEOPLE: Final = frozenset({"person", "organization"})
_IDENTITIES: Final = frozenset({"upsert_person", "upsert_organization"})
_LOST: Final = b"its answer lost"
_DOORS: Final = frozenset({"meetings", "cards", "corrections"})
_FAILED: Final = frozenset({State.HELD.value, State.FAILED.value})

_calls_of = msgspec.json.Decoder(list[Call]).decode


class ReportRow(msgspec.Struct, frozen=True, kw_only=True):
    """One Mapping (or door without Mappings) in one week; `week` is its Monday.

    `p50_s` and `p95_s` are null where nothing was delivered.
    """

    connection: str
    door: str
    mapping_id: int | None
    name: str
    week: date
    deliveries: int
    created: int
    updated: int
    unchanged: int
    stuck: int
    open: int
    dropped: int
    tokens: int
    tokens_elsewhere: int
    tokens_saved: int
    writes_avoided: int
    together: int
    duplicates_prevented: int
    found_again: int
    p50_s: float | None
    p95_s: float | None


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """The rows, newest week first, and what they come to.

    `known_since`: the oldest Delivery that is kept; null: there is none. `house_tokens` are those
    for no Mapping, in the same weeks, and are not in the rows.
    """

    weeks: int
    from_week: date
    known_since: datetime | None
    rows: tuple[ReportRow, ...]
    house_tokens: int
    tokens: int
    tokens_elsewhere: int
    tokens_saved: int
    writes_avoided: int
    duplicates_prevented: int
    reckoning: tuple[str, ...] = RECKONING


@dataclass(slots=True)
class _Sum:
    """What is counted of one row."""

    by_end: dict[str, int] = field(default_factory=dict[str, int])
    took: dict[int, int] = field(default_factory=dict[int, int])
    together: int = 0
    tokens: int = 0
    prevented: int = 0


_Key = tuple[str, int, int]


def value_report(
    db: sa.Connection,
    *,
    weeks: int,
    now_ms: int,
    connection: str | None = None,
    mapping_id: int | None = None,
) -> Report:
    """What the last `weeks` weeks brought, this one included; raises NotFound for a Connection."""
    chosen = list_connections(db) if connection is None else [connection_by_name(db, connection)]
    first_week = store_of.week_of(now_ms) - weeks + 1
    rows: list[ReportRow] = []
    house = 0
    for one in chosen:
        sums, spent = _sums(db, one, first_week=first_week)
        house += spent
        rows += _rows(db, one, sums)
    shown = [row for row in rows if mapping_id is None or row.mapping_id == mapping_id]
    shown.sort(key=lambda row: (row.connection, row.door, row.name))
    shown.sort(key=lambda row: row.week, reverse=True)
    oldest = store_of.oldest_ms(db)
    tokens = sum(row.tokens for row in shown) + (house if mapping_id is None else 0)
    elsewhere = sum(row.tokens_elsewhere for row in shown)
    of_others = sum(row.tokens for row in shown if row.door != "events")
    return Report(
        weeks=weeks,
        from_week=_monday(first_week),
        known_since=None if oldest is None else from_ms(oldest),
        rows=tuple(shown),
        house_tokens=house,
        tokens=tokens,
        tokens_elsewhere=elsewhere,
        tokens_saved=elsewhere - (tokens - of_others),
        writes_avoided=sum(row.writes_avoided for row in shown),
        duplicates_prevented=sum(row.duplicates_prevented for row in shown),
    )


def _sums(db: sa.Connection, one: Connection, *, first_week: int) -> tuple[dict[_Key, _Sum], int]:
    """What is counted, by door, Mapping and week; and what was spent for none of them."""
    since_ms = store_of.week_start_ms(first_week)
    first_id = store_of.first_delivery_since(db, since_ms)
    sums: dict[_Key, _Sum] = {}
    for counted in store_of.counted(db, one.id, first_id=first_id):
        _add(sums.setdefault((counted.door, counted.mapping_id, counted.week), _Sum()), counted)
    for key, number in store_of.joined_creates(db, one.id, first_id=first_id).items():
        sums.setdefault(key, _Sum()).prevented += number
    for key, number in _prevented(store_of.retried(db, one.id, first_id=first_id)).items():
        sums.setdefault(key, _Sum()).prevented += number
    house = 0
    for paid in store_of.paid(db, one.id, since_day=_monday(first_week).isoformat()):
        day_ms = int(datetime.fromisoformat(f"{paid.day}T00:00:00+00:00").timestamp()) * 1000
        door = paid.purpose if paid.purpose in _DOORS else "events"
        if door == "events" and not paid.mapping_id:
            house += paid.tokens
        else:
            key = (door, paid.mapping_id, store_of.week_of(day_ms))
            sums.setdefault(key, _Sum()).tokens += paid.tokens
    return sums, house


def _add(row: _Sum, counted: Counted) -> None:
    end = counted.code if counted.code in {"created", "updated"} else counted.state
    row.by_end[end] = row.by_end.get(end, 0) + counted.number
    if counted.together:
        row.together += counted.number
    if counted.state in {State.DELIVERED.value, State.UNCHANGED.value}:
        row.took[counted.took] = row.took.get(counted.took, 0) + counted.number


def _prevented(tries: Iterable[Retried]) -> dict[_Key, int]:
    """Duplicates that a lost answer or a failed look-up would have made elsewhere."""
    met: dict[int, _Key] = {}
    for one in tries:
        lost = one.code == "created" and _LOST in one.trace
        if lost or _failed_look_up(one):
            met[one.id] = (one.door, one.mapping_id, one.week)
    sums: dict[_Key, int] = {}
    for key in met.values():
        sums[key] = sums.get(key, 0) + 1
    return sums


def _failed_look_up(one: Retried) -> bool:
    if one.try_code not in _OUTAGES or one.code not in _FOUND or one.record_kind not in _PEOPLE:
        return False
    calls = _calls_of(one.calls)
    return bool(calls) and all(call.method == "GET" for call in calls)


def _rows(db: sa.Connection, one: Connection, sums: Mapping[_Key, _Sum]) -> Iterable[ReportRow]:
    known: dict[int, tuple[str, str]] = {}
    for (door, mapping_id, week), row in sums.items():
        if mapping_id and mapping_id not in known:
            known[mapping_id] = _named(db, mapping_id)
        name, action = known.get(mapping_id, (door.capitalize(), ""))
        yield _row(one, (door, mapping_id, week), row, name=name, action=action)


def _named(db: sa.Connection, mapping_id: int) -> tuple[str, str]:
    # Version 1 is there also of one that was deleted.
    first = mapping_version(db, mapping_id, version=1)
    return first.name, first.action


def _row(one: Connection, key: _Key, row: _Sum, *, name: str, action: str) -> ReportRow:
    door, mapping_id, week = key
    ends = row.by_end
    done = sum(row.took.values())
    unchanged = ends.get(State.UNCHANGED.value, 0)
    elsewhere = tokens_elsewhere(done) if door == "events" else 0
    found = ends.get("updated", 0) + unchanged
    return ReportRow(
        connection=one.name,
        door=door,
        mapping_id=mapping_id or None,
        name=name,
        week=_monday(week),
        deliveries=sum(ends.values()),
        created=ends.get("created", 0),
        updated=ends.get("updated", 0) + ends.get(State.DELIVERED.value, 0),
        unchanged=unchanged,
        stuck=sum(ends.get(state, 0) for state in _FAILED),
        open=sum(ends.get(state.value, 0) for state in _OPEN),
        dropped=ends.get(State.DROPPED.value, 0),
        tokens=row.tokens,
        tokens_elsewhere=elsewhere,
        tokens_saved=elsewhere - row.tokens if door == "events" else 0,
        writes_avoided=unchanged + row.together,
        together=row.together,
        duplicates_prevented=row.prevented,
        found_again=found if action in _IDENTITIES else 0,
        p50_s=_percentile(row.took, done, 0.50),
        p95_s=_percentile(row.took, done, 0.95),
    )


_OPEN: Final = (State.QUEUED, State.SENDING, State.WAITING)


def _percentile(took: Mapping[int, int], done: int, share: float) -> float | None:
    """The least bound that so many of them did not exceed, in seconds."""
    seen = 0
    for place in sorted(took):
        seen += took[place]
        if seen >= share * done:
            return BOUNDS_MS[min(place, len(BOUNDS_MS) - 1)] / 1000
    return None


def _monday(week: int) -> date:
    return from_ms(store_of.week_start_ms(week)).date()

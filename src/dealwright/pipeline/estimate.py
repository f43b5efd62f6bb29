"""Estimate: how many Events a Replay would write, and what they would cost, before it begins."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import sqlalchemy as sa

from dealwright.core.action import Action
from dealwright.core.delivery import State
from dealwright.core.mapping import Mapping as MappingVersion
from dealwright.core.record import RecordKind
from dealwright.pipedrive.costs import price
from dealwright.pipeline.route import Routed, compile_route, route_batch
from dealwright.store.connections import Connection
from dealwright.store.events import read_batch

#: A longer range is not read whole: of so many windows of so many Events each.
WINDOWS = 20
WINDOW = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """What is to be expected of a Replay, in Events, records and API tokens.

    `worst_tokens`: nothing is known and every record is searched for, for every Event by itself;
    `likely_tokens`: the mirror is complete, and what is for one record becomes one write. What is
    unchanged costs nothing, so it may be less. `sampled`: reckoned up from a part.
    """

    events: int
    matching: int
    failing: int
    records: int
    worst_tokens: int
    likely_tokens: int
    sampled: bool


@dataclass(slots=True)
class _Sum:
    read: int = 0
    matching: int = 0
    failing: int = 0
    worst: int = 0
    lone: int = 0
    subjects: set[str] = field(default_factory=set[str])


def estimate(
    db: sa.Connection,
    connection: Connection,
    mapping: MappingVersion,
    *,
    actions: Mapping[str, Action],
    first: int,
    last: int,
) -> Estimate:
    """Route a range of the log for nothing, or a part of it where it is long."""
    route, found = compile_route(mapping, actions), _Sum()
    kind = None if route.action is None else route.action.kind
    for after, limit in windows(first, last):
        end = min(last, after + limit)
        batch = [event for event in read_batch(db, after, limit=limit) if event.seq <= end]
        routed, _ = route_batch(batch, connection=connection, routes=[route], now_ms=0)
        found.read += len(batch)
        for one in routed:
            _add(found, one, kind)
    sampled = last - first + 1 > WINDOWS * WINDOW
    share = (last - first + 1) / (WINDOWS * WINDOW) if sampled else 1.0
    records = found.lone + len(found.subjects)
    return Estimate(
        events=round(found.read * share),
        matching=round(found.matching * share),
        failing=round(found.failing * share),
        records=round(records * share),
        worst_tokens=round(found.worst * share),
        likely_tokens=0 if kind is None else round(records * share) * write_price(kind),
        sampled=sampled,
    )


def windows(first: int, last: int) -> Iterator[tuple[int, int]]:
    """Where to read after, and how many, for all of a range or parts that lie evenly in it."""
    total = last - first + 1
    if total <= WINDOWS * WINDOW:
        yield from ((first - 1 + start, WINDOW) for start in range(0, max(total, 0), WINDOW))
        return
    step = total // WINDOWS
    yield from ((first - 1 + step * number, WINDOW) for number in range(WINDOWS))


def write_price(kind: RecordKind) -> int:
    """What one create costs; an update costs the same."""
    return price(f"POST {_path(kind)}")


def read_price(kind: RecordKind) -> int:
    """What a look at one record costs."""
    return price(f"GET {_path(kind)}/{{id}}")


def list_price(kind: RecordKind) -> int:
    """What one page of a list of records costs."""
    return price(f"GET {_path(kind)}")


def delete_price(kind: RecordKind) -> int:
    """What deleting one record costs."""
    return price(f"DELETE {_path(kind)}/{{id}}")


def worst_price(kind: RecordKind, lanes: int) -> int:
    """A Delivery's price when each of its keys is searched for, every hit read, and it writes."""
    search = price("GET /api/v2/itemSearch/field")
    return lanes * (search + read_price(kind)) + write_price(kind)


def _path(kind: RecordKind) -> str:
    version = "v1" if kind in {RecordKind.LEAD, RecordKind.NOTE} else "v2"
    plural = "activities" if kind is RecordKind.ACTIVITY else f"{kind}s"
    return f"/api/{version}/{plural}"


def _add(found: _Sum, routed: Routed, kind: RecordKind | None) -> None:
    for row in routed.rows:
        found.matching += 1
        if row.state == State.FAILED or kind is None:
            found.failing += 1
            continue
        subject, *others = row.lanes.split("\n")
        if subject:
            found.subjects.add(subject)
        else:
            found.lone += 1
        found.worst += worst_price(kind, len([lane for lane in (subject, *others) if lane]))

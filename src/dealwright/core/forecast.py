"""Forecast: when the day's tokens end at the present pace, and what waits for the next day."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import floor

from dealwright.core.budget import DAY_MS, Budget
from dealwright.core.priority import Priority

HOUR_MS = 3_600_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """What is going on: our tokens in the last hour, what a Delivery costs, and what is queued."""

    last_hour: int
    per_delivery: float
    queued: Mapping[Priority, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """What will come of a day.

    `ends_at_ms`: when work of a priority comes to its floor; a priority that goes on until the
    reset is not in it. `moved`: how many of the queued Deliveries wait for the next day.
    """

    resets_at_ms: int
    tokens_an_hour: int
    ends_at_ms: Mapping[Priority, int]
    moved: Mapping[Priority, int]


def forecast(budget: Budget, pace: Pace, *, now_ms: int) -> Forecast:
    """Look ahead: at the pace of the last hour, and of the day so far where others spend."""
    an_hour = pace.last_hour + _by_others_an_hour(budget, now_ms)
    return Forecast(
        resets_at_ms=budget.resets_at_ms,
        tokens_an_hour=an_hour,
        ends_at_ms=_ends(budget, an_hour, now_ms),
        moved=_moved(budget, pace),
    )


def _by_others_an_hour(budget: Budget, now_ms: int) -> int:
    since_ms = max(now_ms - (budget.resets_at_ms - DAY_MS), HOUR_MS)
    return (budget.by_others or 0) * HOUR_MS // since_ms


def _ends(budget: Budget, an_hour: int, now_ms: int) -> dict[Priority, int]:
    found: dict[Priority, int] = {}
    for priority in Priority:
        above = budget.unspent - budget.floor(priority)
        if budget.exhausted_until_ms is not None or above <= 0:
            found[priority] = now_ms
        elif an_hour and (end_ms := now_ms + above * HOUR_MS // an_hour) < budget.resets_at_ms:
            found[priority] = end_ms
    return found


def _moved(budget: Budget, pace: Pace) -> dict[Priority, int]:
    """Go through the queue in its order; what no longer fits above its floor moves."""
    left = 0.0 if budget.exhausted_until_ms is not None else float(budget.unspent)
    cost = max(pace.per_delivery, 1.0)
    moved: dict[Priority, int] = {}
    for priority in Priority:
        waiting = pace.queued.get(priority, 0)
        fits = min(waiting, max(0, floor((left - budget.floor(priority)) / cost)))
        left -= fits * cost
        if waiting > fits:
            moved[priority] = waiting - fits
    return moved

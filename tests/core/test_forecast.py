"""When the day's tokens end, and what moves to the next day."""

from dataclasses import replace

import pytest

from dealwright.core.budget import DAY_MS, Budget, Told
from dealwright.core.forecast import HOUR_MS, Forecast, Pace, forecast
from dealwright.core.priority import Priority

NOON_MS = DAY_MS // 2
DAY = Budget(planned=100_000, reserve_percent=20, resets_at_ms=DAY_MS)


def seen(budget: Budget, *, last_hour: int = 0, **queued: int) -> Forecast:
    waiting = {Priority[name.upper()]: count for name, count in queued.items()}
    pace = Pace(last_hour=last_hour, per_delivery=10.0, queued=waiting)
    return forecast(budget, pace, now_ms=NOON_MS)


def test_at_a_pace_that_ends_too_early_it_says_when() -> None:
    # 75,000 above the floor of events, 30,000 an hour.
    found = seen(DAY, last_hour=30_000)

    assert found.ends_at_ms[Priority.NORMAL] == NOON_MS + 5 * HOUR_MS // 2


def test_the_less_urgent_ends_the_earlier() -> None:
    ends = seen(DAY, last_hour=30_000).ends_at_ms

    assert sorted(ends, key=lambda one: ends[one]) == sorted(Priority, reverse=True)


def test_at_a_slow_pace_the_budget_lasts() -> None:
    assert seen(DAY, last_hour=1_000).ends_at_ms == {}


def test_when_nothing_goes_on_the_budget_lasts() -> None:
    assert seen(DAY).ends_at_ms == {}


def test_what_others_spend_counts_by_the_hours_of_the_day_so_far() -> None:
    told = Told(limit=100_000, remaining=76_000, at_ms=NOON_MS)
    found = seen(replace(DAY, told=told))

    assert found.tokens_an_hour == 2_000


def test_a_day_that_is_spent_has_ended() -> None:
    found = seen(replace(DAY, exhausted_until_ms=NOON_MS + 1), normal=3)

    assert set(found.ends_at_ms.values()) == {NOON_MS}
    assert found.moved == {Priority.NORMAL: 3}


def test_what_fits_above_the_floor_does_not_move() -> None:
    assert seen(DAY, normal=7_500).moved == {}


def test_what_does_not_fit_moves() -> None:
    assert seen(DAY, normal=7_501).moved == {Priority.NORMAL: 1}


def test_the_more_urgent_takes_the_room_of_the_less_urgent() -> None:
    assert seen(DAY, high=5_000, low=2_000).moved == {Priority.LOW: 500}


@pytest.mark.parametrize("priority", ["low", "backfill"])
def test_below_their_floor_all_of_them_move(priority: str) -> None:
    found = seen(replace(DAY, used=70_000), **{priority: 312})

    assert found.moved == {Priority[priority.upper()]: 312}

"""The day's tokens: who may spend, how many are leased, and what headers and refusals teach."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dealwright.core.budget import (
    DAY_MS,
    Budget,
    Exhausted,
    Refusal,
    Told,
    block,
    exhausted,
    learned,
    may_spend,
    next_midnight_ms,
    turned,
)
from dealwright.core.priority import MARGIN, RESERVE_KEPT, Priority, floor

NINE_MS = 9 * 3_600_000

DAY = Budget(planned=300_000, reserve_percent=20, resets_at_ms=DAY_MS)


def left(tokens: int) -> Budget:
    return replace(DAY, used=DAY.planned - tokens)


def heard(remaining: int, *, at_ms: int = NINE_MS, counted: int = 0) -> Told:
    return Told(limit=300_000, remaining=remaining, at_ms=at_ms, counted=counted)


def test_every_priority_has_its_figures() -> None:
    assert set(MARGIN) == set(RESERVE_KEPT) == set(Priority)


def test_the_more_urgent_the_work_the_less_it_leaves() -> None:
    floors = [floor(one, limit=300_000, reserve_percent=20) for one in Priority]

    assert floors == [0, 30_000, 60_000, 75_000, 105_000, 135_000]


def test_a_reserve_of_everything_leaves_nothing_to_events() -> None:
    assert floor(Priority.BACKFILL, limit=1_000, reserve_percent=100) == 1_000


@pytest.mark.parametrize(
    ("priority", "tokens", "refusal"),
    [
        (Priority.CARD, 1, None),
        (Priority.CARD, 0, Refusal.SPENT),
        (Priority.MEETING, 30_001, None),
        (Priority.MEETING, 30_000, Refusal.SPENT),
        (Priority.HIGH, 60_001, None),
        (Priority.HIGH, 60_000, Refusal.RESERVED),
        (Priority.NORMAL, 75_000, Refusal.RESERVED),
        (Priority.LOW, 105_000, Refusal.LOW_PRIORITY),
        (Priority.BACKFILL, 135_000, Refusal.LOW_PRIORITY),
    ],
)
def test_each_priority_stops_at_its_floor(
    priority: Priority, tokens: int, refusal: Refusal | None
) -> None:
    assert may_spend(left(tokens), priority, 1) is refusal


def test_what_others_have_leased_cannot_be_spent() -> None:
    assert may_spend(replace(left(10), leased=10), Priority.CARD, 1) is Refusal.SPENT


def test_a_day_that_pipedrive_calls_spent_is_spent_for_all() -> None:
    refused = exhausted(DAY, Exhausted(NINE_MS + 90_000), now_ms=NINE_MS)

    assert may_spend(refused, Priority.CARD, 1) is Refusal.SPENT


def test_a_header_leads_over_what_we_thought() -> None:
    budget = learned(replace(DAY, used=500), heard(100_000, counted=500))

    assert (budget.left, budget.by_others) == (100_000, 199_500)


def test_what_we_spend_after_a_header_counts() -> None:
    budget = learned(replace(DAY, used=500), heard(100_000, counted=500))

    assert replace(budget, used=700).left == 99_800


def test_an_older_header_that_says_more_is_not_believed() -> None:
    budget = learned(DAY, heard(1_000, at_ms=NINE_MS))

    assert learned(budget, heard(5_000, at_ms=NINE_MS - 1)).left == 1_000


def test_an_older_header_that_says_less_is_believed() -> None:
    budget = learned(DAY, heard(1_000, at_ms=NINE_MS))

    assert learned(budget, heard(400, at_ms=NINE_MS - 1)).left == 400


def test_a_top_up_is_seen_in_the_next_header() -> None:
    budget = learned(DAY, heard(1_000))
    more = Told(limit=400_000, remaining=101_000, at_ms=NINE_MS + 1)

    assert (learned(budget, more).limit, learned(budget, more).left) == (400_000, 101_000)


def test_a_new_day_begins_at_the_reset() -> None:
    spent = learned(replace(DAY, used=299_000, leased=60), heard(400))
    fresh = turned(spent, DAY_MS)

    assert (fresh.left, fresh.resets_at_ms) == (299_940, 2 * DAY_MS)


def test_days_that_nobody_looked_at_are_skipped() -> None:
    assert turned(DAY, 5 * DAY_MS + 1).resets_at_ms == 6 * DAY_MS


def test_a_refusal_ends_when_pipedrive_said() -> None:
    refused = exhausted(DAY, Exhausted(NINE_MS + 90_000), now_ms=NINE_MS)

    assert turned(refused, NINE_MS + 90_000).exhausted_until_ms is None


def test_the_zone_of_the_reset_is_learned_from_a_refusal() -> None:
    midnight_in_new_york_ms = 5 * 3_600_000 + DAY_MS
    refused = exhausted(DAY, Exhausted(midnight_in_new_york_ms + 400), now_ms=NINE_MS)

    assert refused.resets_at_ms == midnight_in_new_york_ms


def test_a_refusal_that_ends_at_no_midnight_teaches_no_reset() -> None:
    refused = exhausted(DAY, Exhausted(NINE_MS + 100_000), now_ms=NINE_MS)

    assert refused.resets_at_ms == DAY_MS


def test_a_guess_of_ours_teaches_no_reset_wherever_it_falls() -> None:
    guess = Exhausted(DAY_MS - 3_600_000, named=False)
    refused = exhausted(DAY, guess, now_ms=NINE_MS)

    assert (refused.resets_at_ms, refused.exhausted_until_ms) == (DAY_MS, guess.until_ms)


def test_without_another_word_the_day_ends_at_midnight_utc() -> None:
    assert next_midnight_ms(NINE_MS) == DAY_MS


def test_a_block_is_no_more_than_a_part_of_what_may_be_spent() -> None:
    assert block(left(75_800), Priority.NORMAL, need=5, want=4_000) == 100


def test_the_last_tokens_are_leased_though_they_are_more_than_a_part() -> None:
    assert block(left(75_020), Priority.NORMAL, need=20, want=4_000) == 20


STEPS = st.lists(
    st.tuples(
        st.sampled_from(Priority),
        st.sampled_from([1, 2, 5, 10, 20, 40]),
        st.integers(min_value=1, max_value=4_000),
    ),
    max_size=60,
)


@given(
    planned=st.integers(min_value=0, max_value=40_000),
    reserve=st.integers(min_value=0, max_value=100),
    steps=STEPS,
)
def test_no_sequence_of_leases_takes_what_a_priority_has_to_leave(
    planned: int, reserve: int, steps: list[tuple[Priority, int, int]]
) -> None:
    budget = Budget(planned=planned, reserve_percent=reserve, resets_at_ms=DAY_MS)
    for priority, need, want in steps:
        tokens = block(budget, priority, need=need, want=want)
        budget = replace(budget, leased=budget.leased + tokens)
        assert tokens == 0 or budget.left >= budget.floor(priority)


def test_a_header_of_a_call_that_was_under_way_at_midnight_says_nothing_of_the_new_day() -> None:
    fresh = turned(DAY, DAY_MS)
    late = [heard(40, at_ms=DAY_MS - 1), heard(40, at_ms=DAY_MS + 2_000)]

    assert [learned(fresh, told).left for told in late] == [300_000, 300_000]


@given(
    limit=st.integers(min_value=0, max_value=300_000),
    others=st.integers(min_value=0, max_value=300_000),
    ours=st.integers(min_value=0, max_value=300_000),
    unknown=st.integers(min_value=0, max_value=5_000),
)
def test_after_a_header_we_never_think_that_more_is_left_than_is(
    limit: int, others: int, ours: int, unknown: int
) -> None:
    remaining = max(0, limit - others - ours)
    told = Told(limit=limit, remaining=remaining, at_ms=NINE_MS, counted=max(0, ours - unknown))
    budget = learned(replace(DAY, used=ours), told)

    assert budget.left <= max(0, limit - others - ours)

"""The supervisor: how long it waits before a child is started again."""

from itertools import accumulate, repeat

from dealwright.cli.supervisor import LONGEST_PAUSE_S, WELL_S, next_pause_s


def pauses(*ran_s: float) -> list[float]:
    return list(
        accumulate(ran_s, lambda before, ran: next_pause_s(before, ran_s=ran), initial=0.0)
    )[1:]


def test_a_child_that_is_killed_once_is_started_again_soon() -> None:
    assert pauses(3.0) == [1.0]


def test_a_child_that_is_killed_at_each_start_is_started_ever_more_seldom() -> None:
    assert pauses(*repeat(0.1, 5)) == [1.0, 2.0, 4.0, 8.0, 16.0]


def test_the_pause_has_an_end() -> None:
    assert pauses(*repeat(0.1, 20))[-1] == LONGEST_PAUSE_S


def test_a_child_that_was_well_for_a_while_begins_anew() -> None:
    assert pauses(0.1, 0.1, WELL_S) == [1.0, 2.0, 1.0]

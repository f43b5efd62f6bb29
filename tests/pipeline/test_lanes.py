"""Who may go, who has to wait, and who goes together."""

from collections.abc import Sequence

from dealwright.core.delivery import State
from dealwright.core.priority import Priority
from dealwright.pipeline.lanes import Group, LaneQueue
from dealwright.store.deliveries import OpenDelivery

ADA, BOB, LOVE = "person:1/u-ada", "person:1/u-bob", "organization:1/g-love"


def waiting(
    number: int,
    lanes: str,
    *,
    mapping: int = 1,
    due_ms: int | None = None,
    priority: Priority = Priority.NORMAL,
) -> OpenDelivery:
    state = State.QUEUED if due_ms is None else State.WAITING
    row = OpenDelivery(number, mapping, 1, 1, number, lanes, state, 0, due_ms, 0, False)  # noqa: FBT003 - a row
    return row._replace(priority=priority)


def queue(*deliveries: OpenDelivery, group: int = 100) -> LaneQueue:
    made = LaneQueue(group=group)
    made.add(deliveries)
    return made


def taken(lanes: LaneQueue, now_ms: int = 0) -> list[Sequence[int]]:
    """All that may go at a moment."""
    groups: list[Sequence[int]] = []
    while group := lanes.take(now_ms):
        groups.append(group.ids)
    return groups


def first(lanes: LaneQueue) -> Group:
    group = lanes.take(0)
    assert group is not None
    return group


def test_different_records_go_side_by_side() -> None:
    assert taken(queue(waiting(1, ADA), waiting(2, BOB))) == [[1], [2]]


def test_of_one_record_only_the_first_goes() -> None:
    assert taken(queue(waiting(1, ADA, mapping=1), waiting(2, ADA, mapping=2))) == [[1]]


def test_the_next_goes_when_the_first_is_done() -> None:
    lanes = queue(waiting(1, ADA, mapping=1), waiting(2, ADA, mapping=2))
    lanes.done(first(lanes))

    assert taken(lanes) == [[2]]


def test_who_shares_any_lane_waits() -> None:
    lanes = queue(waiting(1, f"{ADA}\n{LOVE}"), waiting(2, f"{BOB}\n{LOVE}"))

    assert taken(lanes) == [[1]]


def test_without_a_lane_nobody_waits() -> None:
    assert taken(queue(waiting(1, ""), waiting(2, ""))) == [[1], [2]]


def test_neighbours_of_one_subject_go_together() -> None:
    assert taken(queue(waiting(1, ADA), waiting(2, BOB), waiting(3, ADA))) == [[1, 3], [2]]


def test_without_a_subject_nobody_goes_together() -> None:
    lanes = queue(waiting(1, f"\n{ADA}"), waiting(2, f"\n{ADA}"))

    assert taken(lanes) == [[1]]


def test_what_stands_between_keeps_neighbours_apart() -> None:
    lanes = queue(waiting(1, ADA), waiting(2, f"\n{ADA}", mapping=2), waiting(3, ADA))

    assert taken(lanes) == [[1]]


def test_what_stands_between_in_another_lane_keeps_neighbours_apart() -> None:
    shared = "person:email=a@x.example"
    lanes = queue(waiting(1, ADA), waiting(2, f"{BOB}\n{shared}"), waiting(3, f"{ADA}\n{shared}"))

    assert taken(lanes) == [[1], [2]]


def test_a_group_is_no_larger_than_it_may_be() -> None:
    lanes = queue(*(waiting(number, ADA) for number in range(1, 6)), group=3)

    assert taken(lanes) == [[1, 2, 3]]


def test_who_waits_for_a_time_goes_when_it_has_come() -> None:
    lanes = queue(waiting(1, ADA, due_ms=50))

    assert (taken(lanes, 49), lanes.next_due_ms, taken(lanes, 50)) == ([], 50, [[1]])


def test_who_waits_for_a_time_holds_up_its_lane() -> None:
    assert taken(queue(waiting(1, ADA, due_ms=50), waiting(2, ADA))) == []


def test_one_with_an_unknown_create_goes_alone_or_leads() -> None:
    with_intent = waiting(2, ADA)._replace(intent=True)
    lanes = queue(waiting(1, ADA), with_intent, waiting(3, ADA))

    assert taken(lanes) == [[1]]


def test_what_is_put_back_comes_again_with_one_more_try() -> None:
    lanes = queue(waiting(1, ADA))
    lanes.put_back(first(lanes), due_ms=10)
    again = lanes.take(10)

    assert again is not None
    assert (again.leader.attempts, again.leader.intent) == (1, True)


def test_a_try_that_does_not_count_is_not_one_more() -> None:
    lanes = queue(waiting(1, ADA))
    lanes.put_back(first(lanes), due_ms=10, counts=False)
    again = lanes.take(10)

    assert again is not None
    assert again.leader.attempts == 0


def test_what_is_split_goes_one_by_one() -> None:
    lanes = queue(waiting(1, ADA), waiting(2, ADA))
    lanes.split(first(lanes))
    one = first(lanes)
    lanes.done(one)

    assert (one.ids, taken(lanes)) == ([1], [[2]])


def test_nothing_is_left_of_what_is_done() -> None:
    lanes = queue(waiting(1, ADA, due_ms=5))
    group = lanes.take(5)
    assert group is not None
    lanes.done(group)

    assert (len(lanes), lanes.next_due_ms) == (0, None)


LOW, HIGH, CARD = Priority.LOW, Priority.HIGH, Priority.CARD


def test_the_more_urgent_goes_first() -> None:
    lanes = queue(
        waiting(1, "person:a", priority=LOW),
        waiting(2, "person:b"),
        waiting(3, "person:c", priority=HIGH),
        waiting(4, "person:d", priority=CARD),
        waiting(5, "person:e"),
    )

    assert taken(lanes) == [[4], [3], [2], [5], [1]]


def test_what_is_urgent_does_not_overtake_in_its_lane() -> None:
    lanes = queue(
        waiting(1, ADA, mapping=1, priority=LOW), waiting(2, ADA, mapping=2, priority=HIGH)
    )

    assert taken(lanes) == [[1]]


def test_who_stands_before_something_urgent_is_as_urgent() -> None:
    lanes = queue(
        waiting(1, BOB),
        waiting(2, ADA, mapping=1, priority=LOW),
        waiting(3, ADA, mapping=2, priority=HIGH),
    )

    assert taken(lanes) == [[2], [1]]


def test_urgency_reaches_all_whom_one_waits_for() -> None:
    lanes = queue(
        waiting(1, "person:z"),
        waiting(2, LOVE, mapping=1, priority=LOW),
        waiting(3, f"{ADA}\n{LOVE}", mapping=2, priority=LOW),
        waiting(4, ADA, mapping=3, priority=HIGH),
    )

    assert taken(lanes) == [[2], [1]]


def test_a_replay_is_not_merged_with_what_is_new() -> None:
    lanes = queue(waiting(1, ADA, priority=Priority.BACKFILL), waiting(2, ADA))

    assert taken(lanes) == [[1]]


def test_those_that_are_left_out_stand_in_nobodys_way() -> None:
    lanes = queue(
        waiting(1, ADA, mapping=1, priority=LOW),
        waiting(2, ADA, mapping=2, priority=HIGH),
        waiting(3, BOB, priority=LOW),
    )
    lanes.leave_out(LOW)

    assert taken(lanes) == [[2]]
    assert len(lanes) == 1


def test_what_is_under_way_is_not_left_out() -> None:
    lanes = queue(waiting(1, ADA, mapping=1, priority=LOW), waiting(2, ADA, mapping=2))
    group = first(lanes)
    lanes.leave_out(LOW)

    assert taken(lanes) == []
    lanes.done(group)
    assert taken(lanes) == [[2]]


def test_a_long_line_behind_one_that_waits_makes_room_for_others() -> None:
    lanes = queue(waiting(1, ADA, due_ms=9_000), *(waiting(n, ADA) for n in range(2, 50)))
    aside = lanes.put_aside(0)
    lanes.add([waiting(50, BOB), waiting(51, ADA)])

    assert aside == 49
    assert taken(lanes) == [[50]]
    assert lanes.next_due_ms == 9_000


def test_who_shares_a_lane_with_one_put_aside_is_put_aside_too() -> None:
    lanes = queue(waiting(1, ADA, due_ms=9_000))
    lanes.put_aside(0)
    lanes.add([waiting(2, f"{LOVE}\n{ADA}"), waiting(3, f"{BOB}\n{LOVE}"), waiting(4, BOB)])

    assert taken(lanes) == []


def test_what_is_under_way_is_never_put_aside() -> None:
    lanes = queue(waiting(1, ADA), waiting(2, ADA, mapping=2), waiting(3, BOB, due_ms=9_000))
    running = first(lanes)
    lanes.put_aside(0)
    lanes.done(running)

    assert taken(lanes) == [[2]]

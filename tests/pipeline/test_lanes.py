"""Who may go, who has to wait, and who goes together."""

from collections.abc import Sequence

from dealwright.core.delivery import State
from dealwright.pipeline.lanes import Group, LaneQueue
from dealwright.store.deliveries import OpenDelivery

ADA, BOB, LOVE = "person:1/u-ada", "person:1/u-bob", "organization:1/g-love"


def waiting(
    number: int, lanes: str, *, mapping: int = 1, due_ms: int | None = None
) -> OpenDelivery:
    state = State.QUEUED if due_ms is None else State.WAITING
    return OpenDelivery(number, mapping, 1, 1, number, lanes, state, 0, due_ms, 0, False)  # noqa: FBT003 - a row


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

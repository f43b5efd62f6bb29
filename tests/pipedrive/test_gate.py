"""The gate: how fast one token asks."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from tests.clock import ManualClock

from dealwright.core.record import RecordKind
from dealwright.pipedrive import operations
from dealwright.pipedrive.gate import Gate
from dealwright.pipedrive.plans import plan
from dealwright.pipedrive.wire import Limits, Request

READ = operations.read_record(RecordKind.PERSON, 7)
SEARCH = operations.search_records(RecordKind.PERSON, term="ada", field="name")


class Crowd:
    """Many callers at one gate, and when each got through."""

    def __init__(self, clock: ManualClock, gate: Gate) -> None:
        self.clock = clock
        self.gate = gate
        self.passed_at_s: list[float] = []
        self._tasks: list[asyncio.Task[None]] = []

    async def push(self, request: Request, count: int) -> None:
        self._tasks += [asyncio.create_task(self._enter(request)) for _ in range(count)]
        await self.clock.settle()

    def cancel_last(self) -> None:
        self._tasks[-1].cancel()

    async def leave(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _enter(self, request: Request) -> None:
        await self.gate.enter(request)
        self.passed_at_s.append(self.clock.monotonic_s())


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def gate(clock: ManualClock) -> Gate:
    return Gate(clock, burst=10)


@pytest.fixture
async def crowd(clock: ManualClock, gate: Gate) -> AsyncIterator[Crowd]:
    crowd = Crowd(clock, gate)
    yield crowd
    await crowd.leave()


async def test_a_burst_passes_at_once(crowd: Crowd) -> None:
    await crowd.push(READ, 10)

    assert crowd.passed_at_s == [0.0] * 10


async def test_one_more_than_the_burst_waits_for_the_window(crowd: Crowd) -> None:
    await crowd.push(READ, 11)
    await crowd.clock.run_for(5)

    assert crowd.passed_at_s == [0.0] * 10 + [2.0]


async def test_the_window_rolls(crowd: Crowd) -> None:
    await crowd.push(READ, 4)
    await crowd.clock.run_for(1.5)
    await crowd.push(READ, 8)
    await crowd.clock.run_for(5)

    assert crowd.passed_at_s == [0.0] * 4 + [1.5] * 6 + [2.0] * 2


async def test_no_two_seconds_see_more_than_the_burst(crowd: Crowd) -> None:
    await crowd.push(READ, 35)
    await crowd.clock.run_for(60)

    assert crowd.passed_at_s == [0.0] * 10 + [2.0] * 10 + [4.0] * 10 + [6.0] * 5


async def test_searches_have_a_narrower_window(crowd: Crowd) -> None:
    await crowd.push(SEARCH, 7)
    await crowd.clock.run_for(5)

    assert crowd.passed_at_s == [0.0] * 5 + [2.0] * 2


async def test_waiting_searches_hold_up_nothing_else(crowd: Crowd) -> None:
    await crowd.push(SEARCH, 20)
    await crowd.push(READ, 5)

    assert crowd.passed_at_s == [0.0] * 10


async def test_a_search_counts_as_a_request_too(crowd: Crowd) -> None:
    await crowd.push(SEARCH, 5)
    await crowd.push(READ, 6)

    assert crowd.passed_at_s == [0.0] * 10


async def test_who_gives_up_takes_no_place(crowd: Crowd) -> None:
    await crowd.push(READ, 11)
    crowd.cancel_last()
    await crowd.push(READ, 1)
    await crowd.clock.run_for(2)

    assert crowd.passed_at_s == [0.0] * 10 + [2.0]


@pytest.mark.parametrize(("key", "burst"), [("lite", 10), ("growth", 20), ("ultimate", 60)])
def test_it_starts_at_half_of_the_plan(clock: ManualClock, key: str, burst: int) -> None:
    assert Gate.for_plan(clock, plan(key)).burst == burst


def test_it_follows_the_headers_to_half_of_what_they_allow(gate: Gate) -> None:
    gate.follow(READ, Limits(limit=80))

    assert gate.burst == 40


def test_it_follows_the_headers_down(gate: Gate) -> None:
    gate.follow(READ, Limits(limit=1))

    assert gate.burst == 1


def test_a_window_that_nobody_else_uses_is_used_nearly_whole(gate: Gate) -> None:
    gate.follow(READ, Limits(limit=80, remaining=80))

    assert gate.burst == 72


def test_what_others_use_is_left_to_them(gate: Gate) -> None:
    gate.follow(READ, Limits(limit=80, remaining=60))

    assert gate.burst == 52


def test_however_much_others_use_half_is_ours(gate: Gate) -> None:
    gate.follow(READ, Limits(limit=80, remaining=5))

    assert gate.burst == 40


async def test_what_we_have_sent_ourselves_are_not_others(gate: Gate) -> None:
    for _ in range(3):
        await gate.enter(READ)
    gate.follow(READ, Limits(limit=80, remaining=77))

    assert gate.burst == 72


def test_headers_that_say_nothing_change_nothing(gate: Gate) -> None:
    gate.follow(READ, Limits())

    assert gate.burst == 10


def test_the_limit_of_searches_does_not_slow_down_the_rest(gate: Gate) -> None:
    gate.follow(SEARCH, Limits(limit=4))

    assert (gate.burst, gate.search_burst) == (10, 2)


def test_searches_never_go_faster_than_half_of_their_own_limit(gate: Gate) -> None:
    gate.follow(SEARCH, Limits(limit=120))

    assert gate.search_burst == 5


async def test_an_empty_window_is_waited_for(crowd: Crowd) -> None:
    crowd.gate.follow(READ, Limits(limit=20, remaining=0, reset_s=1.5))
    await crowd.push(READ, 1)
    await crowd.clock.run_for(5)

    assert crowd.passed_at_s == [1.5]


async def test_a_pause_stops_everything(crowd: Crowd) -> None:
    crowd.gate.pause(1.0)
    await crowd.push(READ, 1)
    await crowd.push(SEARCH, 1)
    await crowd.clock.run_for(5)

    assert crowd.passed_at_s == [1.0, 1.0]


async def test_a_pause_lasts_one_window_at_most(crowd: Crowd) -> None:
    crowd.gate.pause(3600)
    await crowd.push(READ, 1)
    await crowd.clock.run_for(5)

    assert crowd.passed_at_s == [2.0]


async def test_a_pause_reaches_those_who_wait_already(crowd: Crowd) -> None:
    await crowd.push(READ, 11)
    await crowd.clock.run_for(1.5)
    crowd.gate.pause(2)
    await crowd.clock.run_for(5)

    assert crowd.passed_at_s == [0.0] * 10 + [3.5]


async def test_a_shorter_pause_does_not_end_a_longer_one(crowd: Crowd) -> None:
    crowd.gate.pause(2)
    crowd.gate.pause(0.5)
    await crowd.push(READ, 1)
    await crowd.clock.run_for(5)

    assert crowd.passed_at_s == [2.0]


def test_a_share_of_the_window_is_not_exceeded_whatever_the_headers_say(gate: Gate) -> None:
    gate.cap(2)
    gate.follow(READ, Limits(limit=80))

    assert (gate.burst, gate.window) == (2, 80)


def test_what_is_left_to_others_of_the_hub_is_not_taken(gate: Gate) -> None:
    gate.follow(READ, Limits(limit=20, remaining=20))
    taken = gate.burst
    gate.leave(4)

    assert (taken, gate.burst) == (18, 16)


def test_the_window_is_no_wider_than_what_another_process_has_learned_of_it(gate: Gate) -> None:
    gate.resume(7)

    assert gate.window == 14


def test_it_goes_on_with_what_another_process_has_learned(gate: Gate) -> None:
    gate.resume(7)

    assert gate.burst == 7


def test_its_own_headers_count_more_than_what_others_have_learned(gate: Gate) -> None:
    gate.follow(READ, Limits(limit=80))
    gate.resume(7)

    assert gate.burst == 40


def test_what_it_learned_is_what_headers_told_it(gate: Gate) -> None:
    gate.resume(7)

    assert gate.learned is None

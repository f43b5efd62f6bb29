"""The machine's time, and the lines that are logged."""

from datetime import UTC, timedelta

import pytest
from structlog.testing import capture_logs

from dealwright.core.delivery import State
from dealwright.pipeline.clock import SystemClock
from dealwright.pipeline.notice import Notice, log_notice


async def test_the_system_clock_sleeps_for_as_long_as_it_is_told() -> None:
    clock = SystemClock()
    began_s = clock.monotonic_s()
    await clock.sleep(0.01)

    assert clock.monotonic_s() - began_s >= 0.01


def test_the_system_clock_is_in_utc() -> None:
    assert SystemClock().now().utcoffset() == timedelta(0)
    assert SystemClock().now().tzinfo is UTC


@pytest.mark.parametrize(
    ("state", "level"),
    [
        pytest.param(State.DELIVERED, "info", id="delivered"),
        pytest.param(State.FAILED, "warning", id="failed"),
        pytest.param(State.HELD, "warning", id="held"),
    ],
)
def test_each_try_that_is_over_is_a_line(state: State, level: str) -> None:
    with capture_logs() as lines:
        log_notice(Notice(1, (2,), state, "some_code", "A sentence."))

    assert [(line["event"], line["log_level"], line["code"]) for line in lines] == [
        (f"delivery.{state}", level, "some_code")
    ]


def test_that_something_is_being_sent_is_no_line() -> None:
    with capture_logs() as lines:
        log_notice(Notice(1, (2,), State.SENDING, "", ""))

    assert lines == []

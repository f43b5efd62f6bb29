"""What an error means for the Delivery and for its Connection."""

from datetime import timedelta

import pytest

from dealwright.core.delivery import State
from dealwright.core.errors import (
    MappingError,
    NeedsChoice,
    RateLimited,
    Rejected,
    Unauthorized,
    Unavailable,
)
from dealwright.pipeline.pace import Pace
from dealwright.pipeline.verdict import Verdict, verdict_of
from dealwright.store.connections import ConnectionState

PACE = Pace(retries=(timedelta(seconds=5), timedelta(seconds=15)))


def judged(error: Exception, *, attempts: int = 1, others: int = 0) -> Verdict:
    return verdict_of(error, attempts=attempts, merged=others > 0, pace=PACE)


@pytest.mark.parametrize(
    ("error", "state"),
    [
        pytest.param(Unavailable("Away."), State.WAITING, id="away"),
        pytest.param(RateLimited("Busy.", retry_after_s=9), State.WAITING, id="busy"),
        pytest.param(Unauthorized("Who?"), State.HELD, id="refused"),
        pytest.param(NeedsChoice("Two.", candidates=[1, 2]), State.HELD, id="ambiguous"),
        pytest.param(Rejected("No."), State.FAILED, id="rejected"),
        pytest.param(Rejected("Gone.", code="record_not_found"), State.WAITING, id="gone"),
        pytest.param(MappingError("What?"), State.FAILED, id="mapping"),
        pytest.param(ZeroDivisionError(), State.FAILED, id="defect"),
    ],
)
def test_each_error_leads_to_its_state(error: Exception, state: State) -> None:
    assert judged(error).state is state


def test_the_wait_grows_with_the_tries() -> None:
    waits = [judged(Unavailable("Away."), attempts=tries).wait_s for tries in (1, 2)]

    assert waits == [5, 15]


def test_after_the_last_try_it_has_failed() -> None:
    assert judged(Unavailable("Away."), attempts=3).state is State.FAILED


def test_the_others_of_a_merged_write_have_tries_left_when_the_leader_has_none() -> None:
    assert judged(Unavailable("Away."), attempts=3, others=1).split


def test_being_busy_never_uses_up_the_tries() -> None:
    verdict = judged(RateLimited("Busy.", retry_after_s=90), attempts=50)

    assert (verdict.state, verdict.wait_s, verdict.rest_s) == (State.WAITING, 90, 90)


def test_what_may_be_the_fault_of_one_is_done_one_by_one() -> None:
    assert judged(Rejected("No."), others=1).split


@pytest.mark.parametrize(
    ("code", "state"),
    [
        pytest.param("reauth", ConnectionState.REAUTH, id="token"),
        pytest.param("app_refused", ConnectionState.ERROR, id="app"),
        pytest.param("payment_required", ConnectionState.PAYMENT_REQUIRED, id="bill"),
    ],
)
def test_a_connection_that_may_not_falls_out_of_use(code: str, state: ConnectionState) -> None:
    assert judged(Unauthorized("No.", code=code)).account is state


def test_a_scope_that_is_missing_holds_only_what_needs_it() -> None:
    verdict = judged(Unauthorized("No.", code="scope_missing"))

    assert (verdict.state, verdict.account) == (State.HELD, None)


@pytest.mark.parametrize(
    ("error", "answered"),
    [
        pytest.param(Rejected("No."), True, id="a refusal is an answer"),
        pytest.param(Unavailable("Away."), False, id="silence is none"),
    ],
)
def test_only_what_was_answered_says_that_pipedrive_is_well(
    error: Exception,
    answered: bool,  # noqa: FBT001 - a column of the table
) -> None:
    assert judged(error).answered is answered


def test_a_pause_grows_with_the_failures_up_to_its_limit() -> None:
    pace = Pace(retries=PACE.retries, outage_s=10)

    assert [pace.outage_pause_s(failures) for failures in (1, 2, 9)] == [5, 10, 10]


def test_without_a_schedule_there_is_no_pause() -> None:
    assert Pace(retries=()).outage_pause_s(1) == 0

"""Pipedrive is away, slow, or busy: nothing is made up, and everything arrives once."""

import pytest
from tests.events import identify
from tests.hub import SHORT_S, Hub, states

from dealwright.core.delivery import State
from dealwright.sandbox.app import Sandbox

ADA = {"name": "Ada Love", "email": "ada@love.example"}


def names(pipedrive: Sandbox) -> list[str]:
    return [person["name"] for person in pipedrive.records("persons")]


async def test_a_timeout_while_searching_creates_nobody(hub: Hub, pipedrive: Sandbox) -> None:
    hub.patience_s = SHORT_S
    pipedrive.add_fault(method="GET", path="/api/v2/persons/search", hang_ms=60_000, times=1)
    await hub.send(identify("u-ada", **ADA))
    await hub.run_once()

    assert names(pipedrive) == []
    assert (hub.delivery().now.state, hub.delivery().now.code) == (State.WAITING, "timeout")


async def test_after_a_timeout_while_searching_one_person_is_made(
    hub: Hub, pipedrive: Sandbox
) -> None:
    hub.patience_s = SHORT_S
    pipedrive.add_fault(method="GET", path="/api/v2/persons/search", hang_ms=60_000, times=1)
    await hub.send(identify("u-ada", **ADA))
    await hub.run_until_idle()

    assert names(pipedrive) == ["Ada Love"]
    assert hub.delivery().states == ["sending", "waiting", "sending", "delivered"]


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        pytest.param({"status": 500}, "unavailable", id="500"),
        pytest.param({"status": 503}, "unavailable", id="503"),
        pytest.param({"status": 429}, "burst_limited", id="429"),
        pytest.param({"reset": True}, "unavailable", id="reset"),
        pytest.param({"status": 200, "raw": "<html>"}, "unreadable_answer", id="html"),
    ],
)
async def test_a_search_that_fails_creates_nobody(
    hub: Hub, pipedrive: Sandbox, fault: dict[str, object], code: str
) -> None:
    pipedrive.add_fault(method="GET", path="/api/v2/persons/search", times=4, **fault)
    await hub.send(identify("u-ada", **ADA))
    await hub.run_once()

    assert names(pipedrive) == []
    assert (hub.delivery().now.state, hub.delivery().now.code) == (State.WAITING, code)


async def test_what_came_while_pipedrive_was_down_is_there_once_when_it_is_back(
    hub: Hub, pipedrive: Sandbox
) -> None:
    pipedrive.add_fault(reset=True, times=6)
    await hub.send(*(identify(f"u-{n}", name=f"Nobody {n}") for n in range(20)))
    await hub.run_until_idle()

    assert sorted(names(pipedrive)) == sorted(f"Nobody {n}" for n in range(20))
    assert set(states(hub)) == {State.DELIVERED}


async def test_an_account_that_is_down_is_asked_by_one_delivery_at_a_time(
    hub: Hub, pipedrive: Sandbox
) -> None:
    pipedrive.add_fault(reset=True)
    await hub.send(*(identify(f"u-{n}", name=f"Nobody {n}") for n in range(50)))
    await hub.run_once()
    asked_at_first = len(pipedrive.calls)
    hub.advance(60)
    await hub.run_once()

    assert asked_at_first <= hub.pace.lanes
    assert len(pipedrive.calls) == asked_at_first + 1


async def test_a_slow_pipedrive_gets_everything(hub: Hub, pipedrive: Sandbox) -> None:
    pipedrive.add_fault(delay_ms=20)
    await hub.send(*(identify(f"u-{n}", name=f"Nobody {n}") for n in range(10)))
    await hub.run_until_idle()

    assert len(names(pipedrive)) == 10


async def test_a_busy_pipedrive_is_left_alone_for_as_long_as_it_says(
    hub: Hub, pipedrive: Sandbox
) -> None:
    pipedrive.add_fault(method="POST", status=429, headers={"retry-after": "90"}, times=3)
    await hub.send(identify("u-ada", **ADA))
    sweep = await hub.run_once()
    waits_ms = (sweep.next_due_ms or 0) - int(hub.clock.now().timestamp() * 1000)

    assert waits_ms >= 90_000
    assert (await hub.connection()).paused_until_ms == sweep.next_due_ms


async def test_a_busy_pipedrive_gets_it_later_and_once(hub: Hub, pipedrive: Sandbox) -> None:
    pipedrive.add_fault(method="POST", status=429, headers={"retry-after": "90"}, times=3)
    await hub.send(identify("u-ada", **ADA))
    await hub.run_until_idle()

    assert names(pipedrive) == ["Ada Love"]
    assert hub.delivery().now.state is State.DELIVERED


async def test_being_busy_again_and_again_uses_up_no_try(hub: Hub, pipedrive: Sandbox) -> None:
    search = "/api/v2/persons/search"
    pipedrive.add_fault(path=search, status=429, headers={"retry-after": "90"}, times=15)
    pipedrive.add_fault(method="POST", status=503, times=1)
    await hub.send(identify("u-ada", **ADA))
    await hub.run_until_idle()

    assert names(pipedrive) == ["Ada Love"]
    assert (hub.delivery().now.state, hub.delivery().now.attempts) == (State.DELIVERED, 2)


async def test_a_pipedrive_that_is_away_is_let_be_for_as_long_as_it_says(
    hub: Hub, pipedrive: Sandbox
) -> None:
    pipedrive.add_fault(method="GET", status=503, headers={"retry-after": "1800"}, times=1)
    await hub.send(identify("u-ada", **ADA))
    sweep = await hub.run_once()
    waits_ms = (sweep.next_due_ms or 0) - int(hub.clock.now().timestamp() * 1000)

    assert waits_ms >= 1_800_000
    assert (await hub.connection()).paused_until_ms == sweep.next_due_ms


async def test_one_error_among_many_answers_keeps_nobody_else_waiting(
    hub: Hub, pipedrive: Sandbox
) -> None:
    pipedrive.add_fault(method="POST", status=500, skip=3, times=1)
    await hub.send(*(identify(f"u-{n}", name=f"Nobody {n}") for n in range(10)))
    await hub.run_once()

    assert sorted(str(state) for state in states(hub)) == [*["delivered"] * 9, "waiting"]
    assert (await hub.connection()).paused_until_ms is None


async def test_a_server_error_that_never_ends_is_given_up_with_its_true_cause(
    hub: Hub, pipedrive: Sandbox
) -> None:
    pipedrive.add_fault(method="GET", path="/api/v2/persons/search", status=500)
    await hub.send(identify("u-ada", **ADA))
    await hub.run_until_idle()

    assert (hub.delivery().now.state, hub.delivery().now.code) == (State.FAILED, "unavailable")
    assert "Given up after 12 tries" in hub.delivery().now.message


async def test_one_poisoned_delivery_lets_the_others_through(hub: Hub, pipedrive: Sandbox) -> None:
    pipedrive.put_state({"persons": [{"name": "Poison", "emails": ["poison@x.example"]}]})
    pipedrive.add_fault(method="PATCH", path="/api/v2/persons/1", status=500)
    await hub.send(
        identify("u-poison", name="Poisoned", email="poison@x.example"),
        *(identify(f"u-{n}", name=f"Nobody {n}") for n in range(5)),
    )
    await hub.run_until_idle()

    assert [str(state) for state in states(hub)] == ["failed", *["delivered"] * 5]

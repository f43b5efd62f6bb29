"""`limited` is what Pipedrive's refusals amount to: it says until when, and ends by itself."""

import pytest
from tests.events import identify
from tests.hub import Hub, states

from dealwright.core.breaker import OUTAGE_AFTER
from dealwright.core.clock import to_ms
from dealwright.core.delivery import State
from dealwright.pipeline.condition import Condition, condition
from dealwright.pipeline.figures import figures
from dealwright.sandbox.app import Sandbox
from dealwright.store.budget import book
from dealwright.store.connections import ConnectionState, connection

DAY_TOKENS = 300_000
HTML = "<html>Attention required</html>"


async def now(hub: Hub) -> Condition:
    now_ms = to_ms(hub.clock.now())
    return await hub.store.read(lambda db: condition(db, connection(db, 1), now_ms=now_ms))


def seconds(hub: Hub, found: Condition) -> int:
    assert found.until_ms is not None
    return round((found.until_ms - to_ms(hub.clock.now())) / 1000)


async def tried(hub: Hub) -> Condition:
    """How it is after somebody has tried."""
    await hub.send(identify("u-ada", name="Ada"))
    await hub.run_once()
    return await now(hub)


async def spend(hub: Hub, tokens: int) -> None:
    now_ms = to_ms(hub.clock.now())
    await hub.store.write(lambda db: book(db, 1, tokens=tokens, now_ms=now_ms))


async def test_a_connection_that_is_answered_is_ok(hub: Hub) -> None:
    assert await tried(hub) == Condition(state=ConnectionState.OK)


async def test_one_that_is_refused_for_asking_too_fast_is_limited_for_as_long_as_it_is_told(
    hub: Hub, pipedrive: Sandbox
) -> None:
    pipedrive.add_fault(status=429, headers={"x-ratelimit-reset": "2"})
    found = await tried(hub)

    assert (found.state, found.code) == (ConnectionState.LIMITED, "burst_limited")
    assert seconds(hub, found) == 2


async def test_one_whose_day_pipedrive_says_is_spent_is_limited_until_the_reset(
    hub: Hub, pipedrive: Sandbox
) -> None:
    pipedrive.add_fault(status=429, headers={"retry-after": "7200"})
    found = await tried(hub)

    assert (found.state, found.code) == (ConnectionState.LIMITED, "budget_exhausted")
    assert seconds(hub, found) == 7200


async def test_one_that_the_front_door_blocks_is_limited_for_minutes(
    hub: Hub, pipedrive: Sandbox
) -> None:
    pipedrive.add_fault(status=403, body=HTML)
    found = await tried(hub)

    assert (found.state, found.code) == (ConnectionState.LIMITED, "abuse_blocked")
    assert seconds(hub, found) == 600


async def test_one_of_which_we_have_spent_the_day_is_limited(hub: Hub) -> None:
    await spend(hub, DAY_TOKENS)
    found = await now(hub)

    assert (found.state, found.code) == (ConnectionState.LIMITED, "budget_spent")
    assert "The day's API tokens are spent. It goes on after" in found.sentence


async def test_one_of_which_only_the_reserve_is_left_is_not(hub: Hub) -> None:
    await spend(hub, DAY_TOKENS - 100)

    assert (await tried(hub)).state is ConnectionState.OK


async def test_one_that_does_not_answer_rests_and_is_not_limited(
    hub: Hub, pipedrive: Sandbox
) -> None:
    pipedrive.add_fault(status=503)
    await hub.send(*(identify(f"u-{n}", name=f"Ada {n}") for n in range(2 * OUTAGE_AFTER)))
    await hub.run_once()
    found = await now(hub)

    assert (found.state, found.rests) == (ConnectionState.OK, True)


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param({"status": 429, "headers": {"x-ratelimit-reset": "2"}}, id="burst"),
        pytest.param({"status": 429, "headers": {"retry-after": "7200"}}, id="day"),
        pytest.param({"status": 403, "body": HTML}, id="block"),
    ],
)
async def test_it_ends_by_itself_and_nothing_is_lost(
    hub: Hub, pipedrive: Sandbox, fault: dict[str, object]
) -> None:
    pipedrive.add_fault(**fault, times=1)
    await tried(hub)
    await hub.run_until_idle()

    assert (await now(hub), states(hub)) == (
        Condition(state=ConnectionState.OK),
        [State.DELIVERED],
    )


async def test_one_that_needs_a_person_is_that_whatever_else_it_is(
    hub: Hub, pipedrive: Sandbox
) -> None:
    pipedrive.add_fault(status=401)
    found = await tried(hub)
    await spend(hub, DAY_TOKENS)

    assert (await now(hub), found.state) == (found, ConnectionState.REAUTH)


async def test_monitoring_is_told(hub: Hub) -> None:
    await spend(hub, DAY_TOKENS)
    told = await hub.store.read(lambda db: figures(db, now_ms=to_ms(hub.clock.now())))

    assert [one.condition.state for one in told.connections] == [ConnectionState.LIMITED]

"""An account that is not paid: what waits is held, it is asked again, and goes on once paid."""

from collections.abc import AsyncGenerator

import pytest
from tests.clock import ManualClock
from tests.events import identify
from tests.hub import Hub, open_hub, states

from dealwright.core.delivery import State
from dealwright.core.errors import NotFound
from dealwright.pipeline.prober import Prober
from dealwright.pipeline.visit import visits
from dealwright.sandbox.app import Sandbox
from dealwright.store.connections import ConnectionState, wipe_credentials

MINUTE_S, DAY_S = 60.0, 86_400.0


@pytest.fixture
async def hub(database: str, clock: ManualClock, pipedrive: Sandbox) -> AsyncGenerator[Hub]:
    """A hub whose account has just been found unpaid, with one Delivery held for that."""
    async with open_hub(database, clock=clock) as hub:
        await hub.connect(pipedrive)
        pipedrive.add_fault(status=402, body={"success": False, "error": "Payment required"})
        await hub.send(identify("u-ada", name="Ada"))
        await hub.run_until_idle()
        assert (states(hub), await state(hub)) == ([State.HELD], ConnectionState.PAYMENT_REQUIRED)
        yield hub


def prober(hub: Hub) -> Prober:
    visit = visits(hub.store, hub.clock, dial=hub.dial)
    return Prober(hub.store, clock=hub.clock, visit=visit)


async def state(hub: Hub) -> ConnectionState:
    return (await hub.connection()).state


def asked(pipedrive: Sandbox) -> int:
    return sum(call.path == "/api/v1/users/me" for call in pipedrive.calls)


async def looked(hub: Hub, *, for_s: float) -> None:
    """Let a worker look every minute for so long."""
    one = prober(hub)
    for _ in range(int(for_s / MINUTE_S)):
        await one.look()
        hub.advance(MINUTE_S)


async def test_what_was_held_goes_on_by_itself_once_it_is_paid(
    hub: Hub, pipedrive: Sandbox
) -> None:
    await prober(hub).look()
    pipedrive.faults.clear()
    await looked(hub, for_s=6 * MINUTE_S)
    await hub.run_until_idle()

    assert (states(hub), await state(hub)) == ([State.DELIVERED], ConnectionState.OK)


async def test_what_came_meanwhile_is_written_as_well(hub: Hub, pipedrive: Sandbox) -> None:
    await hub.send(identify("u-bob", name="Bob"))
    await prober(hub).look()
    pipedrive.faults.clear()
    await looked(hub, for_s=6 * MINUTE_S)
    await hub.run_until_idle()

    assert {one["name"] for one in pipedrive.records("persons")} == {"Ada", "Bob"}


async def test_it_is_asked_ever_more_seldom(hub: Hub, pipedrive: Sandbox) -> None:
    await looked(hub, for_s=DAY_S)

    # After 5, 15, 30, 60, 120 and 240 minutes, and then every six hours.
    assert asked(pipedrive) == 8


async def test_it_says_when_it_asks_again(hub: Hub) -> None:
    await prober(hub).look()
    found = await hub.connection()

    assert found.probe_at_ms == int(hub.clock.now().timestamp() * 1000) + 300_000


async def test_of_several_workers_one_asks(hub: Hub, pipedrive: Sandbox) -> None:
    workers = [prober(hub) for _ in range(3)]
    for worker in workers:
        await worker.look()
    hub.advance(6 * MINUTE_S)
    for worker in workers:
        await worker.look()

    assert asked(pipedrive) == 1


async def test_an_account_that_does_not_answer_stays_as_it_is(hub: Hub, pipedrive: Sandbox) -> None:
    await prober(hub).look()
    pipedrive.faults.clear()
    pipedrive.add_fault(status=503)
    await looked(hub, for_s=6 * MINUTE_S)

    assert (await state(hub), asked(pipedrive)) == (ConnectionState.PAYMENT_REQUIRED, 1)


async def test_a_token_that_was_withdrawn_meanwhile_needs_a_person(
    hub: Hub, pipedrive: Sandbox
) -> None:
    await prober(hub).look()
    pipedrive.faults.clear()
    pipedrive.add_fault(status=401)
    await looked(hub, for_s=6 * MINUTE_S)

    assert await state(hub) is ConnectionState.REAUTH


async def test_one_that_has_no_token_any_more_needs_a_person(hub: Hub) -> None:
    await prober(hub).look()
    await hub.store.write(lambda db: wipe_credentials(db, 1))
    await looked(hub, for_s=6 * MINUTE_S)

    assert (await hub.connection()).state_reason == str(
        NotFound("Connection 1 is signed in to no account: dealwright connections reconnect 1.")
    )


async def test_an_account_that_is_well_is_not_asked(hub: Hub, pipedrive: Sandbox) -> None:
    await prober(hub).look()
    pipedrive.faults.clear()
    await looked(hub, for_s=DAY_S)

    assert asked(pipedrive) == 1

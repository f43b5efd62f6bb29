"""What waited for tokens may be older than what was begun meanwhile; it comes after that."""

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
from tests.clock import ManualClock
from tests.events import identify
from tests.hub import Hub, new_sandbox, open_hub, states

from dealwright.core.clock import to_ms
from dealwright.core.delivery import State
from dealwright.pipeline.crawl import USUAL_KINDS
from dealwright.sandbox.app import Sandbox
from dealwright.sandbox.options import Limits
from dealwright.store.budget import set_terms
from dealwright.store.deliveries import unpark


@pytest.fixture
def pipedrive(clock: ManualClock) -> Sandbox:
    """An account with few tokens, whose search index is 3 seconds behind."""
    sandbox = new_sandbox(clock, lag_s=3, limits=Limits(burst=False, search_burst=False))
    sandbox.world.default_company.ledger.daily = 1_000
    return sandbox


@pytest.fixture(params=[(), USUAL_KINDS], ids=["searching", "mirror"])
async def hub(
    request: pytest.FixtureRequest, tmp_path: Path, clock: ManualClock, pipedrive: Sandbox
) -> AsyncGenerator[Hub]:
    """A hub that searches, and one that knows who is there."""
    async with open_hub(tmp_path, clock=clock) as hub:
        await hub.connect(pipedrive, mirrored=request.param)
        await hub.run_until_idle()
        yield hub


async def spend_all_but_the_reserve(hub: Hub, pipedrive: Sandbox) -> None:
    ledger = pipedrive.world.default_company.ledger
    now_ms = pipedrive.clock.now_ms()
    ledger.charge(ledger.remaining(now_ms) - 190, now_ms)
    # An answer tells that so many are left.
    await hub.send(identify("u-bob", name="Bob Hope", email="bob@hope.example"))
    await hub.run_once()


async def keep_nothing(hub: Hub) -> None:
    now_ms = to_ms(hub.clock.now())
    await hub.store.write(lambda db: set_terms(db, 1, reserve_percent=0, now_ms=now_ms))


async def let_go_on(hub: Hub) -> int:
    now_ms = to_ms(hub.clock.now())
    return await hub.store.write(lambda db: unpark(db, 1, now_ms=now_ms))


async def test_whoever_waited_for_tokens_makes_nobody_whom_a_lost_answer_may_have_made(
    hub: Hub, pipedrive: Sandbox
) -> None:
    await spend_all_but_the_reserve(hub, pipedrive)
    await hub.send(identify("u-ada", name="Ada Love", email="ada@love.example"))
    await hub.run_once()
    parked = hub.deliveries()[-1].now
    await keep_nothing(hub)
    pipedrive.lose_next_answer("POST", "/api/v2/persons")
    await hub.send(identify("u-ada-2", name="Ada King", email="ada@love.example"))
    await hub.run_once()
    unsure = hub.deliveries()[-1].now
    freed = await let_go_on(hub)
    await hub.run_until_idle()

    assert (parked.code, unsure.state, freed > 0) == ("budget_reserved", State.WAITING, True)
    assert [one["name"] for one in pipedrive.records("persons")].count("Ada King") == 1
    assert "Ada Love" not in {one["name"] for one in pipedrive.records("persons")}
    assert set(states(hub)) <= {State.DELIVERED, State.UNCHANGED}

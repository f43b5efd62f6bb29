"""What is urgent does not wait behind everything that came before it."""

from collections.abc import AsyncGenerator

import pytest
from tests.clock import ManualClock
from tests.events import activity, identify
from tests.hub import Hub, open_hub

from dealwright.core.delivery import State
from dealwright.core.priority import Priority
from dealwright.pipeline.pace import Pace
from dealwright.sandbox.app import Sandbox
from dealwright.store.mappings import list_mappings, set_priority

#: So few are read at once that what is urgent stands behind them.
PACE = Pace(window=10, lanes=1, batch=1000)


@pytest.fixture
async def hub(database: str, clock: ManualClock, pipedrive: Sandbox) -> AsyncGenerator[Hub]:
    """A hub that reads ten Deliveries at once, and to which activities are urgent."""
    async with open_hub(database, clock=clock, pace=PACE) as hub:
        await hub.connect(pipedrive)
        mappings = await hub.store.read(lambda db: list_mappings(db, 1))
        (activities,) = (one.id for one in mappings if one.action == "upsert_activity")
        await hub.store.write(lambda db: set_priority(db, activities, priority=Priority.HIGH))
        yield hub


def others(many: int = 40) -> list[dict[str, object]]:
    return [identify(f"u-{number}", name=f"Name {number}") for number in range(many)]


def begun(hub: Hub) -> list[int]:
    """The Deliveries in the order in which they were begun."""
    return [
        one
        for notice in hub.notices
        if notice.state is State.SENDING
        for one in notice.delivery_ids
    ]


async def test_what_is_urgent_goes_before_all_that_it_does_not_wait_for(hub: Hub) -> None:
    await hub.send(*others(), activity("u-ada", "Demo", subject="Demo"))
    await hub.run_until_idle()

    assert begun(hub) == [41, *range(1, 41)]


async def test_it_waits_for_what_came_before_of_the_same_person(hub: Hub) -> None:
    ada, demo = identify("u-ada", name="Ada"), activity("u-ada", "Demo", subject="Demo")
    await hub.send(*others(20), ada, *others(20), demo)
    await hub.run_until_idle()

    assert begun(hub)[:2] == [21, 42]


async def test_each_is_done_once_though_it_was_read_ahead(hub: Hub) -> None:
    urgent = [activity(f"u-{n}", "Demo", subject=f"Demo {n}") for n in range(30)]
    await hub.send(*others(), *urgent, *others())
    await hub.run_until_idle()

    assert sorted(begun(hub)) == list(range(1, 111))


async def test_many_urgent_ones_all_go_first(hub: Hub) -> None:
    urgent = [activity(f"v-{n}", "Demo", subject=f"Demo {n}") for n in range(30)]
    await hub.send(*others(), *urgent)
    await hub.run_until_idle()

    assert begun(hub)[:30] == list(range(41, 71))


async def test_one_that_has_to_be_tried_again_keeps_nobody_waiting(
    hub: Hub, pipedrive: Sandbox
) -> None:
    await hub.send(*others(), activity("u-ada", "Demo", subject="Demo"))
    pipedrive.add_fault(method="POST", path="/api/v2/activities", status=503, times=1)
    await hub.run_until_idle()

    assert begun(hub)[0] == begun(hub)[-1] == 41

"""Which events reach which Connection."""

import pytest
from tests.clock import ManualClock
from tests.events import Said, identify
from tests.hub import Hub, new_sandbox

from dealwright.pipeline.switch import switch_off, switch_on
from dealwright.sandbox.app import Sandbox

ADA = identify("u-ada", name="Ada Love")


def names(pipedrive: Sandbox) -> list[str]:
    return [person["name"] for person in pipedrive.records("persons")]


async def test_between_two_sources_and_two_connections_nothing_crosses(
    hub: Hub, clock: ManualClock
) -> None:
    shop, school = new_sandbox(clock), new_sandbox(clock)
    await hub.add_source("shop")
    await hub.add_source("school")
    await hub.connect(shop, name="shop", hears=("shop",))
    await hub.connect(school, name="school", hears=("school",))
    await hub.send(identify("u-1", name="Shopper"), source="shop")
    await hub.send(identify("u-1", name="Scholar"), source="school")
    await hub.run_until_idle()

    assert (names(shop), names(school)) == (["Shopper"], ["Scholar"])


async def test_one_user_id_of_two_sources_is_two_persons(hub: Hub, pipedrive: Sandbox) -> None:
    await hub.add_source("shop")
    await hub.send(identify("u-1", name="Shopper"), source="shop")
    await hub.send(identify("u-1", name="Visitor"), source="website")
    await hub.run_until_idle()

    assert sorted(names(pipedrive)) == ["Shopper", "Visitor"]


@pytest.mark.parametrize(
    ("integrations", "arrives"),
    [
        pytest.param({"All": False}, False, id="all off"),
        pytest.param({"All": False, "Dealwright": True}, True, id="all off but us"),
        pytest.param({"Dealwright": False}, False, id="we are off"),
        pytest.param({"Actions Pipedrive": False}, False, id="Segment's name is off"),
        pytest.param({"main": False}, False, id="this Connection is off"),
        pytest.param({"Mixpanel": False}, True, id="another is off"),
    ],
)
async def test_the_integrations_switch_decides_whether_an_event_is_for_us(
    hub: Hub,
    pipedrive: Sandbox,
    integrations: dict[str, bool],
    arrives: bool,  # noqa: FBT001
) -> None:
    await hub.send({**identify("u-ada", name="Ada Love"), "integrations": integrations})
    await hub.run_until_idle()

    assert bool(names(pipedrive)) is arrives


async def test_a_connection_that_is_off_gets_nothing(hub: Hub, pipedrive: Sandbox) -> None:
    await hub.store.write(lambda db: switch_off(db, 1))
    await hub.send(ADA)
    await hub.run_until_idle()

    assert (names(pipedrive), hub.deliveries()) == ([], [])


async def test_switching_on_starts_at_the_end_of_the_log(hub: Hub, pipedrive: Sandbox) -> None:
    await hub.store.write(lambda db: switch_off(db, 1))
    await hub.send(identify("u-before", name="Before"))
    await hub.store.write(lambda db: switch_on(db, 1))
    await hub.send(identify("u-after", name="After"))
    await hub.run_until_idle()

    assert names(pipedrive) == ["After"]


async def test_switching_on_starts_where_it_is_told_to(hub: Hub, pipedrive: Sandbox) -> None:
    await hub.store.write(lambda db: switch_off(db, 1))
    await hub.send(identify("u-1", name="First"), identify("u-2", name="Second"))
    await hub.store.write(lambda db: switch_on(db, 1, start=1))
    await hub.run_until_idle()

    assert names(pipedrive) == ["Second"]


async def test_switching_on_what_is_on_loses_nothing(hub: Hub, pipedrive: Sandbox) -> None:
    await hub.send(ADA)
    await hub.store.write(lambda db: switch_on(db, 1))
    await hub.run_until_idle()

    assert names(pipedrive) == ["Ada Love"]


@pytest.mark.parametrize(
    "events",
    [
        pytest.param([ADA, ADA], id="in one batch"),
        pytest.param([ADA, identify("u-2", name="Bob"), ADA], id="with another between"),
    ],
)
async def test_a_repeat_by_message_id_is_dropped(hub: Hub, events: list[Said]) -> None:
    await hub.send(*events)
    await hub.run_until_idle()

    assert [seen.now.event_seq for seen in hub.deliveries()] == [1, 2][: len(events) - 1]


async def test_a_repeat_that_comes_later_is_dropped(hub: Hub) -> None:
    await hub.send(ADA)
    await hub.run_until_idle()
    await hub.send(ADA)
    await hub.run_until_idle()

    assert len(hub.deliveries()) == 1


async def test_one_message_id_of_two_sources_is_no_repeat(hub: Hub) -> None:
    await hub.add_source("shop")
    await hub.send(ADA, source="website")
    await hub.send(ADA, source="shop")
    await hub.run_until_idle()

    assert len(hub.deliveries()) == 2


async def test_an_event_that_nobody_can_read_stops_nothing(hub: Hub, pipedrive: Sandbox) -> None:
    await hub.send(ADA)
    await hub.send_bytes(b'{"type":"identify","userId":"u-2","traits":{"n":1e999}}')
    await hub.send(identify("u-3", name="Eve"))
    await hub.run_until_idle()

    assert sorted(names(pipedrive)) == ["Ada Love", "Eve"]

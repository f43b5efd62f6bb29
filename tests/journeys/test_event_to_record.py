"""An event becomes a record: the shortest way through the house."""

from tests.events import activity, group, identify
from tests.hub import Hub

from dealwright.core.delivery import State
from dealwright.sandbox.app import Sandbox


async def test_an_identify_becomes_a_person(hub: Hub, pipedrive: Sandbox) -> None:
    await hub.send(identify("u-ada", name="Ada Love", email="ada@love.example"))
    await hub.run_until_idle()

    assert [person["name"] for person in pipedrive.records("persons")] == ["Ada Love"]
    assert hub.delivery().states == ["sending", "delivered"]


async def test_a_second_identify_that_says_nothing_new_sends_nothing(hub: Hub) -> None:
    await hub.send(identify("u-ada", name="Ada Love", email="ada@love.example"))
    await hub.run_until_idle()
    await hub.send(identify("u-ada", name="Ada Love", email="ada@love.example"))
    await hub.run_until_idle()

    assert hub.deliveries()[1].now.state is State.UNCHANGED


async def test_a_group_becomes_an_organization(hub: Hub, pipedrive: Sandbox) -> None:
    await hub.send(group("g-love", name="Love Ltd"))
    await hub.run_until_idle()

    assert [found["name"] for found in pipedrive.records("organizations")] == ["Love Ltd"]


async def test_what_somebody_did_is_linked_to_them(hub: Hub, pipedrive: Sandbox) -> None:
    await hub.send(
        identify("u-ada", name="Ada Love", email="ada@love.example"),
        activity("u-ada", "Asked for a demo"),
    )
    await hub.run_until_idle()

    (person,) = pipedrive.records("persons")
    (done,) = pipedrive.records("activities")
    assert [item["person_id"] for item in done["participants"]] == [person["id"]]

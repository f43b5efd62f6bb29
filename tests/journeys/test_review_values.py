"""Review of values: an option that is not there, a value that does not fit, a record to link to."""

from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import pytest
from tests.clock import ManualClock
from tests.events import identify, track
from tests.hub import Hub, open_hub, states
from tests.journeys.review import decided, items

from dealwright.core.delivery import State
from dealwright.core.errors import ConfigError
from dealwright.pipeline.reviewitem import Do, Topic
from dealwright.sandbox.app import Sandbox
from dealwright.store.mappings import NewMapping

PLAN, TAGS, SEATS = "a" * 40, "b" * 40, "c" * 40
FIELDS = {
    "person": [
        {"name": "Plan", "type": "enum", "code": PLAN, "labels": ["Trial", "Team"]},
        {"name": "Tags", "type": "set", "code": TAGS, "labels": ["vip", "partner"]},
        {"name": "Seats", "type": "double", "code": SEATS},
    ]
}


def mappings(connection_id: int) -> list[NewMapping]:
    return [
        NewMapping(
            connection_id=connection_id,
            name="Persons",
            action="upsert_person",
            trigger='type = "identify"',
            fields={
                "match_value": {"@path": "$.userId"},
                "name": {"@path": "$.traits.name"},
                "custom_fields": {"@path": "$.traits.crm"},
            },
        ),
        NewMapping(
            connection_id=connection_id,
            name="Deals",
            action="upsert_deal",
            trigger='type = "track"',
            fields={
                "match_field": "title",
                "match_value": {"@path": "$.properties.title"},
                "title": {"@path": "$.properties.title"},
                "person_match_field": "email",
                "person_match_value": {"@path": "$.properties.email"},
                "value": {"@path": "$.properties.value"},
            },
        ),
    ]


@pytest.fixture
async def asking(tmp_path: Path, clock: ManualClock, pipedrive: Sandbox) -> AsyncGenerator[Hub]:
    """A hub whose Mapping refuses labels that are not there."""
    pipedrive.put_state({"fields": FIELDS})
    async with open_hub(tmp_path, clock=clock) as hub:
        await hub.connect(pipedrive, mappings=mappings)
        yield hub


async def say(hub: Hub, who: str, **crm: Any) -> None:
    await hub.send(identify(who, name=who, crm=crm))
    await hub.run_until_idle()


def option(pipedrive: Sandbox, code: str, label: str) -> int:
    company = pipedrive.world.default_company
    options = company.fields["person"].fields[code].options or ()
    return next(int(one.id) for one in options if one.label == label)


def held(pipedrive: Sandbox, code: str) -> list[Any]:
    return [person["custom_fields"].get(code) for person in pipedrive.records("persons")]


async def test_an_unknown_label_is_asked_with_the_options_that_there_are(
    asking: Hub, pipedrive: Sandbox
) -> None:
    await say(asking, "u-1", Plan="Groups")
    (item,) = await items(asking)

    assert (item.topic, item.asked) == (Topic.OPTION, "What does “Groups” mean in Plan?")
    offered = {one.known: one.option_id for one in item.choices if one.do is Do.MAP_OPTION}
    assert offered == {name: option(pipedrive, PLAN, name) for name in ("Trial", "Team")}


async def test_a_label_that_was_taught_means_an_option_from_now_on(
    asking: Hub, pipedrive: Sandbox
) -> None:
    await say(asking, "u-1", Plan="Groups")
    await say(asking, "u-2", Plan=" groups ")
    team = option(pipedrive, PLAN, "Team")
    done = await decided(asking, "delivery-1", Do.MAP_OPTION, option_ids=(team,))
    await say(asking, "u-3", Plan="GROUPS")

    assert done.along == 1
    assert states(asking) == [State.DELIVERED] * 3
    assert held(pipedrive, PLAN) == [team, team, team]
    trace = (asking.deliveries()[2].now.trace or b"").decode()
    assert f"Plan: “Groups” means option {team}, as Sam taught (teaching 1)" in trace


async def test_labels_in_one_text_are_taught_one_by_one(asking: Hub, pipedrive: Sandbox) -> None:
    await say(asking, "u-1", Tags="vip, friend, colleague")
    vip, partner = option(pipedrive, TAGS, "vip"), option(pipedrive, TAGS, "partner")
    await decided(asking, "delivery-1", Do.MAP_OPTION, option_ids=(partner, partner))

    assert [sorted(one) for one in held(pipedrive, TAGS)] == [sorted([vip, partner])]


async def test_an_option_that_the_field_has_not_cannot_be_meant(asking: Hub) -> None:
    await say(asking, "u-1", Plan="Groups")

    with pytest.raises(ConfigError, match="say which option of Plan it is"):
        await decided(asking, "delivery-1", Do.MAP_OPTION, option_ids=(987654,))
    assert states(asking) == [State.FAILED]


async def test_an_option_is_added_once_for_all_that_waited(asking: Hub, pipedrive: Sandbox) -> None:
    await say(asking, "u-1", Plan="Groups")
    await say(asking, "u-2", Plan="Groups")
    await decided(asking, "delivery-1", Do.ADD_OPTION)

    groups = option(pipedrive, PLAN, "Groups")
    assert held(pipedrive, PLAN) == [groups, groups]
    added = [one for one in pipedrive.calls if one.method == "POST" and "options" in one.path]
    assert len(added) == 1


async def test_other_labels_are_not_added_along_with_it(asking: Hub) -> None:
    await say(asking, "u-1", Plan="Groups", Tags="friend")
    await decided(asking, "delivery-1", Do.ADD_OPTION)
    (item,) = await items(asking)

    assert item.asked == "What does “friend” mean in Tags?"


async def test_a_value_that_does_not_fit_is_left_out_for_one(
    asking: Hub, pipedrive: Sandbox
) -> None:
    await say(asking, "u-1", Seats="many", Plan="Team")
    await say(asking, "u-2", Seats="few", Plan="Team")
    (second, first) = await items(asking)
    await decided(asking, first.id, Do.LEAVE_OUT)

    assert (first.topic, first.same == second.same) == (Topic.VALUE, True)
    assert states(asking) == [State.DELIVERED, State.FAILED]
    assert held(pipedrive, SEATS) == [None]


async def test_what_failed_before_any_try_is_asked_as_well(asking: Hub) -> None:
    await asking.send(track("u-1", "Order", title="40 seats", email="ada@x.example", value="much"))
    await asking.run_until_idle()
    (item,) = await items(asking)
    await decided(asking, item.id, Do.LEAVE_OUT)
    (left,) = await items(asking)

    assert item.asked == "The value of “value” does not fit. What is to become of it?"
    assert left.code == "no_link"


async def test_two_things_that_do_not_fit_are_asked_one_after_the_other(
    asking: Hub, pipedrive: Sandbox
) -> None:
    await say(asking, "u-1", Seats="many", Plan="Groups")
    await decided(asking, "delivery-1", Do.LEAVE_OUT)
    await decided(asking, "delivery-1", Do.LEAVE_OUT)

    assert states(asking) == [State.DELIVERED]
    assert held(pipedrive, SEATS) == [None]


async def test_a_deal_of_nobody_is_asked_whose_it_is(asking: Hub, pipedrive: Sandbox) -> None:
    pipedrive.put_state({"persons": [{"id": 101, "name": "Ada"}]})
    order = {"title": "40 seats", "email": "ada@lovelace.example"}
    await asking.send(track("u-1", "Order", **order))
    await asking.run_until_idle()
    (item,) = await items(asking)
    await decided(asking, item.id, Do.TEACH, record_id=101)

    assert (item.topic, item.code) == (Topic.PARENT, "no_link")
    assert item.asked == "There is no person (ada@lovelace.example). Which person is meant?"
    assert [one["person_id"] for one in pipedrive.records("deals")] == [101]


async def test_what_pipedrive_refused_can_be_tried_again_or_skipped(
    asking: Hub, pipedrive: Sandbox
) -> None:
    pipedrive.add_fault(method="POST", path="/api/v2/persons", status=400, times=1)
    await say(asking, "u-1")
    (item,) = await items(asking)
    await decided(asking, item.id, Do.RETRY)

    assert item.may == {Do.RETRY, Do.SKIP}
    assert states(asking) == [State.DELIVERED]

"""After an undo events go on: what was ours is ours again, and what a person wrote stays theirs."""

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
from tests.clock import ManualClock
from tests.events import Said, identify
from tests.hub import Hub, open_hub
from tests.journeys.undoing import begin_undo, by_hand, codes, standing, undo

from dealwright.core.record import RecordKind
from dealwright.sandbox.app import Sandbox
from dealwright.store.mappings import NewMapping


def mappings(connection_id: int) -> list[NewMapping]:
    """Persons, whose values stay as people wrote them."""
    return [
        NewMapping(
            connection_id=connection_id,
            name="Persons",
            action="upsert_person",
            trigger='type = "identify"',
            fields={
                "match_value": {"@path": "$.userId"},
                "name": {"@path": "$.traits.name"},
                "labels": {"@path": "$.traits.labels"},
                "write_rules": {"name": "keep_edits"},
            },
        )
    ]


@pytest.fixture
async def hub(tmp_path: Path, clock: ManualClock, pipedrive: Sandbox) -> AsyncGenerator[Hub]:
    """A hub with that Mapping, and a person whom it made and renamed."""
    async with open_hub(tmp_path, clock=clock) as hub:
        await hub.connect(pipedrive, mappings=mappings)
        await delivered(hub, identify("u-1", name="Bo"), identify("u-1", name="Bob"))
        yield hub


async def delivered(hub: Hub, *events: Said) -> None:
    """Deliver these one after the other, each alone."""
    for event in events:
        hub.advance(2)
        await hub.send(event)
        await hub.run_until_idle()


def name(pipedrive: Sandbox) -> str:
    told: str = standing(pipedrive, RecordKind.PERSON, 1)["name"]
    return told


async def test_what_an_undo_put_back_of_ours_is_no_edit(hub: Hub, pipedrive: Sandbox) -> None:
    await undo(hub, delivery=2)
    await delivered(hub, identify("u-1", name="Robert"))
    assert (hub.deliveries()[-1].now.code, name(pipedrive)) == ("updated", "Robert")


async def test_what_an_undo_of_an_undo_put_back_is_no_edit(hub: Hub, pipedrive: Sandbox) -> None:
    first = await undo(hub, delivery=2)
    await undo(hub, undo=first[0].now.correction_id)
    await delivered(hub, identify("u-1", name="Robert"))
    assert name(pipedrive) == "Robert"


async def test_what_a_person_writes_after_an_undo_stays(hub: Hub, pipedrive: Sandbox) -> None:
    await undo(hub, delivery=2)
    by_hand(pipedrive, "person", 1, name="Bobby")
    await delivered(hub, identify("u-1", name="Robert"))
    assert (hub.deliveries()[-1].now.code, name(pipedrive)) == ("edits_kept", "Bobby")


async def test_labels_of_ours_leave_and_those_of_people_stay(hub: Hub, pipedrive: Sandbox) -> None:
    await delivered(hub, identify("u-1", labels=["Customer"]))
    (ours,) = standing(pipedrive, "person", 1)["label_ids"]
    by_hand(pipedrive, "person", 1, label_ids=[ours, ours + 1])
    assert codes(await undo(hub, delivery=3)) == ["undone"]
    assert list(standing(pipedrive, "person", 1)["label_ids"]) == [ours + 1]


async def test_an_event_that_waits_is_delivered_after_the_undo(
    hub: Hub, pipedrive: Sandbox
) -> None:
    hub.advance(2)
    await hub.send(identify("u-1", name="Robert"))
    await begin_undo(hub, delivery=2)
    await hub.run_until_idle()
    assert name(pipedrive) == "Robert"

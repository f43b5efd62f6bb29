"""Whoever changed a value of ours is named, as far as Pipedrive's messages tell."""

from collections.abc import AsyncGenerator

import pytest
from tests.clock import ManualClock
from tests.events import identify
from tests.hub import Hub, new_sandbox, open_hub
from tests.journeys.telling import Telling, telling

from dealwright.core.record import RecordKind
from dealwright.pipedrive.records import Records
from dealwright.pipeline.explainrecord import explain_record, only
from dealwright.pipeline.stories import ValueStory
from dealwright.sandbox.app import Sandbox
from dealwright.store.touches import touches_of

ADA = "ada@love.example"


@pytest.fixture
def pipedrive(clock: ManualClock) -> Sandbox:
    """An empty account."""
    return new_sandbox(clock)


@pytest.fixture
async def hub(database: str, clock: ManualClock, pipedrive: Sandbox) -> AsyncGenerator[Hub]:
    """A hub with a mirror."""
    async with open_hub(database, clock=clock) as hub:
        await hub.connect(pipedrive, mirrored=[RecordKind.PERSON])
        await hub.run_until_idle()
        hub.advance(60)
        yield hub


@pytest.fixture
async def told(hub: Hub, pipedrive: Sandbox) -> AsyncGenerator[Telling]:
    """The hub is told what happens, and has written Ada."""
    async with telling(hub, pipedrive) as told:
        await told.registered()
        await hub.send(identify("u-ada", name="Ada", email=ADA))
        await hub.run_until_idle()
        await told.wait(30)
        yield told


async def value(hub: Hub, name: str) -> ValueStory:
    """One value of the first person."""
    found = await hub.connection()
    story = await hub.store.read(
        lambda db: explain_record(db, found, RecordKind.PERSON, 1, actions=hub.actions)
    )
    (one,) = only(story, name).values
    return one


async def test_our_own_write_is_nobody_elses(hub: Hub, told: Telling) -> None:
    await hub.send(identify("u-ada", name="Ada Love", email=ADA))
    await hub.run_until_idle()
    await told.wait(30)

    assert len(told.answers) >= 2
    assert await hub.store.read(lambda db: touches_of(db, 1, RecordKind.PERSON, record_id=1)) == {}


async def test_a_person_who_changed_a_value_is_named_with_the_moment(
    hub: Hub, told: Telling
) -> None:
    told.by_hand("change", 1, name="Ada of Riga")
    at = hub.clock.now()
    await told.wait(30)

    found = await value(hub, "name")
    assert found.touched is not None
    assert found.touched.how == "app"
    assert abs((found.touched.at - at).total_seconds()) <= 1
    assert "Since then user" in found.sentence


async def test_only_the_field_that_was_changed_is_touched(hub: Hub, told: Telling) -> None:
    told.by_hand("change", 1, name="Ada of Riga")
    await told.wait(30)

    assert (await value(hub, "emails")).touched is None


async def test_another_program_with_our_own_token_is_told_from_us(hub: Hub, told: Telling) -> None:
    client = await hub.client()
    await Records(client).update(RecordKind.PERSON, 1, {"name": "Ada (synced)"})
    await told.wait(30)

    found = await value(hub, "name")
    assert found.standing == "changed"
    assert found.touched is not None
    assert found.touched.how == "api"


async def test_a_record_that_we_never_wrote_leaves_no_touch(hub: Hub, told: Telling) -> None:
    told.by_hand("create", name="Bob")
    told.by_hand("change", 2, name="Bob Stone")
    await told.wait(30)

    assert await hub.store.read(lambda db: touches_of(db, 1, RecordKind.PERSON, record_id=2)) == {}

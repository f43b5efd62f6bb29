"""For every value that we wrote: where it came from, what was there, and who changed it since."""

from collections.abc import AsyncGenerator
from typing import Any

import pytest
from tests.clock import ManualClock
from tests.events import Said, identify
from tests.hub import Hub, open_hub
from tests.journeys.undoing import undo

from dealwright.core.clock import to_ms
from dealwright.core.record import RecordKind
from dealwright.pipeline.explainrecord import explain_record, only, persons_with
from dealwright.pipeline.stories import RecordStory, ValueStory
from dealwright.sandbox.app import Sandbox
from dealwright.sandbox.edit import Edit, edit
from dealwright.store.mappings import NewMapping
from dealwright.store.merges import merged

CITY = "c" * 40
FIELDS = {"person": [{"name": "City", "type": "varchar", "code": CITY}]}


def mappings(connection_id: int) -> list[NewMapping]:
    """One Mapping of persons, with a custom field and a rule."""
    return [
        NewMapping(
            connection_id=connection_id,
            name="Persons",
            action="upsert_person",
            trigger='type = "identify"',
            fields={
                "match_field": "email",
                "match_value": {"@path": "$.traits.email"},
                "name": {"@path": "$.traits.name"},
                "custom_fields": {"City": {"@template": "{{traits.city}}"}},
                "write_rules": {"custom_fields": "keep_edits"},
            },
        )
    ]


@pytest.fixture
async def hub(database: str, clock: ManualClock, pipedrive: Sandbox) -> AsyncGenerator[Hub]:
    """A hub with that Mapping and a mirror of persons."""
    pipedrive.put_state({"fields": FIELDS})
    async with open_hub(database, clock=clock) as hub:
        await hub.connect(pipedrive, mappings=mappings, mirrored=[RecordKind.PERSON])
        yield hub


async def delivered(hub: Hub, *events: Said) -> None:
    """Deliver these one after the other, each alone."""
    for event in events:
        hub.advance(61)
        await hub.send(event)
        await hub.run_until_idle()


def write_by_hand(pipedrive: Sandbox, **data: Any) -> None:
    """Somebody changes the first person on Pipedrive's own page."""
    done = edit(pipedrive, pipedrive.world.default_company, Edit(object="person", id=1, data=data))
    assert done.status == 200


async def told(hub: Hub) -> RecordStory:
    """The story of the first person."""
    found = await hub.connection()
    return await hub.store.read(
        lambda db: explain_record(db, found, RecordKind.PERSON, 1, actions=hub.actions)
    )


def value(story: RecordStory, name: str) -> ValueStory:
    """One value of a story."""
    (found,) = only(story, name).values
    return found


ADA = "ada@love.example"


async def test_a_value_names_its_delivery_event_mapping_and_directive(hub: Hub) -> None:
    await delivered(hub, identify("u-1", name="Ada", email=ADA))

    story = await told(hub)
    (cause,) = story.causes
    (write,) = value(story, "name").writes
    assert cause.event is not None
    assert cause.mapping is not None
    assert (write.delivery, cause.event.number, cause.mapping.name) == (1, 1, "Persons")
    assert (write.field, write.directive) == ("name", {"@path": "$.traits.name"})


async def test_a_custom_field_is_told_by_its_name_and_its_own_directive(hub: Hub) -> None:
    await delivered(hub, identify("u-1", name="Ada", email=ADA, city="Riga"))

    found = value(await told(hub), "City")
    (write,) = found.writes
    assert (found.key, found.now, found.standing) == (CITY, "Riga", "stands")
    assert (write.field, write.directive) == (
        "custom_fields/City",
        {"@template": "{{traits.city}}"},
    )


async def test_an_address_that_is_the_match_value_comes_from_there(hub: Hub) -> None:
    await delivered(hub, identify("u-1", name="Ada", email=ADA))

    (write,) = value(await told(hub), "emails").writes
    assert (write.field, write.directive) == ("match_value", {"@path": "$.traits.email"})
    assert write.note == "the match field"


async def test_what_was_there_before_is_told(hub: Hub) -> None:
    await delivered(
        hub, identify("u-1", name="Ada", email=ADA), identify("u-1", name="Ada Love", email=ADA)
    )

    first, second = value(await told(hub), "name").writes
    assert (first.made, first.before, first.after) == (True, None, "Ada")
    assert (second.made, second.before, second.after) == (False, "Ada", "Ada Love")


async def test_the_match_rule_that_chose_the_record_is_told(hub: Hub) -> None:
    await delivered(
        hub, identify("u-1", name="Ada", email=ADA), identify("u-1", name="Ada Love", email=ADA)
    )

    assert any(ADA in line for line in (await told(hub)).causes[1].chose)


async def test_what_somebody_changed_since_is_told(hub: Hub, pipedrive: Sandbox) -> None:
    await delivered(hub, identify("u-1", name="Ada", email=ADA))
    write_by_hand(pipedrive, name="Ada of Riga")
    await delivered(hub, identify("u-2", name="Bob", email="bob@love.example"))

    found = value(await told(hub), "name")
    assert (found.standing, found.now) == ("changed", "Ada of Riga")
    assert "we wrote “Ada”" in found.sentence


async def test_what_somebody_emptied_is_told(hub: Hub, pipedrive: Sandbox) -> None:
    await delivered(hub, identify("u-1", name="Ada", email=ADA, city="Riga"))
    write_by_hand(pipedrive, custom_fields={CITY: None})
    await delivered(hub, identify("u-2", name="Bob", email="bob@love.example"))

    assert value(await told(hub), "City").standing == "cleared"


async def test_the_other_values_stand(hub: Hub, pipedrive: Sandbox) -> None:
    await delivered(hub, identify("u-1", name="Ada", email=ADA, city="Riga"))
    write_by_hand(pipedrive, name="Ada of Riga")
    await delivered(hub, identify("u-2", name="Bob", email="bob@love.example"))

    story = await told(hub)
    assert (value(story, "City").standing, value(story, "emails").standing) == ("stands", "stands")


async def test_what_keep_edits_left_is_told(hub: Hub, pipedrive: Sandbox) -> None:
    await delivered(hub, identify("u-1", name="Ada", email=ADA, city="Riga"))
    write_by_hand(pipedrive, custom_fields={CITY: "Oslo"})
    await delivered(hub, identify("u-1", name="Ada", email=ADA, city="Bern"))

    last = (await told(hub)).decisions[0]
    assert last.code == "edits_kept"
    assert last.left == ("custom_fields: City: not what we wrote there; left as it is.",)


async def test_of_several_events_in_one_write_the_one_that_gave_the_value_is_named(
    hub: Hub,
) -> None:
    await hub.send(
        identify("u-1", name="Ada", email=ADA), identify("u-1", name="Ada Love", email=ADA)
    )
    await hub.run_until_idle()

    story = await told(hub)
    assert story.causes[0].merged == (2,)
    assert value(story, "name").writes[0].event == 2


async def test_a_person_is_found_by_address_without_a_token(hub: Hub) -> None:
    await delivered(hub, identify("u-1", name="Ada", email=ADA))
    before = len(hub.calls)

    found = await hub.store.read(lambda db: persons_with(db, "ADA@love.example"))
    assert [(one.name, record_id) for one, record_id in found] == [("main", 1)]
    assert len(hub.calls) == before


async def test_what_an_undo_put_back_is_told_with_who_wanted_it(hub: Hub) -> None:
    await delivered(
        hub, identify("u-1", name="Ada", email=ADA), identify("u-1", name="Ada Love", email=ADA)
    )
    await undo(hub, delivery=2)

    story = await told(hub)
    found = value(story, "name")
    assert (found.now, found.standing) == ("Ada", "stands")
    assert (found.writes[-1].before, found.writes[-1].after) == ("Ada Love", "Ada")
    assert story.causes[-1].by == "correction"
    assert "by ada@team.example" in story.causes[-1].sentence


async def test_a_record_that_we_never_wrote_to_is_said_to_be_so(
    hub: Hub, pipedrive: Sandbox
) -> None:
    pipedrive.put_state({"persons": [{"id": 1, "name": "Ada"}]})
    await hub.run_until_idle()

    story = await told(hub)
    assert story.values == ()
    assert "we did not write to it" in story.sentence


async def test_a_deleted_record_is_said_to_be_gone(hub: Hub, pipedrive: Sandbox) -> None:
    await delivered(hub, identify("u-1", name="Ada", email=ADA))
    pipedrive.put_state({"persons": [{"id": 1, "is_deleted": True}]})
    await delivered(hub, identify("u-1", name="Ada Love", email=ADA))

    story = await told(hub)
    assert story.gone
    assert value(story, "name").standing == "record_gone"


async def test_the_heir_of_a_merge_names_the_records_that_became_part_of_it(hub: Hub) -> None:
    await delivered(hub, identify("u-1", name="Ada", email=ADA))
    for other in ("bea", "cy", "dan"):
        await delivered(hub, identify(other, name=other, email=f"{other}@x.example"))
    now_ms = to_ms(hub.clock.now())
    for lost, into in ((3, 2), (2, 1), (77, 1)):
        await hub.store.write(
            lambda db, lost=lost, into=into: merged(
                db, 1, RecordKind.PERSON, lost=lost, into=into, at_ms=now_ms
            )
        )

    # Nobody wrote to 77, so that there is nothing to tell of it.
    assert (await told(hub)).absorbed == (2, 3)

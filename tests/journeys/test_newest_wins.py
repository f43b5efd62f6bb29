"""An older event that is delivered after a newer one writes nothing over it, field by field."""

from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from tests.clock import ManualClock
from tests.events import Said, identify, track
from tests.hub import Hub, open_hub, states

from dealwright.core.delivery import State, Trace
from dealwright.core.record import RecordKind
from dealwright.core.written import Moment
from dealwright.sandbox.app import Sandbox
from dealwright.store.mappings import NewMapping
from dealwright.store.written import written

CITY, PLAN = "c" * 40, "d" * 40
FIELDS = {
    "person": [
        {"name": "City", "type": "varchar", "code": CITY},
        {"name": "Plan", "type": "varchar", "code": PLAN},
    ]
}
OLD, NEW = "2026-11-02T08:57:00Z", "2026-11-02T08:58:00Z"


def person(connection_id: int, name: str = "Persons", **fields: Any) -> NewMapping:
    return NewMapping(
        connection_id=connection_id,
        name=name,
        action="upsert_person",
        trigger='type = "identify"',
        fields={
            "match_value": {"@path": "$.userId"},
            "name": {"@path": "$.traits.name"},
            "email": {"@path": "$.traits.email"},
            "phone": {"@path": "$.traits.phone"},
            "custom_fields": {"@path": "$.traits.crm"},
            **fields,
        },
    )


@pytest.fixture
async def hub(tmp_path: Path, clock: ManualClock, pipedrive: Sandbox) -> AsyncGenerator[Hub]:
    """A hub whose one Mapping writes persons."""
    pipedrive.put_state({"fields": FIELDS, "persons": [{"id": 7, "name": "Ada"}]})
    async with open_hub(tmp_path, clock=clock) as hub:
        await hub.connect(pipedrive, mappings=lambda id: [person(id)])
        yield hub


async def delivered(hub: Hub, *events: Said) -> None:
    """Deliver these one after the other, each alone."""
    for event in events:
        await hub.send(event)
        await hub.run_until_idle()


def ada(pipedrive: Sandbox) -> dict[str, Any]:
    found = pipedrive.record("person", 7)
    assert found is not None
    return found


def trace(hub: Hub) -> str:
    """The Trace of the last Delivery, as one text."""
    steps = msgspec.json.decode(hub.deliveries()[-1].now.trace or b"", type=Trace).steps
    return "\n".join(step.text for step in steps)


async def test_the_newer_value_stays_and_the_trace_says_so(hub: Hub, pipedrive: Sandbox) -> None:
    await delivered(hub, identify("7", name="Newer", at=NEW), identify("7", name="Older", at=OLD))

    assert ada(pipedrive)["name"] == "Newer"
    assert (states(hub)[-1], hub.deliveries()[-1].now.code) == (State.UNCHANGED, "outdated")
    assert "left out, since a newer event has written it already: name" in trace(hub)


async def test_what_only_the_older_event_says_is_written(hub: Hub, pipedrive: Sandbox) -> None:
    await delivered(
        hub,
        identify("7", crm={"City": "Riga"}, at=NEW),
        identify("7", name="Older", crm={"City": "Oslo", "Plan": "pro"}, at=OLD),
    )

    assert ada(pipedrive)["name"] == "Older"
    assert ada(pipedrive)["custom_fields"] == {CITY: "Riga", PLAN: "pro"}


async def test_an_address_of_an_older_event_is_added(hub: Hub, pipedrive: Sandbox) -> None:
    await delivered(
        hub,
        identify("7", email="new@x.example", at=NEW),
        identify("7", email="old@x.example", at=OLD),
    )

    addresses = [item["value"] for item in ada(pipedrive)["emails"]]
    assert addresses == ["new@x.example", "old@x.example"]


async def test_a_new_record_is_of_the_moment_of_its_event(hub: Hub, pipedrive: Sandbox) -> None:
    await delivered(
        hub, identify("u-eve", name="Newer", at=NEW), identify("u-eve", name="Older", at=OLD)
    )

    assert [one["name"] for one in pipedrive.records("persons")] == ["Ada", "Newer"]


async def test_an_event_that_changed_nothing_counts_too(hub: Hub, pipedrive: Sandbox) -> None:
    await delivered(hub, identify("7", name="Ada", at=NEW), identify("7", name="Older", at=OLD))

    assert ada(pipedrive)["name"] == "Ada"


async def test_it_is_remembered_over_a_restart(hub: Hub, pipedrive: Sandbox) -> None:
    await delivered(hub, identify("7", name="Newer", at=NEW))
    hub.restart()
    await delivered(hub, identify("7", name="Older", at=OLD))

    assert ada(pipedrive)["name"] == "Newer"


async def test_the_same_moment_is_decided_by_the_log(hub: Hub, pipedrive: Sandbox) -> None:
    await delivered(hub, identify("7", name="First", at=NEW), identify("7", name="Second", at=NEW))

    assert ada(pipedrive)["name"] == "Second"


async def test_an_event_without_a_time_is_of_the_moment_it_came(
    hub: Hub, pipedrive: Sandbox
) -> None:
    await delivered(hub, identify("7", name="Now"), identify("7", name="Older", at=OLD))

    assert ada(pipedrive)["name"] == "Now"


async def test_a_clock_that_is_ahead_keeps_nobody_out(hub: Hub, pipedrive: Sandbox) -> None:
    await delivered(hub, identify("7", name="Ahead", at="2036-11-02T08:00:00Z"))
    hub.advance(1)
    await delivered(hub, identify("7", name="Now"))

    assert ada(pipedrive)["name"] == "Now"


async def test_merged_events_have_each_its_own_moment(hub: Hub, pipedrive: Sandbox) -> None:
    await delivered(hub, identify("7", crm={"City": "Riga"}, at="2026-11-02T08:57:30Z"))
    await hub.send(
        identify("7", name="Newer", at=NEW),
        identify("7", crm={"City": "Oslo", "Plan": "pro"}, at=OLD),
    )
    await hub.run_until_idle()

    assert ada(pipedrive)["name"] == "Newer"
    assert ada(pipedrive)["custom_fields"] == {CITY: "Riga", PLAN: "pro"}


async def test_a_write_that_was_lost_and_repeated_is_of_its_events_moment(
    hub: Hub, pipedrive: Sandbox
) -> None:
    pipedrive.lose_next_answer("PATCH", "/api/v2/persons")
    await delivered(hub, identify("7", name="Newer", at=NEW), identify("7", name="Older", at=OLD))

    assert ada(pipedrive)["name"] == "Newer"


async def test_a_create_that_was_lost_is_of_its_events_moment(hub: Hub, pipedrive: Sandbox) -> None:
    pipedrive.lose_next_answer("POST", "/api/v2/persons")
    await delivered(
        hub, identify("u-eve", name="Newer", at=NEW), identify("u-eve", name="Older", at=OLD)
    )

    assert [one["name"] for one in pipedrive.records("persons")] == ["Ada", "Newer"]


async def test_two_that_turn_out_to_be_one_person_keep_the_order_of_their_events(
    hub: Hub, pipedrive: Sandbox
) -> None:
    pipedrive.add_fault(method="PATCH", path="/api/v2/persons", delay_ms=50, times=1)
    pipedrive.put_state({"persons": [{"id": 8, "name": "Eve", "emails": ["eve@x.example"]}]})
    await hub.send(
        identify("u-1", name="Newer", email="eve@x.example", at=NEW),
        identify("8", name="Older", at=OLD),
    )
    await hub.run_until_idle()

    found = pipedrive.record("person", 8)
    assert found is not None
    assert found["name"] == "Newer"


async def test_what_is_remembered_is_no_value(hub: Hub) -> None:
    await delivered(hub, identify("7", name="Ada Love", crm={"City": "Riga"}, at=NEW))
    kept = await hub.store.read(
        lambda db: written(db, 1, kind=RecordKind.PERSON, record_ids=[7])[7]
    )

    assert b"Love" not in msgspec.json.encode(kept)
    assert set(kept.wrote) == {"name", CITY}
    assert kept.times["name"] == kept.times[f"custom_fields/{CITY}"]
    assert kept.times["name"] == Moment(1793609880000, 1, 1)


class TestTwoMappings:
    """Two Mappings that write the same field of the same record."""

    @pytest.fixture
    async def hub(self, tmp_path: Path, clock: ManualClock, pipedrive: Sandbox) -> Any:
        pipedrive.put_state({"fields": FIELDS, "persons": [{"id": 7, "name": "Ada"}]})

        def mappings(connection_id: int) -> list[NewMapping]:
            return [
                person(connection_id, "By key", custom_fields={CITY: {"@path": "$.traits.home"}}),
                person(
                    connection_id, "By name", custom_fields={"city": {"@path": "$.traits.work"}}
                ),
            ]

        async with open_hub(tmp_path, clock=clock) as hub:
            await hub.connect(pipedrive, mappings=mappings)
            yield hub

    async def test_of_one_event_the_later_mapping_wins(self, hub: Hub, pipedrive: Sandbox) -> None:
        await delivered(hub, identify("7", home="Riga", work="Oslo", at=NEW))

        assert ada(pipedrive)["custom_fields"] == {CITY: "Oslo"}

    async def test_an_older_event_by_another_name_is_left_out(
        self, hub: Hub, pipedrive: Sandbox
    ) -> None:
        await delivered(hub, identify("7", home="Riga", at=NEW), identify("7", work="Oslo", at=OLD))

        assert ada(pipedrive)["custom_fields"] == {CITY: "Riga"}


async def test_an_activity_named_by_its_id_is_written_by_the_newest(
    tmp_path: Path, clock: ManualClock, pipedrive: Sandbox
) -> None:
    pipedrive.put_state({"activities": [{"id": 5, "subject": "Demo", "type": "call"}]})
    async with open_hub(tmp_path, clock=clock) as hub:
        await hub.connect(pipedrive)
        await delivered(
            hub,
            track("u-1", "Activity Upserted", at=NEW, activity_id=5, subject="Newer"),
            track("u-1", "Activity Upserted", at=OLD, activity_id=5, subject="Older"),
        )

    found = pipedrive.record("activity", 5)
    assert found is not None
    assert found["subject"] == "Newer"

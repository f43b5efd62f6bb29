"""What a person wrote in Pipedrive stays, in fields under the rule `keep_edits`."""

from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from tests.clock import ManualClock
from tests.events import Said, identify
from tests.hub import Hub, open_hub

from dealwright.core.delivery import State, Trace
from dealwright.core.record import RecordKind
from dealwright.pipedrive.costs import PRICES
from dealwright.pipedrive.records import Records
from dealwright.sandbox.app import Sandbox
from dealwright.sandbox.edit import Edit, edit
from dealwright.store.mappings import NewMapping

CITY, HOME, VALUE, SEEN = "c" * 40, "d" * 40, "e" * 40, "f" * 40
FIELDS = {
    "person": [
        {"name": "City", "type": "varchar", "code": CITY},
        {"name": "Home", "type": "address", "code": HOME},
        {"name": "Worth", "type": "monetary", "code": VALUE},
        {"name": "Hours", "type": "double", "code": SEEN},
    ]
}


def mappings(connection_id: int) -> list[NewMapping]:
    """One Mapping, which leaves alone what people wrote."""
    return [
        NewMapping(
            connection_id=connection_id,
            name="Persons",
            action="upsert_person",
            trigger='type = "identify"',
            fields={
                "match_value": {"@path": "$.userId"},
                "name": {"@path": "$.traits.name"},
                "phone": {"@path": "$.traits.phone"},
                "email": {"@path": "$.traits.email"},
                "custom_fields": {"@path": "$.traits.crm"},
                "write_rules": {
                    "name": "keep_edits",
                    "phone": "keep_edits",
                    "custom_fields": "keep_edits",
                },
            },
        )
    ]


@pytest.fixture
async def hub(tmp_path: Path, clock: ManualClock, pipedrive: Sandbox) -> AsyncGenerator[Hub]:
    """A hub with that Mapping."""
    pipedrive.put_state({"fields": FIELDS})
    async with open_hub(tmp_path, clock=clock) as hub:
        await hub.connect(pipedrive, mappings=mappings)
        yield hub


async def delivered(hub: Hub, *events: Said) -> None:
    """Deliver these one after the other, each alone."""
    for event in events:
        hub.advance(1)
        await hub.send(event)
        await hub.run_until_idle()


def write_by_hand(pipedrive: Sandbox, **data: Any) -> None:
    """Somebody changes the first person on Pipedrive's own page."""
    done = edit(pipedrive, pipedrive.world.default_company, Edit(object="person", id=1, data=data))
    assert done.status == 200


def ada(pipedrive: Sandbox) -> dict[str, Any]:
    (found,) = pipedrive.records("persons")
    return found


def trace(hub: Hub) -> str:
    """The Trace of the last Delivery, as one text."""
    steps = msgspec.json.decode(hub.deliveries()[-1].now.trace or b"", type=Trace).steps
    return "\n".join(step.text for step in steps)


async def test_what_a_person_wrote_stays_and_the_trace_says_so(
    hub: Hub, pipedrive: Sandbox
) -> None:
    await delivered(hub, identify("u-1", name="Ada"))
    write_by_hand(pipedrive, name="Ada Love")
    await delivered(hub, identify("u-1", name="ada"))

    last = hub.deliveries()[-1].now
    assert ada(pipedrive)["name"] == "Ada Love"
    assert (last.state, last.code) == (State.UNCHANGED, "edits_kept")
    assert "name: not what we wrote there; left as it is" in trace(hub)


async def test_what_we_wrote_last_is_written_over(hub: Hub, pipedrive: Sandbox) -> None:
    await delivered(hub, *(identify("u-1", name=name) for name in ("Ada", "Ada L.", "Ada Love")))

    assert ada(pipedrive)["name"] == "Ada Love"


async def test_it_is_known_over_a_restart_what_we_wrote(hub: Hub, pipedrive: Sandbox) -> None:
    await delivered(hub, identify("u-1", name="Ada"))
    hub.restart()
    await delivered(hub, identify("u-1", name="Ada Love"))
    write_by_hand(pipedrive, name="Ada of Riga")
    hub.restart()
    await delivered(hub, identify("u-1", name="Ada"))

    assert ada(pipedrive)["name"] == "Ada of Riga"


async def test_what_was_there_before_us_stays(hub: Hub, pipedrive: Sandbox) -> None:
    pipedrive.put_state({"persons": [{"id": 1, "name": "Ada Love"}]})
    await delivered(hub, identify("1", name="ada", crm={"City": "Riga"}))

    assert ada(pipedrive)["name"] == "Ada Love"
    assert ada(pipedrive)["custom_fields"] == {CITY: "Riga"}


async def test_custom_fields_are_told_apart_one_by_one(hub: Hub, pipedrive: Sandbox) -> None:
    await delivered(hub, identify("u-1", name="Ada", crm={"City": "Riga", "Hours": 1}))
    write_by_hand(pipedrive, custom_fields={CITY: "Oslo"})
    await delivered(hub, identify("u-1", name="Ada", crm={"City": "Bern", "Hours": 2}))

    assert ada(pipedrive)["custom_fields"] == {CITY: "Oslo", SEEN: 2}
    assert hub.deliveries()[-1].now.code == "updated"


@pytest.mark.parametrize(
    ("named", "key", "first", "second"),
    [
        pytest.param("City", CITY, "  Riga ", "Oslo", id="text that is trimmed"),
        pytest.param("Home", HOME, "Riga, Latvia", "Oslo, Norway", id="address"),
        pytest.param("Worth", VALUE, "12.50 EUR", "13 EUR", id="money"),
        pytest.param("Hours", SEEN, "1.50", "2", id="number sent as text"),
    ],
)
async def test_a_value_that_pipedrive_writes_in_its_own_way_is_ours(
    hub: Hub, pipedrive: Sandbox, *, named: str, key: str, first: str, second: str
) -> None:
    await delivered(hub, identify("u-1", name="Ada", crm={named: first}))
    before = ada(pipedrive)["custom_fields"][key]
    await delivered(hub, identify("u-1", name="Ada", crm={named: second}))

    assert ada(pipedrive)["custom_fields"][key] != before


async def test_a_field_that_a_person_emptied_stays_empty(hub: Hub, pipedrive: Sandbox) -> None:
    await delivered(hub, identify("u-1", name="Ada", crm={"City": "Riga"}))
    write_by_hand(pipedrive, custom_fields={CITY: None})
    await delivered(hub, identify("u-1", name="Ada", crm={"City": "Oslo"}))

    assert ada(pipedrive)["custom_fields"] == {}
    assert "custom_fields: City: not what we wrote there; left as it is" in trace(hub)


async def test_an_empty_field_that_was_never_written_is_filled(
    hub: Hub, pipedrive: Sandbox
) -> None:
    await delivered(hub, identify("u-1", name="Ada"))
    await delivered(hub, identify("u-1", name="Ada", crm={"City": "Oslo"}))

    assert ada(pipedrive)["custom_fields"] == {CITY: "Oslo"}


async def test_what_another_program_with_our_own_token_wrote_stays(
    hub: Hub, pipedrive: Sandbox
) -> None:
    await delivered(hub, identify("u-1", name="Ada"))
    await Records(await hub.client()).update(RecordKind.PERSON, 1, {"name": "Ada (synced)"})
    await delivered(hub, identify("u-1", name="Ada Love"))

    assert ada(pipedrive)["name"] == "Ada (synced)"


async def test_an_edit_that_the_events_agree_with_is_followed_again(
    hub: Hub, pipedrive: Sandbox
) -> None:
    await delivered(hub, identify("u-1", name="Ada"))
    write_by_hand(pipedrive, name="Ada Love")
    await delivered(hub, identify("u-1", name="Ada Love"), identify("u-1", name="Ada Love-King"))

    assert ada(pipedrive)["name"] == "Ada Love-King"


async def test_a_write_whose_answer_was_lost_is_ours(hub: Hub, pipedrive: Sandbox) -> None:
    await delivered(hub, identify("u-1", name="Ada"))
    pipedrive.lose_next_answer("PATCH", "/api/v2/persons")
    await delivered(hub, identify("u-1", name="Ada L."), identify("u-1", name="Ada Love"))

    assert ada(pipedrive)["name"] == "Ada Love"


async def test_a_number_that_a_person_added_stays_alone(hub: Hub, pipedrive: Sandbox) -> None:
    await delivered(hub, identify("u-1", name="Ada", phone="+46701000001"))
    write_by_hand(pipedrive, phones=[{"value": "+46709999999", "primary": True}])
    await delivered(hub, identify("u-1", name="Ada", phone="+46701000002"))

    assert [item["value"] for item in ada(pipedrive)["phones"]] == ["+46709999999"]


class TestMirrored:
    """What was edited within the last minute, which the mirror cannot know."""

    @pytest.fixture
    async def hub(
        self, tmp_path: Path, clock: ManualClock, pipedrive: Sandbox
    ) -> AsyncGenerator[Hub]:
        pipedrive.put_state({"fields": FIELDS})
        async with open_hub(tmp_path, clock=clock) as hub:
            await hub.connect(pipedrive, mappings=mappings, mirrored=[RecordKind.PERSON])
            await hub.run_until_idle()
            yield hub

    async def test_an_edit_stays(self, hub: Hub, pipedrive: Sandbox) -> None:
        await delivered(hub, identify("u-1", name="Ada"))
        write_by_hand(pipedrive, name="Ada Love")
        await delivered(hub, identify("u-1", name="ada"))

        assert ada(pipedrive)["name"] == "Ada Love"

    async def test_an_address_that_a_person_added_stays(self, hub: Hub, pipedrive: Sandbox) -> None:
        await delivered(hub, identify("u-1", name="Ada", email="a@x.example"))
        write_by_hand(pipedrive, emails=[*ada(pipedrive)["emails"], {"value": "b@x.example"}])
        await delivered(hub, identify("u-1", name="Ada", email="c@x.example"))

        addresses = [item["value"] for item in ada(pipedrive)["emails"]]
        assert addresses == ["a@x.example", "b@x.example", "c@x.example"]

    async def test_a_write_that_nothing_was_edited_before_costs_one_look(
        self, hub: Hub, pipedrive: Sandbox
    ) -> None:
        await delivered(hub, identify("u-1", name="Ada"))
        before = pipedrive.total_cost
        await delivered(hub, identify("u-1", name="Ada Love"))

        assert pipedrive.total_cost - before == PRICES["PATCH /api/v2/persons/{id}"] + 1

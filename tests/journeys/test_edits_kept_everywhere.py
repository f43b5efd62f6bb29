"""One rule for a whole Mapping: `*` leaves alone, in every field, what a person wrote."""

from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import pytest
from tests.clock import ManualClock
from tests.events import identify
from tests.hub import Hub, open_hub

from dealwright.core.delivery import State
from dealwright.core.record import RecordKind
from dealwright.sandbox.app import Sandbox
from dealwright.sandbox.edit import Edit, edit
from dealwright.store.mappings import NewMapping

CITY = "c" * 40
FIELDS = {"person": [{"name": "City", "type": "varchar", "code": CITY}]}

FIELDS_OF_MAPPING = {
    "match_value": {"@path": "$.userId"},
    "name": {"@path": "$.traits.name"},
    "email": {"@path": "$.traits.email"},
    "custom_fields": {"City": {"@path": "$.traits.city"}},
}


def mappings(rules: dict[str, str]) -> Any:
    """One Mapping with these rules."""

    def made(connection_id: int) -> list[NewMapping]:
        return [
            NewMapping(
                connection_id=connection_id,
                name="Persons",
                action="upsert_person",
                trigger='type = "identify"',
                fields={**FIELDS_OF_MAPPING, "write_rules": rules},
            )
        ]

    return made


@pytest.fixture
def rules() -> dict[str, str]:
    """One rule for all fields; a test may have others."""
    return {"*": "keep_edits"}


@pytest.fixture
async def hub(
    tmp_path: Path, clock: ManualClock, pipedrive: Sandbox, rules: dict[str, str]
) -> AsyncGenerator[Hub]:
    """A hub with that Mapping, and a mirror."""
    pipedrive.put_state({"fields": FIELDS})
    async with open_hub(tmp_path, clock=clock) as hub:
        await hub.connect(pipedrive, mappings=mappings(rules), mirrored=[RecordKind.PERSON])
        await hub.run_until_idle()
        yield hub


async def deliver(hub: Hub, **traits: Any) -> None:
    """Deliver one event, a second after the last."""
    hub.advance(1)
    await hub.send(identify("u-1", **traits))
    await hub.run_until_idle()


def write_by_hand(pipedrive: Sandbox, **data: Any) -> None:
    """Somebody changes the first person on Pipedrive's own page."""
    done = edit(pipedrive, pipedrive.world.default_company, Edit(object="person", id=1, data=data))
    assert done.status == 200


def ada(pipedrive: Sandbox) -> dict[str, Any]:
    (found,) = pipedrive.records("persons")
    return found


async def test_an_edit_of_the_last_second_stays(hub: Hub, pipedrive: Sandbox) -> None:
    await deliver(hub, name="Ada", city="Riga")
    write_by_hand(pipedrive, name="Ada of Riga")
    await deliver(hub, name="Ada Love", city="Oslo")

    assert ada(pipedrive)["name"] == "Ada of Riga"
    assert ada(pipedrive)["custom_fields"] == {CITY: "Oslo"}


async def test_every_field_has_the_rule(hub: Hub, pipedrive: Sandbox) -> None:
    await deliver(hub, name="Ada", city="Riga")
    write_by_hand(pipedrive, name="Ada of Riga", custom_fields={CITY: "Bern"})
    await deliver(hub, name="Ada Love", city="Oslo")

    assert (ada(pipedrive)["name"], ada(pipedrive)["custom_fields"]) == (
        "Ada of Riga",
        {CITY: "Bern"},
    )
    assert hub.deliveries()[-1].now.code == "edits_kept"


async def test_addresses_are_added_all_the_same(hub: Hub, pipedrive: Sandbox) -> None:
    await deliver(hub, name="Ada", email="ada@love.example")
    write_by_hand(pipedrive, emails=[{"value": "ada@work.example", "primary": True}])
    await deliver(hub, name="Ada", email="ada@home.example")

    assert [one["value"] for one in ada(pipedrive)["emails"]] == [
        "ada@work.example",
        "ada@home.example",
    ]


@pytest.mark.parametrize("rules", [{"*": "keep_edits", "name": "always"}])
async def test_a_field_may_have_a_rule_of_its_own(hub: Hub, pipedrive: Sandbox) -> None:
    await deliver(hub, name="Ada")
    write_by_hand(pipedrive, name="Ada of Riga")
    await deliver(hub, name="Ada Love")

    assert ada(pipedrive)["name"] == "Ada Love"


@pytest.mark.parametrize("rules", [{"*": "append"}])
async def test_only_text_is_appended_to_so_that_it_is_no_rule_for_all(hub: Hub) -> None:
    await deliver(hub, name="Ada")

    last = hub.deliveries()[-1].now
    assert (last.state, last.code) == (State.FAILED, "invalid_value")
    assert "* takes always, if_empty, only_new or keep_edits" in last.message


async def test_events_that_are_one_write_keep_the_rule_for_all(
    hub: Hub, pipedrive: Sandbox
) -> None:
    await deliver(hub, name="Ada", city="Riga")
    write_by_hand(pipedrive, name="Ada of Riga")
    hub.advance(1)
    await hub.send(identify("u-1", name="Ada Love"), identify("u-1", city="Oslo"))
    await hub.run_until_idle()

    assert ada(pipedrive)["name"] == "Ada of Riga"

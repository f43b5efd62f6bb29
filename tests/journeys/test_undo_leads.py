"""Undo of a lead's custom fields, which v1 has flat: all 16 types are put back."""

from typing import Any

import pytest
from tests.events import track
from tests.hub import Hub
from tests.journeys.test_undo_properties import DEFINED, KEYS, VALUES
from tests.journeys.undoing import codes, failed, undo

from dealwright.sandbox.app import Sandbox
from dealwright.store.mappings import NewMapping, create_mapping

LEAD = "11111111-1111-4111-8111-111111111111"
FIELDS = {
    "lead_id": LEAD,
    "custom_fields": {"@path": "$.properties.crm"},
}
#: Leads take no names of zones; a time without one is in the user's.
FIRST = {kind: said[0] for kind, (said, _) in VALUES.items()}
THEN = {kind: said[-1] for kind, (said, _) in VALUES.items()}


@pytest.fixture(autouse=True)
async def mapped(hub: Hub, pipedrive: Sandbox) -> None:
    """A lead, and a Mapping of its custom fields."""
    people = [{"id": number, "name": f"Person {number}"} for number in (1, 2)]
    orgs = [{"id": number, "name": f"Org {number}"} for number in (1, 2)]
    pipedrive.put_state({"fields": {"deal": DEFINED}})
    pipedrive.put_state({"persons": people, "organizations": orgs})
    pipedrive.put_state({"leads": [{"id": LEAD, "title": "Idea", "person_id": 1}]})
    new = NewMapping(
        connection_id=1,
        name="Leads",
        action="upsert_lead",
        trigger='type = "track" and event = "Led"',
        fields=FIELDS,
    )
    await hub.store.write(lambda db: create_mapping(db, new, now_ms=0))


async def led(hub: Hub, crm: dict[str, Any]) -> None:
    hub.advance(2)
    await hub.send(track("u-1", "Led", crm=crm))
    await hub.run_until_idle()


def held(pipedrive: Sandbox) -> dict[str, Any]:
    """The custom fields of the lead, with their parts."""
    (lead,) = pipedrive.records("leads")
    custom = lead.get("custom_fields", lead)
    return {key: value for key, value in custom.items() if key[:40] in KEYS.values() and value}


async def test_the_values_of_before_come_back(hub: Hub, pipedrive: Sandbox) -> None:
    await led(hub, FIRST)
    first = held(pipedrive)
    await led(hub, THEN)
    changed = held(pipedrive)
    seen = await undo(hub, delivery=2)
    assert (failed(hub), codes(seen)) == ([], ["undone"])
    assert changed != first
    assert held(pipedrive) == first


async def test_what_was_empty_is_empty_again(hub: Hub, pipedrive: Sandbox) -> None:
    before = held(pipedrive)
    await led(hub, FIRST)
    written = held(pipedrive)
    await undo(hub, delivery=1)
    assert written != before
    assert held(pipedrive) == before == {}


async def test_the_undo_of_it_is_undone(hub: Hub, pipedrive: Sandbox) -> None:
    await led(hub, FIRST)
    await led(hub, THEN)
    changed = held(pipedrive)
    (seen,) = await undo(hub, delivery=2)
    await undo(hub, undo=seen.now.correction_id)
    assert held(pipedrive) == changed

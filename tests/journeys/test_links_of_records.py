"""What deals, leads, activities and notes are linked to: each match value leads to its record."""

from typing import Any

import pytest
from tests.events import track
from tests.hub import Hub

from dealwright.sandbox.app import Sandbox
from dealwright.store.mappings import NewMapping, create_mapping

LEAD = "adf21080-0e10-11eb-879b-05d71fb426ec"
KEY = "c3" * 20
ACCOUNT = {
    "fields": {"organization": [{"name": "Our id", "type": "varchar", "code": KEY}]},
    "persons": [{"id": 42, "name": "Ada Lind", "emails": ["ada@lind.example"]}],
    "organizations": [{"id": 43, "name": "Lind Ltd", "custom_fields": {KEY: "o-1"}}],
    "deals": [{"id": 44, "title": "Renewal", "person_id": 42}],
    "leads": [{"id": LEAD, "title": "Demo", "person_id": 42}],
}


async def newest(hub: Hub, pipedrive: Sandbox, action: str, fields: dict[str, Any]) -> Any:
    """What an action makes of these fields."""
    pipedrive.put_state(ACCOUNT)
    new = NewMapping(
        connection_id=1, name=action, action=action, trigger='event = "Went"', fields=fields
    )
    await hub.store.write(lambda db: create_mapping(db, new, now_ms=0))
    await hub.send(track("u-9", "Went", email="ada@lind.example", org_id=43))
    await hub.run_until_idle()
    return pipedrive.records(COLLECTIONS[action])[-1]


COLLECTIONS = {
    "upsert_deal": "deals",
    "upsert_lead": "leads",
    "upsert_activity": "activities",
    "upsert_note": "notes",
}
TITLES = {
    "upsert_deal": {"title": "New"},
    "upsert_lead": {"title": "New"},
    "upsert_activity": {"subject": "New"},
    "upsert_note": {"content": "New"},
}


@pytest.mark.parametrize(
    ("action", "given", "linked"),
    [
        ("upsert_deal", {"person_match_value": 42}, {"person_id": 42}),
        ("upsert_deal", {"organization_match_value": 43}, {"org_id": 43}),
        ("upsert_lead", {"person_match_value": 42}, {"person_id": 42}),
        ("upsert_lead", {"organization_match_value": 43}, {"organization_id": 43}),
        ("upsert_activity", {"person_match_value": 42}, {"person_id": 42}),
        ("upsert_activity", {"organization_match_value": 43}, {"org_id": 43}),
        ("upsert_activity", {"deal_match_value": 44}, {"deal_id": 44}),
        ("upsert_note", {"person_match_value": 42}, {"person_id": 42}),
        ("upsert_note", {"organization_match_value": 43}, {"org_id": 43}),
        ("upsert_note", {"deal_match_value": 44}, {"deal_id": 44}),
        ("upsert_note", {"lead_id": LEAD}, {"lead_id": LEAD}),
    ],
)
async def test_a_match_value_leads_to_its_record(
    hub: Hub, pipedrive: Sandbox, action: str, given: dict[str, Any], linked: dict[str, Any]
) -> None:
    made = await newest(hub, pipedrive, action, {**TITLES[action], **given})

    assert made | linked == made


async def test_a_deal_is_the_persons_whose_address_the_event_names(
    hub: Hub, pipedrive: Sandbox
) -> None:
    fields = {
        "title": "New",
        "person_match_field": "email",
        "person_match_value": {"@path": "$.properties.email"},
    }
    assert (await newest(hub, pipedrive, "upsert_deal", fields))["person_id"] == 42


async def test_a_deal_is_the_organizations_whose_id_the_event_names(
    hub: Hub, pipedrive: Sandbox
) -> None:
    fields = {
        "title": "New",
        "organization_match_field": "id",
        "organization_match_value": {"@path": "$.properties.org_id"},
    }
    assert (await newest(hub, pipedrive, "upsert_deal", fields))["org_id"] == 43


async def test_a_deal_is_the_organizations_whose_own_field_holds_the_value(
    hub: Hub, pipedrive: Sandbox
) -> None:
    fields = {
        "title": "New",
        "organization_match_field": "Our id",
        "organization_match_value": "o-1",
    }
    assert (await newest(hub, pipedrive, "upsert_deal", fields))["org_id"] == 43


async def test_what_nobody_says_of_a_deal_is_pipedrives_default(
    hub: Hub, pipedrive: Sandbox
) -> None:
    made = await newest(hub, pipedrive, "upsert_deal", {"title": "New", "person_match_value": 42})

    defaults = {"value": 0, "currency": "EUR", "stage_id": 1, "status": "open", "visible_to": 3}
    assert made | defaults == made

"""Custom fields by name, options by label; and no token for lists that nobody needs."""

from typing import Any

from tests.events import identify
from tests.hub import Hub

from dealwright.core.delivery import State
from dealwright.sandbox.app import Sandbox
from dealwright.store.mappings import NewMapping, create_mapping

PLAN, SEEN = "a" * 40, "b" * 40
FIELDS = {
    "person": [
        {"name": "Plan", "type": "enum", "code": PLAN, "labels": ["Trial", "Team"]},
        {"name": "First seen", "type": "date", "code": SEEN},
    ]
}


async def map_traits(hub: Hub, **fields: Any) -> None:
    """Have a Mapping put all traits named `crm` into custom fields."""
    new = NewMapping(
        connection_id=1,
        name="Custom fields",
        action="upsert_person",
        trigger='type = "identify"',
        fields={
            "match_value": {"@path": "$.userId"},
            "name": {"@path": "$.traits.name"},
            "custom_fields": {"@path": "$.traits.crm"},
            **fields,
        },
    )
    await hub.store.write(lambda db: create_mapping(db, new, now_ms=0))


def asked(pipedrive: Sandbox, path: str) -> int:
    return sum(call.path == path for call in pipedrive.calls)


async def test_fields_are_named_and_options_labelled(hub: Hub, pipedrive: Sandbox) -> None:
    pipedrive.put_state({"fields": FIELDS})
    pipedrive.put_state({"persons": [{"id": 7, "name": "Ada Love"}]})
    await map_traits(hub)
    crm = {"plan": "Team", "First seen": "2026-04-01T10:00:00Z"}
    await hub.send(identify("7", name="Ada Love", crm=crm))
    await hub.run_until_idle()

    (person,) = pipedrive.records("persons")
    assert person["custom_fields"] == {PLAN: 6, SEEN: "2026-04-01"}


async def test_a_value_that_is_there_already_is_not_sent_again(
    hub: Hub, pipedrive: Sandbox
) -> None:
    pipedrive.put_state({"fields": FIELDS})
    pipedrive.put_state({"persons": [{"id": 7, "name": "Ada", "custom_fields": {PLAN: 6}}]})
    await map_traits(hub)
    await hub.send(identify("7", name="Ada", crm={"Plan": "team"}))
    await hub.run_until_idle()

    assert {seen.now.state for seen in hub.deliveries()} == {State.UNCHANGED}


async def test_the_list_of_fields_is_asked_for_once(hub: Hub, pipedrive: Sandbox) -> None:
    pipedrive.put_state({"fields": FIELDS})
    await map_traits(hub)
    for n in range(3):
        await hub.send(identify(f"u-{n}", name="Ada", crm={"Plan": "Team"}))
    await hub.run_until_idle()

    assert asked(pipedrive, "/api/v2/personFields") == 1


async def test_without_custom_fields_no_list_is_asked_for(hub: Hub, pipedrive: Sandbox) -> None:
    await hub.send(identify("u-ada", name="Ada"))
    await hub.run_until_idle()

    assert asked(pipedrive, "/api/v2/personFields") == 0


async def test_an_unknown_option_fails_with_those_there_are(hub: Hub, pipedrive: Sandbox) -> None:
    pipedrive.put_state({"fields": FIELDS})
    await map_traits(hub, name=None)
    await hub.send(identify("u-ada", name="Ada", crm={"Plan": "Gold"}))
    await hub.run_until_idle()

    failed = [seen.now for seen in hub.deliveries() if seen.now.state is State.FAILED]
    assert [(one.code, "Trial, Team" in one.message) for one in failed] == [
        ("unknown_option", True)
    ]


async def test_a_field_that_was_just_added_is_found_after_a_minute(
    hub: Hub, pipedrive: Sandbox
) -> None:
    pipedrive.put_state({"fields": FIELDS})
    await map_traits(hub)
    await hub.send(identify("u-ada", name="Ada", crm={"Plan": "Team"}))
    await hub.run_until_idle()
    pipedrive.put_state({"fields": {"person": [{"name": "Score", "type": "double"}]}})
    hub.advance(61)
    await hub.send(identify("u-ada", name="Ada", crm={"Score": "7.5"}))
    await hub.run_until_idle()

    (person,) = pipedrive.records("persons")
    assert 7.5 in person["custom_fields"].values()

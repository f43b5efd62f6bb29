"""Deals, leads and notes on their way: created once, updated, deleted, refused without a link."""

from typing import Any

import pytest
from tests.events import Said, track
from tests.hub import Hub

from dealwright.core.delivery import State
from dealwright.sandbox.app import Sandbox
from dealwright.store.mappings import NewMapping, create_mapping

MINE = {"id": 42, "name": "Ada Love"}


async def map_action(hub: Hub, key: str, **fields: Any) -> None:
    """Have an action's own preset listen to “Went”, with some fields changed."""
    action = hub.actions[key]
    new = NewMapping(
        connection_id=1,
        name=key,
        action=key,
        trigger='event = "Went"',
        fields={**action.default_fields(), **fields},
    )
    await hub.store.write(lambda db: create_mapping(db, new, now_ms=0))


def went(**properties: Any) -> Said:
    """Ada, person 42, did something."""
    return track("42", "Went", **properties)


@pytest.fixture(autouse=True)
def ada(pipedrive: Sandbox) -> None:
    """Ada is in the account."""
    pipedrive.put_state({"persons": [MINE]})


async def test_a_deal_is_made_once_and_then_updated(hub: Hub, pipedrive: Sandbox) -> None:
    await map_action(hub, "upsert_deal")
    await hub.send(went(deal_id="D-7", title="Renewal", value="1200"))
    await hub.run_until_idle()
    await hub.send(went(deal_id="D-7", title="Renewal", value="1300.50"))
    await hub.run_until_idle()

    (deal,) = pipedrive.records("deals")
    assert (deal["title"], deal["value"], deal["person_id"]) == ("Renewal", 1300.5, 42)


async def test_the_trace_tells_what_pipedrive_filled_in(hub: Hub, pipedrive: Sandbox) -> None:
    await map_action(hub, "upsert_deal")
    await hub.send(went(title="Renewal"))
    await hub.run_until_idle()

    assert pipedrive.records("deals")[0]["status"] == "open"
    assert b"value 0, currency EUR, stage_id 1, status open" in (hub.delivery().now.trace or b"")


async def test_a_deal_for_nobody_is_refused(hub: Hub, pipedrive: Sandbox) -> None:
    await map_action(hub, "upsert_deal")
    await hub.send(track("u-eve", "Went", title="Renewal"))
    await hub.run_until_idle()

    assert (hub.delivery().now.state, hub.delivery().now.code) == (State.FAILED, "no_link")
    assert pipedrive.records("deals") == []


async def test_a_deal_is_deleted_once(hub: Hub, pipedrive: Sandbox) -> None:
    pipedrive.put_state({"deals": [{"id": 7, "title": "Renewal", "person_id": 42}]})
    await map_action(hub, "upsert_deal", status="deleted")
    await hub.send(went(deal_id=7))
    await hub.run_until_idle()
    await hub.send(went(deal_id=7))
    await hub.run_until_idle()

    assert [deal["is_deleted"] for deal in pipedrive.records("deals")] == [True]
    assert [seen.now.code for seen in hub.deliveries()] == ["deleted", "already_absent"]


async def test_a_lead_is_made_and_found_by_its_id(hub: Hub, pipedrive: Sandbox) -> None:
    await map_action(hub, "upsert_lead")
    await hub.send(went(title="Demo", amount=0))
    await hub.run_until_idle()
    (lead,) = pipedrive.records("leads")
    await hub.send(went(lead_id=lead["id"], title="Demo for ten"))
    await hub.run_until_idle()

    (lead,) = pipedrive.records("leads")
    assert (lead["title"], lead["value"]) == ("Demo for ten", {"amount": 0, "currency": "EUR"})


async def test_a_delivery_of_a_lead_names_it_by_its_uuid(hub: Hub, pipedrive: Sandbox) -> None:
    await map_action(hub, "upsert_lead")
    await hub.send(went(title="Demo"))
    await hub.run_until_idle()

    (lead,) = pipedrive.records("leads")
    one = hub.delivery().now
    assert (one.record_kind, one.record_id) == ("lead", lead["id"])
    assert one.message == f"Lead {lead['id']} was created."


async def test_a_lead_whose_answer_was_lost_is_found_and_written_by_the_newest(
    hub: Hub, pipedrive: Sandbox
) -> None:
    await map_action(hub, "upsert_lead")
    pipedrive.lose_next_answer("POST", "/api/v1/leads")
    await hub.send({**went(title="Newer"), "timestamp": "2026-11-02T08:58:00Z"})
    await hub.run_until_idle()
    (lead,) = pipedrive.records("leads")
    older = went(lead_id=lead["id"], title="Older")
    await hub.send({**older, "timestamp": "2026-11-02T08:57:00Z"})
    await hub.run_until_idle()

    assert [one["title"] for one in pipedrive.records("leads")] == ["Newer"]
    assert hub.deliveries()[-1].now.code == "outdated"


async def test_a_lead_has_the_custom_fields_of_deals(hub: Hub, pipedrive: Sandbox) -> None:
    fields = [{"name": "Budget", "type": "monetary", "code": "b" * 40}]
    pipedrive.put_state({"fields": {"deal": fields}})
    await map_action(hub, "upsert_lead", custom_fields={"Budget": {"@path": "$.properties.money"}})
    await hub.send(went(title="Demo", money="500 USD"))
    await hub.run_until_idle()

    (lead,) = pipedrive.records("leads")
    assert lead["custom_fields"] == {"b" * 40: {"value": 500, "currency": "USD"}}


async def test_a_note_is_made_and_changed(hub: Hub, pipedrive: Sandbox) -> None:
    await map_action(hub, "upsert_note")
    await hub.send(went(content="<p>Hi</p>"))
    await hub.run_until_idle()
    await hub.send(went(note_id=1, content="<p>Hello</p>"))
    await hub.run_until_idle()

    assert [note["content"] for note in pipedrive.records("notes")] == ["<p>Hello</p>"]


async def test_a_note_that_says_the_same_is_not_written(hub: Hub, pipedrive: Sandbox) -> None:
    await map_action(hub, "upsert_note")
    await hub.send(went(content="Bolt & Sons <b>here</b>"))
    await hub.run_until_idle()
    await hub.send(went(note_id=1, content="Bolt & Sons <b>here</b>"))
    await hub.run_until_idle()

    assert [seen.now.state for seen in hub.deliveries()] == [State.DELIVERED, State.UNCHANGED]
    assert len(pipedrive.records("notes")) == 1


@pytest.mark.parametrize(
    ("key", "path", "properties"),
    [
        ("upsert_deal", "/api/v2/deals", {"title": "Renewal", "value": "12.5"}),
        ("upsert_lead", "/api/v1/leads", {"title": "Demo", "amount": 5}),
        ("upsert_note", "/api/v1/notes", {"content": "<p>Hi &amp; bye</p>"}),
    ],
)
async def test_a_lost_answer_makes_no_second_record(
    hub: Hub, pipedrive: Sandbox, key: str, path: str, properties: dict[str, Any]
) -> None:
    await map_action(hub, key)
    pipedrive.lose_next_answer("POST", path)
    await hub.send(went(**properties))
    await hub.run_until_idle()

    assert hub.delivery().now.state is State.DELIVERED
    assert len(pipedrive.records(path.rpartition("/")[2])) == 1


async def test_a_person_made_in_the_past_is_found_again_after_a_lost_answer(
    hub: Hub, pipedrive: Sandbox
) -> None:
    await map_action(
        hub,
        "upsert_person",
        match_value="u-eve",
        name="Eve",
        add_time="2019-01-01",
    )
    pipedrive.lose_next_answer("POST", "/api/v2/persons")
    await hub.send(went())
    await hub.run_until_idle()

    names = [person["name"] for person in pipedrive.records("persons")]
    assert names == ["Ada Love", "Eve"]

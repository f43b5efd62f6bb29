"""Participants of deals and activities, beside the person whom they are with."""

from typing import Any

import pytest
from tests.events import track
from tests.hub import Hub

from dealwright.core.delivery import State
from dealwright.sandbox.app import Sandbox
from dealwright.store.mappings import NewMapping, create_mapping

PEOPLE = [
    {"id": 7, "name": "Ada", "emails": ["ada@x.example"]},
    {"id": 8, "name": "Ben", "emails": ["ben@x.example"]},
    {"id": 9, "name": "Cleo", "emails": ["cleo@x.example"]},
]
COMMON = {
    "person_match_field": "email",
    "person_match_value": {"@path": "$.properties.person"},
    "participants": {"@path": "$.properties.with"},
}
FIELDS: dict[str, dict[str, Any]] = {
    "upsert_deal": {"deal_match_value": {"@path": "$.properties.id"}, "title": "A deal"},
    "upsert_activity": {"activity_id": {"@path": "$.properties.id"}, "subject": "A call"},
}


@pytest.fixture(autouse=True)
async def mapped(hub: Hub, pipedrive: Sandbox) -> None:
    """Three people, and a Mapping for each action that has participants."""
    pipedrive.put_state({"persons": PEOPLE})
    for action, fields in FIELDS.items():
        new = NewMapping(
            connection_id=1,
            name=action,
            action=action,
            trigger=f'type = "track" and event = "{action}"',
            fields={**COMMON, **fields},
        )
        await hub.store.write(lambda db, one=new: create_mapping(db, one, now_ms=0))


async def happen(hub: Hub, action: str, *people: str, **properties: Any) -> None:
    await hub.send(track("u-1", action, **{"with": list(people)}, **properties))
    await hub.run_until_idle()


def in_deal(pipedrive: Sandbox) -> list[int]:
    return sorted(row["person_id"] for row in pipedrive.records("deal_participants"))


def in_activity(pipedrive: Sandbox) -> list[tuple[int, bool]]:
    (activity,) = pipedrive.records("activities")
    return [(entry["person_id"], entry["primary"]) for entry in activity["participants"]]


async def test_a_new_deal_has_its_participants(hub: Hub, pipedrive: Sandbox) -> None:
    await happen(hub, "upsert_deal", "Ben@x.example", "cleo@x.example", person="ada@x.example")

    assert in_deal(pipedrive) == [8, 9]
    assert [seen.now.code for seen in hub.deliveries()] == ["created"]


async def test_who_takes_part_already_is_not_added_again(hub: Hub, pipedrive: Sandbox) -> None:
    await happen(hub, "upsert_deal", "ben@x.example", person="ada@x.example")
    (deal,) = pipedrive.records("deals")
    again = {"id": deal["id"], "person": "ada@x.example"}
    await happen(hub, "upsert_deal", "ben@x.example", **again)
    await happen(hub, "upsert_deal", "cleo@x.example", **again)

    assert in_deal(pipedrive) == [8, 9]
    assert [str(seen.now.state) for seen in hub.deliveries()] == [
        "delivered",
        "unchanged",
        "delivered",
    ]


async def test_a_participant_who_is_not_known_is_left_out(hub: Hub, pipedrive: Sandbox) -> None:
    await happen(hub, "upsert_deal", "nobody@x.example", person="ada@x.example")

    assert in_deal(pipedrive) == []
    assert hub.delivery().now.state is State.DELIVERED


async def test_an_activity_has_its_participants_after_the_primary_one(
    hub: Hub, pipedrive: Sandbox
) -> None:
    await happen(hub, "upsert_activity", "cleo@x.example", person="ada@x.example")

    assert in_activity(pipedrive) == [(7, True), (9, False)]


async def test_on_an_update_the_person_becomes_primary_and_others_stay(
    hub: Hub, pipedrive: Sandbox
) -> None:
    await happen(hub, "upsert_activity", "cleo@x.example", person="ada@x.example")
    (activity,) = pipedrive.records("activities")
    await happen(hub, "upsert_activity", person="ben@x.example", id=activity["id"])

    assert in_activity(pipedrive) == [(8, True), (7, False), (9, False)]


async def test_participants_join_without_taking_the_primary_place(
    hub: Hub, pipedrive: Sandbox
) -> None:
    await happen(hub, "upsert_activity", person="ada@x.example")
    (activity,) = pipedrive.records("activities")
    await happen(hub, "upsert_activity", "ben@x.example", id=activity["id"])

    assert in_activity(pipedrive) == [(7, True), (8, False)]

"""Somebody edits something in Pipedrive's own pages."""

from typing import Any

import pytest
from tests.sandbox.conftest import Reply, Visitor
from tests.sandbox.receiver import Receiver, Subscriber

Edit = dict[str, Any]


async def edited(visitor: Visitor, **edit: Any) -> Reply:
    return await visitor.post("/_sandbox/edit", edit)


async def test_it_is_told_as_a_change_from_the_app_by_that_user(
    subscriber: Subscriber, receiver: Receiver
) -> None:
    await subscriber.subscribe()
    await edited(subscriber.visitor, object="person", id=1, data={"name": "Eva"}, user="Priya Nair")
    await subscriber.sandbox.courier.deliver()
    meta = receiver.last["meta"]

    assert (meta["change_source"], meta["user_id"]) == ("app", "3")


async def test_it_costs_nothing_and_is_no_call(visitor: Visitor) -> None:
    await edited(visitor, object="person", id=1, data={"name": "Eva"})

    assert (visitor.sandbox.total_cost, visitor.sandbox.calls) == (0, [])


async def test_it_is_an_admin_who_edits_when_nobody_is_named(visitor: Visitor) -> None:
    made = await edited(visitor, object="deal", action="create", data={"title": "By hand"})

    assert made.data["owner_id"] == 1


async def test_a_deal_made_by_hand_says_so(visitor: Visitor) -> None:
    made = await edited(visitor, object="deal", action="create", data={"title": "By hand"})

    assert made.data["origin"] == "ManuallyCreated"


async def test_pipedrives_rules_hold_for_people_too(visitor: Visitor) -> None:
    refused = await edited(visitor, object="deal", id=1, data={"status": "maybe"})

    assert (refused.status, refused.json["code"]) == (400, "ERR_SCHEMA_VALIDATION_FAILED")


@pytest.mark.parametrize(
    ("kind", "key", "data"),
    [
        ("person", 1, {"name": "Changed"}),
        ("organization", 1, {"name": "Changed"}),
        ("deal", 1, {"title": "Changed"}),
        ("activity", 1, {"subject": "Changed"}),
        ("note", 1, {"content": "Changed"}),
        ("stage", 1, {"name": "Changed"}),
        ("pipeline", 1, {"name": "Changed"}),
        ("activity_type", 1, {"name": "Changed"}),
    ],
)
async def test_all_kinds_can_be_changed(visitor: Visitor, kind: str, key: int, data: Edit) -> None:
    await edited(visitor, object=kind, id=key, data=data)
    record = visitor.sandbox.record(kind, key)

    assert record is not None
    assert "Changed" in record.values()


async def test_a_person_can_be_merged_into_another(visitor: Visitor) -> None:
    await edited(visitor, object="person", action="merge", id=1, data={"merge_with_id": 2})
    lost = visitor.sandbox.record("person", 1)

    assert lost is not None
    assert lost["merged_to"] == 2


async def test_a_record_can_be_deleted(visitor: Visitor) -> None:
    gone = await edited(visitor, object="organization", action="delete", id=1)

    assert gone.data == {"id": 1}


@pytest.mark.parametrize(
    ("edit", "sentence"),
    [
        ({"object": "dragon"}, "object: dragon cannot be edited. There are: person, "),
        ({"object": "person"}, "id: say which person is meant."),
        ({"object": "note", "id": 1, "action": "merge"}, "action: a note cannot be merged."),
        ({"object": "person", "id": 1, "user": "Timo Saar"}, "user: nobody at work here is Timo"),
        ({"object": "person", "id": 1, "colour": 1}, "Object contains unknown field"),
    ],
)
async def test_an_edit_that_cannot_be_done_is_400(
    visitor: Visitor, edit: Edit, sentence: str
) -> None:
    refused = await visitor.post("/_sandbox/edit", edit)

    assert (refused.status, refused.error.startswith(sentence)) == (400, True)


async def test_another_sites_page_cannot_edit(visitor: Visitor) -> None:
    refused = await visitor.send(
        "POST", "/_sandbox/edit", {}, headers={"origin": "https://evil.example"}
    )

    assert refused.status == 403

"""The retired v1, by switch: the calls that Segment's destination makes, in its own spelling."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from tests.sandbox.conftest import QUIET, Visitor

from dealwright.sandbox.app import create_app

# Not in today's OpenAPI files any more, so the visitor's objections are not looked at here.


@pytest.fixture
async def old() -> AsyncIterator[Visitor]:
    visitor = Visitor(create_app(replace(QUIET, legacy_v1=True)))
    yield visitor
    await visitor.close()


async def test_a_field_is_searched_in_v1s_spelling(old: Visitor) -> None:
    reply = await old.get(
        "/api/v1/itemSearch/field?term=Cher&field_key=name&exact_match=true"
        "&field_type=personField&return_item_ids=true"
    )

    assert reply.data == [{"id": 25, "name": "Cher"}]


async def test_a_field_that_cannot_be_searched_finds_nothing(old: Visitor) -> None:
    reply = await old.get(
        "/api/v1/itemSearch/field?term=1&field_key=owner_id&exact_match=true"
        "&field_type=personField&return_item_ids=true"
    )

    assert reply.data == []


async def test_an_id_is_found_through_the_search(old: Visitor) -> None:
    reply = await old.get(
        "/api/v1/itemSearch/field?term=7&field_key=id&exact_match=true"
        "&field_type=personField&return_item_ids=true"
    )

    assert reply.data == [{"id": 7}]


async def test_a_person_is_created_with_201(old: Visitor) -> None:
    reply = await old.post(
        "/api/v1/persons",
        {"name": "Ada", "email": ["a@x.example"], "phone": "123", "visible_to": "3"},
    )

    assert (reply.status, reply.data["email"][0]["value"]) == (201, "a@x.example")


async def test_an_unknown_key_is_ignored(old: Visitor) -> None:
    assert (await old.post("/api/v1/persons", {"name": "Ada", "shoe": 9})).status == 201


async def test_a_wrapper_for_custom_fields_is_dropped_silently(old: Visitor) -> None:
    body = {"name": "Ada", "custom_fields": {"x": "y"}}

    assert (await old.post("/api/v1/persons", body)).status == 201


async def test_a_person_without_a_name_is_refused_in_v1s_words(old: Visitor) -> None:
    assert (await old.post("/api/v1/persons", {})).error == "Name must be given."


async def test_a_person_is_changed_with_put(old: Visitor) -> None:
    await old.put("/api/v1/persons/1", {"email": "new@x.example"})

    assert old.sandbox.records("persons")[0]["emails"][0]["value"] == "new@x.example"


async def test_a_person_without_a_phone_reads_as_one_empty_item(old: Visitor) -> None:
    made = await old.post("/api/v1/persons", {"name": "Ada"})

    assert made.data["phone"] == [{"value": "", "primary": True}]


async def test_the_value_of_a_deal_may_be_text(old: Visitor) -> None:
    reply = await old.post("/api/v1/deals", {"title": "D", "value": "1,200.50", "person_id": 1})

    assert reply.data["value"] == 1200.5


async def test_done_may_be_a_number(old: Visitor) -> None:
    reply = await old.post("/api/v1/activities", {"subject": "S", "type": "call", "done": 1})

    assert reply.data["done"] is True


async def test_the_person_of_an_activity_is_linked(old: Visitor) -> None:
    reply = await old.post("/api/v1/activities", {"subject": "S", "person_id": 1})

    assert reply.data["person_id"] == 1


async def test_custom_values_are_flat(old: Visitor) -> None:
    rows = (await old.get("/api/v2/personFields?limit=500")).data
    code = next(row["field_code"] for row in rows if row["field_name"] == "Source")

    reply = await old.put("/api/v1/persons/1", {code: "Web"})

    assert reply.data[code] == "Web"


async def test_old_calls_have_old_prices(old: Visitor) -> None:
    await old.get("/api/v1/persons/1")
    await old.get("/api/v1/persons/search?term=ada")

    assert [call.cost for call in old.sandbox.calls] == [2, 40]


async def test_old_lists_are_paged_by_start(old: Visitor) -> None:
    reply = await old.get("/api/v1/persons?start=20&limit=3")

    assert [row["id"] for row in reply.data] == [21, 22, 23]
    assert reply.json["additional_data"]["pagination"]["next_start"] == 23


@pytest.mark.parametrize("path", ["stages", "pipelines", "deals", "activities", "organizations"])
async def test_old_lists_answer(old: Visitor, path: str) -> None:
    assert (await old.get(f"/api/v1/{path}")).status == 200


async def test_an_organization_is_upserted(old: Visitor) -> None:
    made = await old.post("/api/v1/organizations", {"name": "O", "address": "1 Road"})
    changed = await old.put(f"/api/v1/organizations/{made.data['id']}", {"name": "P"})

    assert (changed.data["name"], changed.data["address"]) == ("P", "1 Road")

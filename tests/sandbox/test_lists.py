"""v2 lists: cursors, order, ids, times, projection."""

from typing import Any

import pytest
from tests.sandbox.conftest import Visitor


async def all_pages(visitor: Visitor, path: str) -> list[Any]:
    rows: list[Any] = []
    cursor: str | None = ""
    while cursor is not None:
        reply = await visitor.get(f"{path}&cursor={cursor}" if cursor else path)
        rows += reply.data
        cursor = reply.json["additional_data"]["next_cursor"]
    return rows


@pytest.mark.parametrize("order", ["id", "update_time", "add_time"])
@pytest.mark.parametrize("direction", ["asc", "desc"])
async def test_pages_join_to_the_whole(visitor: Visitor, order: str, direction: str) -> None:
    path = f"/api/v2/persons?limit=7&sort_by={order}&sort_direction={direction}"

    rows = await all_pages(visitor, path)

    assert sorted(row["id"] for row in rows) == list(range(1, 26))


async def test_a_falling_order_begins_with_the_newest(visitor: Visitor) -> None:
    reply = await visitor.get("/api/v2/persons?limit=2&sort_direction=desc")

    assert [row["id"] for row in reply.data] == [25, 24]


async def test_a_record_added_meanwhile_is_not_shown_twice(visitor: Visitor) -> None:
    first = await visitor.get("/api/v2/persons?limit=24")
    await visitor.post("/api/v2/persons", {"name": "New"})

    cursor = first.json["additional_data"]["next_cursor"]
    rest = await visitor.get(f"/api/v2/persons?cursor={cursor}")

    assert [row["id"] for row in rest.data] == [25, 26]


async def test_a_limit_above_500_is_refused(visitor: Visitor) -> None:
    assert (await visitor.get("/api/v2/persons?limit=501")).status == 400


async def test_a_foreign_cursor_is_refused(visitor: Visitor) -> None:
    assert (await visitor.get("/api/v2/persons?cursor=%21%21")).status == 400


async def test_ids_that_are_not_there_are_left_out(visitor: Visitor) -> None:
    reply = await visitor.get("/api/v2/persons?ids=3,999,1")

    assert [row["id"] for row in reply.data] == [1, 3]


async def test_updated_since_is_inclusive(visitor: Visitor) -> None:
    visitor.sandbox.clock.advance(60)
    await visitor.patch("/api/v2/persons/4", {"name": "Changed"})

    reply = await visitor.get("/api/v2/persons?updated_since=2026-11-22T09:01:00Z")

    assert [row["id"] for row in reply.data] == [4]


async def test_updated_until_is_exclusive(visitor: Visitor) -> None:
    reply = await visitor.get("/api/v2/persons?updated_until=2026-11-22T09:00:00Z")

    assert reply.data == []


async def test_updated_since_refuses_milliseconds(visitor: Visitor) -> None:
    reply = await visitor.get("/api/v2/persons?updated_since=2026-11-22T09:00:00.000Z")

    assert "is not a valid datetime" in reply.error


async def test_an_unknown_query_parameter_is_ignored(visitor: Visitor) -> None:
    assert (await visitor.get("/api/v2/persons?colour=red&limit=1")).status == 200
    visitor.objections.clear()


async def test_persons_of_a_deal_are_its_person_and_its_participants(visitor: Visitor) -> None:
    await visitor.post("/api/v1/deals/1/participants", {"person_id": 9})

    reply = await visitor.get("/api/v2/persons?deal_id=1")

    assert [row["id"] for row in reply.data] == [1, 9]


async def test_every_custom_field_comes_back_even_when_unset(visitor: Visitor) -> None:
    reply = await visitor.get("/api/v2/persons/1")

    assert list(reply.data["custom_fields"].values()) == [None] * 5


async def test_a_projection_shows_only_the_keys_asked_for(visitor: Visitor) -> None:
    code = next(iter((await visitor.get("/api/v2/persons/1")).data["custom_fields"]))

    reply = await visitor.get(f"/api/v2/persons/1?custom_fields={code}")

    assert reply.data["custom_fields"] == {code: None}


async def test_a_projection_of_16_keys_is_refused(visitor: Visitor) -> None:
    keys = ",".join(f"{i:040x}" for i in range(16))

    assert (await visitor.get(f"/api/v2/persons?custom_fields={keys}")).status == 400


async def test_an_unknown_include_field_is_refused(visitor: Visitor) -> None:
    assert (await visitor.get("/api/v2/persons/1?include_fields=shoe_size")).status == 400


async def test_label_ids_come_with_their_texts_when_asked_for(visitor: Visitor) -> None:
    await visitor.patch("/api/v2/persons/1", {"label_ids": [1]})

    reply = await visitor.get("/api/v2/persons/1?include_labels=true")

    assert reply.data["labels"] == [{"id": 1, "label": "Customer"}]

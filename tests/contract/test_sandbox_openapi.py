"""Every operation the sandbox serves is called, and its answer fits Pipedrive's OpenAPI files."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from tests.sandbox.conftest import QUIET, Reply, Visitor

from dealwright.sandbox.app import create_app
from dealwright.sandbox.routes import router

HOT = "f08b42a0-4e75-11ea-9643-03698ef1cfd6"
NAMES = {"persons": "name", "organizations": "name", "deals": "title", "activities": "subject"}


@pytest.fixture
async def visitor() -> AsyncIterator[Visitor]:
    visitor = Visitor(create_app(QUIET))
    yield visitor
    await visitor.close()


async def crud(visitor: Visitor, path: str, name: str) -> None:
    made = await visitor.post(f"/api/v2/{path}", {name: "Contract"})
    one = f"/api/v2/{path}/{made.data['id']}"
    await visitor.get(one)
    await visitor.patch(one, {name: "Contract 2"})
    await visitor.get(f"/api/v2/{path}?limit=3&sort_by=update_time&sort_direction=desc")
    await visitor.delete(one)


async def v2_fields(visitor: Visitor, path: str) -> None:
    made = await visitor.post(
        f"/api/v2/{path}",
        {"field_name": "Size", "field_type": "enum", "options": [{"label": "S"}, {"label": "L"}]},
    )
    one = f"/api/v2/{path}/{made.data['field_code']}"
    await visitor.get(f"/api/v2/{path}?limit=500")
    await visitor.get(f"{one}?include_fields=ui_visibility")
    await visitor.patch(one, {"field_name": "Sizes"})
    added = await visitor.post(f"{one}/options", [{"label": "XL"}])
    option = added.data[0]["id"]
    await visitor.patch(f"{one}/options", [{"id": option, "label": "XXL"}])
    await visitor.delete(f"{one}/options", [{"id": option}])
    await visitor.delete(one)


async def v1_fields(visitor: Visitor, path: str) -> None:
    made = await visitor.post(f"/api/v1/{path}", {"name": "Budget", "field_type": "monetary"})
    one = f"/api/v1/{path}/{made.data['id']}"
    await visitor.get(f"/api/v1/{path}?start=0&limit=100")
    await visitor.get(one)
    await visitor.put(one, {"name": "Budgets"})
    await visitor.delete(one)


async def searches(visitor: Visitor) -> None:
    await visitor.get("/api/v2/persons/search?term=kask&fields=name")
    await visitor.get("/api/v2/organizations/search?term=baltika")
    await visitor.get("/api/v2/deals/search?term=coffee&status=open")
    await visitor.get("/api/v2/leads/search?term=library")
    await visitor.get("/api/v1/leads/search?term=library")
    await visitor.get("/api/v2/itemSearch?term=hotel&search_for_related_items=true")
    await visitor.get("/api/v2/itemSearch/field?term=Ada Kask&entity_type=person&field=name")


async def notes(visitor: Visitor) -> None:
    made = await visitor.post("/api/v1/notes", {"content": "<p>Hi</p>", "person_id": 1})
    one = f"/api/v1/notes/{made.data['id']}"
    await visitor.get("/api/v1/notes?person_id=1&sort=add_time DESC")
    await visitor.get(one)
    await visitor.put(one, {"content": "<p>Ho</p>", "pinned_to_person_flag": 1})
    comment = await visitor.post(f"{one}/comments", {"content": "Yes"})
    comment_path = f"{one}/comments/{comment.data['uuid']}"
    await visitor.get(f"{one}/comments")
    await visitor.get(comment_path)
    await visitor.put(comment_path, {"content": "No"})
    await visitor.delete(comment_path)
    await visitor.delete(one)


async def leads(visitor: Visitor) -> None:
    made = await visitor.post(
        "/api/v1/leads",
        {"title": "L", "person_id": 1, "value": {"amount": 5, "currency": "EUR"}},
    )
    one = f"/api/v1/leads/{made.data['id']}"
    await visitor.get("/api/v1/leads?limit=1")
    await visitor.get("/api/v1/leads/archived")
    await visitor.get(one)
    await visitor.patch(one, {"label_ids": [HOT], "was_seen": True})
    await conversion(visitor, made)
    other = await visitor.post("/api/v1/leads", {"title": "M", "organization_id": 1})
    await visitor.delete(f"/api/v1/leads/{other.data['id']}")


async def conversion(visitor: Visitor, lead: Reply) -> None:
    path = f"/api/v2/leads/{lead.data['id']}/convert"
    started = await visitor.post(f"{path}/deal", {"pipeline_id": 1})
    visitor.sandbox.clock.advance(5)
    await visitor.get(f"{path}/status/{started.data['conversion_id']}")


async def lists(visitor: Visitor) -> None:
    for path in (
        "/api/v2/deals/archived", "/api/v2/pipelines", "/api/v2/pipelines/1", "/api/v2/stages",
        "/api/v2/stages/1", "/api/v2/activityFields", "/api/v2/activityFields/subject",
        "/api/v1/users", "/api/v1/users/me", "/api/v1/users/2", "/api/v1/users/find?term=jonas",
        "/api/v1/activityTypes", "/api/v1/currencies", "/api/v1/leadLabels",
        "/api/v1/leadSources", "/api/v1/leadFields", "/api/v1/noteFields",
        "/api/v1/activityFields",
        "/api/v1/recents?since_timestamp=2026-11-22 00:00:00&items=person,deal,note,stage",
    ):  # fmt: skip
        await visitor.get(path)


async def webhooks(visitor: Visitor) -> None:
    asked = {
        "subscription_url": "https://hub.example/hooks", "event_action": "*",
        "event_object": "person", "name": "Tour",
    }  # fmt: skip
    made = await visitor.post("/api/v1/webhooks", asked)
    await visitor.get("/api/v1/webhooks")
    await visitor.delete(f"/api/v1/webhooks/{made.data['id']}")


async def pipelines(visitor: Visitor) -> None:
    made = await visitor.post("/api/v2/pipelines", {"name": "Partners"})
    pipeline = made.data["id"]
    await visitor.patch(f"/api/v2/pipelines/{pipeline}", {"name": "Partner sales"})
    stage = await visitor.post("/api/v2/stages", {"name": "New", "pipeline_id": pipeline})
    await visitor.patch(f"/api/v2/stages/{stage.data['id']}", {"deal_probability": 10})
    await visitor.delete(f"/api/v2/stages/{stage.data['id']}")
    await visitor.delete(f"/api/v2/pipelines/{pipeline}")


async def small_things(visitor: Visitor) -> None:
    made = await visitor.post("/api/v1/activityTypes", {"name": "Tasting", "icon_key": "lunch"})
    await visitor.put(f"/api/v1/activityTypes/{made.data['id']}", {"name": "Coffee tasting"})
    await visitor.delete(f"/api/v1/activityTypes/{made.data['id']}")
    label = await visitor.post("/api/v1/leadLabels", {"name": "Icy", "color": "purple"})
    await visitor.patch(f"/api/v1/leadLabels/{label.data['id']}", {"name": "Frozen"})
    await visitor.delete(f"/api/v1/leadLabels/{label.data['id']}")
    row = await visitor.post("/api/v1/deals/1/participants", {"person_id": 2})
    await visitor.get("/api/v1/deals/1/participants")
    await visitor.delete(f"/api/v1/deals/1/participants/{row.data['id']}")
    await visitor.put("/api/v1/persons/2/merge", {"merge_with_id": 3})
    await visitor.put("/api/v1/organizations/4/merge", {"merge_with_id": 5})
    await visitor.put("/api/v1/deals/4/merge", {"merge_with_id": 5})


async def grand_tour(visitor: Visitor) -> None:
    for path, name in NAMES.items():
        await crud(visitor, path, name)
    for path in ("personFields", "organizationFields", "dealFields", "productFields"):
        await v2_fields(visitor, path)
        if ("GET", f"/api/v1/{path}") in served():
            await v1_fields(visitor, path)
    await searches(visitor)
    await notes(visitor)
    await leads(visitor)
    await lists(visitor)
    await small_things(visitor)
    await pipelines(visitor)
    await webhooks(visitor)


async def test_every_answer_fits_the_openapi_files(visitor: Visitor) -> None:
    await grand_tour(visitor)

    assert visitor.objections == []


async def test_no_call_of_the_tour_is_refused(visitor: Visitor) -> None:
    await grand_tour(visitor)

    assert [(c.method, c.path, c.status) for c in visitor.sandbox.calls if c.status >= 300] == []


async def test_every_operation_is_part_of_the_tour(visitor: Visitor) -> None:
    await grand_tour(visitor)
    await visitor.get("/api/v2/persons/1/picture")
    called = {(call.method, call.template) for call in visitor.sandbox.calls}

    assert served() - called == set()


def served() -> set[Any]:
    return {(route.method, route.template) for route in router().routes}

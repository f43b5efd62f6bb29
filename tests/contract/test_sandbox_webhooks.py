"""Every webhook that the sandbox sends fits the AsyncAPI file, but where the file is wrong."""

import json
import re
from collections.abc import AsyncIterator
from functools import cache
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator
from tests.needs import need_path
from tests.openapi import spec_folder
from tests.sandbox.conftest import QUIET, Visitor

from dealwright.sandbox.app import create_app
from dealwright.sandbox.courier import Outgoing

# Place in the payload, what the file objects to, and why the file is wrong.
EXCEPTIONS = (
    (r"meta\.(company_id|user_id|webhook_id|webhook_owner_id)$", r"not of type 'integer'",
     "all ids in meta are texts (migration guide)"),
    (r"meta\.permitted_user_ids\.\d+$", r"not of type 'integer'", "the same"),
    (r"meta\.merged_(to|from)_id$", r"not of type 'integer'|not valid under any", "the same"),
    (r"data$", r"None is not of type 'object'", "a deleted record has no data (guide)"),
    (r"meta\.timestamp$", r"not of type 'string'", "users carry seconds (migration guide)"),
)  # fmt: skip
EVENTS = {
    f"{action}.{entity}"
    for entity in ("person", "organization", "deal", "lead", "activity", "note")
    for action in ("create", "change", "delete")
} | {"create.user", "change.user", "create.pipeline", "create.stage", "change.stage"}


@cache
def file() -> Any:
    path = spec_folder() / "webhooks-v2-asyncapi.yml"
    need_path(path, "Pipedrive's AsyncAPI file")
    return yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)


def resolved(schema: Any) -> Any:
    if isinstance(schema, list):
        return [resolved(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        node = file()
        for part in schema["$ref"].removeprefix("#/").split("/"):
            node = node[part]
        return resolved(node)
    return {name: resolved(item) for name, item in schema.items()}


@cache
def validator(event: str) -> Draft202012Validator:
    message = resolved(file()["channels"][event]["subscribe"]["message"])
    return Draft202012Validator(message["payload"])


def objections(payload: Any) -> list[str]:
    name = f"{payload['meta']['action']}.{payload['meta']['entity']}"
    return [
        f"{name} {place}: {error.message}"
        for error in validator(name).iter_errors(payload)
        if not excused(place := ".".join(map(str, error.absolute_path)), error.message)
    ]


def excused(place: str, message: str) -> bool:
    return any(re.search(p, place) and re.search(m, message) for p, m, _ in EXCEPTIONS)


@pytest.fixture
async def told() -> AsyncIterator[list[Any]]:
    told: list[Any] = []

    async def receiver(outgoing: Outgoing) -> int:
        told.append(json.loads(outgoing.body))
        return 200

    visitor = Visitor(create_app(QUIET, sender=receiver))
    await a_day_at_work(visitor)
    await visitor.sandbox.courier.deliver()
    yield told
    await visitor.close()


async def a_day_at_work(visitor: Visitor) -> None:
    asked = {"subscription_url": "https://hub.example/h", "event_action": "*",
             "event_object": "*", "name": "All"}  # fmt: skip
    await visitor.post("/api/v1/webhooks", asked)
    for path, name in (("persons", "name"), ("organizations", "name"), ("deals", "title"),
                       ("activities", "subject")):  # fmt: skip
        made = await visitor.post(f"/api/v2/{path}", {name: "One"})
        await visitor.patch(f"/api/v2/{path}/{made.data['id']}", {name: "Two"})
        await visitor.delete(f"/api/v2/{path}/{made.data['id']}")
    lead = await visitor.post("/api/v1/leads", {"title": "Lead", "person_id": 1})
    await visitor.patch(f"/api/v1/leads/{lead.data['id']}", {"title": "Lead 2"})
    await visitor.delete(f"/api/v1/leads/{lead.data['id']}")
    note = await visitor.post("/api/v1/notes", {"content": "Hello", "person_id": 1})
    await visitor.put(f"/api/v1/notes/{note.data['id']}", {"content": "Bye"})
    await visitor.delete(f"/api/v1/notes/{note.data['id']}")
    await visitor.put("/api/v1/persons/2/merge", {"merge_with_id": 3})
    pipeline = await visitor.post("/api/v2/pipelines", {"name": "Partners"})
    stage = await visitor.post(
        "/api/v2/stages", {"name": "New", "pipeline_id": pipeline.data["id"]}
    )
    await visitor.patch(f"/api/v2/stages/{stage.data['id']}", {"name": "Newer"})
    visitor.sandbox.put_state({"users": [
        {"id": 5, "name": "Eva Kuusk", "email": "eva@tallinncoffee.example"},
        {"id": 3, "active_flag": False},
    ]})  # fmt: skip


async def test_every_webhook_fits_the_asyncapi_file(told: list[Any]) -> None:
    assert [fault for payload in told for fault in objections(payload)] == []


async def test_all_kinds_of_events_were_among_them(told: list[Any]) -> None:
    seen = {f"{p['meta']['action']}.{p['meta']['entity']}" for p in told}

    assert EVENTS - seen == set()

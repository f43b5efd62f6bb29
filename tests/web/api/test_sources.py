"""Sources by what they speak, the mirror forgotten, and a Segment destination brought along."""

from pathlib import Path
from typing import Any

import msgspec
import pytest
from tests.hub import TOKEN
from tests.oauth import SANDBOX
from tests.web.api.hub import ApiHub

from dealwright.store.audit import entries
from dealwright.store.event_hooks import sealed_secrets

SEGMENT = Path(__file__).parents[2] / "cases" / "imports" / "segment"


async def post(hub: ApiHub, path: str, body: Any = None) -> Any:
    async with hub.client() as client:
        answer = await client.post(path, json=body)
    return answer.json() | {"status": answer.status_code}


async def test_a_source_of_standard_webhooks_gets_a_secret_that_is_shown_once(
    hub: ApiHub,
) -> None:
    made = await post(hub, "/sources", {"name": "billing", "kind": "standard-webhooks"})
    async with hub.client() as client:
        again = (await client.get(f"/sources/{made['id']}")).json()

    assert (made["status"], made["secret"].startswith("whsec_")) == (201, True)
    assert (again["kind"], "secret" in again) == ("standard-webhooks", False)


async def test_a_secret_of_ones_own_is_sealed_and_not_told_again(hub: ApiHub) -> None:
    secret = f"whsec_{'c2Vj' * 12}"
    body = {"name": "billing", "kind": "standard-webhooks", "secret": secret}
    made = await post(hub, "/sources", body)
    sealed = await hub.store.read(lambda db: sealed_secrets(db, made["id"]))
    log = await hub.store.read(lambda db: entries(db, limit=5))

    assert made["secret"] is None
    assert sealed is not None
    assert secret not in str(log) + str(sealed)


async def test_a_source_that_does_not_sign_takes_no_secret(hub: ApiHub) -> None:
    body = {"name": "app", "kind": "cloudevents", "secret": "whsec_x"}

    assert (await post(hub, "/sources", body))["code"] == "invalid_request"


async def test_what_was_copied_of_an_account_is_forgotten(hub: ApiHub) -> None:
    async with hub.client() as client:
        await client.post("/connections/1/crawl", json={"kinds": ["person"]})
        gone = await client.delete("/connections/1/mirror")
        left = await client.get("/jobs?kind=crawl")

    assert (gone.status_code, gone.json(), left.json()["items"]) == (200, {"count": 0}, [])


@pytest.fixture
async def connection_id(hub: ApiHub) -> int:
    body = {"sandbox": SANDBOX, "token": TOKEN, "presets": False}
    made = await post(hub, "/connections", body)
    return int(made["id"])


@pytest.fixture
def documents() -> list[Any]:
    """What Segment's public API answers."""
    names = ("destination.json", "subscriptions.json")
    return [msgspec.json.decode((SEGMENT / name).read_bytes()) for name in names]


async def test_a_segment_destination_becomes_mappings(
    hub: ApiHub, connection_id: int, documents: list[Any]
) -> None:
    path = f"/connections/{connection_id}/segment-import"
    told = await post(hub, path, {"documents": documents})
    async with hub.client() as client:
        there = (await client.get(f"/connections/{connection_id}/mappings")).json()["items"]

    assert [one["name"] for one in there] == [one["name"] for one in told["made"]]
    assert told["made"]


async def test_brought_twice_nothing_is_made_twice(
    hub: ApiHub, connection_id: int, documents: list[Any]
) -> None:
    path = f"/connections/{connection_id}/segment-import"
    first = await post(hub, path, {"documents": documents})
    again = await post(hub, path, {"documents": documents})

    assert (again["made"], again["there"]) == ([], [one["name"] for one in first["made"]])


async def test_a_dry_run_stores_and_asks_nothing(
    hub: ApiHub, connection_id: int, documents: list[Any]
) -> None:
    path = f"/connections/{connection_id}/segment-import"
    asked = len(hub.away.asked)
    told = await post(hub, path, {"documents": documents, "dry_run": True})

    assert (told["made"], bool(told["notes"]), len(hub.away.asked)) == ([], True, asked)


async def test_what_is_no_export_is_refused(hub: ApiHub, connection_id: int) -> None:
    told = await post(hub, f"/connections/{connection_id}/segment-import", {"documents": [1]})

    assert told["status"] == 422

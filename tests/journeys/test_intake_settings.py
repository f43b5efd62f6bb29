"""What an operator sets counts at the door."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest
from tests.clock import ManualClock
from tests.process import write_key
from tests.web.door import client_of

from dealwright.app import build_web
from dealwright.settings import load_settings
from dealwright.store.engine import Store

TRACK = {"type": "track", "userId": "u1", "event": "e"}


@asynccontextmanager
async def _door(data: Path, **chosen: Any) -> AsyncIterator[httpx2.AsyncClient]:
    settings = load_settings(data=data, **chosen)
    store = Store.open(settings.store_url)
    try:
        app = build_web(settings, store, ManualClock())
        async with app.pages.router.lifespan_context(app.pages), client_of(app) as client:
            yield client
    finally:
        store.close()


@pytest.mark.parametrize(
    ("chosen", "path", "body", "code"),
    [
        ({"max_event_bytes": 1024}, "track", TRACK | {"x": "x" * 1024}, "event_too_large"),
        (
            {"max_event_bytes": 1024, "max_batch_bytes": 2048},
            "batch",
            {"batch": [TRACK] * 60},
            "body_too_large",
        ),
        ({"max_batch_events": 2}, "batch", {"batch": [TRACK] * 3}, "too_many_events"),
    ],
)
async def test_each_bound_is_the_operators(
    tmp_path: Path, chosen: dict[str, int], path: str, body: dict[str, Any], code: str
) -> None:
    key = write_key("website", data=tmp_path)

    async with _door(tmp_path, **chosen) as client:
        answer = await client.post(f"/v1/{path}", content=json.dumps(body), auth=(key, ""))

    assert (answer.status_code, answer.json()["code"]) == (400, code)


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("track", TRACK | {"x": "x" * 100_000}),
        ("batch", {"batch": [TRACK] * 3_000, "x": "x" * 400_000}),
    ],
)
async def test_wider_bounds_let_more_in(tmp_path: Path, path: str, body: dict[str, Any]) -> None:
    key = write_key("website", data=tmp_path)
    wide = {"max_event_bytes": 200_000, "max_batch_bytes": 5_000_000, "max_batch_events": 5_000}

    async with _door(tmp_path, **wide) as client:
        answer = await client.post(f"/v1/{path}", content=json.dumps(body), auth=(key, ""))

    assert answer.status_code == 200


async def test_browsers_are_sent_to_the_public_address(tmp_path: Path) -> None:
    key = write_key("website", data=tmp_path)

    async with _door(tmp_path, public_url="https://events.shop.example") as client:
        answer = await client.get(f"/v1/projects/{key}/settings")

    assert answer.json()["integrations"]["Segment.io"]["apiHost"] == "events.shop.example/v1"

"""The management API of the real program: from a key of the command line to an event's number."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx2
import pytest
from tests.process import serving

pytestmark = pytest.mark.process


def _made_key(data: Path) -> str:
    made = subprocess.run(
        [sys.executable, "-m", "dealwright", "keys", "add", "ci", "--role", "admin", "--json"],
        env={**os.environ, "DEALWRIGHT_DATA": str(data)},
        capture_output=True,
        text=True,
        check=True,
    )
    told: dict[str, Any] = json.loads(made.stdout)
    return str(told["key"])


def test_a_source_is_made_by_the_api_and_its_event_is_read_there(tmp_path: Path) -> None:
    headers = {"authorization": f"Bearer {_made_key(tmp_path)}"}

    with (
        serving("web", data=tmp_path) as hub,
        httpx2.Client(base_url=hub.url, headers=headers) as client,
    ):
        client.post("/api/v1/sources", json={"name": "shop"})
        key = client.post("/api/v1/sources/1/write-keys").json()["key"]
        event = {"userId": "u-1", "traits": {"name": "Ada"}}
        sent = httpx2.post(f"{hub.url}/v1/identify", json=event, auth=(key, ""))
        told = client.get("/api/v1/events/1").json()
        changes = client.get("/api/v1/audit").json()["items"]

    assert sent.status_code == 200
    assert told["body"]["traits"] == {"name": "Ada"}
    assert {"key.create", "source.create", "write_key.create"} <= {
        change["action"] for change in changes
    }


def test_the_reference_is_a_page_of_the_running_hub(tmp_path: Path) -> None:
    with serving("web", data=tmp_path) as hub:
        page = httpx2.get(f"{hub.url}/docs")
        told = httpx2.get(f"{hub.url}/api/v1/openapi.json")

    assert (page.status_code, "Dealwright API" in page.text) == (200, True)
    assert told.json()["openapi"].startswith("3.1")


def test_an_open_stream_does_not_keep_the_hub_from_ending(tmp_path: Path) -> None:
    headers = {"authorization": f"Bearer {_made_key(tmp_path)}"}

    with (
        serving("web", data=tmp_path) as hub,
        httpx2.stream("GET", f"{hub.url}/api/v1/stream", headers=headers) as answer,
    ):
        lines = answer.iter_lines()
        first = next(lines)
        begun_s = time.monotonic()
        hub.process.terminate()
        list(lines)
        took_s = time.monotonic() - begun_s

    assert first == "retry: 2000"
    assert took_s < 5

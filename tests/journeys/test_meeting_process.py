"""Meetings of the real program: what was answered is not lost, whoever dies after that."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx2
import pytest
from tests.meetings.posting import body_of, standard
from tests.process import PATIENCE_S, serving

pytestmark = pytest.mark.process

SECRET = "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz"


def dealwright(data: Path, *arguments: str) -> list[dict[str, Any]]:
    """Run a command; the lines of its JSON."""
    made = subprocess.run(
        [sys.executable, "-m", "dealwright", *arguments, "--json"],
        env={**os.environ, "DEALWRIGHT_DATA": str(data), "WEBHOOK_SECRET": SECRET},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=True,
    )
    return [json.loads(line) for line in made.stdout.splitlines()]


def meetings(data: Path) -> list[dict[str, Any]]:
    """The Meetings, once there are any."""
    end_s = time.monotonic() + PATIENCE_S
    found: list[dict[str, Any]] = []
    while not found and time.monotonic() < end_s:
        found = dealwright(data, "meeting", "list")
    return found


def test_a_delivery_that_was_answered_outlives_the_web_process(tmp_path: Path) -> None:
    dealwright(tmp_path, "sources", "add", "meeting", "fathom")
    body = body_of("fathom/01_external_full")
    sent = standard("fathom", body, secret=SECRET, at=int(time.time()))
    with serving("web", data=tmp_path) as hub:
        answer = httpx2.post(
            f"{hub.url}{sent.path}", content=sent.raw_body.encode(), headers=sent.headers
        )
        hub.kill()
    with serving("worker", data=tmp_path):
        (shown,) = meetings(tmp_path)

    assert answer.status_code == 200
    assert (shown["key"], shown["state"]) == (
        "fathom:171112001",
        "needs_review:no_connection",
    )

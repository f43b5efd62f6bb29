"""`dealwright mcp` as a program starts it: over stdio, at a hub that runs."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from mcp.client import Client
from mcp.client.stdio import StdioServerParameters, stdio_client
from tests.process import serving

pytestmark = pytest.mark.process


def _command(data: Path, *arguments: str) -> dict[str, Any]:
    made = subprocess.run(
        [sys.executable, "-m", "dealwright", *arguments, "--json"],
        env={**os.environ, "DEALWRIGHT_DATA": str(data)},
        capture_output=True,
        text=True,
        check=True,
    )
    told: dict[str, Any] = json.loads(made.stdout)
    return told


async def test_the_official_client_starts_the_tools_and_asks_the_hub(tmp_path: Path) -> None:
    key = _command(tmp_path, "keys", "add", "agent")["key"]
    with serving("web", data=tmp_path) as hub:
        started = StdioServerParameters(
            command=sys.executable,
            args=["-m", "dealwright", "mcp", "--url", hub.url],
            env={**os.environ, "DEALWRIGHT_API_KEY": key},
        )
        async with Client(stdio_client(started)) as client:
            answer = await client.call_tool("overview", {})
    (content,) = answer.content
    assert content.type == "text"
    assert json.loads(content.text)["newest_event"] == 0


def test_without_a_key_it_says_how_to_get_one(tmp_path: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "dealwright", "mcp"],
        env={**os.environ, "DEALWRIGHT_DATA": str(tmp_path), "DEALWRIGHT_API_KEY": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 1
    assert "`dealwright keys add agent` makes one" in " ".join(ended.stderr.split())


def test_the_command_line_tells_of_proposals(tmp_path: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "dealwright", "proposals", "list"],
        env={**os.environ, "DEALWRIGHT_DATA": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert ended.stdout.strip() == "Nothing was proposed."

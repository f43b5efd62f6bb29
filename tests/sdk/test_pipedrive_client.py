"""Pipedrive's own client reads from the sandbox, over HTTP, what the hub wrote there."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from tests.clock import ManualClock
from tests.events import group, identify, track
from tests.hub import new_sandbox, open_hub
from tests.sdk.conftest import Run

from dealwright.sandbox.app import Sandbox
from dealwright.sandbox.serve import server_for

STORY = (
    group("g-love", user_id="u-ada", name="Love Ltd"),
    identify("u-ada", name="Ada Love", email="ada@love.example"),
    track("u-ada", "Activity Upserted", subject="Asked for a demo"),
)


@asynccontextmanager
async def _over_http(sandbox: Sandbox) -> AsyncIterator[str]:
    listener = socket.create_server(("127.0.0.1", 0))
    server = server_for(sandbox, host="127.0.0.1", port=0)
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        await serving
        listener.close()


@pytest.mark.npm
async def test_the_official_client_reads_what_the_hub_wrote(tmp_path: Path, run: Run) -> None:
    clock = ManualClock()
    sandbox = new_sandbox(clock)
    sandbox.put_state({"deals": [{"title": "Engine"}]})
    async with open_hub(tmp_path, clock=clock) as hub:
        await hub.connect(sandbox)
        await hub.send(*STORY)
        await hub.run_until_idle()

    async with _over_http(sandbox) as address:
        read = await run("pipedrive.mjs", address, sandbox.token)

    assert read == {
        "persons": ["Ada Love"],
        "emails": ["ada@love.example"],
        "organizations": ["Love Ltd"],
        "activities": ["Asked for a demo"],
        "deals": ["Engine"],
    }

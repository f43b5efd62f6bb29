"""The sandbox as a server of its own, over a real socket."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
import pytest
from tests.sandbox.conftest import QUIET, TOKEN

from dealwright.sandbox.app import Sandbox, create_app
from dealwright.sandbox.serve import server_for

PATIENCE_S = 20


@pytest.fixture
def sandbox() -> Sandbox:
    return create_app(QUIET)


@asynccontextmanager
async def served(sandbox: Sandbox) -> AsyncIterator[aiohttp.ClientSession]:
    """Somebody who calls a sandbox over a socket; afterwards the sandbox has ended."""
    server = server_for(sandbox, host="127.0.0.1", port=0)
    running = asyncio.create_task(server.serve())
    while not (server.started or running.done()):  # noqa: ASYNC110 - uvicorn has no event for it
        await asyncio.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    async with aiohttp.ClientSession(url, headers={"x-api-token": TOKEN}) as session:
        yield session
        server.should_exit = True
        async with asyncio.timeout(PATIENCE_S):
            await running


@pytest.fixture
async def session(sandbox: Sandbox) -> AsyncIterator[aiohttp.ClientSession]:
    async with served(sandbox) as session:
        yield session


async def test_it_answers_over_a_socket(session: aiohttp.ClientSession) -> None:
    async with session.get("/api/v2/persons/1") as reply:
        assert (await reply.json())["data"]["name"] == "Ada Kask"


async def test_a_lost_answer_breaks_the_connection(
    session: aiohttp.ClientSession, sandbox: Sandbox
) -> None:
    sandbox.lose_next_answer("POST", "/api/v2/persons")

    with pytest.raises(aiohttp.ClientConnectionError):
        await session.post("/api/v2/persons", json={"name": "Ada Love"})

    assert sandbox.records("persons")[-1]["name"] == "Ada Love"


async def test_silence_outlasts_an_impatient_caller(
    session: aiohttp.ClientSession, sandbox: Sandbox
) -> None:
    sandbox.add_fault(hang_ms=60_000)

    with pytest.raises(TimeoutError):
        await session.get("/api/v2/persons/1", timeout=aiohttp.ClientTimeout(total=0.1))


async def test_truncated_json_arrives_as_a_whole_answer(
    session: aiohttp.ClientSession, sandbox: Sandbox
) -> None:
    sandbox.add_fault(truncate=True)

    async with session.get("/api/v2/persons/1") as reply:
        text = await reply.text()

    with pytest.raises(ValueError, match="line 1"):
        json.loads(text)


async def test_a_call_that_waits_for_ever_does_not_keep_the_server_from_ending(
    sandbox: Sandbox,
) -> None:
    sandbox.add_fault(hang_ms=3_600_000)
    async with served(sandbox) as session:
        waiting = asyncio.create_task(session.get("/api/v2/persons/1"))
        while not sandbox.calls:  # noqa: ASYNC110 - until the call has arrived
            await asyncio.sleep(0.01)

    with pytest.raises(aiohttp.ClientConnectionError):
        await waiting

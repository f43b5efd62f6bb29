"""The fixtures for other people's tests."""

import aiohttp

from dealwright.sandbox.app import Sandbox

pytest_plugins = ["dealwright.sandbox.pytest_plugin"]


def test_the_fixture_is_an_empty_account(pipedrive_sandbox: Sandbox) -> None:
    assert pipedrive_sandbox.records("persons") == []


async def test_the_sandbox_is_served_on_this_machine(
    pipedrive_sandbox: Sandbox, pipedrive_url: str
) -> None:
    token = {"x-api-token": pipedrive_sandbox.token}

    async with aiohttp.ClientSession(pipedrive_url, headers=token) as session:
        reply = await session.get("/api/v1/users/me")

    assert reply.status == 200

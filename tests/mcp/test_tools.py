"""The MCP server, driven by the official client over streamable HTTP, over the real API."""

import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest
from mcp.client import Client
from mcp.client.streamable_http import streamable_http_client
from starlette.applications import Starlette
from tests.web.api.hub import ApiHub, open_api
from tests.web.people import PUBLIC

from dealwright.core.people import Role
from dealwright.mcpside import McpSide, mcp_routes
from dealwright.pipeline.clock import SystemClock
from dealwright.store.engine import Store
from dealwright.store.migrate import migrate
from dealwright.store.people_tables import audit


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated file, to copy."""
    path = tmp_path_factory.mktemp("mcp") / "dealwright.db"
    store = Store.open(f"sqlite:///{path}")
    migrate(store)
    store.close()
    return path


@pytest.fixture
async def hub(migrated: Path, tmp_path: Path) -> AsyncGenerator[ApiHub]:
    """The API with one of everything."""
    async with open_api(migrated, tmp_path) as opened:
        await opened.fill()
        yield opened


@asynccontextmanager
async def agent(hub: ApiHub, role: Role = Role.MEMBER) -> AsyncGenerator[Client]:
    """The official client, with an API key of this role."""
    side = McpSide(hub.api, SystemClock())
    app = Starlette(routes=[*mcp_routes(side)])
    headers = {"authorization": f"Bearer {hub.keys[role]}"}
    transport = httpx2.ASGITransport(app=app)
    async with (
        httpx2.AsyncClient(transport=transport, base_url=PUBLIC, headers=headers) as http,
        Client(streamable_http_client(f"{PUBLIC}/mcp", http_client=http)) as client,
    ):
        yield client
    await side.close()


async def called(client: Client, tool: str, **arguments: Any) -> Any:
    """What a tool tells, of JSON; an error's text as it is."""
    answer = await client.call_tool(tool, arguments)
    (content,) = answer.content
    assert content.type == "text"
    return content.text if answer.is_error else json.loads(content.text)


async def test_only_tools_that_cannot_write_are_offered_but_one(hub: ApiHub) -> None:
    async with agent(hub) as client:
        tools = (await client.list_tools()).tools
    dangerous = [
        tool.name for tool in tools if tool.annotations and tool.annotations.destructive_hint
    ]
    assert dangerous == ["run_proposal"]
    assert all(tool.description for tool in tools)


async def test_the_hub_tells_what_it_is(hub: ApiHub) -> None:
    async with agent(hub) as client:
        told = await called(client, "overview")
    assert [one["name"] for one in told["connections"]] == ["main"]


async def test_a_delivery_is_explained(hub: ApiHub) -> None:
    async with agent(hub) as client:
        told = await called(client, "explain_delivery", delivery_id=1)
    assert "Pipedrive has no such stage." in json.dumps(told)


async def test_what_is_not_there_is_told_in_a_sentence(hub: ApiHub) -> None:
    async with agent(hub) as client:
        told = await called(client, "explain_delivery", delivery_id=99)
    assert "[not_found] There is no delivery 99." in told


async def test_a_name_leads_nowhere_else_in_the_api(hub: ApiHub) -> None:
    async with agent(hub, Role.OWNER) as client:
        told = await called(client, "explain_event", event="../../keys")
    assert "[no_such_path]" in told


async def test_a_write_needs_a_persons_approval(hub: ApiHub) -> None:
    async with agent(hub) as client:
        made = await called(client, "propose_retry", deliveries=[1], reason="The stage is back.")
        refused = await called(client, "run_proposal", proposal_id=made["id"])
    assert "Ask a person to approve of it: `dealwright proposals approve 1`." in made["next"]
    assert "[proposal_over] Proposal 1 cannot be done: it is proposed." in refused


async def test_who_proposed_is_in_the_audit_log(hub: ApiHub) -> None:
    async with agent(hub) as client:
        await called(client, "propose_retry", deliveries=[1], reason="The stage is back.")
    rows = await hub.store.read(lambda db: db.execute(audit.select()).all())
    assert [(row.action, row.principal_name) for row in rows] == [("proposal.make", "member")]


async def test_a_viewers_agent_may_try_nothing_that_costs(hub: ApiHub) -> None:
    async with agent(hub, Role.VIEWER) as client:
        told = await called(client, "dry_run", mapping_id=1)
    assert "[role_too_low]" in told


async def test_a_mapping_is_made_of_events_tried_and_proposed(hub: ApiHub) -> None:
    async with agent(hub) as client:
        made = await called(client, "suggest_mapping", action="upsert_person", events=[1])
        draft = {key: made[key] for key in ("name", "action", "trigger", "fields")}
        tried = await called(client, "dry_run_draft", connection_id=1, **draft)
        proposed = await called(
            client, "propose_mapping", connection_id=1, reason="People sign up.", **draft
        )
    assert made["trigger"] == 'type = "identify"'
    assert tried["dry_run"]["state"] == "done"
    assert len(tried["results"]) == 1
    assert proposed["summary"].startswith("Make the mapping “identify → ")


@pytest.mark.parametrize("authorization", ["", "Bearer dw_unknown"])
async def test_nobody_without_a_key_is_answered(hub: ApiHub, authorization: str) -> None:
    side = McpSide(hub.api, SystemClock())
    app = Starlette(routes=[*mcp_routes(side)])
    transport = httpx2.ASGITransport(app=app)
    async with httpx2.AsyncClient(transport=transport, base_url=PUBLIC) as http:
        answer = await http.post("/mcp", json={}, headers={"authorization": authorization})
    await side.close()
    assert (answer.status_code, answer.headers["www-authenticate"]) == (
        401,
        'Bearer realm="dealwright"',
    )

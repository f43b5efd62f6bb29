"""The permission table: every endpoint × every role × nobody, made from the application itself."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from fastapi.routing import APIRoute
from tests.web.api.hub import ApiHub, open_api

from dealwright.core.people import Role
from dealwright.web.api.app import endpoints, permission_of
from dealwright.web.auth.permissions import SMALLEST_ROLE

#: Endpoints that are open to everybody: by these people sign in, and see whether they are.
OPEN = {
    ("GET", "/session"),
    ("POST", "/session"),
    ("POST", "/session/link"),
}

WRITING = ("POST", "PATCH", "PUT", "DELETE")

pytestmark = pytest.mark.security


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def full(migrated: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[ApiHub]:
    """For tests in which everybody is refused; whoever is let in changes a hub of their own."""
    async with open_api(migrated, tmp_path_factory.mktemp("permissions")) as opened:
        await opened.fill()
        yield opened


def _paths(route: APIRoute) -> Iterator[tuple[str, str]]:
    for method in sorted(route.methods or ()):
        yield method, route.path


def _address(path: str) -> str:
    """A path with something in its places."""
    for name, value in (("kind", "person"), ("key_id}", "0" * 16), ("version", "1")):
        path = path.replace("{" + name.rstrip("}") + "}", value)
    return "/".join("1" if part.startswith("{") else part for part in path.split("/"))


async def _status(hub: ApiHub, role: Role | None, method: str, path: str) -> tuple[int, Any]:
    async with hub.client(role) as client:
        answer = await client.request(method, _address(path))
    return answer.status_code, answer.json().get("code") if answer.content else None


def test_the_table_is_of_the_whole_api(full: ApiHub, api_routes: list[APIRoute]) -> None:
    listed = {(method.lower(), path) for route in api_routes for method, path in _paths(route)}
    told = {
        (method, path)
        for path, methods in full.api.openapi()["paths"].items()
        for method in methods
    }

    assert listed == told
    assert len(listed) > 60


def test_every_endpoint_declares_who_may(api_routes: list[APIRoute]) -> None:
    undeclared = {
        entry for route in api_routes if permission_of(route) is None for entry in _paths(route)
    }

    assert undeclared == {entry for entry in undeclared if entry in OPEN or _opens(entry[1])}


def _opens(path: str) -> bool:
    """What a link to set up opens is open to whoever has it."""
    return path.startswith("/session/") and "set-up" in path


@pytest.fixture
def api_routes(full: ApiHub) -> list[APIRoute]:
    return list(endpoints(full.api))


@pytest.mark.asyncio(loop_scope="module")
async def test_nobody_gets_in_without_a_session_or_key(full: ApiHub) -> None:
    let_in = [
        (method, path)
        for route in endpoints(full.api)
        if permission_of(route) is not None
        for method, path in _paths(route)
        if (await _status(full, None, method, path))[0] != 401
    ]

    assert let_in == []


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("role", list(Role))
async def test_a_role_that_is_too_low_is_refused(full: ApiHub, role: Role) -> None:
    let_in = [
        (method, path)
        for route in endpoints(full.api)
        if (needed := permission_of(route)) is not None and not role.covers(SMALLEST_ROLE[needed])
        for method, path in _paths(route)
        if (await _status(full, role, method, path)) != (403, "role_too_low")
    ]

    assert let_in == []


@pytest.mark.parametrize("role", list(Role))
async def test_a_role_that_is_high_enough_is_let_in(hub: ApiHub, role: Role) -> None:
    kept_out = [
        (method, path)
        for route in endpoints(hub.api)
        if (needed := permission_of(route)) is not None
        and route.path != "/stream"
        and not route.path.startswith("/session")
        and role.covers(SMALLEST_ROLE[needed])
        for method, path in _paths(route)
        if (await _status(hub, role, method, path))[0] in {401, 403}
    ]

    assert kept_out == []


async def test_a_change_by_a_session_without_the_pages_token_is_refused(hub: ApiHub) -> None:
    cookie = {"cookie": (await hub.person(Role.OWNER))["cookie"]}

    async with hub.client(None, **cookie, origin="https://evil.example") as client:
        let_in = [
            (method, path)
            for route in endpoints(hub.api)
            if permission_of(route) is not None
            for method, path in _paths(route)
            if method in WRITING
            and path != "/session/second-factor"
            and (await client.request(method, _address(path))).status_code != 403
        ]

    assert let_in == []


async def test_a_revoked_key_opens_nothing(hub: ApiHub) -> None:
    async with hub.client() as client:
        made = (await client.post("/keys", json={"name": "ci", "role": "owner"})).json()
        await client.delete(f"/keys/{made['id']}")
        answer = await client.get("/health", headers={"authorization": f"Bearer {made['key']}"})

    assert (answer.status_code, answer.json()["code"]) == (401, "not_signed_in")

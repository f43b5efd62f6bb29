"""What somebody can do who has come by something: the statements of docs/security.md, by trial."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from fastapi.routing import APIRoute
from tests.fresh import fresh_file
from tests.web.api.hub import ApiHub, open_api
from tests.web.api.test_permissions import _address, _paths

from dealwright.core.people import Role
from dealwright.web.api.app import endpoints, permission_of
from dealwright.web.write_keys import new_write_key

pytestmark = pytest.mark.security


@pytest.fixture
async def full(tmp_path: Path) -> AsyncIterator[ApiHub]:
    """A hub with one of everything."""
    migrated = tmp_path / "migrated.db"
    fresh_file(migrated)
    async with open_api(migrated, tmp_path) as opened:
        await opened.fill()
        yield opened


def guarded(hub: ApiHub) -> list[tuple[str, str]]:
    """Every endpoint that asks who somebody is."""
    routes: list[APIRoute] = list(endpoints(hub.api))
    return [pair for one in routes if permission_of(one) is not None for pair in _paths(one)]


@pytest.mark.parametrize("scheme", ["Bearer {}", "Basic {}", "{}"])
async def test_a_write_key_opens_nothing_of_the_api(full: ApiHub, scheme: str) -> None:
    key = scheme.format(new_write_key())
    async with full.client(None, authorization=key) as client:
        opened = [
            (method, path)
            for method, path in guarded(full)
            if (await client.request(method, _address(path))).status_code != 401
        ]

    assert opened == []


async def test_an_api_key_is_no_session(full: ApiHub) -> None:
    async with full.client(Role.OWNER) as client:
        answers = [
            (await client.request(method, path)).status_code
            for method, path in (
                ("PUT", "/session/password"),
                ("POST", "/session/totp"),
                ("GET", "/sessions"),
            )
        ]

    assert set(answers) <= {401, 403}


async def test_a_key_of_a_role_makes_no_key_of_a_higher_one(full: ApiHub) -> None:
    async with full.client(Role.ADMIN) as client:
        answer = await client.post("/keys", json={"name": "more", "role": "owner"})

    assert answer.status_code == 403

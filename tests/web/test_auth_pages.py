"""The page to set up and to sign in: of our own files, and nothing inline."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest
from starlette.applications import Starlette
from tests.web.door import client_of
from tests.web.people import open_house

from dealwright.web.auth.pages import SIGN_IN_PATH, routes

PAGE = Path("src/dealwright/web/auth/page")


@pytest.fixture
async def client(tmp_path: Path) -> AsyncIterator[httpx2.AsyncClient]:
    async with open_house(tmp_path) as house:
        app = Starlette(routes=routes(house.app.state.guard, None))
        async with client_of(app) as client:
            yield client


@pytest.mark.parametrize("path", ["/auth/set-up", "/auth/sign-in"])
async def test_the_page_is_there(client: httpx2.AsyncClient, path: str) -> None:
    answer = await client.get(path)

    assert (answer.status_code, "<main>" in answer.text) == (200, True)


@pytest.mark.parametrize("path", ["/auth/set-up", "/auth/page.js", "/auth/page.css"])
async def test_nothing_but_the_hubs_own_files_is_allowed_to_it(
    client: httpx2.AsyncClient, path: str
) -> None:
    policy = (await client.get(path)).headers["content-security-policy"]

    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy


async def test_there_is_no_script_or_style_in_the_page_itself(client: httpx2.AsyncClient) -> None:
    text = (await client.get(SIGN_IN_PATH)).text

    assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\son\w+=|style=", text)


async def test_it_loads_nothing_from_elsewhere(client: httpx2.AsyncClient) -> None:
    texts = [(await client.get(path)).text for path in (SIGN_IN_PATH, "/auth/page.js")]

    assert not [text for text in texts if re.search(r"https?://|['\"]//", text)]


async def test_every_field_has_a_label(client: httpx2.AsyncClient) -> None:
    text = (await client.get(SIGN_IN_PATH)).text

    labelled = re.findall(r"<label>[^<]+<input", re.sub(r"\s+", " ", text))
    assert len(labelled) == text.count("<input")


async def test_without_a_provider_there_is_no_way_to_one(client: httpx2.AsyncClient) -> None:
    assert (await client.get("/auth/oidc")).status_code == 404

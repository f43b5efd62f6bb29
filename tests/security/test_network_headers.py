"""What browsers are told: with every answer, whoever gives it."""

import re
from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path

import httpx2
import pytest
from starlette.routing import BaseRoute, Mount, Route
from tests.security.webside import PUBLIC, WebSide, web_side
from tests.web.door import TRACK, open_door

from dealwright.web.api.app import endpoints
from dealwright.web.app import WebOptions
from dealwright.web.headers import policy

pytestmark = pytest.mark.security

EVERYWHERE = {"x-content-type-options": "nosniff", "referrer-policy": "no-referrer"}
DOORS = (
    "/v1/batch",
    "/v1/projects/x/settings",
    "/v1/none",
    "/beacon/v1/batch",
    "/sourceConfig",
    "/hooks/events/segment",
    "/hooks/events/cloudevents",
    "/hooks/meetings/none",
    "/hooks/none",
)
#: Pages whose policy is not the common one. All are stricter; a weaker one needs a reason here.
EXCEPTIONS: dict[str, str] = {}

#: What may stand in a frame, and in whose: a fault card of the side panel holds nothing of anybody.
FRAMED = {
    "POST /card/embed": "an extension that is not paired is told so",
    "POST /card/embed/1/act": "a button of a device that is revoked is told so",
}


@pytest.fixture
async def side(tmp_path: Path) -> AsyncIterator[WebSide]:
    async with web_side(tmp_path, address_rate=0) as side:
        yield side


def pages(side: WebSide) -> Iterator[str]:
    """The path of every route that there is, parameters filled in."""
    found = list(_paths(side.app.pages.routes))
    assert len(found) > 60
    return (re.sub(r"{[^}]+}", "1", path) for path in found if "stream" not in path)


def _paths(routes: Sequence[BaseRoute], prefix: str = "") -> Iterator[str]:
    for route in routes:
        if isinstance(route, Mount):
            yield from (f"{route.path}{each.path}" for each in endpoints(route.app))  # type: ignore[arg-type]
        elif isinstance(route, Route):
            yield prefix + route.path


async def every_answer(side: WebSide, client: httpx2.AsyncClient) -> dict[str, httpx2.Response]:
    paths = [*pages(side), *DOORS, "/none", "/api/v1/none"]
    return {
        f"{method} {path}": await client.request(method, path)
        for path in paths
        for method in ("GET", "POST")
    }


async def test_every_answer_of_every_route_has_its_headers(side: WebSide) -> None:
    async with side.client() as client:
        answers = await every_answer(side, client)

    lacking = {
        (request, name)
        for request, answer in answers.items()
        for name, value in EVERYWHERE.items()
        if answer.headers.get(name) != value
    }
    assert lacking == set()
    assert {r for r, a in answers.items() if a.headers.get("cache-control") is None} == set()
    assert {r for r, a in answers.items() if a.status_code >= 500} == set()


async def test_no_policy_lets_in_a_script_that_is_not_a_file_of_ours(side: WebSide) -> None:
    async with side.client() as client:
        answers = await every_answer(side, client)

    policies = {r: a.headers.get("content-security-policy", "") for r, a in answers.items()}
    assert {r for r, told in policies.items() if "default-src 'none'" not in told} == set()
    framed = {r for r, told in policies.items() if "frame-ancestors 'none'" not in told}
    assert framed == set(FRAMED)
    weak = {r for r, told in policies.items() if re.search(r"unsafe|\*|https?:|blob:", told)}
    assert weak == set(EXCEPTIONS)


async def test_only_doors_of_senders_answer_other_origins(side: WebSide) -> None:
    async with side.client() as client:
        answers = await every_answer(side, client)

    shared = {
        request.split(" ")[1]
        for request, answer in answers.items()
        if answer.headers.get("cross-origin-resource-policy") != "same-origin"
    }
    assert shared == set(DOORS)
    opened = {
        r.split(" ")[1] for r, a in answers.items() if "access-control-allow-origin" in a.headers
    }
    assert opened <= set(DOORS)


async def test_no_header_comes_twice(side: WebSide) -> None:
    async with side.client() as client:
        answers = await every_answer(side, client)

    for answer in answers.values():
        names = [name for name, _ in answer.headers.multi_items() if name != "set-cookie"]
        assert len(names) == len(set(names))


@pytest.mark.parametrize(
    ("url", "is_told"),
    [
        ("http://localhost", False),
        ("http://other.example", False),
        ("http://hub.example", True),
        ("https://hub.example", True),
        ("https://other.example", True),
    ],
)
async def test_browsers_keep_to_tls_once_there_is_some(
    tmp_path: Path, url: str, *, is_told: bool
) -> None:
    async with web_side(tmp_path, public_url=PUBLIC) as side, side.client(url) as client:
        answers = [await client.get(path) for path in ("/", "/livez", "/v1/none", "/api/v1/health")]

    told = {"strict-transport-security" in answer.headers for answer in answers}
    assert told == {is_told}


async def test_what_is_taken_is_answered_with_as_little_as_there_is_to_say() -> None:
    async with open_door(WebOptions(public_url=PUBLIC)) as door:
        answer = await door.send("/v1/track", TRACK)

    assert answer.status_code == 200
    assert sorted(answer.headers) == [
        "access-control-allow-origin",
        "content-length",
        "content-type",
        "strict-transport-security",
        "x-content-type-options",
    ]


def test_a_page_declares_what_it_needs_besides() -> None:
    told = policy(media_src="'self' blob:", img_src="'self'")
    assert "media-src 'self' blob:" in told
    assert "img-src 'self';" in told
    assert "script-src 'self';" in told

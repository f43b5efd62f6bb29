"""A sandbox that stands still, and a visitor whose every exchange is checked against the files."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import httpx2
import pytest
from tests.openapi import validate_exchange
from tests.sandbox.receiver import Receiver, Subscriber

from dealwright.sandbox.app import Sandbox, create_app
from dealwright.sandbox.options import NO_LIMITS, Options

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
TOKEN = "5a" * 20
QUIET = Options(token=TOKEN, lag_s=0, limits=NO_LIMITS, frozen_at=NOW)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    status: int
    json: Any
    headers: httpx2.Headers
    text: str

    @property
    def data(self) -> Any:
        return self.json["data"]

    @property
    def error(self) -> str:
        return self.json["error"]


class Visitor:
    """Calls the sandbox as a stranger would, and keeps what the OpenAPI files object to."""

    def __init__(self, sandbox: Sandbox, *, token: str = TOKEN) -> None:
        self.sandbox = sandbox
        self.objections: list[str] = []
        self._client = httpx2.AsyncClient(
            transport=httpx2.ASGITransport(app=sandbox),
            base_url="https://tallinncoffee.pipedrive.example",
            headers={"x-api-token": token} if token else {},
        )

    async def close(self) -> None:
        await self._client.aclose()

    async def send(self, method: str, path: str, body: Any = None, **more: Any) -> Reply:
        content = {} if body is None else {"json": body}
        response = await self._client.request(method, path, **content, **more)
        is_json = response.headers["content-type"].startswith("application/json")
        value = response.json() if is_json else None
        if response.status_code < 300 and "/_sandbox" not in path:
            self.objections += validate_exchange(
                method,
                response.request.url.path,
                response.request.url.query.decode(),
                request_json=body,
                status=response.status_code,
                response_json=value,
            )
        return Reply(
            status=response.status_code, json=value, headers=response.headers, text=response.text
        )

    async def get(self, path: str, **more: Any) -> Reply:
        return await self.send("GET", path, **more)

    async def post(self, path: str, body: Any, **more: Any) -> Reply:
        return await self.send("POST", path, body, **more)

    async def patch(self, path: str, body: Any) -> Reply:
        return await self.send("PATCH", path, body)

    async def put(self, path: str, body: Any) -> Reply:
        return await self.send("PUT", path, body)

    async def delete(self, path: str, body: Any = None) -> Reply:
        return await self.send("DELETE", path, body)


@pytest.fixture
def options() -> Options:
    return QUIET


@pytest.fixture
def receiver() -> Receiver:
    return Receiver()


@pytest.fixture
def sandbox(options: Options, receiver: Receiver) -> Sandbox:
    return create_app(options, sender=receiver)


@pytest.fixture
async def visitor(sandbox: Sandbox) -> AsyncIterator[Visitor]:
    visitor = Visitor(sandbox)
    yield visitor
    await visitor.close()
    assert visitor.objections == []


@pytest.fixture
def subscriber(visitor: Visitor) -> Subscriber:
    return Subscriber(visitor)


@pytest.fixture
def empty() -> Options:
    return replace(QUIET, seed="empty")

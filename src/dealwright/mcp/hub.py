"""The management API as the tools ask it: over HTTP, or in the process that serves it.

Everything goes through `/api/v1` with the API key of whoever asks: the same roles, the same audit.
"""

from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from http import HTTPStatus
from typing import Any, Final

import httpx2
from mcp.server.mcpserver.context import Context
from mcp.server.mcpserver.exceptions import ToolError

#: Below it stands the API.
API: Final = "/api/v1"

_TIMEOUT_S: Final = 60.0


class Hub:
    """Asks one hub, with one API key."""

    def __init__(self, client: httpx2.AsyncClient) -> None:
        self._client = client

    async def get(self, path: str, query: Mapping[str, Any] | None = None) -> Any:
        """What the API tells; what is None in the query is left out.

        Raises ToolError with the problem's sentence and code, as every ask.
        """
        given = {name: value for name, value in (query or {}).items() if value is not None}
        return await self._ask("GET", path, query=given)

    async def post(self, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """What the API answers to a change."""
        return await self._ask("POST", path, body=body)

    async def knows_me(self) -> bool:
        """Whether the key is one; a hub that cannot tell is asked again with the tool itself."""
        answer = await self._client.get("/health")
        return answer.status_code != HTTPStatus.UNAUTHORIZED

    async def _ask(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, Any] | None = None,
        body: Mapping[str, Any] | None = None,
    ) -> Any:
        try:
            answer = await self._client.request(method, path, params=query or None, json=body)
        except httpx2.HTTPError as error:
            raise ToolError(
                f"The hub does not answer at {self._client.base_url} ({type(error).__name__}): see "
                "whether `dealwright serve` runs there."
            ) from error
        if answer.is_success:
            return answer.json()
        raise ToolError(_refusal(answer))


OpenHub = Callable[[Context[Any, Any]], AbstractAsyncContextManager[Hub]]
"""Opens the hub for whoever calls a tool."""


def over_http(url: str, key: str) -> httpx2.AsyncClient:
    """A client of a hub somewhere."""
    headers = {"authorization": f"Bearer {key}"}
    return httpx2.AsyncClient(base_url=f"{url}{API}", headers=headers, timeout=_TIMEOUT_S)


@asynccontextmanager
async def in_process(api: Any, authorization: str) -> AsyncGenerator[Hub]:
    """The hub whose API this is, for whoever sent this header."""
    transport = httpx2.ASGITransport(app=api)
    headers = {"authorization": authorization}
    async with httpx2.AsyncClient(
        transport=transport, base_url="https://hub.invalid", headers=headers, timeout=_TIMEOUT_S
    ) as client:
        yield Hub(client)


def _refusal(answer: httpx2.Response) -> str:
    """A problem (RFC 9457) in a sentence."""
    try:
        problem: dict[str, Any] = answer.json()
    except ValueError:
        return f"The hub answered {answer.status_code}."
    told = problem.get("detail") or problem.get("title") or f"It answered {answer.status_code}."
    parts = [f"{part.get('path')}: {part.get('message')}" for part in problem.get("faults", ())]
    fix = problem.get("fix", "")
    return " ".join(filter(None, (f"[{problem.get('code', '')}] {told}", *parts, fix)))

"""The MCP endpoint, where the extra is installed; a part of the composition root."""

import asyncio
import importlib.util
from collections.abc import Sequence
from importlib.metadata import version
from typing import TYPE_CHECKING, Final

from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from dealwright.core.clock import Clock

if TYPE_CHECKING:
    from dealwright.mcp.server import McpEndpoint

#: Where it is served.
PATH: Final = "/mcp"


class McpSide:
    """Serves MCP from the first request on, until it is closed.

    The SDK takes longer to import than all else that a process needs: who never asks does not pay.
    """

    def __init__(self, api: ASGIApp, clock: Clock) -> None:
        self._api = api
        self._clock = clock
        self._starting = asyncio.Lock()
        self._over = asyncio.Event()
        self._serving: asyncio.Task[None] | None = None
        self._endpoint: McpEndpoint | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        async with self._starting:
            if self._endpoint is None:
                self._endpoint = await self._start()
        await self._endpoint(scope, receive, send)

    async def close(self) -> None:
        """Serve no more."""
        self._over.set()
        if self._serving is not None:
            await self._serving

    async def _start(self) -> "McpEndpoint":
        endpoint = await asyncio.to_thread(self._made)
        ready = asyncio.Event()

        async def serve() -> None:
            # Its task group has to be left by the task that has entered it.
            async with endpoint.running():
                ready.set()
                await self._over.wait()

        serving, begun = asyncio.create_task(serve()), asyncio.create_task(ready.wait())
        await asyncio.wait((serving, begun), return_when=asyncio.FIRST_COMPLETED)
        begun.cancel()
        if serving.done():
            serving.result()
        self._serving = serving
        return endpoint

    def _made(self) -> "McpEndpoint":
        from dealwright.mcp.server import McpEndpoint  # noqa: PLC0415

        return McpEndpoint(self._api, self._clock, version=version("dealwright"))


def mcp_routes(side: McpSide) -> Sequence[BaseRoute]:
    """Where it is; nowhere without the extra."""
    if importlib.util.find_spec("mcp") is None:
        return ()
    return (Route(PATH, endpoint=side),)

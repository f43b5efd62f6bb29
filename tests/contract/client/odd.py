"""OddServer: an ASGI application that answers as it is told, for what no real API would do."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, MutableMapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import uvicorn

Message = MutableMapping[str, Any]
App = Callable[
    [Message, Callable[[], Awaitable[Message]], Callable[[Message], Awaitable[None]]],
    Awaitable[None],
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A request as it arrived."""

    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: bytes
    client_port: int


@dataclass(slots=True, kw_only=True)
class OddServer:
    """Answers every request alike and remembers them all."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict[str, str])
    body: bytes = b'{"success":true,"data":{"id":7}}'
    hangs: bool = False
    breaks_off: bool = False
    seen: list[Seen] = field(default_factory=list[Seen], repr=False)
    released: asyncio.Event = field(default_factory=asyncio.Event)

    async def __call__(
        self,
        scope: Message,
        receive: Callable[[], Awaitable[Message]],
        send: Callable[[Message], Awaitable[None]],
    ) -> None:
        self.seen.append(_seen(scope, (await receive())["body"]))
        if self.hangs:
            await self.released.wait()
        length = str(len(self.body)).encode()
        told = [(name.encode(), value.encode()) for name, value in self.headers.items()]
        await send(
            {
                "type": "http.response.start",
                "status": self.status,
                "headers": [(b"content-length", length), *told],
            }
        )
        if self.breaks_off:
            await send({"type": "http.response.body", "body": self.body[:9], "more_body": True})
            return
        await send({"type": "http.response.body", "body": self.body})


def _seen(scope: Message, body: bytes) -> Seen:
    return Seen(
        method=scope["method"],
        path=scope["path"],
        query=scope["query_string"].decode(),
        headers={name.decode(): value.decode() for name, value in scope["headers"]},
        body=body,
        client_port=scope["client"][1],
    )


@asynccontextmanager
async def served(app: App) -> AsyncGenerator[str]:
    """Serve an application on a free loopback port of this event loop; gives its address."""
    config = uvicorn.Config(app, port=0, log_config=None, lifespan="off")
    config.load()
    server = uvicorn.Server(config)
    server.lifespan = config.lifespan_class(config)
    await server.startup()
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        # Server.shutdown() would nap a tenth of a second for each test.
        for listening in server.servers:
            listening.close()
        for connection in list(server.server_state.connections):
            connection.shutdown()
        for task in list(server.server_state.tasks):
            task.cancel()
        await asyncio.gather(*server.server_state.tasks, return_exceptions=True)

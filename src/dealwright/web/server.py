"""The server that the web side runs in: uvicorn, set up for many small requests."""

import gc
import socket
from collections.abc import Callable
from typing import Any

import uvicorn

#: Longer than a load balancer's own (60 s mostly): the side that reuses closes last.
_KEEP_ALIVE_S = 75
#: What may be under way when the server is told to end; senders repeat what gets no answer.
_GRACE_S = 10


class _Server(uvicorn.Server):
    def __init__(
        self, config: uvicorn.Config, on_ready: Callable[[], None], on_end: Callable[[], None]
    ) -> None:
        super().__init__(config)
        self._on_ready = on_ready
        self._on_end = on_end

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._on_ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._on_end()
        await super().shutdown(sockets)


async def serve_web(
    app: Any,
    *,
    sockets: list[socket.socket],
    on_ready: Callable[[], None] = lambda: None,
    on_end: Callable[[], None] = lambda: None,
) -> None:
    """Serve until SIGINT or SIGTERM; then answer what is under way and close the app.

    `on_ready` is called once, when the first request can come; `on_end` when none is taken any
    more and those under way are to end. Runs best on uvloop. The signal is
    raised again at the end, as uvicorn does.
    """
    config = uvicorn.Config(
        app,
        http="httptools",
        ws="none",
        lifespan="on",
        access_log=False,
        log_config=None,
        server_header=False,
        # Proxies are seen through by web/proxies, of the networks that the operator trusts.
        proxy_headers=False,
        timeout_keep_alive=_KEEP_ALIVE_S,
        timeout_graceful_shutdown=_GRACE_S,
    )
    # What is loaded now stays; a request leaves little behind that is in a cycle.
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 50)
    await _Server(config, on_ready, on_end).serve(sockets=sockets)

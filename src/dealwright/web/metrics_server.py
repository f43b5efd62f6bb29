"""A small server of `/metrics` alone, for a process that has no other door: the worker."""

import socket
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from aiohttp import web

from dealwright.core.secret import Secret
from dealwright.web.metrics import CONTENT_TYPE, Metrics, MetricsClosed, check_caller


@asynccontextmanager
async def serving_metrics(
    metrics: Metrics, *, listener: socket.socket, token: Secret | None
) -> AsyncGenerator[None]:
    """Serve it as long as the block lasts. No signal is touched: they are the worker's."""

    async def page(request: web.Request) -> web.Response:
        try:
            headers = [(name.lower(), value) for name, value in request.raw_headers]
            check_caller(client=request.remote, headers=headers, token=token)
        except MetricsClosed as error:
            return web.Response(text=f"{error} ({error.code})\n", status=403)
        return web.Response(body=await metrics.text(), headers={"content-type": CONTENT_TYPE})

    app = web.Application()
    app.router.add_get("/metrics", page)
    runner = web.AppRunner(app, handle_signals=False, access_log=None)
    await runner.setup()
    try:
        await web.SockSite(runner, listener).start()
        yield
    finally:
        await runner.cleanup()

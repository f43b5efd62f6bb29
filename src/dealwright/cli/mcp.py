"""`dealwright mcp`: the hub's tools for programs that speak the Model Context Protocol."""

import asyncio
import importlib.util
from importlib.metadata import version
from typing import Annotated

import typer

from dealwright.cli.examples import examples
from dealwright.core.errors import ConfigError
from dealwright.pipeline.clock import SystemClock

EXAMPLES = examples(
    "dealwright keys add agent --role member  # its key is shown once",
    "DEALWRIGHT_API_KEY=dw_… dealwright mcp --url http://localhost:8787",
)


def mcp(
    url: Annotated[
        str, typer.Option(envvar="DEALWRIGHT_URL", help="Where the hub is.")
    ] = "http://localhost:8787",
    *,
    key: Annotated[
        str,
        typer.Option(
            "--key",
            envvar="DEALWRIGHT_API_KEY",
            help="An API key of the hub; better given by the environment.",
        ),
    ] = "",
) -> None:
    """Serve the hub's tools over stdio, for a program on this machine; it starts this itself.

    The tools look things up for no API tokens. What would write, they propose: a person approves.
    A hub that runs has the same tools at /mcp, over streamable HTTP.
    """
    if importlib.util.find_spec("mcp") is None:
        raise ConfigError("That needs an extra: pip install 'dealwright[mcp]'.", code="no_mcp")
    if not key:
        raise ConfigError(
            "Give an API key in DEALWRIGHT_API_KEY: `dealwright keys add agent` makes one."
        )
    asyncio.run(_serve(url.rstrip("/"), key))


async def _serve(url: str, key: str) -> None:
    # The SDK is an extra.
    from dealwright.mcp.hub import Hub, over_http  # noqa: PLC0415
    from dealwright.mcp.server import server_at  # noqa: PLC0415

    async with over_http(url, key) as client:
        server = server_at(Hub(client), SystemClock(), version=version("dealwright"))
        await server.run_stdio_async()

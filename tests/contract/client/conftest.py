"""The two Senders, and what they talk to."""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from typing import TypeAlias

import pytest
from tests.contract.client.odd import OddServer, served

from dealwright.core.secret import Secret
from dealwright.pipedrive.sender import AiohttpSender, AsgiSender, Sender, Timeouts

CANARY = "c0ffee5ec3e7c0ffee5ec3e7c0ffee5ec3e7cafe"

SenderFactory: TypeAlias = Callable[..., Sender]


@pytest.fixture
def canary() -> str:
    """The token: must be found in one header and nowhere else."""
    return CANARY


@pytest.fixture
async def odd() -> AsyncIterator[OddServer]:
    odd = OddServer()
    yield odd
    odd.released.set()


@pytest.fixture(params=["aiohttp", "asgi"])
async def make_sender(
    request: pytest.FixtureRequest, odd: OddServer
) -> AsyncIterator[SenderFactory]:
    """Make a Sender of either kind that talks to `odd`; keywords go to its constructor."""
    async with AsyncExitStack() as stack:
        url = await stack.enter_async_context(served(odd))

        def over_http(**options: object) -> Sender:
            return AiohttpSender(url, Secret(CANARY), **options)  # type: ignore[arg-type]

        def in_process(**options: object) -> Sender:
            return AsgiSender(odd, url, Secret(CANARY), **options)  # type: ignore[arg-type]

        make = {"aiohttp": over_http, "asgi": in_process}[request.param]

        def remembered(**options: object) -> Sender:
            sender = make(**options)
            stack.push_async_callback(sender.close)
            return sender

        yield remembered


@pytest.fixture
def sender(make_sender: SenderFactory) -> Sender:
    return make_sender()


@pytest.fixture
def impatient(make_sender: SenderFactory) -> Sender:
    return make_sender(timeouts=Timeouts(total_s=0.05, connect_s=0.05))

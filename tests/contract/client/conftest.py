"""The two Senders, and what they talk to."""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from typing import TypeAlias

import pytest
from tests.clock import ManualClock
from tests.contract.client.odd import OddServer, served
from tests.contract.client.watched import WatchedSender

from dealwright.core.secret import Secret
from dealwright.pipedrive.client import CallRecord, Client
from dealwright.pipedrive.gate import Gate
from dealwright.pipedrive.plans import plan
from dealwright.pipedrive.records import Records
from dealwright.pipedrive.sender import AiohttpSender, AsgiSender, Sender, Timeouts
from dealwright.sandbox.app import Sandbox, create_app
from dealwright.sandbox.options import Options

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
def sandbox() -> Sandbox:
    """A Pipedrive with its demo company, without index lag, on Ultimate."""
    moment = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
    return create_app(Options(token=CANARY, plan="ultimate", lag_s=0, frozen_at=moment))


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def calls() -> list[CallRecord]:
    """Every call that the client made, as the Ledger hears of it."""
    return []


@pytest.fixture
async def client(
    sandbox: Sandbox, clock: ManualClock, calls: list[CallRecord]
) -> AsyncIterator[Client]:
    """A Client that talks to the sandbox in process; its requests are held to the files."""
    sender = WatchedSender(AsgiSender(sandbox, "http://sandbox.example", Secret(CANARY)))
    gate = Gate.for_plan(clock, plan("ultimate"))
    client = Client(sender=sender, clock=clock, gate=gate, purpose="events", on_call=calls.append)
    yield client
    await client.close()
    assert sender.objections == []


@pytest.fixture
def records(client: Client) -> Records:
    """Typed calls, in process."""
    return Records(client)


@pytest.fixture(params=["aiohttp", "asgi"])
async def either_client(
    request: pytest.FixtureRequest, sandbox: Sandbox, clock: ManualClock, calls: list[CallRecord]
) -> AsyncIterator[Client]:
    """A Client that talks to the sandbox over either Sender; its gate is wide open."""
    async with served(sandbox) as url:
        inner: Sender = AsgiSender(sandbox, url, Secret(CANARY))
        if request.param == "aiohttp":
            inner = AiohttpSender(url, Secret(CANARY))
        sender = WatchedSender(inner)
        gate = Gate(clock, burst=10_000)
        client = Client(
            sender=sender, clock=clock, gate=gate, purpose="events", on_call=calls.append
        )
        yield client
        await client.close()
        assert sender.objections == []


@pytest.fixture
def sender(make_sender: SenderFactory) -> Sender:
    return make_sender()


@pytest.fixture
def impatient(make_sender: SenderFactory) -> Sender:
    return make_sender(timeouts=Timeouts(total_s=0.05, connect_s=0.05))

"""Door: the web side in process, and what went through it."""

import base64
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx2
from tests.clock import ManualClock

from dealwright.core.errors import DealwrightError
from dealwright.core.webhook import Told
from dealwright.store.append import EventRow, RejectRow
from dealwright.web.app import Doors, WebOptions, web_app
from dealwright.web.hooks import Ear
from dealwright.web.write_keys import hash_write_key

KEY = "write-key-of-the-shop"
SHOP = 7
AUTHORIZATION = "Basic " + base64.b64encode(f"{KEY}:".encode()).decode()
TRACK = {"userId": "u1", "event": "Order Completed", "messageId": "m1"}


@dataclass
class Log:
    """A log in memory; `fault` is what the next appends run into."""

    events: list[EventRow] = field(default_factory=list[EventRow])
    rejects: list[RejectRow] = field(default_factory=list[RejectRow])
    keys: dict[str, int] = field(default_factory=lambda: {hash_write_key(KEY): SHOP})
    fault: Exception | None = None
    keys_fault: DealwrightError | None = None
    key_reads: int = 0
    closed: bool = False

    async def accept(self, events: list[EventRow], rejects: list[RejectRow]) -> None:
        if self.fault is not None:
            raise self.fault
        self.events += events
        self.rejects += rejects

    async def load_keys(self) -> Mapping[str, int]:
        self.key_reads += 1
        if self.keys_fault is not None:
            raise self.keys_fault
        return dict(self.keys)

    async def check(self) -> None:
        if self.fault is not None:
            raise self.fault

    async def close(self) -> None:
        self.closed = True


async def nothing() -> None:
    """Open a door that nobody comes to."""


async def nobody(_: str) -> None:
    """Nobody has a path."""


async def unheard(_: int, __: Told) -> str:
    """Nobody comes so far."""
    raise AssertionError


@dataclass(frozen=True, kw_only=True)
class Door:
    """A client that speaks to the web side, the log behind it, and the time."""

    client: httpx2.AsyncClient
    log: Log
    clock: ManualClock

    async def send(self, path: str, body: Any, **headers: str) -> httpx2.Response:
        """POST a JSON body with the shop's write key, or with the headers given."""
        return await self.client.post(
            path, json=body, headers=headers or {"authorization": AUTHORIZATION}
        )

    async def post(self, path: str, body: bytes, **headers: str) -> httpx2.Response:
        """POST bytes as they are, with the shop's write key."""
        return await self.client.post(
            path,
            content=body,
            headers={"authorization": AUTHORIZATION}
            | {name.replace("_", "-"): value for name, value in headers.items()},
        )


def client_of(app: Any) -> httpx2.AsyncClient:
    """A client that calls an ASGI app without a network."""
    return httpx2.AsyncClient(
        transport=httpx2.ASGITransport(app=app), base_url="http://hub.example"
    )


def doors_of(log: Log) -> Doors:
    """The doors to a log, with nobody who tells of Pipedrive."""
    return Doors(
        accept=log.accept,
        load_keys=log.load_keys,
        check_store=log.check,
        ear=Ear(open=nothing, whose=nobody, hear=unheard),
        close=log.close,
    )


@asynccontextmanager
async def open_door(options: WebOptions | None = None) -> AsyncIterator[Door]:
    """Open the door with an empty log behind it."""
    log, clock = Log(), ManualClock()
    async with client_of(web_app(doors_of(log), clock=clock, options=options)) as client:
        yield Door(client=client, log=log, clock=clock)

"""What the sandbox sends to others: webhooks and uninstall notices, by its own clock."""

import asyncio
import heapq
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import TypeAlias

import aiohttp

from dealwright.sandbox.clock import Clock

TIMEOUT_S = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """One request to somebody else's server."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes
    timeout_s: float = TIMEOUT_S


# Returns the HTTP status; raises OSError, TimeoutError or aiohttp.ClientError if there is none.
Sender: TypeAlias = Callable[[Outgoing], Awaitable[int]]
Outcome: TypeAlias = Callable[[int | None], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """Something to send. `pack` may say None: no longer wanted; `done` hears the HTTP status.

    Parcels of one `lane` go one after the other, lanes side by side.
    """

    lane: str
    pack: Callable[[], Outgoing | None]
    done: Outcome


@dataclass(order=True, slots=True)
class _Due:
    at_ms: int
    order: int
    parcel: Parcel = field(compare=False)


class HttpSender:
    """Sends over HTTP; follows no redirect."""

    def __init__(self) -> None:
        self._session: aiohttp.ClientSession | None = None

    async def __call__(self, outgoing: Outgoing) -> int:
        """The status of the answer."""
        if self._session is None:
            self._session = aiohttp.ClientSession()
        async with self._session.request(
            outgoing.method,
            outgoing.url,
            data=outgoing.body,
            headers=outgoing.headers,
            allow_redirects=False,
            timeout=aiohttp.ClientTimeout(total=outgoing.timeout_s),
        ) as response:
            return response.status

    async def close(self) -> None:
        """Let go of the connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None


class Courier:
    """The outbox. In a test, `deliver` sends what is due; a server `run`s it beside itself."""

    def __init__(self, clock: Clock, sender: Sender | None = None) -> None:
        self._clock = clock
        self._http = HttpSender()
        self.sender: Sender = sender or self._http
        self._due: list[_Due] = []
        self._order = count()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._woken = asyncio.Event()
        clock.on_move(self._wake)

    def put(self, parcel: Parcel, *, delay_ms: int = 0) -> None:
        """Send this when the sandbox's clock says so."""
        at = self._clock.now_ms() + delay_ms
        heapq.heappush(self._due, _Due(at, next(self._order), parcel))
        self._wake()

    def waiting(self) -> int:
        """How many parcels there are, due or not."""
        return len(self._due)

    def clear(self) -> None:
        """Throw everything away."""
        self._due.clear()

    async def deliver(self) -> int:
        """Send all that is due, and what becomes due by it; says how many were sent."""
        sent = 0
        while lanes := self._take():
            results = await asyncio.gather(*(self._lane(parcels) for parcels in lanes))
            sent += sum(results)
        return sent

    async def run(self) -> None:
        """Deliver for ever; ends by being cancelled."""
        self._loop = asyncio.get_running_loop()
        try:
            while True:
                await self.deliver()
                await self._until_due()
        finally:
            self._loop = None
            await self._http.close()

    async def close(self) -> None:
        """Let go of the network."""
        await self._http.close()

    async def _until_due(self) -> None:
        left = (self._due[0].at_ms - self._clock.now_ms()) / 1000 if self._due else None
        try:
            async with asyncio.timeout(left):
                await self._woken.wait()
        except TimeoutError:
            pass
        self._woken.clear()

    def _wake(self) -> None:
        # The clock may be moved from another thread than the one that serves.
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._woken.set)

    def _take(self) -> list[list[Parcel]]:
        now = self._clock.now_ms()
        lanes: dict[str, list[Parcel]] = {}
        while self._due and self._due[0].at_ms <= now:
            parcel = heapq.heappop(self._due).parcel
            lanes.setdefault(parcel.lane, []).append(parcel)
        return list(lanes.values())

    async def _lane(self, parcels: list[Parcel]) -> int:
        sent = 0
        for parcel in parcels:
            outgoing = parcel.pack()
            if outgoing is not None:
                parcel.done(await self._send(outgoing))
                sent += 1
        return sent

    async def _send(self, outgoing: Outgoing) -> int | None:
        try:
            return await self.sender(outgoing)
        except (OSError, TimeoutError, aiohttp.ClientError, ValueError):
            return None

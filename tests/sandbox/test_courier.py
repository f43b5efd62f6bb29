"""What the sandbox sends goes over a real network too, by the sandbox's clock."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from tests.sandbox.conftest import NOW

from dealwright.sandbox.clock import Clock
from dealwright.sandbox.courier import Courier, HttpSender, Outgoing, Parcel

PATIENCE_S = 5


class House:
    """A server at a real address, which notes what comes."""

    def __init__(self) -> None:
        self.url = ""
        self.heard: asyncio.Queue[str] = asyncio.Queue()
        self.closing = asyncio.Event()

    async def hear(self, request: web.Request) -> web.StreamResponse:
        self.heard.put_nowait(f"{request.method} {(await request.read()).decode()}")
        if request.path == "/moved":
            raise web.HTTPFound("/elsewhere")
        if request.path == "/slow":
            await self.closing.wait()
        return web.Response(status=202)

    def letter(self, path: str = "/", *, timeout_s: float = PATIENCE_S) -> Outgoing:
        return Outgoing(
            method="POST", url=self.url + path, headers={}, body=b"hello", timeout_s=timeout_s
        )

    async def next(self) -> str:
        return await asyncio.wait_for(self.heard.get(), PATIENCE_S)


@pytest.fixture
async def house() -> AsyncIterator[House]:
    house = House()
    app = web.Application()
    app.router.add_route("*", "/{rest:.*}", house.hear)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    house.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield house
    house.closing.set()
    await runner.cleanup()


@pytest.fixture
async def sender() -> AsyncIterator[HttpSender]:
    sender = HttpSender()
    yield sender
    await sender.close()


@pytest.fixture
async def courier() -> AsyncIterator[Courier]:
    courier = Courier(Clock(NOW))
    running = asyncio.create_task(courier.run())
    yield courier
    running.cancel()
    await asyncio.wait({running})


def parcel(letter: Outgoing) -> Parcel:
    return Parcel(lane="1", pack=lambda: letter, done=lambda _: None)


async def test_the_status_comes_back(house: House, sender: HttpSender) -> None:
    assert await sender(house.letter()) == 202


async def test_a_redirect_is_not_followed(house: House, sender: HttpSender) -> None:
    assert await sender(house.letter("/moved")) == 302


async def test_a_slow_house_is_given_up(house: House, sender: HttpSender) -> None:
    with pytest.raises(TimeoutError):
        await sender(house.letter("/slow", timeout_s=0.05))


async def test_a_running_courier_sends_at_once(house: House, courier: Courier) -> None:
    courier.put(parcel(house.letter()))

    assert await house.next() == "POST hello"


async def test_a_running_courier_wakes_when_the_clock_is_moved(house: House) -> None:
    clock = Clock(NOW)
    courier = Courier(clock)
    courier.put(parcel(house.letter()), delay_ms=3_000)
    running = asyncio.create_task(courier.run())
    await asyncio.wait({running}, timeout=0)
    clock.advance(3)
    heard = await house.next()
    running.cancel()
    await asyncio.wait({running})

    assert heard == "POST hello"


async def test_nobody_at_home_is_told_as_no_status() -> None:
    courier = Courier(Clock(NOW))
    seen: list[int | None] = []
    letter = Outgoing(method="POST", url="http://127.0.0.1:1/", headers={}, body=b"")
    courier.put(Parcel(lane="1", pack=lambda: letter, done=seen.append))
    await courier.deliver()
    await courier.close()

    assert seen == [None]

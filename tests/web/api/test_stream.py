"""The live stream: what is new, what moved on, where to go on, and how it ends."""

import asyncio
from collections.abc import AsyncGenerator

from tests.web.api.hub import IDENTIFY, ApiHub, add_event, delivery

from dealwright.store.deliveries import add_deliveries
from dealwright.store.delivery_list import DeliveryFilter, retry_deliveries
from dealwright.web.api import stream
from dealwright.web.api.stream import Streams


async def _told(hub: ApiHub, streams: Streams, last: str | None) -> AsyncGenerator[bytes]:
    begun = await hub.store.read(lambda db: stream._begin(db, last, hub.now_ms()))
    async for text in stream._told(hub.office, streams, begun):
        yield text


async def _next(hub: ApiHub, told: AsyncGenerator[bytes]) -> str:
    """The next thing that is told; time passes while nothing is."""
    waiting = asyncio.ensure_future(anext(told))
    while not waiting.done():
        await asyncio.wait({waiting}, timeout=0.02)
        if not waiting.done():
            hub.clock.advance(1)
    return (await waiting).decode()


async def _begun(hub: ApiHub, last: str | None = None) -> AsyncGenerator[bytes]:
    told = _told(hub, Streams(), last)
    assert (await _next(hub, told)).startswith("retry:")
    return told


async def test_a_new_event_is_told(hub: ApiHub) -> None:
    told = await _begun(hub)
    await hub.store.write(lambda db: add_event(db, IDENTIFY, now_ms=hub.now_ms()))

    text = await _next(hub, told)

    assert "event: event\n" in text
    assert '"number":2' in text


async def test_a_new_delivery_is_told(hub: ApiHub) -> None:
    told = await _begun(hub)
    rows = [delivery(state="queued", at_ms=hub.now_ms())]
    await hub.store.write(lambda db: add_deliveries(db, rows))

    assert '"state":"queued"' in await _next(hub, told)


async def test_a_delivery_that_moves_on_is_told_again(hub: ApiHub) -> None:
    told = await _begun(hub)
    hub.clock.advance(1)
    await hub.store.write(
        lambda db: retry_deliveries(db, DeliveryFilter(), ids=[1], now_ms=hub.now_ms())
    )

    assert '"id":1' in await _next(hub, told)


async def test_a_stream_goes_on_where_it_was(hub: ApiHub) -> None:
    told = await _begun(hub, "0.1.0")

    assert '"number":1' in await _next(hub, told)


async def test_who_was_away_for_too_long_is_told_so(hub: ApiHub) -> None:
    told = await _begun(hub, "9.9.9")

    assert (await _next(hub, told)).startswith("event: gap")


async def test_a_silent_stream_says_that_it_is_there(hub: ApiHub) -> None:
    told = await _begun(hub)

    assert (await _next(hub, told)).startswith(":")


async def test_a_stream_ends_when_the_server_goes(hub: ApiHub) -> None:
    streams = Streams()
    told = _told(hub, streams, None)
    await _next(hub, told)
    streams.close()

    assert [text async for text in told] == []
    assert streams.open == 0


async def test_there_are_only_so_many_streams(hub: ApiHub) -> None:
    hub.api.state.streams.open = stream.MOST_STREAMS
    async with hub.client() as client:
        answer = await client.get("/stream")

    assert (answer.status_code, answer.json()["code"]) == (429, "too_many_streams")

"""Crashes of the door: what was acknowledged is in the log, whatever happened then."""

import asyncio
import itertools
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import httpx2
import pytest
from tests.process import Running, serving, write_key

from dealwright.store.engine import Store
from dealwright.store.events import read_batch

SENDERS = 8
ENOUGH = 60


def _batch(ids: Iterator[int]) -> dict[str, list[dict[str, str]]]:
    return {
        "batch": [
            {"type": "track", "userId": "u1", "event": "e", "messageId": f"m{next(ids)}"}
            for _ in range(10)
        ]
    }


async def _send_until_it_dies(hub: Running, key: str) -> set[str]:
    acknowledged: set[str] = set()
    ids = itertools.count()
    enough = asyncio.Event()

    async def send(client: httpx2.AsyncClient) -> None:
        with suppress(httpx2.HTTPError):
            while True:
                body = _batch(ids)
                answer = await client.post(f"{hub.url}/v1/batch", json=body, auth=(key, ""))
                assert answer.status_code == 200
                acknowledged.update(item["messageId"] for item in body["batch"])
                if len(acknowledged) >= ENOUGH * 10:
                    enough.set()

    async with httpx2.AsyncClient(timeout=30) as client, asyncio.timeout(60):
        senders = asyncio.gather(*(send(client) for _ in range(SENDERS)))
        await enough.wait()
        hub.process.kill()
        await senders
    return acknowledged


async def _logged(data: Path) -> set[str]:
    store = Store.open(f"sqlite:///{data / 'dealwright.db'}")
    try:
        events = await store.read(lambda db: read_batch(db, 0, limit=1_000_000))
    finally:
        store.close()
    return {event.message_id for event in events}


@pytest.mark.process
async def test_every_acknowledged_event_survives_kill_9(tmp_path: Path) -> None:
    key = await asyncio.to_thread(write_key, "website", data=tmp_path)

    with serving("web", data=tmp_path) as hub:
        acknowledged = await _send_until_it_dies(hub, key)

    assert len(acknowledged) >= ENOUGH * 10
    assert acknowledged - await _logged(tmp_path) == set()


@pytest.mark.process
async def test_a_hub_that_was_killed_takes_events_again(tmp_path: Path) -> None:
    key = await asyncio.to_thread(write_key, "website", data=tmp_path)
    with serving("web", data=tmp_path) as hub:
        hub.kill()

    with serving("web", data=tmp_path) as hub:
        async with httpx2.AsyncClient() as client:
            answer = await client.post(
                f"{hub.url}/v1/identify", json={"userId": "u1"}, auth=(key, "")
            )

    assert answer.json() == {"success": True}
    assert len(await _logged(tmp_path)) == 1


@pytest.mark.process
async def test_an_orderly_end_answers_what_is_under_way(tmp_path: Path) -> None:
    key = await asyncio.to_thread(write_key, "website", data=tmp_path)
    ids = itertools.count()

    with serving("web", data=tmp_path) as hub:
        async with httpx2.AsyncClient() as client:
            sending = [
                asyncio.create_task(
                    client.post(f"{hub.url}/v1/batch", json=_batch(ids), auth=(key, ""))
                )
                for _ in range(20)
            ]
            await asyncio.wait(sending, return_when=asyncio.FIRST_COMPLETED)
            hub.process.terminate()
            answers = await asyncio.gather(*sending, return_exceptions=True)

    answered = [a for a in answers if isinstance(a, httpx2.Response) and a.status_code == 200]
    assert len(await _logged(tmp_path)) == 10 * len(answered) > 0

"""The whole hub is killed while events arrive: every acknowledged one is delivered, once."""

import asyncio
import itertools
from collections import Counter
from collections.abc import AsyncGenerator, Iterator
from contextlib import suppress
from pathlib import Path

import httpx2
import pytest
from tests.clock import ManualClock
from tests.events import identify
from tests.hub import Hub, open_hub
from tests.journeys.test_process import TOKEN, point_to, served, started_worker, wait_until
from tests.process import Running, serving, write_key

from dealwright.core.delivery import State
from dealwright.sandbox.app import Sandbox, create_app
from dealwright.sandbox.options import NO_LIMITS, Options
from dealwright.store.deliveries import count_by_state
from dealwright.store.events import end_of_log

pytestmark = pytest.mark.process

KILLS, SENDERS, EACH = 3, 4, 12


@pytest.fixture
async def hub(tmp_path: Path) -> AsyncGenerator[Hub]:
    """The store of a hub, which is served by processes."""
    async with open_hub(tmp_path, clock=ManualClock()) as hub:
        yield hub


@pytest.fixture
def pipedrive() -> Sandbox:
    """An account that takes its time and whose search lags."""
    sandbox = create_app(
        Options(token=TOKEN, lag_s=3, seed="empty", plan="ultimate", limits=NO_LIMITS)
    )
    sandbox.add_fault(delay_ms=5)
    return sandbox


async def send_and_kill(web: Running, key: str, numbers: Iterator[int]) -> list[str]:
    """Send people, one a request, and kill the door in the middle; the names it acknowledged."""
    acknowledged: list[str] = []
    enough = asyncio.Event()

    async def send(client: httpx2.AsyncClient) -> None:
        with suppress(httpx2.HTTPError):
            for number in numbers:
                # Without an address: searches are let through at five in two seconds.
                said = identify(f"u-{number}", name=f"N{number}")
                answer = await client.post(f"{web.url}/v1/identify", json=said, auth=(key, ""))
                assert answer.status_code == 200
                acknowledged.append(f"N{number}")
                if len(acknowledged) >= EACH:
                    enough.set()

    async with httpx2.AsyncClient(timeout=30) as client, asyncio.timeout(60):
        senders = asyncio.gather(*(send(client) for _ in range(SENDERS)))
        await enough.wait()
        web.process.kill()
        await senders
    return acknowledged


def at_rest(hub: Hub) -> bool:
    """Whether everything in the log has been delivered."""
    with hub.store.snapshot() as db:
        return count_by_state(db)[State.DELIVERED] == end_of_log(db)


async def test_a_hub_that_is_killed_while_events_arrive_delivers_every_acknowledged_one_once(
    hub: Hub, pipedrive: Sandbox, tmp_path: Path
) -> None:
    await hub.connect(pipedrive)
    key = await asyncio.to_thread(write_key, "shop", data=tmp_path)
    numbers = itertools.count()
    acknowledged: list[str] = []
    with served(pipedrive) as url:
        await point_to(hub, tmp_path, url)
        for _ in range(KILLS):
            with serving("web", data=tmp_path) as web, started_worker(tmp_path) as worker:
                acknowledged += await send_and_kill(web, key, numbers)
                worker.kill()
        with started_worker(tmp_path):
            wait_until(lambda: at_rest(hub))

    there = Counter(person["name"] for person in pipedrive.records("persons"))
    assert set(acknowledged) - set(there) == set()
    assert set(there.values()) == {1}
    assert len(acknowledged) >= KILLS * EACH

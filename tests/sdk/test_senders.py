"""Segment's own SDKs send every call they have to the real hub, and all are in its log."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from segment.analytics.client import Client
from tests.process import serving, write_key
from tests.sdk.conftest import Run

from dealwright.core.event import Event, open_event
from dealwright.store.engine import Store
from dealwright.store.events import read_batch
from dealwright.store.sources import source_by_name

pytestmark = [pytest.mark.process]

ALL = ["alias", "group", "identify", "page", "screen", "track"]


@dataclass(frozen=True, kw_only=True)
class Listening:
    """A hub that takes events in."""

    url: str
    data: Path

    async def events_of(self, source: str) -> list[Event]:
        """What one Source sent, as the drains will see it."""
        store = Store.open(f"sqlite:///{self.data / 'dealwright.db'}")
        try:
            source_id = (await store.read(lambda db: source_by_name(db, source))).id
            rows = await store.read(lambda db: read_batch(db, 0, limit=1000))
        finally:
            store.close()
        return [
            open_event(
                row.payload,
                envelope=row.envelope,
                received_at_ms=row.received_at_ms,
                sent_at_ms=row.sent_at_ms,
                message_id=row.message_id,
            )
            for row in rows
            if row.source_id == source_id
        ]


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Listening]:
    """The web side as `dealwright serve --role web` runs it."""
    data = tmp_path_factory.mktemp("hub")
    with serving("web", data=data) as running:
        yield Listening(url=running.url, data=data)


def _call_everything(key: str, host: str, *, gzip: bool) -> list[Any]:
    faults: list[Any] = []
    client = Client(
        key, host=host, gzip=gzip, on_error=lambda error, _: faults.append(error), max_retries=0
    )
    client.identify("u1", {"email": "ada@shop.example", "name": "Ada"})
    client.track("u1", "Order Completed", {"revenue": 9.5})
    client.page("u1", None, "Home")
    client.screen("u1", None, "Start")
    client.group("u1", "g1", {"name": "Shop"})
    client.alias("a1", "u1")
    client.flush()
    client.join()
    return faults


@pytest.mark.parametrize("gzip", [False, True], ids=["plain", "gzip"])
async def test_the_python_sdk_sends_every_call(hub: Listening, gzip: bool) -> None:  # noqa: FBT001
    source = f"python gzip={gzip}"
    key = await asyncio.to_thread(write_key, source, data=hub.data)

    faults = await asyncio.to_thread(_call_everything, key, hub.url, gzip=gzip)

    assert faults == []
    assert sorted(event.type for event in await hub.events_of(source)) == ALL


@pytest.mark.npm
async def test_the_node_sdk_sends_every_call(hub: Listening, run: Run) -> None:
    key = await asyncio.to_thread(write_key, "node", data=hub.data)

    await run("node.mjs", hub.url, key)

    assert sorted(event.type for event in await hub.events_of("node")) == ALL


@pytest.mark.npm
async def test_the_browser_sdk_asks_for_its_settings_and_sends_every_call(
    hub: Listening, run: Run
) -> None:
    key = await asyncio.to_thread(write_key, "browser", data=hub.data)

    said = await run("browser.mjs", hub.url, key)

    assert said["requests"] == [
        {"method": "GET", "url": f"{hub.url}/v1/projects/{key}/settings", "status": 200},
        {"method": "POST", "url": f"{hub.url}/v1/b", "status": 200},
    ]
    assert sorted(event.type for event in await hub.events_of("browser")) == ALL

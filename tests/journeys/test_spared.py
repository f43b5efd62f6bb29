"""What the hub did not have to do is counted: look-ups, writes, duplicates, tokens."""

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry
from tests.clock import ManualClock
from tests.events import identify
from tests.hub import Hub, open_hub

from dealwright.core.record import RecordKind
from dealwright.pipeline.meter import WorkMeter
from dealwright.pipeline.watching import Watching
from dealwright.sandbox.app import Sandbox

ADA = {"name": "Ada Love", "emails": ["ada@love.example"]}
KNOWN = identify("u-ada", name="Ada Love", email="ada@love.example")


@pytest.fixture
async def hub(tmp_path: Path, clock: ManualClock, pipedrive: Sandbox) -> AsyncGenerator[Hub]:
    """A hub that mirrors an account with Ada, and counts."""
    pipedrive.put_state({"persons": [ADA]})
    async with open_hub(tmp_path, clock=clock) as hub:
        hub.watching = Watching(meter=WorkMeter(clock))
        await hub.connect(pipedrive, mirrored=[RecordKind.PERSON])
        await hub.run_until_idle()
        yield hub


def counted(hub: Hub, name: str, **labels: str) -> float:
    """A counter of connection 1, 0 if it was never touched."""
    assert hub.watching.meter is not None
    registry: CollectorRegistry = hub.watching.meter.registry
    labels = {"connection": "1", **labels}
    return registry.get_sample_value(f"dealwright_{name}_total", labels) or 0.0


async def told(hub: Hub, *events: dict[str, object]) -> None:
    """Have events delivered, and hear of how they ended as the worker's own meter does."""
    seen = len(hub.notices)
    await hub.send(*events)
    await hub.run_until_idle()
    assert hub.watching.meter is not None
    for notice in hub.notices[seen:]:
        hub.watching.meter.noticed(notice)


async def test_somebody_who_is_known_is_a_hit(hub: Hub) -> None:
    await told(hub, KNOWN)

    assert counted(hub, "mirror_lookups", result="hit") == 1
    assert counted(hub, "pipedrive_tokens_saved", by="mirror") == 20


async def test_somebody_new_is_a_miss_or_is_polled_for(hub: Hub) -> None:
    await told(hub, identify("u-bob", name="Bob", email="bob@stone.example"))
    hub.advance(300)
    await told(hub, identify("u-eve", name="Eve", email="eve@stone.example"))

    assert counted(hub, "mirror_lookups", result="miss") == 1
    assert counted(hub, "mirror_lookups", result="polled") == 1


async def test_what_stands_there_already_is_a_write_avoided(hub: Hub) -> None:
    await told(hub, KNOWN)

    assert counted(hub, "writes_avoided", reason="unchanged") == 1
    assert counted(hub, "pipedrive_tokens_saved", by="unchanged") == 5


async def test_what_is_merged_is_a_write_avoided(hub: Hub) -> None:
    await told(hub, *(identify("u-bob", name=f"Bob {n}") for n in range(4)))

    assert counted(hub, "writes_avoided", reason="merged") == 3
    assert counted(hub, "pipedrive_tokens_saved", by="merged") == 15


async def test_a_create_that_is_not_repeated_is_a_duplicate_prevented(
    hub: Hub, pipedrive: Sandbox
) -> None:
    pipedrive.add_fault(
        method="POST", path="/api/v2/persons", reset=True, after_commit=True, times=1
    )
    await told(hub, identify("u-bob", name="Bob", email="bob@stone.example"))

    assert counted(hub, "duplicates_prevented") == 1
    assert len(pipedrive.records("persons")) == 2

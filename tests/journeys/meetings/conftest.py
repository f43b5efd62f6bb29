"""A hub with a mirror, a Pipedrive with two users and three activity types, and meetings to log."""

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
from tests.clock import ManualClock
from tests.hub import Hub, open_hub
from tests.journeys.meetings.log import Log

from dealwright.core.mapping import MatchDefaults
from dealwright.core.record import RecordKind
from dealwright.sandbox.app import Sandbox


@pytest.fixture
async def hub(tmp_path: Path, clock: ManualClock, pipedrive: Sandbox) -> AsyncGenerator[Hub]:
    """A hub that mirrors the persons of `pipedrive` and reads numbers as Swedish."""
    async with open_hub(tmp_path, clock=clock) as hub:
        await hub.connect(
            pipedrive,
            defaults=MatchDefaults(region="SE"),
            mirrored=[RecordKind.PERSON],
        )
        yield hub


@pytest.fixture
async def log(hub: Hub, pipedrive: Sandbox) -> Log:
    """What logs meetings."""
    pipedrive.put_state(
        {
            "users": [
                {"id": 1, "name": "Ana Lund", "email": "ana@northwind.example"},
                {"id": 2, "name": "Ben Okafor", "email": "ben@northwind.example"},
            ]
        }
    )
    return Log(hub, pipedrive)

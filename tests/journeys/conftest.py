"""A hub and a Pipedrive, for journeys."""

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
from tests.clock import ManualClock
from tests.hub import Hub, new_sandbox, open_hub

from dealwright.sandbox.app import Sandbox


@pytest.fixture
def clock() -> ManualClock:
    """Time that stands still until it is moved."""
    return ManualClock()


@pytest.fixture
def pipedrive(clock: ManualClock) -> Sandbox:
    """An empty account."""
    return new_sandbox(clock)


@pytest.fixture
async def hub(tmp_path: Path, clock: ManualClock, pipedrive: Sandbox) -> AsyncGenerator[Hub]:
    """A hub that delivers the presets to `pipedrive`."""
    async with open_hub(tmp_path, clock=clock) as hub:
        await hub.connect(pipedrive)
        yield hub

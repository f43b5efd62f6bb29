"""An account with Ann, and cards of it."""

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
from tests.clock import ManualClock
from tests.hub import Hub, new_sandbox, open_hub
from tests.journeys.card.house import ACCOUNT, cards_of

from dealwright.pipeline.card import Cards
from dealwright.sandbox.app import Sandbox


@pytest.fixture
def pipedrive(clock: ManualClock) -> Sandbox:
    """An account with Ann, her organization, a deal, two activities and two notes."""
    sandbox = new_sandbox(clock)
    sandbox.put_state(ACCOUNT)
    return sandbox


@pytest.fixture
async def hub(tmp_path: Path, clock: ManualClock, pipedrive: Sandbox) -> AsyncGenerator[Hub]:
    """A hub that is connected to it and mirrors nothing."""
    async with open_hub(tmp_path, clock=clock) as hub:
        await hub.connect(pipedrive)
        yield hub


@pytest.fixture
async def cards(hub: Hub, clock: ManualClock) -> AsyncGenerator[Cards]:
    """Cards of the hub."""
    cards = cards_of(hub, clock)
    yield cards
    await cards.close()

"""An account with Ann, and cards of it."""

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
from tests.clock import ManualClock
from tests.hub import Hub, new_sandbox, open_hub
from tests.journeys.card.desk import Desk, desk_of
from tests.journeys.card.house import ACCOUNT, cards_of

from dealwright.core.people import Role
from dealwright.pipeline.card import Cards
from dealwright.sandbox.app import Sandbox
from dealwright.store.people import add_user


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


@pytest.fixture
async def desk(hub: Hub, pipedrive: Sandbox) -> AsyncGenerator[Desk]:
    """A desk of the hub: Ada is an admin there, Bo a member, Cy a viewer."""
    for name, role in (("ada", Role.ADMIN), ("bo", Role.MEMBER), ("cy", Role.VIEWER)):
        email = f"{name}@hub.example"
        await hub.store.write(
            lambda db, email=email, name=name, role=role: add_user(
                db, email=email, name=name, role=role, now_ms=0
            )
        )
    desk = desk_of(hub, pipedrive)
    yield desk
    await desk.cards.close()

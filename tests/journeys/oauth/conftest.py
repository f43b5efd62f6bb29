"""A hub without a Connection, and users who sign in to one."""

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
from tests.clock import ManualClock
from tests.exchanges import objections
from tests.hub import Hub, open_hub
from tests.oauth import Office, oauth_sandbox

from dealwright.pipeline.dialling import dialler


@pytest.fixture
async def hub(tmp_path: Path, clock: ManualClock) -> AsyncGenerator[Hub]:
    """A hub without a Connection."""
    async with open_hub(tmp_path, clock=clock) as hub:
        yield hub


@pytest.fixture
async def office(hub: Hub, clock: ManualClock) -> AsyncGenerator[Office]:
    """Where users are sent to Pipedrive from; what is said there has to fit its OpenAPI files."""
    office = Office(store=hub.store, sandbox=oauth_sandbox(clock), clock=clock)
    hub.dial = dialler(office.keyring())
    yield office
    assert objections(office.said) == []

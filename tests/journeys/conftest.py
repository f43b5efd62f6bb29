"""A hub and a Pipedrive, for journeys."""

import os
from collections.abc import AsyncGenerator, Iterator
from pathlib import Path

import pytest
from tests.clock import ManualClock
from tests.fresh import fresh_database, fresh_file
from tests.hub import Hub, new_sandbox, open_hub
from tests.postgres import PostgresServer, missing

from dealwright.sandbox.app import Sandbox


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A server for the session; CI never goes without."""
    if reason := missing():
        (pytest.fail if os.environ.get("CI") else pytest.skip)(reason)
    server = PostgresServer().start()
    yield server
    server.stop()


@pytest.fixture(
    params=[
        pytest.param("sqlite", id="sqlite"),
        pytest.param("postgresql", id="postgresql", marks=pytest.mark.postgres),
    ]
)
def database(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a migrated database that nobody has used yet, of either kind."""
    if request.param == "sqlite":
        return f"sqlite:///{fresh_file(tmp_path / 'dealwright.db')}"
    server: PostgresServer = request.getfixturevalue("postgres")
    return fresh_database(server)


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

"""A PostgreSQL for the bad day."""

import os
from collections.abc import Iterator

import pytest
from tests.postgres import PostgresServer, missing


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A server for the session; CI never goes without."""
    if reason := missing():
        (pytest.fail if os.environ.get("CI") else pytest.skip)(reason)
    server = PostgresServer().start()
    yield server
    server.stop()

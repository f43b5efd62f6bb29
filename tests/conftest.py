"""What every test has: hypothesis profiles, and the watch over the event loop."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from blockbuster import BlockBuster, blockbuster_ctx
from hypothesis import settings
from tests.needs import need

__all__ = ["need"]

settings.register_profile("ci", derandomize=True, deadline=None, print_blob=True)
settings.register_profile("dev", deadline=None)
settings.load_profile("ci" if os.environ.get("CI") == "true" else "dev")


@pytest.fixture(scope="session")
def root() -> Path:
    """The checkout."""
    return Path(__file__).resolve().parent.parent


@pytest.fixture
def watched_loop() -> Iterator[BlockBuster]:
    """Fail the test when our code blocks the event loop: a socket, a file, a lock, a sleep."""
    with blockbuster_ctx("dealwright") as blockbuster:
        yield blockbuster

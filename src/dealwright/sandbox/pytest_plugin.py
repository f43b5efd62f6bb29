"""A Pipedrive for other people's tests: `pytest_plugins = ["dealwright.sandbox.pytest_plugin"]`."""

from collections.abc import Iterator
from datetime import UTC, datetime
from threading import Thread

import pytest

from dealwright.sandbox.app import Sandbox, create_app
from dealwright.sandbox.options import NO_LIMITS, Options
from dealwright.sandbox.serve import server_for

PATIENCE_S = 30


@pytest.fixture
def pipedrive_options() -> Options:
    """What `pipedrive_sandbox` is made of; override it to change plan, seed, lag or limits."""
    start = datetime(2026, 11, 2, 9, tzinfo=UTC)
    return Options(seed="empty", lag_s=0, limits=NO_LIMITS, frozen_at=start)


@pytest.fixture
def pipedrive_sandbox(pipedrive_options: Options) -> Sandbox:
    """A fresh sandbox in this process: an ASGI application with `.token`, `.calls`, `.clock`."""
    return create_app(pipedrive_options)


@pytest.fixture
def pipedrive_url(pipedrive_sandbox: Sandbox) -> Iterator[str]:
    """The address of `pipedrive_sandbox` on this machine, served for as long as the test runs."""
    server = server_for(pipedrive_sandbox, host="127.0.0.1", port=0)
    thread = Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started and thread.is_alive():
        thread.join(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join(PATIENCE_S)

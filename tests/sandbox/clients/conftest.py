"""Sandboxes that strangers' clients talk to, over HTTP on this machine."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.sandbox.clients.installing import npm_packages
from tests.sandbox.clients.loopback import Loopback, serving
from tests.sandbox.clients.sdk import OfficialClient
from tests.sandbox.clients.stranger import running

from dealwright.sandbox.integrations import App
from dealwright.sandbox.options import NO_LIMITS, Options

TOKEN = "5a" * 20
APP = App(
    id="hub",
    client_secret="hush",
    name="Dealwright",
    redirect_uri="http://127.0.0.1:8000/oauth/callback",
    scopes=("base", "contacts:full", "deals:read", "webhooks:full"),
)
OFFICIAL = Path(__file__).parent / "official"


@pytest.fixture(scope="module")
def served() -> Iterator[Loopback]:
    options = Options(token=TOKEN, lag_s=0, conversion_s=0, limits=NO_LIMITS, apps=(APP,))
    with serving(options) as loopback:
        yield loopback


@pytest.fixture
def pipedrive(served: Loopback) -> Loopback:
    """The demo company as it began."""
    served.sandbox.reset()
    return served


@pytest.fixture(scope="module")
def official(served: Loopback) -> Iterator[OfficialClient]:
    """Pipedrive's own client, pointed at the sandbox by its `basePath`."""
    node = npm_packages(OFFICIAL)
    driver = str(OFFICIAL / "driver.js")
    with running(node, driver, PIPEDRIVE_URL=served.url, PIPEDRIVE_TOKEN=TOKEN) as process:
        yield OfficialClient(process)

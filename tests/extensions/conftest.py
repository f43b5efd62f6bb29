"""A hub that listens, connected to a Pipedrive; and the extensions as they are packed."""

import asyncio
import json
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest
import sqlalchemy as sa
from tests.cli.conftest import serving
from tests.needs import need
from tests.sandbox.clients.installing import npm_packages
from tests.web.pages.stage import session
from tools.extensions import TARGETS, put_together

from dealwright.app import build_web
from dealwright.cli.hub import opened
from dealwright.core.clock import to_ms
from dealwright.core.people import Role
from dealwright.pipeline.clock import SystemClock
from dealwright.sandbox.app import create_app
from dealwright.sandbox.options import NO_LIMITS, Options
from dealwright.settings import Settings
from dealwright.store.connections import NewConnection, create_connection, save_credentials
from dealwright.store.engine import Store

HERE = Path(__file__).resolve().parent
PATIENCE_S = 120
TOKEN = "5a" * 20
ANN = "ann@acme.example"
#: The id that Chrome makes of the public key in the manifest.
CHROME = "chrome-extension://enkhhkkpcbjbbehojdpoendgngipkfif"


@dataclass(frozen=True, kw_only=True)
class House:
    """The hub that listens, and whoever is signed in to it."""

    url: str
    store: Store
    cookies: dict[Role, str]

    def browser(self, role: Role = Role.MEMBER) -> httpx2.Client:
        """A browser without a script, of somebody who is signed in."""
        return httpx2.Client(base_url=self.url, cookies={"dealwright": self.cookies[role]})

    def code(self, *, may_write: bool = False, role: Role = Role.MEMBER) -> str:
        """A code that the page shows."""
        with self.browser(role) as client:
            csrf = re.findall(r'name="csrf" value="([^"]+)"', client.get("/pair").text)[0]
            ticked = {"may_write": "1"} if may_write else {}
            text = client.post("/pair", data={"csrf": csrf, **ticked}).text
        return re.findall(r"<strong translate=\"no\">([^<]+)<", text)[0]

    def ask(
        self, path: str, body: Any, *, token: str = "", origin: str = CHROME
    ) -> httpx2.Response:
        """What the page of an extension asks."""
        headers = {"origin": origin} | ({"authorization": f"Bearer {token}"} if token else {})
        return httpx2.post(f"{self.url}{path}", json=body, headers=headers)

    def paired(
        self, *, may_write: bool = False, role: Role = Role.MEMBER, origin: str = CHROME
    ) -> str:
        """The token of a device that was just paired."""
        code = self.code(may_write=may_write, role=role)
        body = {"code": code, "label": "Laptop", "origin": origin}
        return self.ask("/shell/pair", body, origin=origin).json()["token"]

    def embedded(self, token: str, email: str = ANN) -> httpx2.Response:
        """The card in the frame."""
        code = self.ask("/shell/open", {}, token=token).json()["code"]
        return self.post("/card/embed", {"code": code, "email": email})

    def post(self, path: str, fields: dict[str, str]) -> httpx2.Response:
        """A form that a page of the extension sends into its frame: no cookie comes along."""
        return httpx2.post(f"{self.url}{path}", data=fields, headers={"origin": CHROME})


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A hub with one account, in which Ann has a deal."""
    pipedrive = create_app(Options(token=TOKEN, lag_s=0, seed="empty", limits=NO_LIMITS))
    pipedrive.put_state(
        {
            "organizations": [{"name": "Acme"}],
            "persons": [{"name": "Ann Lee", "emails": [ANN], "org_id": 1}],
            "deals": [{"title": "Pilot", "person_id": 1, "org_id": 1, "value": 100}],
        }
    )
    settings = Settings(data=tmp_path_factory.mktemp("hub"), api_rate=0, address_rate=0)
    with (
        serving(pipedrive) as account,
        opened(settings) as hub,
        serving(build_web(settings, hub.store, SystemClock())) as url,
    ):
        sealed = hub.vault.seal(TOKEN.encode())
        cookies = asyncio.run(hub.store.write(lambda db: _fill(db, account, sealed)))
        yield House(url=url, store=hub.store, cookies=cookies)


def _fill(db: sa.Connection, account: str, sealed: bytes) -> dict[Role, str]:
    now_ms = to_ms(SystemClock().now())
    new = NewConnection(name="Shop of Ann", base_url=account, plan="growth", seats=5)
    save_credentials(db, create_connection(db, new, now_ms=now_ms).id, sealed=sealed)
    return {role: session(db, role) for role in (Role.ADMIN, Role.MEMBER, Role.VIEWER)}


@pytest.fixture(scope="session")
def node() -> str:
    """Node, with the packages of the lock beside this file."""
    return npm_packages(HERE)


@pytest.fixture(scope="session")
def packed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The folders of the extensions, as a browser loads them."""
    folder = tmp_path_factory.mktemp("extensions")
    return {target: put_together(target, folder / target) for target in TARGETS}


def run(node: str, program: str, story: dict[str, Any]) -> dict[str, Any]:
    """Run a program beside this file; what it printed last, as JSON."""
    told = json.dumps({"executable": need("chromium"), **story})
    done = subprocess.run(
        [node, program, told],
        cwd=HERE,
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE_S,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found

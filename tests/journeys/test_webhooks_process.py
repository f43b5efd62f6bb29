"""The real program and a sandbox over loopback: what people change is known, whatever is killed."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import msgspec
import pytest
from tests.journeys.test_process import TOKEN, served, wait_until

from dealwright.cli.sockets import free_port
from dealwright.core.record import Person, RecordKind
from dealwright.parts import open_store
from dealwright.sandbox.app import Sandbox, create_app
from dealwright.sandbox.edit import Edit, edit
from dealwright.sandbox.options import NO_LIMITS, Options
from dealwright.settings import load_settings
from dealwright.store.engine import Store
from dealwright.store.mirror import records, state

pytestmark = pytest.mark.process

ADA = {"name": "Ada Love", "emails": ["ada@love.example"]}


@dataclass(frozen=True, kw_only=True)
class Program:
    """Our program with a data folder, an address, and a file for everything that it says."""

    data: Path
    port: int

    @property
    def said(self) -> Path:
        return self.data.with_suffix(".log")

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def run(self, *arguments: str) -> None:
        """Run a command to its end."""
        with self.said.open("a") as said:
            subprocess.run(
                self._command(*arguments), env=self._environment(), stdout=said, stderr=said,
                check=True, timeout=60,
            )  # fmt: skip

    @contextmanager
    def serving(self, role: str) -> Iterator["subprocess.Popen[bytes]"]:
        """Run one role until it is no longer needed."""
        before = self.said.read_text().count(f"{role}.ready")
        command = self._command("serve", "--role", role, "--port", str(self.port))
        with self.said.open("a") as said:
            process = subprocess.Popen(command, env=self._environment(), stdout=said, stderr=said)
        try:
            wait_until(
                lambda: (
                    process.poll() is not None
                    or self.said.read_text().count(f"{role}.ready") > before
                )
            )
            assert process.poll() is None, self.said.read_text()
            yield process
        finally:
            process.terminate()
            process.wait(timeout=60)

    def _command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "dealwright", *arguments]

    def _environment(self) -> dict[str, str]:
        kept = {n: v for n, v in os.environ.items() if not n.startswith("DEALWRIGHT_")}
        ours = {"DEALWRIGHT_DATA": str(self.data), "DEALWRIGHT_PUBLIC_URL": self.url}
        return kept | ours | {"PIPEDRIVE_API_TOKEN": TOKEN}


@pytest.fixture
def sandbox() -> Sandbox:
    """An account with Ada."""
    made = create_app(Options(token=TOKEN, lag_s=0, seed="empty", limits=NO_LIMITS))
    made.put_state({"persons": [ADA]})
    return made


@pytest.fixture
def program(tmp_path: Path) -> Program:
    return Program(data=tmp_path / "hub", port=free_port())


@pytest.fixture
def store(program: Program) -> Iterator[Store]:
    """The store of the program, to look into."""
    store = open_store(load_settings(data=program.data))
    yield store
    store.close()


@pytest.fixture
def connected(program: Program, sandbox: Sandbox) -> Iterator[Sandbox]:
    """A sandbox over HTTP, that the program is connected to and mirrors."""
    with served(sandbox) as url:
        program.run("connect", "--url", url, "--name", "acme", "--deliver")
        yield sandbox


def by_hand(sandbox: Sandbox, name: str) -> None:
    company = sandbox.world.default_company
    edit(sandbox, company, Edit(object="person", id=1, data={"name": name}))


def known_name(store: Store) -> str:
    """What the mirror holds Ada's name for."""
    with store.snapshot() as db:
        found = records(db, 1, RecordKind.PERSON, [1]).get(1)
    return "" if found is None else msgspec.json.decode(found.body, type=Person).name


def is_mirrored(store: Store) -> bool:
    with store.snapshot() as db:
        kinds = state(db, 1)
    return bool(kinds) and all(kind.complete for kind in kinds.values())


def registered(sandbox: Sandbox) -> bool:
    return len(list(sandbox.world.default_company.webhooks.values())) == 1


def test_an_edit_is_known_without_a_call_and_no_secret_is_said(
    program: Program, connected: Sandbox, store: Store
) -> None:
    with program.serving("web"), program.serving("worker"):
        wait_until(lambda: registered(connected) and is_mirrored(store))
        by_hand(connected, "Ada King")
        wait_until(lambda: known_name(store) == "Ada King")
    (webhook,) = connected.world.default_company.webhooks.values()
    said = program.said.read_text()

    assert webhook.last_http_status == 200
    assert webhook.subscription_url.rpartition("/")[2] not in said
    assert webhook.http_auth_password not in said


def test_what_is_told_while_the_door_is_killed_is_told_again(
    program: Program, connected: Sandbox, store: Store
) -> None:
    with program.serving("worker"):
        with program.serving("web") as web:
            wait_until(lambda: registered(connected) and is_mirrored(store))
            web.kill()
            web.wait(timeout=60)
            by_hand(connected, "Ada King")
            wait_until(lambda: any(a.fate == "failed" for a in connected.deliveries.attempts()))
        with program.serving("web"):
            connected.clock.advance(3)
            wait_until(lambda: known_name(store) == "Ada King")

    assert [a.fate for a in connected.deliveries.attempts()][-1] == "delivered"

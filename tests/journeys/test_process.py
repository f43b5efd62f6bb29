"""A worker that is killed, as the operating system kills: what was acknowledged arrives once."""

import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.clock import ManualClock
from tests.events import activity, identify
from tests.hub import Hub, open_hub, states

from dealwright.core.delivery import State
from dealwright.parts import open_vault
from dealwright.sandbox.app import Sandbox, create_app
from dealwright.sandbox.options import NO_LIMITS, Options
from dealwright.sandbox.serve import server_for
from dealwright.settings import load_settings
from dealwright.store.connections import save_credentials
from dealwright.store.deliveries import count_by_state
from dealwright.store.tables import connections

pytestmark = pytest.mark.process

ROOT = Path(__file__).resolve().parents[2]
DEADLINE_S = 60.0
USERS = 25
TOKEN = "t" * 40


@contextmanager
def served(sandbox: Sandbox) -> Iterator[str]:
    """A sandbox over HTTP; its address."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = server_for(sandbox, host="127.0.0.1", port=0)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            wait_until(lambda: server.started)
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()


@contextmanager
def started_worker(data: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A worker process, killed at the end."""
    command = [sys.executable, "-m", "tests.journeys.worker_process", str(data)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL) as process:
        try:
            yield process
        finally:
            process.kill()


def wait_until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + DEADLINE_S
    while not holds():
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.01)


@pytest.fixture
async def real(tmp_path: Path) -> AsyncGenerator[Hub]:
    """A store with events for a Connection that is still to be pointed somewhere."""
    async with open_hub(tmp_path, clock=ManualClock()) as hub:
        yield hub


async def point_to(hub: Hub, data: Path, url: str) -> None:
    """Have Connection 1 talk to a sandbox over HTTP."""
    sealed = open_vault(load_settings(data=data)).seal(TOKEN.encode())
    await hub.store.write(lambda db: save_credentials(db, 1, sealed=sealed))
    await hub.store.write(
        lambda db: db.execute(connections.update().values(base_url=url, plan="ultimate"))
    )


async def test_a_worker_that_is_killed_again_and_again_delivers_everything_once(
    real: Hub, tmp_path: Path
) -> None:
    sandbox = create_app(
        Options(token=TOKEN, lag_s=3, seed="empty", plan="ultimate", limits=NO_LIMITS)
    )
    sandbox.add_fault(delay_ms=5)
    await real.connect(sandbox)
    for n in range(USERS):
        await real.send(
            identify(f"u-{n}", name=f"Nobody {n}", email=f"nobody{n}@x.example"),
            activity(f"u-{n}", "Demo", subject=f"Demo {n}"),
        )
    with served(sandbox) as url:
        await point_to(real, tmp_path, url)
        for made in (7, 20, 21, 40):
            with started_worker(tmp_path):
                wait_until(lambda made=made: written(sandbox) >= made)
        with started_worker(tmp_path):
            wait_until(lambda: written(sandbox) >= 2 * USERS)
            wait_until(lambda: all_delivered(real))
    await real.look()

    subjects = [found["subject"] for found in sandbox.records("activities")]
    names = [person["name"] for person in sandbox.records("persons")]
    assert Counter(names) == Counter(f"Nobody {n}" for n in range(USERS))
    assert Counter(subjects) == Counter(f"Demo {n}" for n in range(USERS))
    assert states(real) == [State.DELIVERED] * (2 * USERS)


def written(sandbox: Sandbox) -> int:
    return len(sandbox.records("persons")) + len(sandbox.records("activities"))


def all_delivered(hub: Hub) -> bool:
    with hub.store.snapshot() as db:
        return count_by_state(db)[State.DELIVERED] == 2 * USERS

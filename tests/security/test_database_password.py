"""A password in the database's address is said by neither process, also when the database goes."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from tests.journeys.test_process import wait_until
from tests.needs import lacking
from tests.postgres import PostgresServer, missing
from tests.security.canaries import Canaries

from dealwright.cli.sockets import free_port

pytestmark = [pytest.mark.security, pytest.mark.process, pytest.mark.postgres]

PASSWORD = "database-canary-9d02"


@contextmanager
def running(role: str, environment: dict[str, str], lines: list[bytes]) -> Iterator[None]:
    """One process of the hub; `lines` gets all that it says."""
    command = [sys.executable, "-m", "dealwright", "serve", "--role", role]
    with subprocess.Popen(
        [*command, "--port", str(free_port())],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    ) as process:
        assert process.stdout is not None
        thread = threading.Thread(target=lines.extend, args=[process.stdout])
        thread.start()
        try:
            ready = f"{role}.ready".encode()
            wait_until(lambda: not thread.is_alive() or any(ready in line for line in lines))
            assert process.poll() is None, b"".join(lines).decode()
            yield
        finally:
            process.terminate()
            process.wait(60)
            thread.join()


@pytest.fixture(scope="module")
def postgres() -> Iterator[PostgresServer]:
    """A server of its own, since it is crashed."""
    if reason := missing():
        lacking(reason)
    server = PostgresServer().start()
    yield server
    server.stop()


@pytest.fixture
def said(postgres: PostgresServer, tmp_path: Path) -> bytes:
    """What both processes say while their database crashes and comes back."""
    url = postgres.database().replace("://postgres@", f"://postgres:{PASSWORD}@")
    kept = {n: v for n, v in os.environ.items() if not n.startswith("DEALWRIGHT_")}
    environment = kept | {
        "DEALWRIGHT_DATA": str(tmp_path / "hub"),
        "DEALWRIGHT_DATABASE_URL": url,
        "DEALWRIGHT_LOG_LEVEL": "debug",
    }
    web: list[bytes] = []
    worker: list[bytes] = []
    with ExitStack() as stack:
        stack.enter_context(running("web", environment, web))
        stack.enter_context(running("worker", environment, worker))
        before = len(worker)
        postgres.crash()
        try:
            wait_until(lambda: len(worker) > before)
        finally:
            postgres.restart()
    return b"".join((*web, *worker))


def test_no_log_holds_the_password_of_the_database(said: bytes) -> None:
    canaries = Canaries()
    canaries.keep("database password", PASSWORD)

    assert b"worker.ready" in said
    assert canaries.seen_in(said) == []

"""The first start of a hub: it prints a link, and whoever opens that owns it."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest

from dealwright.cli.sockets import free_port

PATIENCE_S = 60
OWNER = {"email": "owner@hub.example", "password": "correct horse battery staple"}


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("DEALWRIGHT_")}
    return kept | {"DEALWRIGHT_DATA": str(tmp_path / "hub"), "COLUMNS": "100"}


@contextmanager
def serving(environment: dict[str, str], *more: str) -> Iterator["subprocess.Popen[str]"]:
    process = subprocess.Popen(
        [sys.executable, "-m", "dealwright", "serve", "--port", str(free_port()), *more],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
    )
    try:
        yield process
    finally:
        process.terminate()
        process.communicate(timeout=PATIENCE_S)


def link_of(process: "subprocess.Popen[str]") -> str:
    """The link that it prints; it may be read through a pipe at once."""
    assert process.stdout is not None
    return next(line.strip() for line in process.stdout if "/auth/set-up#" in line)


def until_ready(process: "subprocess.Popen[str]") -> None:
    assert process.stderr is not None
    next(line for line in process.stderr if "web.ready" in line)


@pytest.mark.process
@pytest.mark.parametrize("role", ["all", "web"])
def test_the_link_of_the_first_start_makes_the_owner(
    environment: dict[str, str], role: str
) -> None:
    with serving(environment, "--role", role) as process:
        link = link_of(process)
        until_ready(process)
        base, _, token = link.partition("/auth/set-up#")
        with httpx2.Client(base_url=base, headers={"origin": base}) as browser:
            page = browser.get("/auth/set-up")
            told = browser.post("/api/v1/session/set-up", json=OWNER | {"token": token}).json()
            known = browser.get("/api/v1/users").json()

    assert page.status_code == 200
    assert told["user"]["role"] == "owner"
    assert [one["email"] for one in known["items"]] == ["owner@hub.example"]


@pytest.mark.process
def test_once_there_is_somebody_no_link_is_printed(environment: dict[str, str]) -> None:
    subprocess.run(
        [sys.executable, "-m", "dealwright", "users", "add", "ada@hub.example"],
        env=environment,
        check=True,
        capture_output=True,
    )
    with serving(environment) as process:
        until_ready(process)
        process.terminate()
        said, _ = process.communicate(timeout=PATIENCE_S)

    assert "/auth/set-up#" not in said


@pytest.mark.process
def test_the_link_is_in_no_log(environment: dict[str, str]) -> None:
    with serving(environment) as process:
        link = link_of(process)
        until_ready(process)
        process.terminate()
        _, logged = process.communicate(timeout=PATIENCE_S)

    assert link.partition("#")[2] not in logged

"""The commands that run processes: they stand up, end together, and the demo proves itself."""

import json
import os
import re
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest
from tests.needs import need_module
from tests.process import write_key

from dealwright.cli.demo.play import sdk_for
from dealwright.cli.sockets import free_port, listening
from dealwright.core.errors import ConfigError

PATIENCE_S = 60


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """The environment of the process, without an operator's own settings."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("DEALWRIGHT_")}
    return kept | {"DEALWRIGHT_DATA": str(tmp_path / "hub"), "COLUMNS": "100"}


@contextmanager
def _running(environment: dict[str, str], *arguments: str) -> Iterator["subprocess.Popen[str]"]:
    process = subprocess.Popen(
        [sys.executable, "-m", "dealwright", *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
    )
    try:
        yield process
    finally:
        process.kill()
        # Ends when the last process has closed the pipe, hence when all of them are gone.
        process.communicate(timeout=PATIENCE_S)


def _until_said(process: "subprocess.Popen[str]", *words: str) -> None:
    assert process.stderr is not None
    left = set(words)
    while left:
        line = process.stderr.readline()
        assert line, f"ended before it said {left}"
        left -= {word for word in left if word in line}


def _started(process: "subprocess.Popen[str]", name: str, *ready: str) -> int:
    """Read on until all this was said; the number of the child of this name."""
    assert process.stderr is not None
    children: dict[str, int] = {}
    left = set(ready)
    while left:
        line = json.loads(process.stderr.readline())
        left -= {line["event"]}
        if line["event"] == "child.started":
            children[line["child"]] = line["pid"]
    return children[name]


@pytest.mark.process
def test_serve_takes_requests_and_ends_with_0_when_asked(environment: dict[str, str]) -> None:
    port = free_port()
    with _running(environment, "serve", "--port", str(port)) as process:
        _until_said(process, "web.ready", "worker.ready")
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz") as answer:
            ready = answer.status
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=PATIENCE_S)

    assert (ready, process.returncode) == (200, 0)


@pytest.mark.process
def test_the_processes_of_a_hub_end_when_their_parent_is_killed(
    environment: dict[str, str],
) -> None:
    port = free_port()
    with _running(environment, "serve", "--port", str(port)) as process:
        _until_said(process, "web.ready", "worker.ready")
        process.kill()
        process.communicate(timeout=PATIENCE_S)

    listening("127.0.0.1", port).close()


@pytest.mark.process
def test_a_worker_that_is_killed_is_started_again(environment: dict[str, str]) -> None:
    with _running(environment, "serve", "--port", str(free_port())) as process:
        os.kill(_started(process, "worker", "web.ready", "worker.ready"), signal.SIGKILL)

        _until_said(process, "child.ended", "worker.ready")


@pytest.mark.process
def test_a_web_process_that_is_killed_answers_again_at_the_same_port(
    environment: dict[str, str],
) -> None:
    port = free_port()
    with _running(environment, "serve", "--port", str(port)) as process:
        os.kill(_started(process, "web", "web.ready", "worker.ready"), signal.SIGKILL)
        _until_said(process, "child.ended", "web.ready")
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz") as answer:
            ready = answer.status

    assert ready == 200


@pytest.mark.process
def test_what_comes_in_while_the_worker_is_dead_is_delivered_by_the_next(
    environment: dict[str, str],
) -> None:
    key = write_key("website", data=Path(environment["DEALWRIGHT_DATA"]))
    port = free_port()
    ports = ("--port", str(port), "--sandbox-port", str(free_port()))
    with _running(environment, "serve", "--sandbox", *ports) as process:
        worker = _started(process, "worker", "web.ready", "worker.ready", "sandbox.connected")
        os.kill(worker, signal.SIGKILL)
        _until_said(process, "child.ended")
        said = {"userId": "u-1", "traits": {"name": "Ada Keller"}}
        httpx2.post(f"http://127.0.0.1:{port}/v1/identify", json=said, auth=(key, ""))

        _until_said(process, "delivery.delivered")


@pytest.mark.process
def test_a_second_hub_starts_nothing_beside_the_first(environment: dict[str, str]) -> None:
    port = free_port()
    with _running(environment, "serve", "--port", str(port)) as first:
        _until_said(first, "web.ready", "worker.ready")
        second = subprocess.run(
            [sys.executable, "-m", "dealwright", "serve", "--port", str(port)],
            env=environment,
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
            check=False,
        )

    assert (second.stdout, second.stderr.count("\n")) == ("", 1)


@pytest.mark.process
def test_a_hub_whose_port_is_taken_does_not_start(environment: dict[str, str]) -> None:
    with listening("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        with _running(environment, "serve", "--port", str(port)) as process:
            _, said = process.communicate(timeout=PATIENCE_S)

    assert ("[address_in_use]" in said, process.returncode) == (True, 1)


@pytest.mark.process
def test_serve_with_a_sandbox_is_connected_already_and_told_what_changes(
    environment: dict[str, str],
) -> None:
    ports = ("--port", str(free_port()), "--sandbox-port", str(free_port()))
    with _running(environment, "serve", "--sandbox", *ports) as process:
        _until_said(process, "web.ready", "worker.ready", "sandbox.connected")
        listed = _said(environment, "connections", "list")
        webhook = _said(environment, "webhooks", "status")

    assert '"delivering":true' in listed
    assert '"state":"on"' in webhook


def _said(environment: dict[str, str], *command: str) -> str:
    return subprocess.run(
        [sys.executable, "-m", "dealwright", *command, "--json"],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    ).stdout


@pytest.mark.process
def test_the_demo_finds_every_record_exactly_once(environment: dict[str, str]) -> None:
    need_module("segment.analytics")
    ran = subprocess.run(
        [sys.executable, "-m", "dealwright", "demo"],
        env=environment | {"DEMO_EXIT": "1"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )

    assert (ran.returncode, "each exactly once" in ran.stdout) == (0, True), ran.stderr
    assert "It may have been Maret Sild or Oskar Sild." in ran.stdout
    assert len(re.findall(r"http://localhost:\d+/s/[0-9a-f-]{36}", ran.stdout)) == 3
    assert "This card cost 0 API tokens and 0 calls" in ran.stdout
    assert re.search(r"/auth/set-up\?next=%2Fcard%3Femail%3Dada\.kask%40\S+#\S{20,}", ran.stdout)


def test_without_the_sdk_the_demo_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "segment.analytics.client", None)

    with pytest.raises(ConfigError, match=r"dealwright\[demo\]"):
        sdk_for("http://127.0.0.1:1", "key", [])

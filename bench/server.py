"""Processes under measurement: started as people start them, awaited, and ended."""

import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from dealwright.cli.sockets import free_port
from dealwright.parts import open_store
from dealwright.settings import load_settings
from dealwright.store.sources import add_write_key, create_source
from dealwright.web.write_keys import hash_write_key

ROOT = Path(__file__).resolve().parent.parent
PATIENCE_S = 30.0
#: Limits are counted and never met: a benchmark sends as fast as it can.
NO_LIMIT = {f"DEALWRIGHT_{door}_RATE": "1000000000" for door in ("SOURCE", "API", "ADDRESS")}


@dataclass(frozen=True, kw_only=True)
class Server:
    """Where it listens ("" for nowhere), and which process it is."""

    url: str
    pid: int


def new_source(data: Path, key: str) -> None:
    """Make the hub's data folder, with one Source that has this write key."""
    store = open_store(load_settings(data=data))
    with store.transaction() as db:
        source = create_source(db, "bench", now_ms=0)
        add_write_key(db, source.id, key_hash=hash_write_key(key), prefix=key[:6], now_ms=0)
    store.close()


@contextmanager
def module(name: str, *arguments: str) -> Generator[Server]:
    """Run `python -m NAME --port PORT ARGUMENTS` for the length of this."""
    port = free_port()
    with _running("-m", name, "--port", str(port), *arguments) as process:
        yield _answering(process, port)


@contextmanager
def web(data: Path) -> Generator[Server]:
    """Run `dealwright serve --role web` on a data folder."""
    port = free_port()
    command = ("-m", "dealwright", "serve", "--role", "web", "--port", str(port))
    with _running(*command, data=data) as process:
        yield _answering(process, port)


@contextmanager
def worker(data: Path) -> Generator[Server]:
    """Run `dealwright serve --role worker` on a data folder."""
    with _running("-m", "dealwright", "serve", "--role", "worker", data=data) as process:
        yield Server(url="", pid=process.pid)


@contextmanager
def sandbox(token: str) -> Generator[Server]:
    """Run an empty Pipedrive that refuses nothing for being too much."""
    port = free_port()
    command = ("-m", "dealwright", "sandbox", "--port", str(port), "--token", token)
    with _running(*command, "--seed", "empty", "--no-limits", "--lag", "0") as process:
        yield _answering(process, port)


@contextmanager
def _running(*command: str, data: Path | None = None) -> Generator["subprocess.Popen[bytes]"]:
    environment = os.environ | NO_LIMIT | ({"DEALWRIGHT_DATA": str(data)} if data else {})
    process = subprocess.Popen(
        [sys.executable, *command],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd=ROOT,
        env=environment,
    )
    try:
        yield process
    finally:
        process.terminate()
        process.wait(timeout=PATIENCE_S)


def _answering(process: "subprocess.Popen[bytes]", port: int) -> Server:
    url = f"http://127.0.0.1:{port}"
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline and process.poll() is None:
        try:
            urllib.request.urlopen(f"{url}/livez", timeout=1).close()  # noqa: S310
        except urllib.error.HTTPError:
            break
        except OSError:
            time.sleep(0.05)
        else:
            break
    else:
        raise SystemExit(f"What should listen on port {port} did not start.")
    return Server(url=url, pid=process.pid)

"""Processes: the real program, started on a free port with a data folder of its own."""

import os
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from dealwright.cli.sockets import free_port
from dealwright.parts import open_store
from dealwright.settings import load_settings
from dealwright.store.sources import add_write_key, create_source
from dealwright.web.write_keys import hash_write_key, new_write_key

PATIENCE_S = 30


@dataclass(frozen=True, kw_only=True)
class Running:
    """A hub's process and where it listens."""

    process: subprocess.Popen[str]
    url: str

    def kill(self) -> None:
        """End it as a power cut would."""
        self.process.kill()
        self.process.wait(timeout=PATIENCE_S)


def write_key(name: str, *, data: Path) -> str:
    """Make a Source in the store of a data folder; its write key."""
    key = new_write_key()
    store = open_store(load_settings(data=data))
    with store.transaction() as db:
        made = create_source(db, name, now_ms=0)
        add_write_key(db, made.id, key_hash=hash_write_key(key), prefix=key[:6], now_ms=0)
    store.close()
    return key


@contextmanager
def serving(role: str, *, data: Path, **more: str) -> Generator[Running]:
    """Run `dealwright serve --role ROLE`, with `more` in its environment, until it is ready."""
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "dealwright", "serve", "--role", role, "--port", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        env=_environment(data) | more,
    )
    with process:
        try:
            _wait_until_ready(process, role)
            yield Running(process=process, url=f"http://127.0.0.1:{port}")
        finally:
            process.terminate()


def _wait_until_ready(process: "subprocess.Popen[str]", role: str) -> None:
    assert process.stderr is not None
    said: list[str] = []
    for line in process.stderr:
        said.append(line)
        if f"{role}.ready" in line:
            return
    raise AssertionError(f"serve --role {role} ended before it was ready:\n{''.join(said)}")


def _environment(data: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("DEALWRIGHT_")}
    return kept | {"DEALWRIGHT_DATA": str(data)}

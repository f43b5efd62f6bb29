"""A server process under measurement: started, awaited, and ended."""

import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, kw_only=True)
class Server:
    """Where it listens, and which process it is."""

    url: str
    pid: int


@contextmanager
def served(*arguments: str) -> Generator[Server]:
    """Run `python -m ARGUMENTS`, which prints its port when it is ready, for the length of this."""
    process = subprocess.Popen(
        [sys.executable, "-m", *arguments], stdout=subprocess.PIPE, text=True, cwd=ROOT
    )
    try:
        assert process.stdout is not None
        port = process.stdout.readline().strip()
        if not port.isdecimal():
            raise SystemExit(f"{' '.join(arguments)} did not start.")
        yield Server(url=f"http://127.0.0.1:{port}", pid=process.pid)
    finally:
        process.terminate()
        process.wait(timeout=30)

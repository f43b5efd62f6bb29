"""Programs of npm: installed once, from the lock, into the checkout."""

import asyncio
import fcntl
import hashlib
import json
import subprocess
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from tests.needs import need

HERE = Path(__file__).resolve().parent
PATIENCE_S = 60

Run = Callable[..., Awaitable[dict[str, Any]]]


@pytest.fixture(scope="session")
def node() -> str:
    """Node, with the packages of `package-lock.json` in place."""
    program, npm = need("node"), need("npm")
    wanted = hashlib.sha256((HERE / "package-lock.json").read_bytes()).hexdigest()
    stamp = HERE / "node_modules" / ".installed"
    # Two workers of pytest may come here at the same time.
    with (HERE / "package-lock.json").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not stamp.is_file() or stamp.read_text() != wanted:
            arguments = ("ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
            subprocess.run([npm, *arguments], cwd=HERE, check=True, timeout=300)
            stamp.write_text(wanted)
    return program


@pytest.fixture
def run(node: str) -> Run:
    """Run one of the programs beside this file; what it printed last, as JSON."""

    async def run(program: str, *arguments: str) -> dict[str, Any]:
        process = await asyncio.create_subprocess_exec(
            node,
            program,
            *arguments,
            cwd=HERE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        out, err = await asyncio.wait_for(process.communicate(), PATIENCE_S)
        assert process.returncode == 0, err.decode()
        found: dict[str, Any] = json.loads(out.splitlines()[-1])
        return found

    return run

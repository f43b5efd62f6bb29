"""Where the demo plays: a sandbox and a hub as processes of their own, in a folder of its own."""

import asyncio
import os
import secrets
import sys
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from dealwright.cli.answering import NotAnswering, until_it_answers
from dealwright.cli.sockets import free_port
from dealwright.core.clock import Clock
from dealwright.core.errors import DealwrightError

#: How long a process may take to end.
END_S = 25.0


class DemoFailed(DealwrightError):
    """The demo could not be played, or did not end as it must; the sentence says why."""

    code = "demo_failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """A process that runs: its address, and where its log is."""

    name: str
    url: str
    log: Path


@asynccontextmanager
async def sandbox_process(folder: Path, token: str, clock: Clock) -> AsyncGenerator[Stage]:
    """A sandbox of a small company, on a free port."""
    port = free_port()
    where = ("--tied", "--port", str(port))
    arguments = ("sandbox", *where, "--token", token, "--plan", "premium")
    stage = Stage(name="sandbox", url=f"http://127.0.0.1:{port}", log=folder / "sandbox.log")
    async with _running(stage, arguments, clock, probe="/_sandbox/budget"):
        yield stage


@asynccontextmanager
async def hub_process(folder: Path, clock: Clock) -> AsyncGenerator[Stage]:
    """The hub as `dealwright serve` runs it, where `alone` has said that it is."""
    url = os.environ["DEALWRIGHT_PUBLIC_URL"]
    stage = Stage(name="hub", url=url, log=folder / "hub.log")
    arguments = ("serve", "--tied", "--host", "127.0.0.1")
    async with _running(stage, arguments, clock, probe="/readyz"):
        yield stage


def new_token() -> str:
    """An API token as Pipedrive makes them: 40 hexadecimal digits."""
    return secrets.token_hex(20)


def alone(folder: Path) -> None:
    """Keep the operator's own settings out of the demo, its data in its folder, its port free.

    The hub, commands beside it and their links then have one address; Pipedrive has it too.
    """
    for name in [name for name in os.environ if name.startswith("DEALWRIGHT_")]:
        del os.environ[name]
    port = free_port()
    os.environ["DEALWRIGHT_DATA"] = str(folder)
    os.environ["DEALWRIGHT_PORT"] = str(port)
    os.environ["DEALWRIGHT_PUBLIC_URL"] = f"http://localhost:{port}"


@asynccontextmanager
async def _running(
    stage: Stage, arguments: Sequence[str], clock: Clock, *, probe: str
) -> AsyncGenerator[None]:
    with stage.log.open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "dealwright", *arguments),
            stdin=asyncio.subprocess.PIPE,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        await _stands_up(stage, process, clock, probe)
        yield
    finally:
        await _end(process)


async def _stands_up(
    stage: Stage, process: asyncio.subprocess.Process, clock: Clock, probe: str
) -> None:
    try:
        await until_it_answers(stage.url + probe, clock, alive=lambda: process.returncode is None)
    except NotAnswering as error:
        said = stage.log.read_text(encoding="utf-8", errors="replace").strip()
        raise DemoFailed(f"The {stage.name} did not start. It said:\n{said[-2000:]}") from error


async def _end(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        process.terminate()
        try:
            await asyncio.wait_for(process.wait(), END_S)
        except TimeoutError:
            process.kill()
            await process.wait()

"""The command line in this process, with a data folder of its own, and a sandbox to connect to."""

import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import msgspec
import pytest
import uvicorn
from tests.fresh import fresh_file

from dealwright.cli.hub import Hub, opened
from dealwright.cli.main import run
from dealwright.sandbox.app import Sandbox, create_app
from dealwright.sandbox.options import NO_LIMITS, Options
from dealwright.settings import load_settings

TOKEN = "a1" * 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """What a command printed, and how it ended."""

    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[dict[str, Any]]:
        """The JSON lines that it printed."""
        return [msgspec.json.decode(line) for line in self.out.splitlines()]


class Dealwright(Protocol):
    """Runs a command line."""

    def __call__(self, *arguments: str) -> Ran: ...


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The data folder of the commands, migrated; nothing else of the environment reaches them."""
    folder = tmp_path / "hub"
    folder.mkdir(mode=0o700)
    fresh_file(folder / "dealwright.db")
    monkeypatch.setenv("DEALWRIGHT_DATA", str(folder))
    for name in ("DEALWRIGHT_DATABASE_URL", "DEALWRIGHT_SECRET_KEY", "PIPEDRIVE_API_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("COLUMNS", "100")
    return folder


@pytest.fixture
def unmade(data: Path) -> Path:
    """Where the data folder will be: nobody has begun yet."""
    shutil.rmtree(data)
    return data


@pytest.fixture
def dealwright(
    data: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Dealwright:
    """Run a command as a person would, and see what it prints."""
    monkeypatch.chdir(data.parent)

    def ran(*arguments: str) -> Ran:
        monkeypatch.setattr("sys.argv", ["dealwright", *arguments])
        capsys.readouterr()
        with pytest.raises(SystemExit) as left:
            run()
        printed = capsys.readouterr()
        return Ran(code=int(left.value.code or 0), out=printed.out, err=printed.err)

    return ran


@pytest.fixture
def hub(data: Path) -> Iterator[Hub]:
    """The store behind the commands, to put things in and to look."""
    with opened(load_settings(data=data)) as opened_hub:
        yield opened_hub


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A sandbox that listens: its address, its token, and itself."""

    url: str
    token: str
    sandbox: Sandbox


@pytest.fixture(scope="module")
def served() -> Iterator[Account]:
    """A sandbox on a free port of this machine."""
    sandbox = create_app(Options(token=TOKEN, lag_s=0, seed="empty", limits=NO_LIMITS))
    with serving(sandbox) as url:
        yield Account(url=url, token=TOKEN, sandbox=sandbox)


@pytest.fixture
def account(served: Account) -> Account:
    """The sandbox, as new."""
    served.sandbox.reset()
    served.sandbox.faults.clear()
    return served


@contextmanager
def serving(app: Any) -> Iterator[str]:
    """Serve an application on a free port, in a thread of its own."""
    config = uvicorn.Config(app, port=0, log_config=None, lifespan="on", ws="none")
    server = uvicorn.Server(config)
    up = threading.Event()
    announce = server.startup

    async def startup(sockets: Any = None) -> None:
        await announce(sockets)
        up.set()

    server.startup = startup
    thread = threading.Thread(target=server.run)
    thread.start()
    assert up.wait(30)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(30)

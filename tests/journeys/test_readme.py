"""A stranger goes from `pip install` to the first person, by the README and nothing else.

The wheel is built and installed in an empty environment (its dependencies are lent by the one
that the tests run in), the home folder is fresh, and every line of the README's block is run as it
stands, but for the ports, which may be taken here.
"""

import os
import pty
import re
import select
import subprocess
import sys
import sysconfig
import termios
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from tests.needs import lacking

from dealwright.cli.sockets import free_port

ROOT = Path(__file__).resolve().parents[2]
BROWSER = ROOT / "tests" / "cli" / "browser.py"
PATIENCE_S = 120.0

pytestmark = pytest.mark.process


def commands() -> list[str]:
    """The lines of the block, without what is remarked on them."""
    section = (ROOT / "README.md").read_text().split("## Try it", 1)[1]
    block = section.split("```console\n", 1)[1].split("```", 1)[0]
    return [re.sub(r"\s+# .*", "", line[2:]) for line in block.splitlines()]


@dataclass
class Stranger:
    """Somebody at a terminal: what they have typed and read, and what still runs."""

    home: Path
    bin: Path
    environment: dict[str, str]
    ports: dict[str, str]
    read: str = ""
    running: ExitStack = field(default_factory=ExitStack)

    def run(self, line: str, *, until: str = "", answer: str = "") -> str:
        """Type one line; `until`: it goes on running, and has said this; or it asks, and is told.

        What was printed, as one reads it.
        """
        for here, there in self.ports.items():
            line = line.replace(here, there)
        ours, theirs = pty.openpty()
        termios.tcsetwinsize(theirs, (50, 120))
        process = subprocess.Popen(
            ["/bin/sh", "-c", f"exec {line}"],
            stdin=theirs, stdout=theirs, stderr=theirs,
            cwd=self.home, env=self.environment, start_new_session=True,
        )  # fmt: skip
        os.close(theirs)
        self.running.callback(_end, process, ours)
        said = _said(process, ours, until or answer.partition("→")[0])
        if answer:
            os.write(ours, answer.partition("→")[2].encode())
            said += _said(process, ours, "")
        self.read += f"$ {line}\n{said}\n"
        if not until:
            assert process.wait(PATIENCE_S) == 0, self.read
        return said


def _said(process: "subprocess.Popen[bytes]", ours: int, until: str) -> str:
    """What is printed up to some words, or to the end."""
    said, deadline_s = b"", time.monotonic() + PATIENCE_S
    while not until or until.encode() not in said:
        assert time.monotonic() < deadline_s, said.decode()
        if select.select([ours], [], [], 0.2)[0]:
            try:
                part = os.read(ours, 65_536)
            except OSError:
                part = b""
            if not part:
                break
            said += part
        elif process.poll() is not None:
            break
    return re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", said.decode()).replace("\r\n", "\n")


def _end(process: "subprocess.Popen[bytes]", ours: int) -> None:
    process.terminate()
    try:
        process.wait(30)
    except subprocess.TimeoutExpired:
        process.kill()
    os.close(ours)


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment with the wheel in it, as `pip install` leaves it; its folder of programs."""
    folder = tmp_path_factory.mktemp("installed")
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check"]
    built = subprocess.run(
        [*pip, "wheel", "-q", "--no-deps", "-w", str(folder), str(ROOT)],
        check=False,
        capture_output=True,
        text=True,
    )
    if built.returncode:
        lacking(f"The wheel cannot be built, which needs hatchling: {built.stderr[-300:]}")
    (wheel,) = folder.glob("dealwright-*.whl")
    subprocess.run(
        [sys.executable, "-m", "venv", "--without-pip", str(folder / "venv")], check=True
    )
    lent = folder / "venv" / "lib" / f"python3.{sys.version_info.minor}" / "site-packages"
    (lent / "lent.pth").write_text(sysconfig.get_path("purelib"))
    python = str(folder / "venv" / "bin" / "python")
    subprocess.run([*pip, "--python", python, "install", "-q", "--no-deps", str(wheel)], check=True)
    return folder / "venv" / "bin"


@pytest.fixture
def stranger(installed: Path, tmp_path: Path) -> Iterator[Stranger]:
    port = str(free_port())
    environment = {
        "HOME": str(tmp_path),
        "PATH": f"{installed}:{os.environ['PATH']}",
        "TERM": "xterm",
        "LANG": "C.UTF-8",
        "DEALWRIGHT_PORT": port,
        "BROWSER": f"{sys.executable} {BROWSER} %s",
        "BROWSER_DECISION": "allow",
        "BROWSER_USER": "1",
    }
    sandbox, callback = str(free_port()), str(free_port())
    ports = {
        "sandbox --oauth": f"sandbox --oauth --port {sandbox} --callback-port {callback}",
        "connect --oauth": f"connect --oauth --callback-port {callback}",
        "8900": sandbox,
        "8787": port,
    }
    made = Stranger(home=tmp_path, bin=installed, environment=environment, ports=ports)
    with made.running:
        yield made


def test_a_stranger_gets_from_pip_install_to_the_first_person(stranger: Stranger) -> None:
    (
        install, sandbox, export, connect, mappings, preset, on, sources, serve, curl, deliveries,
    ) = commands()  # fmt: skip

    assert install == "pip install dealwright"
    said = stranger.run(sandbox, until="Then sign in:")
    app = dict(re.findall(r"export (\w+)=(\S+)", said))
    assert [part.partition("=")[0] for part in export.split()[1:]] == list(app)
    stranger.environment |= app

    said = stranger.run(connect, answer="Is this the right account?→y\n")
    assert "as Mara Lind" in said
    assert "Connected acme" in said
    assert len(re.findall(r" on  ", stranger.run(mappings))) == 3
    assert "acme has upsert_deal, enabled" in stranger.run(preset)
    assert "Events are written to acme" in stranger.run(on)
    key = re.search(r"^ {2}([\w-]+)$", stranger.run(sources), re.MULTILINE)
    assert key is not None, stranger.read

    stranger.run(serve, until="worker.ready")
    said = stranger.run(f"{curl.replace('WRITE_KEY', key[1])} --retry 20 --retry-all-errors -sS")
    assert '"success":true' in said.replace(" ", "")
    assert _until_delivered(stranger, deliveries)


def _until_delivered(stranger: Stranger, line: str) -> bool:
    deadline_s = time.monotonic() + PATIENCE_S
    while "delivered" not in (said := stranger.run(line)):
        assert time.monotonic() < deadline_s, said
    return True

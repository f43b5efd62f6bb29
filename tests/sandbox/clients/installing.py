"""Strangers' packages: installed once, from their locks, into folders that git ignores."""

import fcntl
import hashlib
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from tests.needs import need, need_path

ROOT = Path(__file__).resolve().parents[3]
PATIENCE_S = 300


def npm_packages(folder: Path) -> str:
    """Have a folder's package-lock.json installed beside it; the path of Node."""
    node = need("node")
    command = [need("npm"), "ci", "--silent", "--ignore-scripts", "--no-audit", "--no-fund"]
    modules = folder / "node_modules"
    stamp = _once(
        modules / ".installed",
        folder / "package-lock.json",
        lambda: _succeeds(command, cwd=folder),
    )
    need_path(stamp, f"What `npm ci` installs in {folder.name}")
    return node


def virtual_environment(requirements: Path) -> Path:
    """Have a virtual environment of exactly these requirements; the path of its Python."""
    place = ROOT / "build" / "clients" / requirements.parent.name
    python = place / "bin" / "python"
    make = [sys.executable, "-m", "venv", "--clear", str(place)]
    fill = [str(python), "-m", "pip", "install", "-q", "--require-hashes", "-r", str(requirements)]
    stamp = _once(
        place / ".installed",
        requirements,
        lambda: _succeeds(make, cwd=ROOT) and _succeeds(fill, cwd=ROOT),
    )
    need_path(stamp, f"What pip installs for {requirements.parent.name}")
    return python


def _once(stamp: Path, lock: Path, install: Callable[[], bool]) -> Path:
    # Test processes run side by side: the first installs, the others wait for it.
    wanted = hashlib.sha256(lock.read_bytes()).hexdigest()
    beside = ROOT / "build" / "clients" / f"{lock.parent.name}.lock"
    beside.parent.mkdir(parents=True, exist_ok=True)
    with beside.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        if not stamp.exists() or stamp.read_text(encoding="utf-8") != wanted:
            stamp.unlink(missing_ok=True)
            if install():
                stamp.write_text(wanted, encoding="utf-8")
    return stamp


def _succeeds(command: list[str], *, cwd: Path) -> bool:
    return subprocess.run(command, cwd=cwd, check=False, timeout=PATIENCE_S).returncode == 0

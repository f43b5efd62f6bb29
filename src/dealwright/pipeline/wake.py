"""Wake: the web process tells the worker on the same machine that there is something to do."""

import asyncio
import contextlib
import hashlib
import socket
import tempfile
from pathlib import Path
from typing import Protocol

#: Linux takes 108 bytes with the closing zero, macOS 104.
_LONGEST_PATH = 100


class Waker(Protocol):
    """Wakes the drains; never blocks and never fails: the worker also looks by itself."""

    def wake(self) -> None:
        """Say that there is something to do."""
        ...


class NoWaker:
    """Wakes nobody: the worker finds out when it looks next."""

    def wake(self) -> None:
        """Do nothing."""


class SocketWaker:
    """Wakes the worker that listens at `path`."""

    def __init__(self, path: Path) -> None:
        self._path = str(path)
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.setblocking(False)  # noqa: FBT003 - the standard library's signature

    def wake(self) -> None:
        """Send one byte. A worker that is not there, or has enough of them, needs none."""
        with contextlib.suppress(OSError):
            self._socket.sendto(b"!", self._path)

    def close(self) -> None:
        """Close the socket."""
        self._socket.close()


class WakeSocket:
    """Where a worker hears that it is woken: sets `woken`, in the loop that it was opened in."""

    def __init__(self, path: Path, woken: asyncio.Event) -> None:
        self._path = path
        path.unlink(missing_ok=True)
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.setblocking(False)  # noqa: FBT003 - the standard library's signature
        self._socket.bind(str(path))
        path.chmod(0o600)
        self._woken = woken
        asyncio.get_running_loop().add_reader(self._socket, self._hear)

    def close(self) -> None:
        """Stop listening."""
        asyncio.get_running_loop().remove_reader(self._socket)
        self._socket.close()
        self._path.unlink(missing_ok=True)

    def _hear(self) -> None:
        with contextlib.suppress(BlockingIOError):
            while self._socket.recv(64):
                self._woken.set()


def socket_path(data: Path) -> Path:
    """Where the worker of a data directory listens: in it, or in /tmp if its name is too long."""
    path = data.resolve() / "worker.sock"
    if len(str(path).encode()) <= _LONGEST_PATH:
        return path
    name = hashlib.blake2b(str(path).encode(), digest_size=8).hexdigest()
    return Path(tempfile.gettempdir()) / f"dealwright-{name}.sock"

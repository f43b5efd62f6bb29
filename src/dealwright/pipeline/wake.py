"""Wake: telling the drains that there is something to do; on one machine over a socket."""

import asyncio
import contextlib
import hashlib
import socket
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from dealwright.store.engine import Store
from dealwright.store.notify import connection_of, notify, word

#: Linux takes 108 bytes with the closing zero, macOS 104.
_LONGEST_PATH = 100


Hear = Callable[[int | None], None]
"""Is told who is woken: a Connection's id, `EVERY`, or None for whoever is behind the log."""


class Waker(Protocol):
    """Wakes the drains; never blocks and never fails: the worker also looks by itself."""

    def wake(self, connection_id: int | None = None) -> None:
        """Say that there are new Events; or, of one Connection or `EVERY`, something else to do."""
        ...


class NoWaker:
    """Wakes nobody: the worker finds out when it looks next."""

    def wake(self, connection_id: int | None = None) -> None:
        """Do nothing."""


class NotifyWaker:
    """Wakes the workers of all machines through PostgreSQL.

    An append wakes them by itself, and a transaction does with `store.notify`: this is for whoever
    has neither in hand.
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    def wake(self, connection_id: int | None = None) -> None:
        """Send it in a thread; what cannot be sent is found by the workers within a second."""
        self._store.soon(lambda db: notify(db, connection_id))


class SocketWaker:
    """Wakes the worker that listens at `path`."""

    def __init__(self, path: Path) -> None:
        self._path = str(path)
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.setblocking(False)  # noqa: FBT003 - the standard library's signature

    def wake(self, connection_id: int | None = None) -> None:
        """Send one word. A worker that is not there, or has enough of them, needs none."""
        with contextlib.suppress(OSError):
            self._socket.sendto(b"!" + word(connection_id).encode(), self._path)

    def close(self) -> None:
        """Close the socket."""
        self._socket.close()


class WakeSocket:
    """Where a worker hears that it is woken, in the loop that it was opened in."""

    def __init__(self, path: Path, hear: Hear) -> None:
        self._path = path
        path.unlink(missing_ok=True)
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.setblocking(False)  # noqa: FBT003 - the standard library's signature
        self._socket.bind(str(path))
        path.chmod(0o600)
        self._tell = hear
        asyncio.get_running_loop().add_reader(self._socket, self._hear)

    def close(self) -> None:
        """Stop listening."""
        asyncio.get_running_loop().remove_reader(self._socket)
        self._socket.close()
        self._path.unlink(missing_ok=True)

    def _hear(self) -> None:
        with contextlib.suppress(BlockingIOError):
            while heard := self._socket.recv(64):
                self._tell(connection_of(heard[1:].decode("ascii", "replace")))


def socket_path(data: Path, name: str = "worker") -> Path:
    """Where a process of a data directory listens: in it, or in /tmp if its name is too long.

    `name` is `worker`, or `desk` for the desk of meetings.
    """
    path = data.resolve() / f"{name}.sock"
    if len(str(path).encode()) <= _LONGEST_PATH:
        return path
    digest = hashlib.blake2b(str(path).encode(), digest_size=8).hexdigest()
    return Path(tempfile.gettempdir()) / f"dealwright-{digest}.sock"

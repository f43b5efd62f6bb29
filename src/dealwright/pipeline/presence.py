"""Presence: the processes of a hub that use a data folder, which nobody replaces under them."""

import fcntl
import os
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from dealwright.core.errors import ConfigError

_NAME = "running.lock"


@contextmanager
def present(data: Path) -> Generator[None]:
    """Be one of them while the block lasts; the kernel ends it however the process does.

    Raises ConfigError (`being_restored`) while the folder's database is replaced.
    """
    with _locked(data) as lock:
        if not _taken(lock, fcntl.LOCK_SH):
            raise ConfigError(
                "The database is being restored at this moment: start again when that has ended.",
                code="being_restored",
            )
        yield


@contextmanager
def alone(data: Path) -> Generator[None]:
    """Keep every process of a hub away while the block lasts.

    Raises ConfigError (`hub_running`) when there is one.
    """
    with _locked(data) as lock:
        if not _taken(lock, fcntl.LOCK_EX):
            raise ConfigError("The hub is running: end it first, then restore.", code="hub_running")
        yield


@contextmanager
def _locked(data: Path) -> Generator[int]:
    lock = os.open(data / _NAME, os.O_CREAT | os.O_RDWR, 0o600)
    try:
        yield lock
    finally:
        os.close(lock)


def _taken(lock: int, how: int) -> bool:
    try:
        fcntl.flock(lock, how | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True

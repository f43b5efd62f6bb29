"""Sole: on one machine one worker at a time drains a database; a second one waits to take over.

Two of them would fence each other off for ever: they are one holder, so that a restarted worker
need not wait for the lease of the one that died.
"""

import fcntl
import os
from pathlib import Path


class Sole:
    """The right to be the worker; the kernel takes it back however the process ends."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_CREAT | os.O_RDWR, 0o600)

    def taken(self) -> bool:
        """Take it; False while another has it. Never waits."""
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def close(self) -> None:
        """Give it back."""
        os.close(self._file)

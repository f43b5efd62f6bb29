"""Where tests put their files: in memory, where there is room for them."""

import os
from pathlib import Path

#: Memory that is mounted as a folder, on Linux.
SHARED = Path("/dev/shm")  # noqa: S108 - its files have names that nobody guesses

#: What a whole run may need at once, generously: a folder goes when its test has passed.
ROOM_BYTES = 2**31


def folder_in_memory() -> str | None:
    """A folder for temporary files whose disk nobody waits for; None: the usual one does.

    What a commit has to wait for on a disk is no part of what a test proves. Whoever sets TMPDIR
    decides.
    """
    if "TMPDIR" in os.environ or not os.access(SHARED, os.W_OK | os.X_OK):
        return None
    there = os.statvfs(SHARED)
    # Root's PostgreSQL is copied to where its data lies, and starts from there.
    runs_programs = not there.f_flag & os.ST_NOEXEC
    return str(SHARED) if runs_programs and there.f_bavail * there.f_frsize >= ROOM_BYTES else None

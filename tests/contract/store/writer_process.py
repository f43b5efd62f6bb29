"""A hub that only appends, as a process of its own: to be killed, or to run out of disk.

`python -m tests.contract.store.writer_process forever|full|read-only URL` prints a line for each
acknowledged messageId, and at the end the code of the error that ended it.
"""

import asyncio
import os
import pwd
import resource
import shutil
import sys
from pathlib import Path

from dealwright.core.errors import StoreUnavailable
from dealwright.store.append import Appender, EventRow
from dealwright.store.engine import Store

# 64 KB an Event, so that a disk of 2 MB is soon full.
PAYLOAD = b"x" * 65536


async def append_until_it_fails(appender: Appender, caller: int, payload: bytes) -> None:
    """Append, one Event after the other, and print what was acknowledged."""
    number = 0
    while True:
        message_id = f"{caller}-{number}"
        await appender.append([EventRow(1, number, None, message_id, payload, None)])
        sys.stdout.write(f"{message_id}\n")
        sys.stdout.flush()
        number += 1


async def main(mode: str, url: str) -> None:
    """Do what the mode says."""
    appender = Appender(Store.open(url))
    if mode == "forever":
        await asyncio.gather(*(append_until_it_fails(appender, n, b"{}") for n in range(8)))
    try:
        await append_until_it_fails(appender, 0, PAYLOAD)
    except StoreUnavailable as error:
        sys.stdout.write(f"error {error.code}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    if sys.argv[1] == "full":
        # No file may grow beyond this: what a full disk looks like to SQLite.
        resource.setrlimit(resource.RLIMIT_FSIZE, (2_000_000, 2_000_000))
    if sys.argv[1] == "read-only":
        file = Path(sys.argv[2].removeprefix("sqlite:///"))
        file.chmod(0o400)
        file.parent.chmod(0o500)
        if os.geteuid() == 0:
            # Nothing is read-only to root.
            shutil.chown(file, "nobody")
            shutil.chown(file.parent, "nobody")
            os.setuid(pwd.getpwnam("nobody").pw_uid)
    asyncio.run(main(sys.argv[1], sys.argv[2]))

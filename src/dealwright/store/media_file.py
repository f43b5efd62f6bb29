"""MediaFile: a recording on disk, encrypted with a key of its own, readable from any place.

The file is a row of chunks of 64 KiB, each sealed by AES-256-GCM; its nonce is the chunk's number
and whether it is the last, so chunks can be neither changed, swapped, cut off nor added (the STREAM
construction, https://eprint.iacr.org/2015/189). A key is never used for a second file, so no nonce
comes twice. Who destroys the key has erased the recording, whatever a disk or a backup still holds.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final, NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from dealwright.core.errors import DealwrightError

KEY_BYTES: Final = 32
CHUNK: Final = 65_536
_TAG: Final = 16


class MediaDamaged(DealwrightError):
    """A recording's file is not what was written: restore it from a backup."""

    code = "media_damaged"
    status = 500


class MediaWriter:
    """Writes one recording; `close` names it, and what was not closed is no recording."""

    def __init__(self, path: Path, key: bytes) -> None:
        self._path = path
        self._unfinished = path.with_suffix(".unfinished")
        self._aead = AESGCM(key)
        self._name = path.name.encode()
        self._waiting = b""
        self._number = 0
        #: Bytes of the recording so far.
        self.size = 0
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        flags = os.O_CREAT | os.O_WRONLY | os.O_TRUNC
        self._file = os.fdopen(os.open(self._unfinished, flags, 0o600), "wb")

    def write(self, data: bytes) -> None:
        """Add some of the recording."""
        self.size += len(data)
        waiting = self._waiting + data
        # One chunk waits: it may be the last.
        whole = max(0, (len(waiting) - 1) // CHUNK)
        for at in range(whole):
            self._seal(waiting[at * CHUNK : (at + 1) * CHUNK], last=False)
        self._waiting = waiting[whole * CHUNK :]

    def close(self) -> None:
        """Write the rest, and give the file its name when the disk has it."""
        self._seal(self._waiting, last=True)
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        self._unfinished.replace(self._path)

    def drop(self) -> None:
        """Forget all of it."""
        self._file.close()
        self._unfinished.unlink(missing_ok=True)

    def _seal(self, chunk: bytes, *, last: bool) -> None:
        self._file.write(self._aead.encrypt(_nonce(self._number, last=last), chunk, self._name))
        self._number += 1


def read_media(path: Path, key: bytes, *, size: int, start: int, end: int) -> Iterator[bytes]:
    """The bytes from `start` to before `end` of a recording of `size` bytes, chunk by chunk.

    Raises MediaDamaged, also for a file that is gone.
    """
    if start >= end:
        return
    try:
        with path.open("rb") as file:
            opened = _Opened(file=file, aead=AESGCM(key), name=path.name.encode(), size=size)
            yield from opened.chunks(start, end)
    except (OSError, InvalidTag) as error:
        raise MediaDamaged(
            f"The recording's file {path.name} is gone or is not what was written: restore it "
            "from a backup."
        ) from error


class _Opened(NamedTuple):
    """A file, what opens its chunks, and how much it holds."""

    file: BinaryIO
    aead: AESGCM
    name: bytes
    size: int

    def chunks(self, start: int, end: int) -> Iterator[bytes]:
        """What stands from `start` to before `end`."""
        last = max(0, self.size - 1) // CHUNK
        first = start // CHUNK
        self.file.seek(first * (CHUNK + _TAG))
        for number in range(first, (end - 1) // CHUNK + 1):
            sealed = self.file.read(CHUNK + _TAG)
            plain = self.aead.decrypt(_nonce(number, last=number == last), sealed, self.name)
            begins = number * CHUNK
            yield plain[max(0, start - begins) : end - begins]


def _nonce(number: int, *, last: bool) -> bytes:
    return number.to_bytes(11, "big") + (b"\1" if last else b"\0")

"""Lines of a file of events: plain, gzip, or the standard input; with how far one has read."""

import gzip
import sys
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path
from typing import BinaryIO, cast

from dealwright.core.errors import ConfigError

GZIP = b"\x1f\x8b"


@dataclass(frozen=True, slots=True, kw_only=True)
class Lines:
    """An open file of events. `size` is its bytes on disk; None when that is not known."""

    raw: BinaryIO
    text: BinaryIO
    size: int | None

    def read_so_far(self) -> int:
        """Bytes of the file that have been read, packed if it is packed."""
        return self.raw.tell() if self.size is not None else 0

    def stripped(self) -> Iterator[bytes]:
        """Each line that is not blank, without the space around it."""
        for line in self.text:
            stripped = line.strip()
            if stripped:
                yield stripped


@contextmanager
def opened(name: str) -> Generator[Lines]:
    """Open a file by name, "-" for the standard input. Raises ConfigError if it cannot be read."""
    if name == "-":
        yield _unpacked(sys.stdin.buffer, None)
        return
    path = Path(name)
    try:
        with path.open("rb") as raw:
            yield _unpacked(raw, path.stat().st_size)
    except (OSError, EOFError) as error:
        reason = getattr(error, "strerror", None) or "it ends too early, or is no gzip file"
        raise ConfigError(f"{name} cannot be read: {reason}.", code="unreadable_file") from error


def _unpacked(raw: BinaryIO, size: int | None) -> Lines:
    # The standard input is buffered too; peek leaves what it looks at.
    packed = cast("BufferedReader", raw).peek(2)[:2] == GZIP
    text = cast("BinaryIO", gzip.GzipFile(fileobj=raw)) if packed else raw
    return Lines(raw=raw, text=text, size=size)

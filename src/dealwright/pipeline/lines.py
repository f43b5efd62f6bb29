"""Lines of a file of events: plain or gzip; with how far one has read."""

import gzip
from collections.abc import Iterator
from dataclasses import dataclass
from io import BufferedReader
from typing import BinaryIO, Final, cast

GZIP: Final = b"\x1f\x8b"

#: Above what any event may have; what is longer is cut to it, and refused where it is read.
LONGEST_LINE: Final = 2_097_152


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
        while line := self.text.readline(LONGEST_LINE):
            stripped = line.strip()
            if stripped:
                yield stripped
            self._pass_over(line)

    def _pass_over(self, begun: bytes) -> None:
        """Read the rest of a line that is too long."""
        while len(begun) == LONGEST_LINE and not begun.endswith(b"\n"):
            begun = self.text.readline(LONGEST_LINE)


def unpacked(raw: BinaryIO, size: int | None) -> Lines:
    """The lines of an open file that can be peeked into, unpacked where it is packed."""
    packed = cast("BufferedReader", raw).peek(2)[:2] == GZIP
    text = cast("BinaryIO", gzip.GzipFile(fileobj=raw)) if packed else raw
    return Lines(raw=raw, text=text, size=size)

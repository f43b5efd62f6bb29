"""A file of events by its name, or the standard input."""

import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from dealwright.core.errors import ConfigError
from dealwright.pipeline.lines import Lines, unpacked


@contextmanager
def opened(name: str) -> Generator[Lines]:
    """Open a file by name, "-" for the standard input. Raises ConfigError if it cannot be read."""
    if name == "-":
        yield unpacked(sys.stdin.buffer, None)
        return
    path = Path(name)
    try:
        with path.open("rb") as raw:
            yield unpacked(raw, path.stat().st_size)
    except (OSError, EOFError) as error:
        reason = getattr(error, "strerror", None) or "it ends too early, or is no gzip file"
        raise ConfigError(f"{name} cannot be read: {reason}.", code="unreadable_file") from error

"""Documents: JSON and TOML files that a user wrote, and the Mappings in them."""

import sys
import tomllib
from pathlib import Path
from typing import Any, cast

import msgspec

from dealwright.core.errors import ConfigError, MappingError

#: More than any Mapping, event or file of cases has; a larger file is a mistake.
MAX_BYTES = 10_000_000


def document(name: str) -> object:
    """Read a file, `-` for the standard input: TOML by its name's end, else JSON.

    Raises ConfigError (`unreadable_file`), and MappingError (`invalid_mapping_file`).
    """
    content = _content(name)
    try:
        if name.endswith(".toml"):
            return tomllib.loads(content.decode())
        return msgspec.json.decode(content)
    except (tomllib.TOMLDecodeError, msgspec.DecodeError, UnicodeError, RecursionError) as error:
        kind = "TOML" if name.endswith(".toml") else "JSON"
        raise MappingError(f"{name} is no {kind}: {error}", code="invalid_mapping_file") from error


def event_of(name: str) -> dict[str, Any]:
    """Read one event, which must be an object."""
    found = document(name)
    if not isinstance(found, dict):
        raise MappingError(f"{name}: an event is an object.", code="invalid_mapping_file")
    return cast("dict[str, Any]", found)


def _content(name: str) -> bytes:
    try:
        content = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
    except OSError as error:
        raise ConfigError(
            f"{name} cannot be read: {error.strerror}.", code="unreadable_file"
        ) from error
    if len(content) > MAX_BYTES:
        raise ConfigError(f"{name} is larger than 10 MB.", code="unreadable_file")
    return content

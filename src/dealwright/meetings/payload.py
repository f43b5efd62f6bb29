"""The JSON of Sources, decoded at the edge: every fault in it is an InvalidEvent with its place."""

import re
from collections.abc import Callable
from typing import Final, TypeVar

import msgspec

from dealwright.core.errors import InvalidEvent
from dealwright.core.payload import decoded
from dealwright.meetings.texts import line

T = TypeVar("T")

_BOM: Final = b"\xef\xbb\xbf"
#: Halves of surrogate pairs, which JavaScript and Python write when they cut a text in an emoji.
_HALF: Final = re.compile(
    rb"\\u[dD][89abAB][0-9a-fA-F]{2}(?!\\u[dD][c-fC-F])|"
    rb"(?<!\\u[dD][89abAB][0-9a-fA-F]{2})\\u[dD][c-fC-F][0-9a-fA-F]{2}"
)
_LONGEST_ID: Final = 200


def reader(kind: type[T]) -> Callable[[bytes], T]:
    """A function that reads one kind of body; what it returns raises InvalidEvent."""
    decode = msgspec.json.Decoder(kind).decode

    def read(raw: bytes) -> T:
        body = raw.removeprefix(_BOM)
        try:
            return decoded(decode, body)
        except InvalidEvent as fault:
            if fault.code != "invalid_json" or not _HALF.search(body):
                raise
        return decoded(decode, _HALF.sub(rb"\\ufffd", body))

    return read


def ident(written: str | float | None, *, of: str) -> str:
    """An id as text; raises InvalidEvent (`missing_field`) for none, and for what can be none."""
    try:
        text = "" if written is None or isinstance(written, bool) else line(str(written))
    except ValueError:
        # Python writes no number of more than 4,300 digits.
        text = ""
    if not text or len(text) > _LONGEST_ID:
        raise InvalidEvent(
            f"{of}: an id of 1 to {_LONGEST_ID} characters is missing.", code="missing_field"
        )
    return text


def event_name(written: str | None) -> str:
    """The name of an event, fit to be kept and counted; `unknown` for none."""
    return line(written)[:100] or "unknown"

"""The bytes of a request, read: every fault in them is an InvalidEvent that says what to do."""

import re
from collections.abc import Callable
from typing import Final, TypeVar

import msgspec

from dealwright.core.errors import InvalidEvent

#: Objects and lists within each other; real events have about six.
MAX_DEPTH: Final = 100

T = TypeVar("T")

#: Everything but brackets and quotes, to be left out when depth is counted.
_NO_STRUCTURE: Final = bytes(byte for byte in range(256) if byte not in b'[]{}"')
_QUOTED: Final = re.compile("`([^`]*)`")
_WORDS: Final = {
    "str": "text",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "null": "nothing",
    "array": "a list",
    "object": "an object",
}


def decoded(decode: Callable[[bytes], T], payload: bytes) -> T:
    """Decode the JSON of one event by a msgspec decoder.

    Raises InvalidEvent: `invalid_json`, `invalid_utf8`, `too_deep`, `not_an_object`,
    `missing_field`, `wrong_type`, `number_out_of_range`. Texts that the decoder skips are not
    looked into.
    """
    value = taken_apart(decode, payload)
    # Far fewer brackets than the limit is the rule, and counting them costs nearly nothing.
    if payload.count(b"{") + payload.count(b"[") > MAX_DEPTH and _depth_exceeds(payload):
        raise _too_deep()
    return value


def taken_apart(decode: Callable[[bytes], T], payload: bytes) -> T:
    """Decode JSON whose parts are looked at on their own: as `decoded`, but any depth is fine.

    Any that the decoder can follow, that is: beyond its stack it is `too_deep` here as well.
    """
    try:
        return decode(payload)
    except RecursionError:
        raise _too_deep() from None
    except msgspec.ValidationError as error:
        raise _misfit(str(error)) from None
    except UnicodeDecodeError:
        raise _not_utf8() from None
    except msgspec.DecodeError as error:
        raise InvalidEvent(f"This is no JSON: {error}.", code="invalid_json") from None


def check_utf8(payload: bytes) -> None:
    """See that all of it is UTF-8; raises InvalidEvent (`invalid_utf8`)."""
    # msgspec does not look into texts that it skips; such bytes would fail only behind the log.
    if not payload.isascii():
        try:
            payload.decode()
        except UnicodeDecodeError:
            raise _not_utf8() from None


def _depth_exceeds(payload: bytes) -> bool:
    bare = payload.replace(b"\\\\", b"").replace(b'\\"', b"").translate(None, _NO_STRUCTURE)
    brackets = b"".join(bare.split(b'"')[::2])
    for _ in range(MAX_DEPTH):
        if not brackets:
            return False
        brackets = brackets.replace(b"[]", b"").replace(b"{}", b"")
    return bool(brackets)


def _too_deep() -> InvalidEvent:
    return InvalidEvent(
        f"Objects and lists lie more than {MAX_DEPTH} deep in each other: send a flatter event.",
        code="too_deep",
    )


def _not_utf8() -> InvalidEvent:
    return InvalidEvent("This is not UTF-8: send the JSON in UTF-8.", code="invalid_utf8")


def _misfit(fault: str) -> InvalidEvent:
    what, _, where = fault.partition(" - at `$")
    what = _QUOTED.sub(lambda hit: " or ".join(map(_worded, hit[1].split(" | "))), what)
    where = where.strip("`.")
    if "out of range" in what:
        return InvalidEvent(
            f"{where or 'A number'}: {what.lower()}; send it as text.", code="number_out_of_range"
        )
    if "missing required" in what:
        return InvalidEvent(f"{where or 'The body'}: {what.lower()}.", code="missing_field")
    if not where:
        return InvalidEvent(f"{what}: send one JSON object.", code="not_an_object")
    return InvalidEvent(f"{where}: {what[0].lower()}{what[1:]}.", code="wrong_type")


def _worded(kind: str) -> str:
    return _WORDS.get(kind, kind)

"""Bodies: a request's bytes, bounded, unpacked, and mended where browsers break them."""

import re
import zlib
from collections.abc import Awaitable, Callable
from typing import Final

from dealwright.core.errors import InvalidEvent
from dealwright.web.answers import Message, SenderGone

Receive = Callable[[], Awaitable[Message]]

_GZIP_OR_ZLIB: Final = 47
_RAW_DEFLATE: Final = -zlib.MAX_WBITS
_FORMATS: Final = {
    b"gzip": (_GZIP_OR_ZLIB,),
    b"x-gzip": (_GZIP_OR_ZLIB,),
    # Servers never agreed whether "deflate" has the header of zlib: RFC 9110, 8.4.1.2.
    b"deflate": (_GZIP_OR_ZLIB, _RAW_DEFLATE),
}
#: One escape in a JSON text: a whole pair, a lone half (the group), or anything else.
_ESCAPE: Final = re.compile(
    rb"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"
    rb"|(u[dD][89a-fA-F][0-9a-fA-F]{2})|.)",
    re.DOTALL,
)


async def receive_body(receive: Receive, *, limit: int) -> bytes:
    """Read the body of a request, at most `limit` bytes.

    Raises InvalidEvent (`body_too_large`) and SenderGone.
    """
    message = await receive()
    body = message.get("body", b"")
    if message.get("more_body"):
        body = await _receive_rest(receive, body, limit)
    elif message["type"] == "http.disconnect":
        raise SenderGone("The sender hung up.")
    if len(body) > limit:
        raise _too_large(limit)
    return body


async def _receive_rest(receive: Receive, first: bytes, limit: int) -> bytes:
    chunks, size, more = [first], len(first), True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise SenderGone("The sender hung up.")
        chunk = message.get("body", b"")
        size += len(chunk)
        if size > limit:
            raise _too_large(limit)
        chunks.append(chunk)
        more = message.get("more_body", False)
    return b"".join(chunks)


def unpacked(packed: bytes, *, encoding: bytes, limit: int) -> bytes:
    """Undo a Content-Encoding; never makes more than `limit` bytes, whatever the body promises.

    Raises InvalidEvent: `unknown_encoding`, `bad_encoding`, `body_too_large`.
    """
    name = encoding.strip().lower()
    if name in {b"", b"identity"}:
        return packed
    formats = _FORMATS.get(name)
    if formats is None:
        raise InvalidEvent(
            f"Content-Encoding {name[:40].decode('latin-1')!r} is not known: send gzip, deflate, "
            "or no encoding.",
            code="unknown_encoding",
        )
    for wbits in formats:
        try:
            return _inflated(packed, wbits, limit)
        except zlib.error:
            continue
    raise InvalidEvent(
        "The body is not what its Content-Encoding says: it is broken or cut off.",
        code="bad_encoding",
    )


def _inflated(packed: bytes, wbits: int, limit: int) -> bytes:
    parts: list[bytes] = []
    room = limit + 1
    while packed:
        inflater = zlib.decompressobj(wbits)
        part = inflater.decompress(packed, room)
        room -= len(part)
        if room <= 0:
            raise _too_large(limit)
        if not inflater.eof:
            raise zlib.error("cut off")
        parts.append(part)
        # A gzip file may have several members (RFC 1952, 2.2) and zeros behind the last.
        packed = inflater.unused_data.lstrip(b"\0")
    return b"".join(parts)


def mended(body: bytes) -> bytes:
    r"""Put U+FFFD for each lone half of a surrogate pair (`\ud83d`), as TextDecoder does.

    A browser that cuts a text in the middle of an emoji sends one, and no strict reader takes it.
    """
    return _ESCAPE.sub(lambda hit: rb"\ufffd" if hit[1] else hit[0], body)


def _too_large(limit: int) -> InvalidEvent:
    return InvalidEvent(
        f"The body is larger than {limit:,} bytes: send fewer events at once.",
        code="body_too_large",
    )

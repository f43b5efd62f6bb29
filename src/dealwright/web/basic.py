"""Basic authentication, as raw headers bring it."""

import base64
import binascii
from collections.abc import Iterable


def credentials_of(headers: Iterable[tuple[bytes, bytes]]) -> bytes:
    """`user:password` of a Basic header; nothing where there is none that can be read."""
    for name, value in headers:
        scheme, _, text = value.partition(b" ")
        if name == b"authorization" and scheme.lower() == b"basic":
            try:
                return base64.b64decode(text.strip(), validate=True)
            except binascii.Error:
                return b""
    return b""

"""The encoding of an uploaded file: UTF-8, UTF-16 by its mark, else Windows-1252 (MEETINGS 1.9)."""

import codecs
from typing import Final

_UTF16: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def text_of(raw: bytes) -> str:
    """The text of a file, its lines ended as on Unix; every sequence of bytes is some text."""
    return _decoded(raw).replace("\r\n", "\n").replace("\r", "\n")


def _decoded(raw: bytes) -> str:
    if raw.startswith(_UTF16):
        return raw.decode("utf-16", "replace")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return raw.decode("cp1252", "replace")

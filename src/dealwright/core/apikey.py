"""API keys as texts: `dw_` and 43 random characters; only their hashes are kept."""

import hashlib
from typing import Final

#: Secret scanners know a key of ours by this.
PREFIX: Final = "dw_"

#: So much of a key is shown, to tell keys apart.
SHOWN: Final = len(PREFIX) + 6


def hash_api_key(key: str) -> str:
    """The form in which a key is stored: SHA-256 in hexadecimal digits.

    A fast hash is right: the key is random and long, and is hashed for each request.
    """
    return hashlib.sha256(key.encode("utf-8", "surrogateescape")).hexdigest()


def is_api_key(text: str) -> bool:
    """Whether a text can be a key of ours at all.

    >>> is_api_key("dw_" + "x" * 43)
    True
    """
    return text.startswith(PREFIX) and 20 <= len(text) <= 200 and text.isascii()

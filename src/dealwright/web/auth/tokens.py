"""Tokens that are shown once and kept as hashes: of sessions, links and recovery codes."""

import hashlib
import hmac
import secrets
from typing import Final

from dealwright.core.secret import Secret

#: Without letters and digits that look alike; 10 of them are 50 bits.
_ALPHABET: Final = "abcdefghjkmnpqrstuvwxyz23456789x"
_CODE_CHARS: Final = 10
RECOVERY_CODES: Final = 10


def new_token() -> Secret:
    """256 random bits as text for URLs and cookies."""
    return Secret(secrets.token_urlsafe(32))


def hash_token(token: str) -> str:
    """How a token is kept. A fast hash is right: the token is random and long."""
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).hexdigest()


def new_recovery_codes() -> list[Secret]:
    """Codes that stand in for a lost second factor, each once: as `abcde-fghjk`."""
    codes: list[Secret] = []
    for _ in range(RECOVERY_CODES):
        text = "".join(secrets.choice(_ALPHABET) for _ in range(_CODE_CHARS))
        codes.append(Secret(f"{text[:5]}-{text[5:]}"))
    return codes


def hash_recovery_code(user_id: int, code: str) -> str:
    """How a recovery code is kept; hyphens, spaces and capitals do not matter."""
    letters = "".join(code.split()).replace("-", "").lower()
    return hash_token(f"recovery:{user_id}:{letters}")


def csrf_token(session_token: str) -> str:
    """What a page of ours must send beside the cookie; another site's page cannot know it."""
    return hmac.new(session_token.encode(), b"dealwright csrf", hashlib.sha256).hexdigest()


def is_same(given: str, wanted: str) -> bool:
    """Whether two tokens are the same, in a time that does not tell how much of them is."""
    return hmac.compare_digest(given.encode("utf-8", "replace"), wanted.encode())

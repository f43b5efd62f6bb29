"""Passwords: Argon2id in threads, a few at a time, the same work whether or not there is one."""

import asyncio
import secrets
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.profiles import RFC_9106_LOW_MEMORY

from dealwright.core.people import Unfit

#: NIST SP 800-63B-4, 3.1.1.2: length, not rules about characters; long ones are taken.
#: https://pages.nist.gov/800-63-4/sp800-63b.html
LEAST_CHARS: Final = 12
MOST_CHARS: Final = 256
#: Each takes 64 MiB and a core: more at once would let strangers empty the machine's memory.
_AT_ONCE: Final = 2

#: Words that a guesser tries first, and that are long enough only with something behind them.
_USUAL: Final = ("password", "passwort", "dealwright", "pipedrive", "123456", "qwert", "letmein")


class Passwords:
    """Hashes and compares. `hasher` decides about memory and time; by default RFC 9106's second."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher.from_parameters(RFC_9106_LOW_MEMORY)
        self._turns = asyncio.Semaphore(_AT_ONCE)
        self._nobodys: str | None = None

    async def hash(self, password: str) -> str:
        """How a password is kept; raises Unfit (`weak_password`) for one that is easily guessed."""
        check_strength(password)
        async with self._turns:
            return await asyncio.to_thread(self._hasher.hash, password)

    async def is_right(self, kept: str, password: str) -> bool:
        """Whether a password is the one that is kept; as long for "", where there is none."""
        if len(password) > MOST_CHARS:
            password = ""
        async with self._turns:
            return await asyncio.to_thread(self._compare, kept, password)

    async def anew(self, kept: str, password: str) -> str | None:
        """The hash of a right password as it is made today; None where it is kept so already.

        Kept ones thus follow the hasher's memory and time whenever somebody signs in.
        """
        if not self._hasher.check_needs_rehash(kept):
            return None
        async with self._turns:
            return await asyncio.to_thread(self._hasher.hash, password)

    def _compare(self, kept: str, password: str) -> bool:
        if self._nobodys is None:
            self._nobodys = self._hasher.hash(secrets.token_urlsafe())
        try:
            self._hasher.verify(kept or self._nobodys, password)
        except (VerificationError, InvalidHashError):
            return False
        return bool(kept)


def check_strength(password: str) -> None:
    """Raise Unfit (`weak_password`) for a password that is too short, too long or too usual."""
    if len(password) < LEAST_CHARS:
        raise _weak(f"The password needs {LEAST_CHARS} characters at least: take several words.")
    if len(password) > MOST_CHARS:
        raise _weak(f"The password can have {MOST_CHARS} characters at most.")
    rest = password.casefold()
    for word in _USUAL:
        rest = rest.replace(word, "")
    if len(set(rest)) < 5:
        raise _weak("This password is one of the first that anybody tries: take several words.")


def _weak(sentence: str) -> Unfit:
    return Unfit(sentence, code="weak_password")

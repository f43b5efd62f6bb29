"""The second factor: codes of an authenticator app (RFC 6238), by the hub's own clock."""

from datetime import datetime
from typing import Final
from urllib.parse import quote, urlencode

from pyotp import random_base32
from pyotp.totp import TOTP

from dealwright.core.secret import Secret
from dealwright.web.auth.tokens import is_same

_PERIOD_S: Final = 30
#: A clock that is off, and a person who types: the code before and the one after count too.
_LEEWAY: Final = 1
_ISSUER: Final = "Dealwright"


def new_secret() -> Secret:
    """A secret for one user: 160 random bits in base32."""
    return Secret(random_base32())


def address(secret: Secret, *, email: str) -> Secret:
    """What an app reads from a QR code; it contains the secret."""
    # https://github.com/google/google-authenticator/wiki/Key-Uri-Format
    label = quote(f"{_ISSUER}:{email}")
    asked = urlencode({"secret": secret.reveal(), "issuer": _ISSUER})
    return Secret(f"otpauth://totp/{label}?{asked}")


def step_of(secret: Secret, code: str, *, now: datetime) -> int | None:
    """The moment (in steps of 30 s) that a code is of; None for a wrong code.

    A step is taken once (RFC 6238, 5.2): the caller refuses one that is not later than the last.
    """
    typed = "".join(code.split())
    if not (len(typed) == 6 and typed.isascii() and typed.isdigit()):
        return None
    totp = TOTP(secret.reveal())
    present = int(now.timestamp()) // _PERIOD_S
    for step in range(present - _LEEWAY, present + _LEEWAY + 1):
        if is_same(typed, totp.at(step * _PERIOD_S)):
            return step
    return None

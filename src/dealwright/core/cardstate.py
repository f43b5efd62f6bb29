"""Button state: what a button does, for whom and since when; signed before it leaves the hub.

A client may read it, alter it and send it as often as it likes: only what we signed counts, only
for the same user, only for a day, and each nonce only once.
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Sequence
from datetime import datetime
from typing import Final

import msgspec

from dealwright.core.errors import DealwrightError

#: For so long a card that was left open can be used.
MAX_AGE_S: Final = 24 * 3_600
#: Clocks of two web processes may differ.
_LEEWAY_S: Final = 60
#: Longer ones are none of ours.
_LONGEST: Final = 16_384


class StateRefused(DealwrightError):
    """A button that may not be used: `state_unknown`, `state_expired` or `state_foreign`."""

    code = "state_unknown"


class ButtonState(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a button does. `record` is an id, `address` whose card the button was on.

    `user` is whoever the card was made for, `message` the e-mail that was open.
    """

    op: str
    connection: int = 0
    kind: str = ""
    record: str = ""
    address: str = ""
    extra: dict[str, str] = {}
    user: str
    message: str = ""
    at_s: int
    nonce: str


_ENCODER = msgspec.json.Encoder()
_DECODER = msgspec.json.Decoder(ButtonState)


def sealed(state: ButtonState, key: bytes) -> str:
    """The text of a button: the state in JSON, and its HMAC-SHA256, both in base64url."""
    body = _coded(_ENCODER.encode(state))
    return f"{body}.{_coded(_mac(body, key))}"


def opened(text: str, keys: Sequence[bytes], *, user: str, now: datetime) -> ButtonState:
    """The state of a button; `keys` are those that may have signed it.

    Raises StateRefused: not signed by us, older than a day, or made for somebody else.
    """
    body, _, mac = text.partition(".")
    if len(text) > _LONGEST or not _signed(body, mac, keys):
        raise StateRefused("This button is not one of the hub's. Open the message again.")
    try:
        state = _DECODER.decode(_decoded(body))
    except (msgspec.DecodeError, ValueError):
        # Signed by an earlier version that meant something else by it.
        raise StateRefused("This card is of an earlier version. Open the message again.") from None
    if not hmac.compare_digest(state.user.encode(), user.encode()):
        raise StateRefused(
            "This card was made for somebody else. Open the message again.", code="state_foreign"
        )
    age_s = now.timestamp() - state.at_s
    if not -_LEEWAY_S <= age_s <= MAX_AGE_S:
        raise StateRefused(
            "This card was left open for too long. Open the message again.", code="state_expired"
        )
    return state


def _signed(body: str, mac: str, keys: Sequence[bytes]) -> bool:
    try:
        given = _decoded(mac)
        return any(hmac.compare_digest(_mac(body, key), given) for key in keys)
    except ValueError:
        return False


def _mac(body: str, key: bytes) -> bytes:
    return hmac.digest(key, body.encode("ascii"), hashlib.sha256)


def _coded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")


def _decoded(text: str) -> bytes:
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, UnicodeEncodeError) as error:
        raise ValueError("no base64url") from error
    if _coded(raw) != text:
        raise ValueError("no base64url of ours")
    return raw

"""Standard Webhooks: verified by the moment that is handed in, and what becomes of them.

Source: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md.
"""

import base64
import binascii
import hmac
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec
from standardwebhooks import Webhook

from dealwright.core.clock import from_ms
from dealwright.core.cloudevents import track_bytes
from dealwright.core.errors import ConfigError, DealwrightError
from dealwright.core.event import dedupe_key
from dealwright.core.intake import MAX_MESSAGE_ID
from dealwright.core.payload import check_utf8, taken_apart

#: How far the sender's clock may be off, and how late a message may come, as the standard has it.
TOLERANCE: Final = timedelta(minutes=5)

#: What an event without a type is called.
NAMELESS: Final = "webhook"

_SMALLEST_SECRET: Final = 24
_object = msgspec.json.Decoder(dict[str, Any]).decode


class NotSigned(DealwrightError):
    """Nobody who knows the secret has sent this, or not now."""

    code = "not_signed"


def check_secret(secret: str) -> str:
    """See that a secret is one, `whsec_` and 24 to 64 bytes in base64; raises ConfigError."""
    try:
        raw = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    except (binascii.Error, ValueError):
        raw = b""
    if not _SMALLEST_SECRET <= len(raw) <= 64:
        raise ConfigError(
            "This is no secret of Standard Webhooks: it is whsec_ and 24 to 64 bytes in base64.",
            code="invalid_secret",
        )
    return secret


def verify(
    body: bytes, headers: Mapping[str, str], *, secrets: Sequence[str], now: datetime
) -> str:
    """See that a message is signed with one of the secrets, and new; its id.

    Names of headers in small letters. Raises NotSigned; which of its parts is wrong is not said,
    but for the time.
    """
    message_id = headers.get("webhook-id", "")
    sent_at = _moment(headers.get("webhook-timestamp", ""))
    signatures = [
        part.removeprefix("v1,")
        for part in headers.get("webhook-signature", "").split()
        if part.startswith("v1,")
    ]
    text = _text(body)
    if not message_id or sent_at is None or not signatures or text is None:
        raise NotSigned("This message is not signed as Standard Webhooks wants it.")
    if not _is_any(text, message_id, sent_at, secrets=secrets, signatures=signatures):
        raise NotSigned("The signature is not of this Source's secret.")
    if abs(now - sent_at) > TOLERANCE:
        raise NotSigned(
            "The message is more than 5 minutes old, or the sender's clock is wrong.",
            code="message_too_old",
        )
    return message_id


def track_of(body: bytes, *, message_id: str, source_id: int) -> bytes:
    """The track event that a verified message becomes, as JSON.

    `event` is its type, `properties` its data (all of it where it has none), `timestamp` its own.
    Raises InvalidEvent.
    """
    check_utf8(body)
    told = taken_apart(_object, body)
    rest = {name: value for name, value in told.items() if name not in {"type", "timestamp"}}
    kind = told.get("type")
    known = message_id if len(message_id) <= MAX_MESSAGE_ID else dedupe_key(None, body)
    return track_bytes(
        name=kind if isinstance(kind, str) and kind else NAMELESS,
        data=told.get("data", rest),
        message_id=known,
        timestamp=told.get("timestamp"),
        user_id=None,
        nobody=f"webhook-{source_id}",
        context={"webhook": {"id": message_id}},
    )


def _is_any(
    text: str,
    message_id: str,
    sent_at: datetime,
    *,
    secrets: Sequence[str],
    signatures: Sequence[str],
) -> bool:
    """Whether one of the signatures is by one of the secrets; while a secret is changed two are."""
    # The library's own `verify` reads the wall clock; its `sign` reads nothing.
    expected = [
        Webhook(secret).sign(message_id, sent_at, text).removeprefix("v1,").encode()
        for secret in secrets
    ]
    given = [signature.encode("utf-8", "surrogateescape") for signature in signatures]
    return any(hmac.compare_digest(one, other) for one in expected for other in given)


def _moment(text: str) -> datetime | None:
    if not (text.isascii() and text.isdecimal() and len(text) < 12):
        return None
    return from_ms(int(text) * 1000)


def _text(body: bytes) -> str | None:
    try:
        return body.decode()
    except UnicodeDecodeError:
        return None

"""Signatures: whether a delivery comes from who knows the Source's secret (MEETINGS 1.2).

All of it is over the raw bytes, compared in constant time; a signature is judged before its time.
"""

import base64
import binascii
import hmac
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final, NoReturn

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from dealwright.core.clock import from_ms
from dealwright.core.errors import ConfigError
from dealwright.core.standardwebhook import NotSigned, verify
from dealwright.core.standardwebhook import check_secret as check_signing_secret
from dealwright.meetings.source import Arrival, Refused, Scheme, Secret, Source

#: How far a signed time may be from the Clock, either way.
TOLERANCE: Final = timedelta(minutes=5)

#: A key of Standard Webhooks with which messages can be verified and not signed.
_PUBLIC: Final = "whpk_"
_PUBLIC_BYTES: Final = 32
_SHORTEST: Final = 8


def refused() -> Refused:
    """The error for a signature that is missing or wrong; which of the two is not said."""
    return Refused(
        "The signature is missing or not of this Source's secret: give the recorder the secret "
        "that the Source shows, and this address.",
        code="signature",
    )


def check_text(secret: str) -> str:
    """See that a secret is a text long enough to be one; raises ConfigError."""
    if len(secret.strip()) < _SHORTEST:
        raise ConfigError(
            f"This is no secret: it has at least {_SHORTEST} characters.", code="invalid_secret"
        )
    return secret.strip()


def check_base64(secret: str) -> str:
    """See that a secret is base64 of a key; raises ConfigError."""
    if len(base64_key(secret) or b"") < _SHORTEST:
        raise ConfigError(
            "This is no signing key: it is the base64 text that the recorder shows.",
            code="invalid_secret",
        )
    return secret.strip()


def check_standard(secret: str) -> str:
    """See that a secret is one of Standard Webhooks, `whsec_` or `whpk_`; raises ConfigError."""
    secret = secret.strip()
    if secret.startswith(_PUBLIC):
        if _public_key(secret) is None:
            raise ConfigError(
                "This is no public key of Standard Webhooks: it is whpk_ and 32 bytes in base64.",
                code="invalid_secret",
            )
        return secret
    return check_signing_secret(secret)


def base64_key(secret: str) -> bytes | None:
    """The key whose base64 a secret is; None if it is none."""
    try:
        return base64.b64decode(secret.strip(), validate=True)
    except (binascii.Error, ValueError):
        return None


def text_key(secret: str) -> bytes | None:
    """The key that a secret is as it stands."""
    return secret.encode("utf-8", "surrogatepass") or None


def hex_hmac(key: bytes, message: bytes) -> str:
    """HMAC-SHA256 in hexadecimal."""
    return hmac.new(key, message, sha256).hexdigest()


def same(one: str, other: str) -> bool:
    """Whether two texts are equal, found out in constant time."""
    return hmac.compare_digest(
        one.encode("utf-8", "surrogatepass"), other.encode("utf-8", "surrogatepass")
    )


def check_hex(
    given: str,
    message: bytes,
    secrets: Iterable[Secret],
    *,
    key: Callable[[str], bytes | None] = text_key,
) -> Secret:
    """The secret by which `given` is the HMAC-SHA256 of the message; raises Refused."""
    for secret in secrets:
        secret_key = key(secret.value)
        if secret_key and same(given.strip().lower(), hex_hmac(secret_key, message)):
            return secret
    raise refused()


def check_time(written: str, now: datetime) -> None:
    """See that a signed time, seconds since 1970, is near; raises Refused (`timestamp`)."""
    sent_at = _seconds(written)
    if sent_at is None or abs(now - sent_at) > TOLERANCE:
        _refuse_time()


def check_token(given: object, secrets: Sequence[Secret]) -> None:
    """See that a shared token is one of the secrets; raises Refused (`token`)."""
    token = given if isinstance(given, str) else ""
    if not token or not any(same(token, secret.value) for secret in secrets):
        raise Refused(
            "The token is not that of this Source: set the token that the recorder shows.",
            code="token",
        )


def standard(arrival: Arrival, secrets: Sequence[Secret]) -> None:
    """Verify the headers of Standard Webhooks, `v1` or `v1a`; raises Refused."""
    public = [secret.value for secret in secrets if secret.value.startswith(_PUBLIC)]
    if public and _is_signed_v1a(arrival, public):
        check_time(arrival.headers.get("webhook-timestamp", ""), arrival.now)
        return
    shared = [secret.value for secret in secrets if _signs(secret.value)]
    try:
        verify(arrival.body, arrival.headers, secrets=shared, now=arrival.now)
    except NotSigned as fault:
        if fault.code == "message_too_old":
            _refuse_time()
        raise refused() from None
    except ValueError:
        # A header that the library cannot even encode proves nothing.
        raise refused() from None


def any_scheme(arrival: Arrival, secrets: Sequence[Secret]) -> None:
    """Verify by whichever of the Schemes the Source's secrets are for; raises Refused."""
    of = {scheme: [item for item in secrets if item.scheme is scheme] for scheme in Scheme}
    bearer = arrival.headers.get("authorization", "")
    hub = arrival.headers.get("x-hub-signature-256", "")
    if of[Scheme.BEARER] and bearer[:7].lower() == "bearer ":
        check_token(bearer[7:].strip(), of[Scheme.BEARER])
    elif of[Scheme.HUB] and hub:
        check_hex(hub.strip().removeprefix("sha256="), arrival.body, of[Scheme.HUB])
    else:
        standard(arrival, of[Scheme.SIGNATURE])


def webhook_id(arrival: Arrival) -> str:
    """The delivery's id by Standard Webhooks, "" where there is none."""
    return arrival.headers.get("webhook-id", "")


def _refuse_time() -> NoReturn:
    raise Refused(
        "The signature is right, but its time is more than 5 minutes from ours: send the message "
        "anew rather than the old bytes, and set both clocks.",
        code="timestamp",
    ) from None


def _seconds(written: str) -> datetime | None:
    if not (written.isascii() and written.isdecimal() and len(written) < 12):
        return None
    return from_ms(int(written) * 1000)


def _signs(secret: str) -> bool:
    """Whether the library can sign with a secret; one that cannot must not stop the others."""
    try:
        key = base64.b64decode(secret.removeprefix("whsec_") + "==")
    except ValueError:
        return False
    return bool(key) and not secret.startswith(_PUBLIC)


def _public_key(secret: str) -> Ed25519PublicKey | None:
    raw = base64_key(secret.removeprefix(_PUBLIC))
    return Ed25519PublicKey.from_public_bytes(raw) if raw and len(raw) == _PUBLIC_BYTES else None


def _is_signed_v1a(arrival: Arrival, public: Iterable[str]) -> bool:
    headers = arrival.headers
    head = f"{headers.get('webhook-id', '')}.{headers.get('webhook-timestamp', '')}."
    if not headers.get("webhook-id"):
        return False
    message = head.encode("utf-8", "surrogatepass") + arrival.body
    given = [
        base64_key(part.removeprefix("v1a,"))
        for part in headers.get("webhook-signature", "").split()
        if part.startswith("v1a,")
    ]
    keys = [key for key in map(_public_key, public) if key is not None]
    return any(_verifies(key, one, message) for key in keys for one in given if one)


def _verifies(key: Ed25519PublicKey, signature: bytes, message: bytes) -> bool:
    try:
        key.verify(signature, message)
    except InvalidSignature:
        return False
    return True


def checked(source: Source, secret: Secret) -> Secret:
    """A secret that may be set for a Source, without white space; raises ConfigError."""
    if secret.scheme not in source.schemes:
        raise ConfigError(
            f"{source.title} proves itself in another way: {source.proof}.", code="invalid_secret"
        )
    own = source.check_secret if secret.scheme is Scheme.SIGNATURE else None
    check = own or check_text
    return Secret(value=check(secret.value.strip()), scheme=secret.scheme)

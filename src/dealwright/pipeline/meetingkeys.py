"""Keys of a Source of meetings: what proves its senders and opens its recorder, sealed together."""

import hashlib
import secrets as fresh
import uuid
from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from dealwright.meetings.source import Scheme, Secret
from dealwright.store.secrets import Vault

#: While a secret is changed, both the new and the old one count.
MOST: Final = 2


class KeptSecret(msgspec.Struct, frozen=True, kw_only=True):
    """One secret, and how a sender proves that it knows it."""

    value: str
    scheme: Scheme = Scheme.SIGNATURE


class Keys(msgspec.Struct, frozen=True, kw_only=True):
    """The secrets of a Source, newest first, and the credentials of its recorder's API."""

    secrets: tuple[KeptSecret, ...] = ()
    credentials: dict[str, str] = {}

    def proofs(self) -> Sequence[Secret]:
        """The secrets as a Source compares with them."""
        return [Secret(value=one.value, scheme=one.scheme) for one in self.secrets]

    def with_secret(self, secret: Secret) -> "Keys":
        """The same with one more; of each scheme the last counts on, until the next comes."""
        same = [one for one in self.secrets if one.scheme is secret.scheme]
        kept = [one for one in same if one.value != secret.value][: MOST - 1]
        others = [one for one in self.secrets if one.scheme is not secret.scheme]
        new = KeptSecret(value=secret.value, scheme=secret.scheme)
        return msgspec.structs.replace(self, secrets=(new, *kept, *others))

    def with_credentials(self, given: Mapping[str, str]) -> "Keys":
        """The same with these credentials in the place of those of the same name."""
        return msgspec.structs.replace(self, credentials={**self.credentials, **given})


_read = msgspec.json.Decoder(Keys).decode


def sealed(keys: Keys, vault: Vault) -> bytes:
    """Keys as they are stored."""
    return vault.seal(msgspec.json.encode(keys))


def opened(stored: bytes | None, vault: Vault) -> Keys:
    """The Keys of what is stored; raises ConfigError (`wrong_key`)."""
    return Keys() if stored is None else _read(vault.open(stored))


def new_segment() -> str:
    """A last segment of an address that nobody guesses."""
    return fresh.token_urlsafe(24)


def hash_segment(segment: str) -> str:
    """What is kept of it."""
    return hashlib.sha256(segment.encode()).hexdigest()


def public_id(now_ms: int) -> str:
    """A fresh id for addresses, a UUID of version 7: it sorts by time, and is no secret."""
    # https://www.rfc-editor.org/rfc/rfc9562#section-5.7
    drawn = int.from_bytes(fresh.token_bytes(10))
    number = (now_ms & (1 << 48) - 1) << 80 | drawn
    number = number & ~(0xF << 76) | 0x7 << 76
    return str(uuid.UUID(int=number & ~(0x3 << 62) | 0x2 << 62))

"""PrivacyKeys: what digests of people are made with, and what proofs are signed with.

Keys of the store's own, sealed by the Vault: they outlive its rotation, and a hub that is restored
from a backup knows the digests of before.
"""

import secrets
from dataclasses import dataclass
from hashlib import sha256
from hmac import digest as hmac_digest
from typing import Final

import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from dealwright.core.privacy import Identity
from dealwright.store.engine import Store
from dealwright.store.privacy import keys, put_key
from dealwright.store.secrets import Vault

_DIGESTS: Final = "digests"
_PROOFS: Final = "proofs"
_BYTES: Final = 32


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class PrivacyKeys:
    """The keys, opened."""

    digests: bytes
    proofs: bytes

    def digest(self, identity: Identity) -> bytes:
        """What the suppression list knows somebody by; HMAC-SHA256."""
        return hmac_digest(self.digests, b"person\n" + identity.text.encode(), "sha256")

    def keyed(self, text: str) -> str:
        """What stands for a value that a rule has hashed with the hub's key."""
        return hmac_digest(self.digests, b"value\n" + text.encode(), "sha256").hex()

    @property
    def signer(self) -> Ed25519PrivateKey:
        """What proofs are signed with."""
        return Ed25519PrivateKey.from_private_bytes(self.proofs)

    @property
    def public(self) -> bytes:
        """What proofs are verified with."""
        return self.signer.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)

    @property
    def fingerprint(self) -> str:
        """What tells the key of proofs from another; may be shown."""
        return sha256(self.public).hexdigest()[:16]


def opened_keys(db: sa.Connection, vault: Vault) -> PrivacyKeys | None:
    """The keys; None before they were made. Raises ConfigError (`wrong_key`)."""
    found = keys(db)
    if not {_DIGESTS, _PROOFS} <= set(found):
        return None
    return PrivacyKeys(digests=vault.open(found[_DIGESTS]), proofs=vault.open(found[_PROOFS]))


def ensured_keys(db: sa.Connection, vault: Vault, *, now_ms: int) -> PrivacyKeys:
    """The keys, made at the first use; raises ConfigError (`wrong_key`)."""
    found = opened_keys(db, vault)
    if found is not None:
        return found
    for name in (_DIGESTS, _PROOFS):
        put_key(db, name, sealed=vault.seal(secrets.token_bytes(_BYTES)), now_ms=now_ms)
    made = opened_keys(db, vault)
    assert made is not None  # noqa: S101 - they were made above
    return made


async def privacy_keys(store: Store, vault: Vault, *, now_ms: int) -> PrivacyKeys:
    """The same from outside a transaction; raises StoreUnavailable as well."""
    found = await store.read(lambda db: opened_keys(db, vault))
    return found or await store.write(lambda db: ensured_keys(db, vault, now_ms=now_ms))

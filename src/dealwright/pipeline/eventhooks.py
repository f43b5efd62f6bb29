"""Secrets of Sources that sign: sealed in the store, opened where a signature is looked at."""

import base64
import secrets
from collections.abc import Sequence

import msgspec
import sqlalchemy as sa

from dealwright.core.standardwebhook import check_secret
from dealwright.store.engine import Store
from dealwright.store.event_hooks import SourceKind, sealed_secrets, set_source_kind
from dealwright.store.secrets import Vault

#: While a secret is changed, both the new and the old one count.
MOST = 2

_read = msgspec.json.Decoder(list[str]).decode


class SignedBy:
    """Reads what a Source's senders sign with."""

    def __init__(self, store: Store, vault: Vault) -> None:
        self._store = store
        self._vault = vault

    async def __call__(self, source_id: int) -> Sequence[str]:
        """The secrets, newest first; none for a Source that does not sign. StoreUnavailable."""
        sealed = await self._store.read(lambda db: sealed_secrets(db, source_id))
        return () if sealed is None else _read(self._vault.open(sealed))


def new_secret() -> str:
    """A secret of Standard Webhooks."""
    return f"whsec_{base64.b64encode(secrets.token_bytes(32)).decode()}"


def add_secret(db: sa.Connection, source_id: int, *, secret: str, vault: Vault) -> None:
    """Have a Source signed with a secret; the one before counts on until the next comes.

    Raises ConfigError (`invalid_secret`).
    """
    check_secret(secret)
    sealed = sealed_secrets(db, source_id)
    known = [] if sealed is None else _read(vault.open(sealed))
    kept = [secret, *(one for one in known if one != secret)][:MOST]
    set_source_kind(
        db,
        source_id,
        kind=SourceKind.STANDARD_WEBHOOKS,
        sealed=vault.seal(msgspec.json.encode(kept)),
    )

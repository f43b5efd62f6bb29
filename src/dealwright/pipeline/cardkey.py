"""Card keys: what buttons are signed with. A key of the store's own, sealed by the Vault.

It survives the rotation of the Vault's keys, which seals it anew; a hub that is restored from a
backup knows the buttons of before.
"""

import secrets
from collections.abc import Callable
from typing import Final

from dealwright.cards.card import Op
from dealwright.core.cardstate import ButtonState, opened, sealed
from dealwright.core.clock import Clock, to_ms
from dealwright.store.card_acts import keys, put_key
from dealwright.store.engine import Store
from dealwright.store.secrets import Vault

_FIRST: Final = "first"
_BYTES: Final = 32

Sign = Callable[[Op], str]
"""Makes the text of a button."""


class CardKeys:
    """Signs buttons and reads them again, in every process of the hub."""

    def __init__(self, store: Store, vault: Vault, clock: Clock) -> None:
        self._store = store
        self._vault = vault
        self._clock = clock
        self._keys: tuple[bytes, ...] = ()

    async def signer(
        self, *, user: str, message: str = "", extra: Callable[[Op], dict[str, str]] | None = None
    ) -> Sign:
        """Signs buttons of a card for somebody; `message` is the e-mail that is open.

        `extra` gives what a button has to know besides.
        """
        key, at_s = (await self._known())[0], int(self._clock.now().timestamp())

        def sign(op: Op) -> str:
            more = extra(op) if extra else {}
            state = ButtonState(
                op=op.name,
                connection=op.connection,
                kind=op.kind,
                record=op.record,
                address=op.address,
                extra={**op.extra, **more},
                user=user,
                message=message,
                at_s=at_s,
                nonce=secrets.token_urlsafe(12),
            )
            return sealed(state, key)

        return sign

    async def read(self, text: str, *, user: str) -> ButtonState:
        """What a button says; raises StateRefused."""
        return opened(text, await self._known(), user=user, now=self._clock.now())

    async def _known(self) -> tuple[bytes, ...]:
        if not self._keys:
            found = await self._store.read(keys)
            if not found:
                fresh = self._vault.seal(secrets.token_bytes(_BYTES))
                now_ms = to_ms(self._clock.now())
                await self._store.write(lambda db: put_key(db, _FIRST, sealed=fresh, now_ms=now_ms))
                found = await self._store.read(keys)
            self._keys = tuple(self._vault.open(one) for one in found)
        return self._keys

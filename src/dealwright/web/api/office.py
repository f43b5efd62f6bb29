"""Office: what the management API needs of the rest of the house, handed in by `app`."""

from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import sqlalchemy as sa

from dealwright.core.action import Action
from dealwright.core.clock import Clock, to_ms
from dealwright.core.people import Principal
from dealwright.core.ssrf import AllowList
from dealwright.pipedrive.records import Records
from dealwright.pipeline.credentials import Keyring
from dealwright.pipeline.importing import Importer
from dealwright.pipeline.meetinganew import Anew
from dealwright.pipeline.meetingintake import MeetingIntake
from dealwright.pipeline.signin import SignIns
from dealwright.pipeline.wake import Waker
from dealwright.pipeline.webhooks import Registrar
from dealwright.store.api_keys import find_api_key, is_use_news, note_use
from dealwright.store.connections import Connection
from dealwright.store.engine import Store
from dealwright.store.notify import EVERY, notify
from dealwright.store.secrets import Vault

T = TypeVar("T")

OpenAccount = Callable[[Connection], AbstractAsyncContextManager[Records]]
"""Opens the account of a Connection for a few calls within its budget."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """Where the API gets its work done. `actions` are all that there are.

    `public_url` is where the hub is reached from outside, `address` where it is in any case. A
    sandbox may be connected to at the addresses that are `allowed`. Files that are uploaded are
    kept in `folder` until they are read. What programs propose is done without anybody's approval
    where it costs at most `free_tokens`.
    """

    store: Store
    clock: Clock
    waker: Waker
    vault: Vault
    actions: Mapping[str, Action]
    open_account: OpenAccount
    keyring: Keyring
    registrar: Registrar
    address: str
    public_url: str | None
    allowed: AllowList
    importer: Importer
    meetings: MeetingIntake
    anew: Anew
    folder: Path
    version: str
    free_tokens: int = 0

    @property
    def sign_ins(self) -> SignIns:
        """What sends users to Pipedrive and takes them back."""
        return SignIns(self.keyring)

    def now_ms(self) -> int:
        """The present moment, as tables store it."""
        return to_ms(self.clock.now())

    async def read(self, look: Callable[[sa.Connection], T]) -> T:
        """Look something up in the store."""
        return await self.store.read(look)

    async def write(self, change: Callable[[sa.Connection], T]) -> T:
        """Change something, all of it or nothing; the workers look at it at once."""

        def told(db: sa.Connection) -> T:
            changed = change(db)
            notify(db, EVERY)
            return changed

        changed = await self.store.write(told)
        self.waker.wake(EVERY)
        return changed

    async def key_principal(self, text: str) -> Principal | None:
        """Who an API key is; None for one that is unknown or revoked."""
        found = await self.store.read(lambda db: find_api_key(db, text))
        if found is None:
            return None
        now_ms = self.now_ms()
        if is_use_news(found, now_ms):
            await self.store.write(lambda db: note_use(db, found.id, at_ms=now_ms))
        return found.principal

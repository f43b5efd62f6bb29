"""The account of a Connection, as a command opens it for a few calls."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from dealwright.cli.hub import Hub
from dealwright.core.priority import Priority
from dealwright.core.record import User
from dealwright.parts import open_keyring
from dealwright.pipedrive.client import CallRecord
from dealwright.pipedrive.records import Records
from dealwright.pipedrive.sender import AiohttpSender
from dealwright.pipeline.credentials import Keyring
from dealwright.pipeline.dialling import dialler
from dealwright.pipeline.spending import spending
from dealwright.store.connections import Connection, credentials


@dataclass(slots=True, kw_only=True)
class Account:
    """An account that a command talks to; `spent` are the tokens that this has cost."""

    records: Records
    calls: list[CallRecord] = field(default_factory=list[CallRecord])

    @property
    def spent(self) -> int:
        """Tokens spent so far."""
        return sum(record.call.tokens for record in self.calls)

    async def who(self) -> User:
        """The token's user and company: the check that the token is good. Raises Unauthorized."""
        return await self.records.me()


@asynccontextmanager
async def account_of(
    hub: Hub, one: Connection, *, purpose: str = "setup", priority: Priority = Priority.CARD
) -> AsyncGenerator[Account]:
    """Open the account of a Connection as it signs in, within its day's budget.

    What is spent is in the Ledger. Raises NotFound for a Connection without credentials, and
    ConfigError for one whose were sealed with another key.
    """
    sealed = await hub.read(lambda db: credentials(db, one.id))
    client = dialler(keyring_of(hub))(one, sealed)
    calls: list[CallRecord] = []
    try:
        async with spending(client, hub.store, of=one, clock=hub.clock) as paying:
            asking = paying.for_purpose(purpose, calls.append, priority=priority)
            yield Account(records=Records(asking), calls=calls)
    finally:
        await client.close()


def keyring_of(hub: Hub) -> Keyring:
    """What a command opens credentials with, and renews them."""
    return open_keyring(hub.settings, hub.store, clock=hub.clock, open_sender=AiohttpSender)

"""A Pipedrive account while a command sets it up: who the token is, and its external-id fields."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import sqlalchemy as sa

from dealwright.cli.hub import Hub
from dealwright.core.clock import Clock
from dealwright.core.priority import Priority
from dealwright.core.record import RecordKind, User
from dealwright.core.secret import Secret
from dealwright.parts import open_keyring
from dealwright.pipedrive.client import CallRecord, Client
from dealwright.pipedrive.gate import Gate
from dealwright.pipedrive.plans import plan
from dealwright.pipedrive.records import Records
from dealwright.pipedrive.sender import AiohttpSender
from dealwright.pipeline.credentials import Keyring
from dealwright.pipeline.dialling import dialler
from dealwright.pipeline.spending import spending
from dealwright.store.budget import spend
from dealwright.store.connections import Connection, credentials

#: What `--create-external-id-field` calls the fields that it makes.
FIELD_NAME = "External ID"

#: Kinds that have custom fields and that the presets write.
KINDS = (RecordKind.PERSON, RecordKind.ORGANIZATION)


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

    async def external_id_field(self, kind: RecordKind) -> str:
        """The key of the field for the sender's own ids; made when the account has none yet."""
        for one in await self.records.fields(kind):
            if one.is_custom_field and one.field_name == FIELD_NAME:
                return one.field_code
        made = await self.records.create_field(kind, FIELD_NAME)
        return made.field_code


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


def charge(db: sa.Connection, connection_id: int, spent: Account, *, at_ms: int) -> None:
    """Write what it cost to make a Connection, of which there was no budget yet."""
    calls = len(spent.calls)
    spend(db, connection_id, at_ms=at_ms, purpose="setup", tokens=spent.spent, calls=calls)


@asynccontextmanager
async def account(
    base_url: str, token: Secret, *, clock: Clock, plan_key: str
) -> AsyncGenerator[Account]:
    """Open an account that is no Connection yet for a few calls, which are counted."""
    calls: list[CallRecord] = []
    client = Client(
        sender=AiohttpSender(base_url, token),
        clock=clock,
        gate=Gate.for_plan(clock, plan(plan_key)),
        purpose="setup",
        on_call=calls.append,
    )
    try:
        yield Account(records=Records(client), calls=calls)
    finally:
        await client.close()


def keyring_of(hub: Hub) -> Keyring:
    """What a command opens credentials with, and renews them."""
    return open_keyring(hub.settings, hub.store, clock=hub.clock, open_sender=AiohttpSender)

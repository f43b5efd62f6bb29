"""A Pipedrive account while a command sets it up: who the token is, and its external-id fields."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import sqlalchemy as sa

from dealwright.cli.hub import Hub
from dealwright.core.clock import Clock
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
from dealwright.store.budget import spend
from dealwright.store.connections import Connection, credentials

#: What `--create-external-id-field` calls the fields that it makes.
FIELD_NAME = "External ID"

#: Kinds that have custom fields and that the presets write.
KINDS = (RecordKind.PERSON, RecordKind.ORGANIZATION)


@dataclass(slots=True, kw_only=True)
class Account:
    """An account that a command talks to; `spent` are the tokens that this has cost.

    They stand in the Ledger under `purpose`.
    """

    records: Records
    purpose: str = "setup"
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
    hub: Hub, one: Connection, *, purpose: str = "setup"
) -> AsyncGenerator[Account]:
    """Open the account of a Connection as it signs in; what is spent is in the Ledger.

    Raises NotFound for a Connection without credentials, and ConfigError for one whose were sealed
    with another key.
    """
    sealed = await hub.read(lambda db: credentials(db, one.id))
    async with _called(dialler(keyring_of(hub))(one, sealed)) as opened:
        opened.purpose = purpose
        try:
            yield opened
        finally:
            await hub.write(lambda db: charge(db, one.id, opened, at_ms=hub.now_ms()))


def charge(db: sa.Connection, connection_id: int, spent: Account, *, at_ms: int) -> None:
    """Write what a command has cost into the Ledger."""
    calls = len(spent.calls)
    spend(db, connection_id, at_ms=at_ms, purpose=spent.purpose, tokens=spent.spent, calls=calls)


@asynccontextmanager
async def account(
    base_url: str, token: Secret, *, clock: Clock, plan_key: str
) -> AsyncGenerator[Account]:
    """Open an account for a few calls, which are counted."""
    client = Client(
        sender=AiohttpSender(base_url, token),
        clock=clock,
        gate=Gate.for_plan(clock, plan(plan_key)),
        purpose="setup",
        on_call=lambda _: None,
    )
    async with _called(client) as opened:
        yield opened


@asynccontextmanager
async def _called(client: Client) -> AsyncGenerator[Account]:
    calls: list[CallRecord] = []
    try:
        yield Account(records=Records(client.for_purpose("setup", calls.append)), calls=calls)
    finally:
        await client.close()


def keyring_of(hub: Hub) -> Keyring:
    """What a command opens credentials with, and renews them."""
    return open_keyring(hub.settings, hub.store, clock=hub.clock, open_sender=AiohttpSender)

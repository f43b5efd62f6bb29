"""An account that tells us what happens, and the same records as its API gives them."""

import asyncio
from typing import Any, NamedTuple

from tests.contract.fieldtypes.account import FieldAccount, code_of, new_field_account
from tests.sandbox.receiver import Receiver

from dealwright.core.record import Record, RecordKind
from dealwright.core.secret import Secret
from dealwright.core.webhook import Heard, Told, read_told, record_of
from dealwright.pipedrive.webhooks import create_webhook
from dealwright.sandbox.courier import Outgoing

__all__ = ["code_of"]


class Pair(NamedTuple):
    """One record: as a message told it, and as a GET by its id gives it."""

    told: Told
    heard: Heard
    got: Record


class TellingAccount:
    """A field account with a webhook for everything."""

    def __init__(self, field_types: list[str]) -> None:
        self.account: FieldAccount = new_field_account(field_types)
        self.receiver = Receiver()
        self.account.sandbox.courier.sender = self._hear
        asyncio.run(self._subscribe())

    def made(self, kind: RecordKind, values: dict[str, Any]) -> Pair:
        """Make a record, and read it both ways."""
        return asyncio.run(self._made(kind, values))

    async def _made(self, kind: RecordKind, values: dict[str, Any]) -> Pair:
        made = await self.account.records.create(kind, values)
        await self.account.sandbox.courier.deliver()
        told = read_told(self.receiver.requests[-1].body)
        heard = record_of(kind, told.data or {})
        got = await self.account.records.get(kind, made.id)
        assert heard is not None
        assert got is not None
        return Pair(told, heard, got)

    async def _subscribe(self) -> None:
        request = create_webhook(
            "https://hub.example/hooks", name="Hub", user="hub", password=Secret("p")
        )
        client = self.account.records._client
        await client.perform(request, dict[str, Any])

    async def _hear(self, outgoing: Outgoing) -> int:
        return await self.receiver(outgoing)

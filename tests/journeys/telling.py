"""A sandbox that tells the hub what happens, through its real door, by the clock of the test."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

import httpx2
import msgspec
import sqlalchemy as sa
from tests.hub import Hub

from dealwright.core.clock import to_ms
from dealwright.core.record import Record, RecordId, RecordKind
from dealwright.pipeline.hearing import Hearing
from dealwright.pipeline.mirrored import record_of
from dealwright.pipeline.webhooks import Registrar
from dealwright.sandbox.app import Sandbox
from dealwright.sandbox.courier import Outgoing
from dealwright.sandbox.edit import Edit, EditAction, edit
from dealwright.sandbox.webhookdelivery import WebhookFault
from dealwright.store.mirror import Mirrored, records
from dealwright.store.secrets import Vault, generate_key
from dealwright.store.tables import connections
from dealwright.store.webhooks import alive
from dealwright.web.hooks import Ear, Hooks

HUB = "https://hub.example"


class Telling:
    """The way from a sandbox to a hub; `status` in the place of the door's answer: it is closed."""

    def __init__(self, hub: Hub, sandbox: Sandbox, door: httpx2.AsyncClient) -> None:
        self.hub = hub
        self.sandbox = sandbox
        self.answers: list[dict[str, Any]] = []
        self.status: int | None = None
        self._door = door
        self.registrar = Registrar(
            store=hub.store,
            vault=Vault([generate_key()]),
            dial=hub._dial,
            clock=hub.clock,
            public_url=HUB,
        )
        sandbox.courier.sender = self._carry

    async def deliver(self) -> None:
        """Let everything that is due come to the door."""
        await self.sandbox.courier.deliver()

    async def wait(self, seconds: float) -> None:
        """Let time pass, and what is due then come."""
        self.hub.advance(seconds)
        await self.deliver()

    def by_hand(self, action: EditAction, record_id: RecordId | None = None, **data: Any) -> None:
        """Somebody does something to a person in Pipedrive's own pages."""
        self.edit("person", action, record_id, **data)

    def edit(
        self, kind: str, action: EditAction, record_id: RecordId | None = None, **data: Any
    ) -> None:
        """Somebody does something in Pipedrive's own pages."""
        wanted = Edit(object=kind, action=action, id=record_id, data=data)
        answer = edit(self.sandbox, self.sandbox.world.default_company, wanted)
        assert answer.status < 300, answer

    def spoil(self, kind: Any, event: str = "*.person", **more: Any) -> None:
        """Let the next such message be lost, doubled or late."""
        self.sandbox.deliveries.faults.add(WebhookFault(kind=kind, event=event, times=1, **more))

    async def known(
        self, record_id: RecordId = 1, *, kind: RecordKind = RecordKind.PERSON
    ) -> Mirrored | None:
        """What the mirror holds of a record."""
        found = await self.hub.store.read(lambda db: records(db, 1, kind, [record_id]))
        return found.get(record_id)

    async def held(
        self, record_id: RecordId = 1, *, kind: RecordKind = RecordKind.PERSON
    ) -> Record:
        """A record as the mirror holds it, surely."""
        known = await self.known(record_id, kind=kind)
        assert known is not None
        assert known.exact
        return record_of(known)

    async def is_alive(self) -> bool:
        """Whether webhooks are relied on."""
        now_ms = to_ms(self.hub.clock.now())
        return await self.hub.store.read(lambda db: alive(db, 1, now_ms))

    async def registered(self) -> None:
        """Have the webhook made, and the mirror reconciled since."""
        await self.registrar.check_due()
        await self.hub.run_until_idle()
        assert await self.is_alive()

    @property
    def outcomes(self) -> list[str]:
        """What became of the messages that came in."""
        return [answer.get("outcome", answer.get("code", "")) for answer in self.answers]

    async def _carry(self, outgoing: Outgoing) -> int:
        if self.status is not None:
            return self.status
        answer = await self._door.request(
            outgoing.method,
            urlsplit(outgoing.url).path,
            content=outgoing.body,
            headers=dict(outgoing.headers),
        )
        self.answers.append(msgspec.json.decode(answer.content))
        return answer.status_code


@asynccontextmanager
async def telling(hub: Hub, sandbox: Sandbox) -> AsyncGenerator[Telling]:
    """Open the door, and let the sandbox find the way to it."""
    hearing = Hearing(hub.store, hub.clock)
    hooks = Hooks(Ear(open=hearing.open, whose=hearing.whose, hear=hearing.hear))
    transport = httpx2.ASGITransport(app=hooks)
    await hub.store.write(_as_its_user)
    async with httpx2.AsyncClient(transport=transport, base_url=HUB) as door:
        await hearing.open()
        yield Telling(hub, sandbox, door)


def _as_its_user(db: sa.Connection) -> None:
    # As `dealwright connect` finds out: whose token it is.
    db.execute(sa.update(connections).values(user_id=1))

"""Aviary: a hub in which somebody has lived, and what erases them."""

import asyncio
from pathlib import Path

import msgspec
import sqlalchemy as sa
from tests.events import identify, track
from tests.hub import Hub
from tests.journeys.meetings.log import Log, met

from dealwright.core.clock import to_ms
from dealwright.core.people import CLI
from dealwright.core.privacy import asked_for
from dealwright.meetings.meeting import Attendee, Segment
from dealwright.pipeline.privacyerase import Eraser, Wish
from dealwright.pipeline.privacyfind import Asked, Found, find
from dealwright.sandbox.app import Sandbox
from dealwright.store.append import RejectRow
from dealwright.store.card_acts import NewAct, queue_act
from dealwright.store.columns import metadata
from dealwright.store.secrets import Vault, generate_key

EMAIL = "canary.person@birds.example"
PHONE = "+46701112233"
USER = "u-canary-seven"
NAME = "Canaria Birdsong"
#: What must not be found anywhere, as bytes; case does not count.
CANARIES = (b"canary.person", b"birds.example", b"701112233", b"u-canary-seven", b"canaria")

OTHER = "otto@else.example"
ASKED = Asked(identities=asked_for(email=EMAIL))


class Aviary:
    """A hub in which somebody has lived, and what erases them."""

    def __init__(self, hub: Hub, pipedrive: Sandbox, folder: Path) -> None:
        self.hub = hub
        self.pipedrive = pipedrive
        self.vault = Vault([generate_key()])
        self.eraser = Eraser(store=hub.store, clock=hub.clock, vault=self.vault, media=folder)

    async def live(self) -> None:
        """Everything that leaves a trace of somebody."""
        hub = self.hub
        self.pipedrive.put_state(
            {"persons": [{"id": 42, "name": NAME, "emails": [EMAIL], "phones": [PHONE]}]}
        )
        await hub.run_until_idle()
        await hub.send(
            identify(USER, email=EMAIL, name=NAME, phone=PHONE),
            track(USER, "Order Completed", total=7),
            identify("u-otto", email=OTHER, name="Otto", referred_by=f"My aunt <{EMAIL}>"),
        )
        await hub.run_until_idle()
        await self._reject()
        await Log(hub, self.pipedrive).hear(MET)
        # And something that is still to be done.
        await hub.send(identify(USER, email=EMAIL, plan="pro"))
        await hub.store.write(self._press)

    async def _reject(self) -> None:
        row = RejectRow(1, 1, "missing_id", f"For {EMAIL}", f'{{"email":"{EMAIL}"}}'.encode())
        await self.hub._acceptor.accept([], [row])

    def _press(self, db: sa.Connection) -> None:
        body = msgspec.json.encode({"email": EMAIL, "name": NAME})
        queue_act(
            db,
            NewAct(1, 1, "Ada", "unknown_op", "n-1", body, f"person:email={EMAIL}"),
            now_ms=to_ms(self.hub.clock.now()),
        )

    async def find(self, asked: Asked = ASKED) -> Found:
        return await find(self.hub.store, self.vault, asked)

    async def erase(self, wish: Wish | None = None) -> int:
        number = await self.begin(wish)
        await self.hub.pumped(self.eraser.run(number))
        return number

    async def begin(self, wish: Wish | None = None) -> int:
        return await self.eraser.begin(await self.find(), wish or Wish(), by=CLI)

    async def leaks(self) -> list[str]:
        """Where a canary is still to be read."""
        return await asyncio.to_thread(self._leaks)

    def _leaks(self) -> list[str]:
        path = self.hub.store.path
        if path is not None:
            return [
                f"{file.name}: {canary.decode()}"
                for file in path.parent.iterdir()
                if file.is_file()
                for canary in CANARIES
                if canary in file.read_bytes().lower()
            ]
        with self.hub.store.snapshot() as db:
            return [
                f"{table.name}: {canary.decode()}"
                for table in metadata.sorted_tables
                for canary in CANARIES
                if canary in _dumped(db, table)
            ]


MET = met(
    Attendee(name=NAME, emails=(EMAIL,), phones=(PHONE,)),
    Attendee(name="Otto Else", emails=(OTHER,)),
    transcript=(
        Segment(start=1.0, speaker=NAME, text=f"Write to {EMAIL}, or call 070-111 22 33."),
        Segment(start=5.0, speaker="Otto Else", text="Thanks, Canaria."),
    ),
)


def _dumped(db: sa.Connection, table: sa.Table) -> bytes:
    values = [value for row in db.execute(sa.select(table)) for value in row if value is not None]
    return b"\n".join(
        bytes(one) if isinstance(one, bytes | memoryview) else str(one).encode() for one in values
    ).lower()

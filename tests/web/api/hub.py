"""The management API in process: a migrated store, everybody's sessions and keys, a sandbox."""

import shutil
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
import msgspec
import sqlalchemy as sa
from cryptography.fernet import Fernet
from tests.clock import ManualClock
from tests.hub import TOKEN
from tests.oauth import Office as Away
from tests.oauth import oauth_sandbox
from tests.web.people import PUBLIC, QUICK, signed_in

from dealwright.actionbook import actions
from dealwright.core.clock import to_ms
from dealwright.core.people import Role
from dealwright.core.record import Member
from dealwright.core.secret import Secret
from dealwright.core.ssrf import allow_list
from dealwright.meetings.meeting import Summary
from dealwright.meetings.summary.templates import Template
from dealwright.pipedrive.client import Client
from dealwright.pipedrive.gate import Gate
from dealwright.pipedrive.records import Records
from dealwright.pipedrive.sender import AsgiSender, Timeouts
from dealwright.pipeline.dialling import dialler
from dealwright.pipeline.importing import Importer
from dealwright.pipeline.meetinganew import Anew
from dealwright.pipeline.meetingdoor import MeetingDoor
from dealwright.pipeline.meetingintake import MeetingIntake
from dealwright.pipeline.meetingsummary import LocalSummary
from dealwright.pipeline.wake import NoWaker
from dealwright.pipeline.webhooks import Registrar
from dealwright.recorders import recorders
from dealwright.store.api_keys import create_api_key, new_api_key
from dealwright.store.append import Appender
from dealwright.store.connections import Connection, NewConnection, create_connection
from dealwright.store.deliveries import NewDelivery, add_deliveries
from dealwright.store.engine import Store
from dealwright.store.mappings import NewMapping, create_mapping
from dealwright.store.meetings import StoredMeeting
from dealwright.store.secrets import Vault
from dealwright.store.sources import create_source
from dealwright.web.api.app import PREFIX, Staff, api_app
from dealwright.web.api.office import Office
from dealwright.web.auth.guard import Guard
from dealwright.web.auth.passwords import Passwords
from dealwright.web.auth.people import Address, People
from dealwright.web.auth.site import Site

IDENTIFY = b'{"type":"identify","userId":"u-1","traits":{"name":"Ada Keller"}}'


@dataclass(kw_only=True)
class ApiHub:
    """The API, who may what there, the store behind it, and Pipedrive (`away`)."""

    api: Any
    store: Store
    clock: ManualClock
    office: Office
    away: Away
    keys: dict[Role, str] = field(default_factory=dict[Role, str])

    def client(self, role: Role | None = Role.OWNER, **headers: str) -> httpx2.AsyncClient:
        """A program with an API key of this role; None: with nothing."""
        own = {} if role is None else {"authorization": f"Bearer {self.keys[role]}"}
        more = {name.replace("_", "-"): value for name, value in headers.items()}
        return httpx2.AsyncClient(
            transport=httpx2.ASGITransport(app=self.api), base_url=PUBLIC, headers=own | more
        )

    async def person(self, role: Role) -> dict[str, str]:
        """Headers of somebody who is signed in."""
        return await signed_in(self.store, self.clock, role)

    def now_ms(self) -> int:
        return to_ms(self.clock.now())

    async def fill(self) -> None:
        """One of everything: connection 1, source 1, mapping 1, event 1, delivery 1."""
        now_ms = self.now_ms()

        def make(db: sa.Connection) -> None:
            create_source(db, "website", now_ms=now_ms)
            new = NewConnection(
                name="main", base_url="https://main.pipedrive.com", plan="growth", seats=5
            )
            create_connection(db, new, now_ms=now_ms)
            mapping = NewMapping(
                connection_id=1,
                name="People",
                action="upsert_person",
                trigger='type = "identify"',
                fields={
                    "match_value": {"@path": "$.userId"},
                    "name": {"@path": "$.traits.name"},
                },
            )
            create_mapping(db, mapping, now_ms=now_ms)
            add_event(db, IDENTIFY, now_ms=now_ms)
            add_deliveries(db, [delivery(state="failed", at_ms=now_ms)])

        await self.store.write(make)


def add_event(db: sa.Connection, payload: bytes, *, now_ms: int) -> None:
    """Put an event into the log."""
    db.execute(
        sa.text(
            "INSERT INTO events (source_id, received_at_ms, message_id, payload)"
            " VALUES (1, :at, 'm-1', :payload)"
        ),
        {"at": now_ms, "payload": payload},
    )


def delivery(*, state: str, at_ms: int, event_seq: int = 1) -> NewDelivery:
    """A Delivery of connection 1 and mapping 1."""
    return NewDelivery(
        connection_id=1,
        mapping_id=1,
        mapping_version=1,
        source_id=1,
        event_seq=event_seq,
        lanes="person:u1",
        state=state,
        code="rejected" if state == "failed" else "",
        message="Pipedrive has no such stage." if state == "failed" else "",
        created_at_ms=at_ms,
    )


@asynccontextmanager
async def open_api(migrated: Path, folder: Path) -> AsyncIterator[ApiHub]:
    """The API over a copy of a migrated database, with a key of every role."""
    path = folder / "dealwright.db"
    shutil.copy(migrated, path)
    async with api_on(f"sqlite:///{path}", folder) as hub:
        yield hub


@asynccontextmanager
async def api_on(url: str, folder: Path) -> AsyncIterator[ApiHub]:
    """The same over a migrated database."""
    store, clock = Store.open(url), ManualClock()
    appender = Appender(store)
    vault = Vault([Secret(Fernet.generate_key().decode())])
    sandbox = oauth_sandbox(clock)
    away = Away(store=store, sandbox=sandbox, clock=clock, vault=vault)
    keyring = away.keyring()

    @asynccontextmanager
    async def open_account(one: Connection) -> AsyncGenerator[Records]:
        sender = AsgiSender(
            sandbox, one.base_url, Secret(TOKEN), timeouts=Timeouts(total_s=30, connect_s=30)
        )
        yield Records(
            Client(
                sender=sender,
                clock=clock,
                gate=Gate(clock, burst=1000),
                purpose="setup",
                on_call=lambda _: None,
            )
        )

    office = Office(
        store=store,
        clock=clock,
        waker=NoWaker(),
        vault=vault,
        actions=actions(),
        open_account=open_account,
        keyring=keyring,
        registrar=Registrar(
            store=store, vault=vault, dial=dialler(keyring), clock=clock, public_url=PUBLIC
        ),
        address=PUBLIC,
        public_url=PUBLIC,
        allowed=allow_list(["127.0.0.1:8900"]),
        importer=Importer(store, accept=appender.append, clock=clock, max_event_bytes=32_768),
        meetings=_intake(store, clock, vault),
        anew=_anew(store, clock),
        folder=folder,
        version="1.0",
    )
    app = api_app(_staff(office))
    hub = ApiHub(api=app, store=store, clock=clock, office=office, away=away)
    for role in Role:
        hub.keys[role] = key = new_api_key()
        await store.write(
            lambda db, role=role, key=key: create_api_key(
                db, role.value, role=role, key=key, made_by="tests", now_ms=hub.now_ms()
            )
        )
    try:
        yield hub
    finally:
        await office.importer.close()
        await appender.close()
        store.close()


def _anew(store: Store, clock: ManualClock) -> Anew:
    async def make(
        stored: StoredMeeting, *, template: Template, users: Sequence[Member]
    ) -> Summary:
        made = await LocalSummary()(stored.body, settings=stored.settings, users=users)
        return msgspec.structs.replace(made, template=template.key)

    return Anew(store, clock, make=make, has_model=False)


def _intake(store: Store, clock: ManualClock, vault: Vault) -> MeetingIntake:
    door = MeetingDoor(
        store, clock, vault=vault, recorders=recorders(), base_url=PUBLIC, desk=NoWaker()
    )
    return MeetingIntake(store, clock, vault=vault, door=door)


def _staff(office: Office) -> Staff:
    store, clock = office.store, office.clock
    people = People(
        store,
        clock,
        vault=office.vault,
        passwords=Passwords(QUICK),
        site=Address(base_url=PUBLIC),
    )
    guard = Guard(store, clock, site=Site(PUBLIC), key_principal=office.key_principal)
    return Staff(office=office, guard=guard, people=people)


__all__ = ["IDENTIFY", "PREFIX", "ApiHub", "api_on", "open_api"]

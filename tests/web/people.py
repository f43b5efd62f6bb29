"""People's side of the hub in process: a store, a clock, and browsers that speak to it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
from argon2 import PasswordHasher
from cryptography.fernet import Fernet
from fastapi import FastAPI, Request
from pyotp.totp import TOTP
from starlette.responses import Response
from tests.clock import ManualClock
from tests.fresh import fresh_store

from dealwright.core.clock import to_ms
from dealwright.core.errors import DealwrightError
from dealwright.core.people import CLI, Role
from dealwright.core.secret import Secret
from dealwright.pipeline import people as rules
from dealwright.store import people, sessions
from dealwright.store.audit import Entry, entries
from dealwright.store.engine import Store
from dealwright.store.people import User
from dealwright.store.secrets import Vault
from dealwright.store.sessions import NewSession, Stage
from dealwright.web.auth import session_api, users_api
from dealwright.web.auth.guard import CSRF_HEADER, Guard
from dealwright.web.auth.passwords import Passwords
from dealwright.web.auth.people import Address, People
from dealwright.web.auth.site import Site
from dealwright.web.auth.tokens import csrf_token, hash_token, new_token
from dealwright.web.problem import problem_response

PUBLIC = "https://hub.example"
PASSWORD = "correct horse battery staple"

#: As little work as Argon2 allows: what is slow about it is not what these tests are about.
QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


async def signed_in(
    store: Store, clock: ManualClock, role: Role, *, email: str = ""
) -> dict[str, str]:
    """Make somebody with this role and sign them in; the headers of their requests at PUBLIC."""
    token = new_token().reveal()
    address = email or f"{role.value}@hub.example"
    now_ms = to_ms(clock.now())

    def begin(db: Any) -> None:
        user = people.find_user(db, address) or people.add_user(
            db, email=address, name=role.value, role=role, now_ms=now_ms
        )
        new = NewSession(
            token_hash=hash_token(token),
            user_id=user.id,
            stage=Stage.FULL,
            method="password",
            address="192.0.2.1",
            agent="tests",
            expires_at_ms=now_ms + rules.LONGEST_MS,
        )
        sessions.begin_session(db, new, now_ms=now_ms)

    await store.write(begin)
    return {"cookie": f"__Host-dealwright={token}", CSRF_HEADER: csrf_token(token)}


@dataclass(kw_only=True)
class Browser:
    """A browser: it keeps cookies, and its pages send the token with every change."""

    client: httpx2.AsyncClient
    csrf: str = ""

    async def send(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """Send what a page of the hub sends; the answer's JSON, its status under `status`."""
        answer = await self.raw(method, path, body, **headers)
        told: Any = answer.json() if answer.content else {}
        if answer.status_code < 300 and told.get("csrf_token"):
            self.csrf = told["csrf_token"]
        return told | {"status": answer.status_code}

    async def raw(
        self, method: str, path: str, body: Any = None, **headers: str
    ) -> httpx2.Response:
        """The same, with the answer as it is."""
        origin = str(self.client.base_url).rstrip("/")
        own = {"origin": origin, CSRF_HEADER: self.csrf, "if-match": "*"}
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.client.request(method, path, json=body, headers=own | given)

    async def sign_in(self, email: str, password: str = PASSWORD) -> Any:
        return await self.send("POST", "/session", {"email": email, "password": password})

    async def role(self) -> str:
        """The role that the hub sees in this browser; "" for nobody."""
        told = await self.send("GET", "/session")
        return told["user"]["role"] if told.get("user") else ""

    @property
    def token(self) -> str:
        """What the cookie has."""
        return "".join(cookie.value or "" for cookie in self.client.cookies.jar)


@dataclass(kw_only=True)
class House:
    """The hub as people meet it."""

    app: Any
    store: Store
    clock: ManualClock
    people: People

    def browser(self, address: str = "192.0.2.1", base_url: str = PUBLIC) -> Browser:
        """A browser of its own, at an address of the network."""
        transport = httpx2.ASGITransport(app=self.app, client=(address, 40_000))
        return Browser(client=httpx2.AsyncClient(transport=transport, base_url=base_url))

    async def person(self, role: Role = Role.VIEWER, *, email: str = "ada@hub.example") -> User:
        """Somebody with a password."""
        password_hash = await self.people.passwords.hash(PASSWORD)

        def add(db: Any) -> User:
            made = people.add_user(db, email=email, name="Ada", role=role, now_ms=0)
            people.set_password(db, made.id, password_hash=password_hash)
            return people.user(db, made.id)

        return await self.store.write(add)

    async def first_link(self) -> str:
        """The token of the link that makes the first owner."""
        token = new_token().reveal()
        await self.store.write(
            lambda db: rules.begin_first_owner(
                db, CLI, link_hash=hash_token(token), now_ms=self.people.now_ms()
            )
        )
        return token

    async def changes(self) -> list[Entry]:
        """What was recorded, newest first."""
        return await self.store.read(lambda db: entries(db, limit=100))

    def code(self, secret: str) -> str:
        """What the authenticator app shows now."""
        return TOTP(secret).at(self.clock.now())


def everything_in(folder: Path) -> bytes:
    """All that is stored in a folder."""
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


@asynccontextmanager
async def open_house(folder: Path, public_url: str | None = PUBLIC) -> AsyncIterator[House]:
    """Open a hub with nobody in it."""
    store = fresh_store(folder)
    clock = ManualClock()
    site = Site(public_url)
    of = People(
        store,
        clock,
        vault=Vault([Secret(Fernet.generate_key().decode())]),
        passwords=Passwords(QUICK),
        site=Address(base_url=public_url or "http://localhost:8787"),
    )
    app = FastAPI()
    app.state.guard, app.state.people = Guard(store, clock, site=site), of
    app.include_router(session_api.router)
    app.include_router(users_api.router)
    app.add_exception_handler(DealwrightError, _problem)
    try:
        yield House(app=app, store=store, clock=clock, people=of)
    finally:
        store.close()


async def _problem(_: Request, error: Exception) -> Response:
    assert isinstance(error, DealwrightError)
    return problem_response(error, request_id="r-1")

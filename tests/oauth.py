"""What the story of OAuth needs: an app, somebody who decides at Pipedrive, and a keyring."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import sqlalchemy as sa
from tests.clock import ManualClock
from tests.exchanges import Exchange, RecordingSender
from tests.hub import new_sandbox

from dealwright.core.clock import to_ms
from dealwright.core.secret import Secret
from dealwright.pipedrive.badge import Badge
from dealwright.pipedrive.oauth import CALLBACK, App
from dealwright.pipedrive.sender import AsgiSender, Sender
from dealwright.pipedrive.wire import Request, Response
from dealwright.pipeline.connecting import Granted, connect, reconnect
from dealwright.pipeline.credentials import Keyring
from dealwright.pipeline.signin import Departure, SignIns
from dealwright.sandbox import integrations
from dealwright.sandbox.app import Sandbox
from dealwright.store.connections import Connection
from dealwright.store.engine import Store
from dealwright.store.secrets import Vault, generate_key

#: Where the sandbox is; in this process, but an address that a token may go to.
SANDBOX = "http://127.0.0.1:8900"
REDIRECT = f"https://hub.example{CALLBACK}"
APP = App(client_id="hub", secret=Secret("app-secret-canary"))
SCOPES = (
    "base",
    "contacts:full",
    "deals:full",
    "leads:full",
    "activities:full",
    "users:read",
    "search:read",
    "webhooks:full",
)


def oauth_sandbox(clock: ManualClock, *, scopes: tuple[str, ...] = SCOPES) -> Sandbox:
    """A Pipedrive with our app in it, and Sam, who is no admin."""
    sandbox = new_sandbox(clock)
    register(sandbox, scopes)
    sandbox.put_state({"users": [SAM]})
    return sandbox


def register(sandbox: Sandbox, scopes: tuple[str, ...]) -> None:
    """Register the app, or change its scopes."""
    app = integrations.App(
        id=APP.client_id,
        client_secret=APP.secret.reveal(),
        name="Dealwright",
        redirect_uri=REDIRECT,
        scopes=scopes,
    )
    sandbox.grants.register(app)


SAM: Mapping[str, Any] = {
    "id": 2,
    "name": "Sam Plain",
    "email": "sam@acme.example",
    "is_admin": False,
}


@dataclass(kw_only=True)
class Office:
    """A hub's keyring and the sandbox behind it; `asked` is every address that was asked.

    `instead` answers in the OAuth server's place, where a test says so.
    """

    store: Store
    sandbox: Sandbox
    clock: ManualClock
    vault: Vault = field(default_factory=lambda: Vault([generate_key()]))
    asked: list[str] = field(default_factory=list[str])
    said: list[Exchange] = field(default_factory=list[Exchange])
    instead: dict[str, Response] = field(default_factory=dict[str, Response])

    def keyring(self) -> Keyring:
        """A keyring as one process has it."""
        return Keyring(
            store=self.store,
            vault=self.vault,
            clock=self.clock,
            app=APP,
            open_sender=self._open,
        )

    def signing_in(self) -> SignIns:
        """What a process sends users away and takes them back with."""
        return SignIns(self.keyring())

    async def sent(self, *, browser: str = "") -> Departure:
        """A user is sent to Pipedrive."""
        begin = self.signing_in().begin
        return await begin(base_url=SANDBOX, redirect_uri=REDIRECT, browser=browser)

    async def decided(
        self, sent: Departure, decision: str = "allow", *, user: int = 1
    ) -> dict[str, str]:
        """Somebody decides at Pipedrive; what the callback is then called with."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(sent.url).query).items()}
        company = self.sandbox.world.default_company.id
        form = {**asked, "account": f"{company}:{user}", "decision": decision}
        transport = httpx2.ASGITransport(app=self.sandbox)
        async with httpx2.AsyncClient(transport=transport, base_url=SANDBOX) as browser:
            answer = await browser.post("/oauth/authorize", data=form)
        query = parse_qs(urlsplit(answer.headers["location"]).query)
        return {name: values[0] for name, values in query.items()}

    async def allowed(self, *, user: int = 1) -> Departure:
        """Somebody allows the app and has come back; nobody has confirmed whose account it is."""
        sent = await self.sent()
        arrival = await self.signing_in().come_back(**await self.decided(sent, user=user))
        assert arrival.granted, arrival
        return sent

    async def connected(self, *, name: str = "main", user: int = 1) -> Connection:
        """Somebody allows the app and confirms."""
        sent = await self.allowed(user=user)

        def made(db: sa.Connection, granted: Granted) -> Connection:
            now_ms = to_ms(self.clock.now())
            return connect(db, granted, name=name, plan="growth", seats=5, now_ms=now_ms)

        return await self.signing_in().confirm(sent.id, made)

    async def reconnected(self, connection_id: int = 1, *, user: int = 1) -> Connection:
        """Somebody signs a Connection in anew."""
        sent = await self.allowed(user=user)

        def again(db: sa.Connection, granted: Granted) -> Connection:
            return reconnect(db, connection_id, granted, now_ms=to_ms(self.clock.now()))

        return await self.signing_in().confirm(sent.id, again)

    def times(self, path: str) -> int:
        """How often a path was asked, wherever."""
        return sum(one.endswith(path) for one in self.asked)

    def _open(self, base_url: str, badge: Badge) -> Sender:
        return _Noting(AsgiSender(self.sandbox, base_url, badge), base_url=base_url, office=self)


class _Noting:
    """A Sender that notes where it sends, and what is said to the API."""

    def __init__(self, inner: Sender, *, base_url: str, office: Office) -> None:
        self._inner = inner
        self._api = RecordingSender(inner, office.said)
        self._base_url = base_url
        self._office = office

    async def send(self, request: Request) -> Response:
        self._office.asked.append(f"{request.method} {self._base_url}{request.path}")
        if request.path in self._office.instead:
            return self._office.instead[request.path]
        is_oauth = request.path.startswith("/oauth/")
        return await (self._inner if is_oauth else self._api).send(request)

    async def close(self) -> None:
        await self._inner.close()

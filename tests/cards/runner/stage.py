"""The stage of a fixture: the real web app and drain, a Pipedrive of the seed, Google at home."""

import asyncio
import re
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote, urlsplit

import httpx2
import msgspec
from cryptography.fernet import Fernet
from structlog.testing import capture_logs
from tests.cards.google import add_on
from tests.cards.runner.seed import load_seed
from tests.cards.runner.shape import Entry, Fixture
from tests.cards.runner.tokens import ACCOUNT, BASE, CLIENT, PROJECT, jwks, mint
from tests.clock import ManualClock
from tests.hub import TOKEN, Hub, new_sandbox, open_hub
from tests.web.people import signed_in

from dealwright.app import build_web
from dealwright.cardside import Surroundings
from dealwright.core.cardstate import ButtonState, sealed
from dealwright.core.clock import to_ms
from dealwright.core.people import Role
from dealwright.core.record import RecordKind
from dealwright.core.secret import Secret
from dealwright.pipedrive.client import Client
from dealwright.pipedrive.sender import AsgiSender
from dealwright.pipeline.credentials import Keyring
from dealwright.pipeline.dialling import dialler
from dealwright.pipeline.outside import Call, Reply
from dealwright.sandbox.app import Sandbox
from dealwright.sandbox.calllog import LoggedCall
from dealwright.settings import Settings
from dealwright.store import cards, people
from dealwright.store.card_acts import keys
from dealwright.store.connections import Connection
from dealwright.store.delivery_list import DeliveryFilter, find_deliveries
from dealwright.store.secrets import Vault
from dealwright.web.addon.keys import KeySet

OAUTH: Final = "ya29.opaque-oauth-token"
GMAIL: Final = "AOs.opaque-message-token"
_GMAIL_HOST: Final = "gmail.googleapis.com"
_MESSAGES: Final = "/gmail/v1/users/me/messages/"
_DECIMAL: Final = re.compile(r"msg-f:([0-9]+)\Z")
_MESSAGE: Final = "msg-f:1813245678901234567"
_PERSON: Final = "4211"
_COLLEAGUE: Final = "110248495921238986999"
_REP: Final = "110248495921238986420"


@dataclass(kw_only=True)
class Outdoors:
    """Whatever is asked outside of Pipedrive: Gmail for the message of the fixture, else nobody."""

    reply: dict[str, Any] | None
    message_id: str
    asked: list[Call] = field(default_factory=list[Call])
    faults: list[str] = field(default_factory=list[str])

    async def fetch(self, call: Call) -> Reply:
        """Answer as Gmail does."""
        parts = urlsplit(call.url)
        if parts.scheme != "https" or parts.netloc != _GMAIL_HOST:
            self.faults.append(f"asked outside: {call.url}")
            return _reply(404)
        self.asked.append(call)
        given = (call.headers.get("authorization"), call.headers.get("x-goog-gmail-access-token"))
        if given != (f"Bearer {OAUTH}", GMAIL):
            return _reply(401)
        wanted = unquote(parts.path.removeprefix(_MESSAGES))
        if self.reply is None or wanted not in self._ids():
            return _reply(404)
        return _reply(200, self.reply)

    def _ids(self) -> set[str]:
        decimal = _DECIMAL.match(self.message_id)
        other = {f"{int(decimal[1]):x}"} if decimal else set[str]()
        return {self.message_id, *other}


def _reply(status: int, body: Any = None) -> Reply:
    headers = {"content-type": "application/json"}
    return Reply(status=status, headers=headers, body=msgspec.json.encode(body or {}))


@dataclass(kw_only=True)
class Played:
    """What a play left behind, for `compare` to look at."""

    fixture: Fixture
    seed: dict[str, Any]
    sandbox: Sandbox
    now: datetime
    event: Any
    answer: httpx2.Response
    outdoors: Outdoors
    calls: list[LoggedCall]
    deliveries: int
    logged: str
    tokens: tuple[str, ...]
    page: str = ""


class Theatre:
    """The hub, from a fresh start."""

    def __init__(self, folder: Path, hub: Hub, sandbox: Sandbox, seed: dict[str, Any]) -> None:
        self.folder = folder
        self.hub = hub
        self.sandbox = sandbox
        self.seed = seed
        self.outdoors = Outdoors(reply=None, message_id="")
        self.tasks: set[asyncio.Task[Any]] = set()
        self._draining = asyncio.Lock()
        self._secret = Fernet.generate_key().decode()
        self.vault = Vault([Secret(self._secret)])

    async def keys(self) -> KeySet:
        """Google's keys."""
        return KeySet(jwks(), 3600.0)

    def wake(self, connection_id: int | None = None) -> None:
        """Let the drain work beside the request, as the worker does."""
        task = asyncio.ensure_future(self._drained(connection_id or 1))
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def _drained(self, connection_id: int) -> None:
        # A worker runs a Connection's drain once at a time, however often it is woken.
        async with self._draining:
            await self.hub.run_once(connection_id)

    def app(self) -> Any:
        """The real web app."""
        told = self.seed["hub"]
        settings = Settings(
            data=self.folder,
            secret_key=Secret(self._secret),
            public_url=told["public_url"],
            google_project_number=told["google"]["project_number"],
            google_service_account=told["google"]["service_account_email"],
            google_client_id=told["google"]["oauth_client_id"],
            own_domains=",".join(told["own_domains"]),
            card_locale=told["locale"],
            card_time_zone=told["time_zone"],
        )
        assert (settings.add_on_account, settings.google_client_id) == (ACCOUNT, CLIENT)
        assert (settings.public_url, settings.google_project_number) == (BASE, PROJECT)
        keyring = Keyring(
            store=self.hub.store,
            vault=self.vault,
            clock=self.hub.clock,
            app=None,
            open_sender=lambda base_url, badge: AsgiSender(self.sandbox, base_url, badge),
        )

        def dial(found: Connection, given: bytes) -> Client:
            # What was typed on a card is sealed; the fixtures' own token is not.
            own = given == TOKEN.encode()
            return self.hub.dial(found, given) if own else dialler(keyring)(found, given)

        around = Surroundings(
            store=self.hub.store,
            clock=self.hub.clock,
            vault=self.vault,
            dial=dial,
            keyring=keyring,
            wake=self.wake,
            fetch=self.outdoors.fetch,
            fetch_keys=self.keys,
            base_url=BASE,
        )
        return build_web(settings, self.hub.store, self.hub.clock, around=around)

    async def state(self, op: str, parameters: dict[str, str], *, age_s: int, sub: str) -> str:
        """A button as the hub's own signer makes it."""
        found = await self.hub.store.read(keys)
        number = parameters.get("d") or parameters.get("a")
        kind = "deal" if "d" in parameters else "activity" if "a" in parameters else ""
        if number is None and op in {"activity_create", "refresh"}:
            number, kind = _PERSON, "person"
        state = ButtonState(
            op=op,
            connection=1,
            kind=kind,
            record=number or "",
            address="ann@acme.test",
            user=f"google https://accounts.google.com {sub}",
            message=_MESSAGE,
            at_s=int(self.hub.clock.now().timestamp()) - age_s,
            nonce=f"nonce-{op}-{age_s}-{sub}-0123456789",
        )
        return sealed(state, self.vault.open(found[0]))


@asynccontextmanager
async def theatre(folder: Path, seed: dict[str, Any], *, mirrored: bool) -> AsyncGenerator[Theatre]:
    """A hub as section 2 says, its Clock at `now`."""
    clock = ManualClock(datetime.fromisoformat(seed["now"]))
    sandbox = new_sandbox(clock)
    load_seed(sandbox, seed, token=TOKEN)
    (told,) = seed["hub"]["connections"]
    kinds = tuple(RecordKind) if mirrored else ()
    async with open_hub(folder, clock=clock) as hub:
        base = f"{told['company_domain']}"
        await hub.connect(sandbox, name=base, mappings=lambda _: [], mirrored=kinds)
        await _people(hub, seed)
        if mirrored:
            await hub.run_until_idle()
        yield Theatre(folder, hub, sandbox, seed)


async def _people(hub: Hub, seed: dict[str, Any]) -> None:
    now_ms = to_ms(hub.clock.now())
    for one in seed["hub"]["users"]:
        google = one["google"]

        def add(db: Any, one: dict[str, Any] = one, google: dict[str, Any] = google) -> None:
            email = google["email"]
            user = people.add_user(
                db, email=email, name=one["name"], role=Role.MEMBER, now_ms=now_ms
            )
            who = cards.GoogleUser(issuer=google["iss"], subject=google["sub"], email=email)
            cards.link_google(db, who, user_id=user.id, now_ms=now_ms)
            chosen = cards.CardReader(locale=one["locale"] or "", zone=one["time_zone"] or "")
            cards.set_reader(db, user.id, chosen=chosen, now_ms=now_ms)

        await hub.store.write(add)


async def play(
    fixture: Fixture, folder: Path, seed: dict[str, Any], *, mirrored: bool = False
) -> Played:
    """Post a fixture, and wait until the hub is idle."""
    async with theatre(folder, seed, mirrored=mirrored) as stage:
        event: Any = msgspec.json.decode(fixture.body)
        stage.outdoors.reply = fixture.entry.gmail_reply
        stage.outdoors.message_id = _message_id(event)
        app = stage.app()
        await _know_signer(app, stage)
        body, headers, tokens = await _request(fixture, stage, event)
        before = len(stage.sandbox.calls)
        with capture_logs() as logs:
            client = add_on(app)
            async with client, app.pages.router.lifespan_context(app.pages):
                path = fixture.entry.path
                sent = client.post(path, content=body, headers=headers)
                answer = await stage.hub.pumped(sent)
                await _rest(stage)
                calls = list(stage.sandbox.calls[before:])
                made = await stage.hub.store.read(
                    lambda db: find_deliveries(db, DeliveryFilter(), limit=100)
                )
                page = await _page(fixture.entry, stage, client, event)
        return Played(
            fixture=fixture,
            seed=seed,
            sandbox=stage.sandbox,
            now=stage.hub.clock.now(),
            event=msgspec.json.decode(body),
            answer=answer,
            outdoors=stage.outdoors,
            calls=calls,
            deliveries=len(made),
            logged=str(logs),
            tokens=tokens,
            page=page,
        )


async def _know_signer(app: Any, stage: Theatre) -> None:
    """Have the hub make its key for buttons, as its first card does."""
    from dealwright.pipeline.cardkey import CardKeys  # noqa: PLC0415

    assert app is not None
    own = CardKeys(stage.hub.store, stage.vault, stage.hub.clock)
    await own.signer(user="nobody")


async def _rest(stage: Theatre) -> None:
    while stage.tasks:
        await stage.hub.pumped(_all(stage.tasks))


async def _all(tasks: set[asyncio.Task[Any]]) -> None:
    await asyncio.gather(*tasks)


def _message_id(event: Any) -> str:
    gmail = event.get("gmail") if isinstance(event, dict) else None
    found = gmail.get("messageId", "") if isinstance(gmail, dict) else ""
    return found if isinstance(found, str) else ""


async def _request(
    fixture: Fixture, stage: Theatre, event: Any
) -> tuple[str, dict[str, str], tuple[str, ...]]:
    """The body, the headers, and the secrets of a request."""
    entry, now = fixture.entry, int(stage.hub.clock.now().timestamp())
    system, user = mint(entry.system, entry.path, now), mint(entry.user, entry.path, now)
    inside = system if entry.system_body is None else mint(entry.system_body, entry.path, now)
    filled = {"{{SYSTEM}}": inside, "{{USER}}": user, "{{OAUTH}}": OAUTH, "{{GMAIL}}": GMAIL}
    parameters = _parameters(event)
    op = parameters.get("op", "")
    filled["{{STATE}}"] = await stage.state(op, parameters, age_s=0, sub=_REP)
    filled["{{STATE_EXPIRED}}"] = await stage.state(op, parameters, age_s=25 * 3600, sub=_REP)
    filled["{{STATE_OTHER_USER}}"] = await stage.state(op, parameters, age_s=0, sub=_COLLEAGUE)
    body, authorization = fixture.body, entry.authorization
    for name, value in filled.items():
        body = body.replace(name, value)
        if authorization is not None:
            own = system if name == "{{SYSTEM}}" else value
            authorization = authorization.replace(name, own)
    headers = {"content-type": "application/json"}
    if authorization is not None:
        headers["authorization"] = authorization
    return body, headers, (system, inside, user, OAUTH, GMAIL)


def _parameters(event: Any) -> dict[str, str]:
    common = event.get("commonEventObject") if isinstance(event, dict) else None
    found = common.get("parameters") if isinstance(common, dict) else None
    return {k: v for k, v in (found or {}).items() if isinstance(v, str)}


async def _page(entry: Entry, stage: Theatre, client: httpx2.AsyncClient, event: Any) -> str:
    """The same card as a web page, for the direction that it runs in."""
    if entry.expect.rtl is None:
        return ""
    headers = await signed_in(stage.hub.store, stage.hub.clock, Role.MEMBER, email="rep@hub.test")
    locale = event["commonEventObject"].get("userLocale")
    if locale:
        headers["accept-language"] = locale
    url = httpx2.URL("/card", params={"email": entry.expect.lookup})
    got = await stage.hub.pumped(client.get(url, headers=headers))
    assert got.status_code == 200, got.text[:300]
    return got.text

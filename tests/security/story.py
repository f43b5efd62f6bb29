"""The story that the canaries live through: everything that takes a secret, and all that fails."""

import json
import re
import secrets
import sqlite3
import subprocess
import sys
from collections.abc import Generator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
from pyotp.totp import TOTP
from standardwebhooks import Webhook
from tests.security.world import (
    API_TOKEN,
    APP_SECRET,
    METRICS_TOKEN,
    MODEL_KEY,
    PATIENCE_S,
    World,
    now_s,
    soon,
)
from tests.web.provider import CLIENT_SECRET

from dealwright.core.people import Role
from dealwright.store.key_file import KeyFile

PASSWORD = "correct-horse-canary-9f3e"
HOOK_SECRET = "whsec_Y2FuYXJ5LWNhbmFyeS1jYW5hcnktY2FuYXJ5ISE="
OIDC_CODE = "oidc-code-canary-77aa"
DATABASE_PASSWORD = "database-canary-41d7"
EMAIL = "ada@hub.example"


@dataclass(kw_only=True)
class Cast:
    """Who may what in the story: keys by role, the owner's cookies, the Source's write key."""

    write_key: str
    keys: dict[Role, str] = field(default_factory=dict[Role, str])
    cookie: dict[str, str] = field(default_factory=dict[str, str])


def set_up(world: World) -> Cast:
    """An operator sets the hub up by commands; every secret of theirs is a canary."""
    keep = world.canaries.keep
    keep("API token", API_TOKEN)
    keep("OAuth client secret", APP_SECRET)
    keep("OIDC client secret", CLIENT_SECRET)
    keep("metrics token", METRICS_TOKEN)
    keep("language model's key", MODEL_KEY)
    source, *keys = world.told("sources add website", *(f"keys add {r} --role {r}" for r in Role))
    cast = Cast(write_key=source["write_key"])
    cast.keys = {Role(made["role"]): made["key"] for made in keys}
    keep("write key", cast.write_key)
    keep("secret key", *(k.reveal() for k in KeyFile(world.data / "secret.key").read()))
    keep("webhook secret", HOOK_SECRET, HOOK_SECRET.removeprefix("whsec_"))
    keep("API key", *cast.keys.values())
    world.run(
        f"sources add shop --kind standard-webhooks --secret {HOOK_SECRET}",
        f"connect --url {world.sandbox_url} --name by-token --deliver",
    )
    return cast


# -- people


def sign_in(world: World, cast: Cast) -> None:
    """The first owner chooses a password and a second factor, and signs in in every way."""
    link = world.told("users setup-link")[0]["link"]
    token = urlsplit(link).fragment.rpartition("=")[2] or urlsplit(link).fragment
    world.canaries.keep("set-up link", token)
    world.canaries.keep("password", PASSWORD)
    given = {"token": token, "password": PASSWORD, "email": EMAIL, "name": "Ada"}
    cast.cookie = _begun(
        world, world.answer("POST", "/api/v1/session/set-up", json=given, **_own(world), shown=True)
    )
    offer = _post(world, cast, "/session/totp", {"password": PASSWORD})
    world.canaries.keep("TOTP secret", offer["secret"])
    code = TOTP(offer["secret"]).now()
    codes = _post(world, cast, "/session/totp/confirm", {"code": code})["recovery_codes"]
    world.canaries.keep("recovery code", *codes)
    given = {"email": EMAIL, "password": PASSWORD}
    half = _begun(
        world, world.answer("POST", "/api/v1/session", json=given, **_own(world), shown=True)
    )
    for used in (f"{codes[0]}x", codes[0]):
        answer = world.answer(
            "POST", "/api/v1/session/second-factor", json={"code": used}, headers=half, shown=True
        )
    cast.cookie = _begun(world, answer)


def sign_in_by_openid(world: World) -> None:
    """The same person comes by the company's provider; the code comes to nothing at first."""
    for code in (f"{OIDC_CODE}x", OIDC_CODE):
        left = world.answer("GET", "/auth/oidc", shown=True)
        query = world.provider.consent(left.headers["location"], code)
        bond = {"cookie": left.headers["set-cookie"].partition(";")[0]}
        world.canaries.keep("OIDC bond", bond["cookie"].partition("=")[2])
        world.canaries.keep("OIDC code", OIDC_CODE)
        world.answer("GET", f"/auth/oidc/callback?{query}", headers=bond)
    world.canaries.keep("OIDC verifier", *(form["code_verifier"] for form in world.provider.forms))


def _own(world: World) -> dict[str, Any]:
    return {"headers": {"origin": world.url}}


def _begun(world: World, answer: httpx2.Response) -> dict[str, str]:
    assert answer.status_code == 200, answer.text
    cookie = answer.headers["set-cookie"].partition(";")[0]
    token = answer.json()["csrf_token"]
    world.canaries.keep("session cookie", cookie.partition("=")[2])
    world.canaries.keep("CSRF token", token)
    return {"cookie": cookie, "x-csrf-token": token, "origin": world.url}


def _post(world: World, cast: Cast, path: str, body: Any, **headers: str) -> dict[str, Any]:
    """Ask for something that shows a secret this once."""
    answer = world.answer(
        "POST", f"/api/v1{path}", json=body, headers=cast.cookie | headers, shown=True
    )
    assert answer.status_code < 300, answer.text
    told: dict[str, Any] = answer.json()
    return told


# -- the account


def sign_in_at_pipedrive(world: World) -> None:
    """Somebody allows the app, and the hub learns tokens; then they are renewed."""
    command = [sys.executable, "-m", "dealwright", "connect", "--oauth", "--yes", "--no-open"]
    command += ["--url", world.sandbox_url, "--name", "by-oauth", "--deliver"]
    with subprocess.Popen(
        command,
        env=world.environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        assert process.stdout is not None
        lines = [next(line for line in process.stdout if "/oauth/authorize" in line)]
        url = re.search(r"http://\S+", lines[0])
        assert url is not None
        back = _decided(world, url.group())
        code = parse_qs(urlsplit(back).query)["code"][0]
        world.canaries.keep("OAuth code", code)
        world.hear("answers", httpx2.get(back, timeout=PATIENCE_S).content)
        lines += process.stdout.readlines()
    world.hear("commands", *(line.encode() for line in lines))
    assert "by-oauth" in "".join(lines), lines
    keep_grants(world)


def _decided(world: World, url: str) -> str:
    asked = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
    form = {**asked, "account": f"{world.sandbox.world.default_company.id}:1", "decision": "allow"}
    return httpx2.post(f"{world.sandbox_url}/oauth/authorize", data=form).headers["location"]


def keep_grants(world: World) -> None:
    """What the account has given out so far."""
    for grant in world.sandbox.world.default_company.grants.values():
        world.canaries.keep("OAuth refresh token", grant.id)
        if grant.access:
            world.canaries.keep("OAuth access token", *(one.token for one in grant.access))


def keep_webhooks(world: World) -> None:
    """What the hub told the account to come in with."""
    company = world.sandbox.world.default_company
    soon(lambda: len(list(company.webhooks.values())) >= 1)
    for one in company.webhooks.values():
        world.canaries.keep("webhook password", one.http_auth_password or "")
        world.canaries.keep("webhook path", one.subscription_url.rpartition("/")[2])


# -- what comes in


def events(world: World, cast: Cast, token: str) -> None:
    """Events are sent and written, and fail in every way that an account has.

    Its errors repeat the `token` that they were asked with.
    """
    fail = world.sandbox.add_fault
    echo = {"success": False, "error": f"Invalid token {token}", "error_info": token}
    fail(method="POST", path="/api/v2/persons", status=400, times=1, body=echo)
    fail(method="POST", path="/api/v2/persons", status=500, times=1, raw=f"<b>{token}</b>")
    fail(path="/api/", reset=True, times=1)
    before = len(world.sandbox.records("persons"))
    for n in range(6):
        send(world, cast, before + n)
    soon(lambda: len(world.sandbox.records("persons")) > before)
    keep_grants(world)


def renewed(world: World, cast: Cast) -> None:
    """The account refuses a token before its time; the hub gets another one and goes on."""
    before = access_token(world)
    world.sandbox.add_fault(path="/api/", status=401, times=1)
    send(world, cast, 40)
    soon(lambda: access_token(world) != before)
    keep_grants(world)


def access_token(world: World) -> str:
    """What the hub signs in with at present, at the account that somebody allowed."""
    (grant,) = world.sandbox.world.default_company.grants.values()
    return grant.access[-1].token


def send(world: World, cast: Cast, number: int) -> None:
    """One person, by the write key."""
    event = {"userId": f"u-{number}", "traits": {"email": f"u{number}@x.example"}}
    world.answer("POST", "/v1/identify", json=event, auth=(cast.write_key, ""))


#: What somebody said in a meeting: it stands in the database, and in no log, figure or span.
SAID = "we sell the old harbour in spring"


def meetings(world: World, cast: Cast) -> str:
    """A meeting is told of and searched, and its recording is kept; its id."""
    data = {
        "id": "m-1",
        "title": "Harbour",
        "started_at": "2026-11-22T08:00:00Z",
        "participants": [{"email": "ada@love.example"}],
        "transcript": {"segments": [{"start": 1, "end": 4, "speaker": "Ada", "text": SAID}]},
    }
    body = {"type": "meeting.completed", "timestamp": "2026-11-22T09:00:00Z", "data": data}
    told = _post(world, cast, "/meetings", body)
    place = f"/meetings/{told['meeting_id']}"
    soon(lambda: world.answer("GET", f"/api/v1{place}", headers=cast.cookie).status_code == 200)
    recording = f"ID3 recorded {secrets.token_hex(24)}"
    world.canaries.keep("recording", recording)
    answer = world.answer(
        "POST",
        f"/api/v1{place}/recordings?name=call.mp3",
        content=recording.encode(),
        headers=cast.cookie,
    )
    assert answer.status_code == 201, answer.text
    world.answer("GET", f"/api/v1{place}/support", headers=cast.cookie)
    world.run(f"meeting show {told['meeting_id']}", f"meeting support {told['meeting_id']}")
    meeting: str = told["meeting_id"]
    return meeting


def hooks(world: World, cast: Cast) -> None:
    """Messages at the doors, with the right secrets and with others."""
    body = json.dumps({"type": "invoice.paid", "data": {"userId": "u-1"}})
    at = datetime.fromtimestamp(now_s(), UTC)
    right = Webhook(HOOK_SECRET).sign("msg_1", at, body)
    for signature in (right, f"v1,{HOOK_SECRET}"):
        headers = {
            "webhook-id": "msg_1",
            "webhook-timestamp": str(now_s()),
            "webhook-signature": signature,
        }
        world.answer("POST", "/hooks/events/standard-webhooks/2", content=body, headers=headers)
    for one in world.sandbox.world.default_company.webhooks.values():
        path = urlsplit(one.subscription_url).path
        for password in (one.http_auth_password or "", "wrong"):
            auth = (one.http_auth_user or "", password)
            world.answer("POST", path, content=b'{"meta":{}}', auth=auth)
        world.answer("GET", path)
        world.answer("POST", f"{path}x", content=b"{}")
    world.answer("POST", "/v1/batch", content=b"{", auth=(cast.write_key, ""))
    world.answer("POST", "/v1/identify", json={"writeKey": cast.write_key, "userId": 7})


def in_the_wrong_places(world: World, cast: Cast) -> None:
    """Secrets where they do not belong: in addresses, in fields of another type, in odd headers."""
    key = cast.keys[Role.ADMIN]
    bearer = {"authorization": f"Bearer {key}"}
    for path in ("/api/v1/connections", "/v1/batch", "/livez", "/nowhere", f"/{key}"):
        world.answer("GET", f"{path}?token={API_TOKEN}&writeKey={cast.write_key}&key={key}")
    world.answer("GET", f"/api/v1/events?limit={key}", headers=bearer, shown=True)
    for body in (
        {"email": [PASSWORD], "password": 7},
        {"password": {"is": PASSWORD}},
        {"email": EMAIL, "password": f"{PASSWORD}!"},
    ):
        world.answer("POST", "/api/v1/session", json=body, **_own(world))
    for path in ("/session/set-up", "/keys", "/sources", "/connections", "/session/totp"):
        wrong = {"token": {"is": API_TOKEN}, "password": [PASSWORD], "secret": APP_SECRET}
        for who in (bearer, cast.cookie):
            world.answer("POST", f"/api/v1{path}", json=wrong, headers=who)
    given = {"url": world.sandbox_url, "token": "wrong" + API_TOKEN, "name": "x", "plan": "lite"}
    world.answer("POST", "/api/v1/connections", json=given, headers=bearer)
    world.answer("GET", "/api/v1/health", headers={"authorization": f"Basic {key}"})
    world.answer("GET", "/api/v1/health", headers={"authorization": f"Bearer {key}x"})


def repeated(world: World, cast: Cast) -> None:
    """A key is made by a request that comes twice."""
    body = {"name": "ci", "role": "viewer"}
    for _ in range(2):
        made = _post(world, cast, "/keys", body, **{"idempotency-key": "once"})
        world.canaries.keep("API key", made["key"])


def told_back(world: World) -> None:
    """The account refuses a webhook, and repeats all that it was asked with."""
    (one,) = world.sandbox.world.default_company.webhooks.values()
    token = {"x-api-token": API_TOKEN}
    httpx2.delete(f"{world.sandbox_url}/api/v1/webhooks/{one.id}", headers=token)
    echo = f"{one.subscription_url} {one.http_auth_password}"
    said = {"success": False, "error": echo, "error_info": echo}
    world.sandbox.add_fault(method="POST", path="webhooks", status=400, times=1, body=said)
    world.run("webhooks on", "webhooks status --json", "webhooks on")


# -- what breaks


def without_a_database(world: World) -> None:
    """The database is not there, or is none; its address holds a password."""
    world.canaries.keep("database password", DATABASE_PASSWORD)
    for scheme in ("postgresql", "mysql"):
        url = f"{scheme}://hub:{DATABASE_PASSWORD}@127.0.0.1:1/hub"
        world.run(
            *("doctor", "connections list", "db status", "serve --role web", "backup x.db"),
            DEALWRIGHT_DATABASE_URL=url,
        )


def broken(world: World, cast: Cast, damages: Sequence[tuple[str, str]]) -> None:
    """Defects and outages inside the hub, while requests with secrets come."""
    everything = (
        lambda: world.answer("GET", "/api/v1/connections", headers=cast.cookie),
        lambda: world.answer(
            "POST", "/api/v1/session", json={"email": EMAIL, "password": PASSWORD}, **_own(world)
        ),
        lambda: world.answer(
            "GET", "/api/v1/keys", headers={"authorization": f"Bearer {cast.keys[Role.OWNER]}"}
        ),
        lambda: send(world, cast, 99),
        lambda: hooks(world, cast),
        lambda: world.run("users list", "sources list", "webhooks status", "doctor"),
    )
    for damage, mend in damages:
        with _damaged(world, damage, mend):
            for ask in everything:
                ask()


#: A row that makes no sense is a defect (500), a table that is gone an outage (503).
DAMAGES = (
    ("UPDATE users SET role = 'emperor'", "UPDATE users SET role = 'owner'"),
    ("UPDATE api_keys SET role = 'x' || role", "UPDATE api_keys SET role = substr(role, 2)"),
    (
        "UPDATE event_hooks SET sealed = CAST('x' || sealed AS BLOB)",
        "UPDATE event_hooks SET sealed = substr(sealed, 2)",
    ),
    ("ALTER TABLE webhooks RENAME TO gone", "ALTER TABLE gone RENAME TO webhooks"),
    ("ALTER TABLE sessions RENAME TO gone", "ALTER TABLE gone RENAME TO sessions"),
    ("ALTER TABLE write_keys RENAME TO gone", "ALTER TABLE gone RENAME TO write_keys"),
)


@contextmanager
def _damaged(world: World, damage: str, mend: str) -> Generator[None]:
    _do(world, damage)
    try:
        yield
    finally:
        _do(world, mend)


def _do(world: World, statement: str) -> None:
    path = world.data / "dealwright.db"
    with closing(sqlite3.connect(path, timeout=30, isolation_level=None)) as database:
        database.execute("PRAGMA foreign_keys = OFF")
        database.execute(statement)

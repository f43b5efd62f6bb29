"""The callback of OAuth, as browsers and Pipedrive call it."""

import base64
from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest
from starlette.applications import Starlette
from tests.clock import ManualClock
from tests.fresh import fresh_store
from tests.oauth import APP, Office, oauth_sandbox

from dealwright.pipedrive.oauth import CALLBACK
from dealwright.pipeline.parting import uninstalled
from dealwright.pipeline.signin import Arrival, SignIns
from dealwright.store.connections import ConnectionState, connection
from dealwright.web.oauth import COOKIE, Callback, routes


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
async def office(tmp_path: Path, clock: ManualClock) -> AsyncIterator[Office]:
    store = fresh_store(tmp_path)
    yield Office(store=store, sandbox=oauth_sandbox(clock), clock=clock)
    store.close()


@pytest.fixture
async def door(office: Office) -> AsyncIterator[httpx2.AsyncClient]:
    keyring = office.keyring()

    async def come_back(state: str, code: str, error: str, cookie: str) -> Arrival:
        return await SignIns(keyring).come_back(state, code=code, error=error, browser=cookie)

    async def gone(pair: bytes, body: bytes) -> int:
        return await uninstalled(keyring, pair=pair, body=body)

    app = Starlette(routes=routes(Callback(come_back=come_back, uninstalled=gone)))
    transport = httpx2.ASGITransport(app=app)
    async with httpx2.AsyncClient(transport=transport, base_url="https://hub.example") as client:
        yield client


def basic(secret: str) -> dict[str, str]:
    pair = base64.b64encode(f"{APP.client_id}:{secret}".encode()).decode()
    return {"authorization": f"Basic {pair}"}


async def test_whoever_comes_back_sees_whose_account_it_is(
    office: Office, door: httpx2.AsyncClient
) -> None:
    answer = await door.get(CALLBACK, params=await office.decided(await office.sent()))

    assert (answer.status_code, "Sandbox Ltd" in answer.text) == (200, True)


async def test_who_only_looks_does_not_use_the_state_up(
    office: Office, door: httpx2.AsyncClient
) -> None:
    params = await office.decided(await office.sent())
    await door.head(CALLBACK, params=params)

    assert (await door.get(CALLBACK, params=params)).status_code == 200


async def test_the_page_runs_no_script_and_tells_the_address_to_nobody(
    office: Office, door: httpx2.AsyncClient
) -> None:
    answer = await door.get(CALLBACK, params=await office.decided(await office.sent()))

    assert answer.headers["content-security-policy"].startswith("default-src 'none'")
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["cache-control"] == "no-store"


async def test_a_company_with_a_hostile_name_is_escaped(
    office: Office, door: httpx2.AsyncClient
) -> None:
    office.sandbox.world.default_company.name = "<script>alert(1)</script>"
    answer = await door.get(CALLBACK, params=await office.decided(await office.sent()))

    assert "<script" not in answer.text


async def test_denied_consent_is_told(office: Office, door: httpx2.AsyncClient) -> None:
    params = await office.decided(await office.sent(), "deny")
    answer = await door.get(CALLBACK, params=params)

    assert (answer.status_code, "was not allowed" in answer.text) == (400, True)


async def test_another_browser_is_not_let_in(office: Office, door: httpx2.AsyncClient) -> None:
    params = await office.decided(await office.sent(browser="mine"))
    another = await door.get(CALLBACK, params=params)
    mine = await door.get(CALLBACK, params=params, headers={"cookie": f"{COOKIE}=mine"})

    assert (another.status_code, mine.status_code) == (400, 200)


@pytest.mark.parametrize(
    "query", ["", "?state=", "?state=x&code=y", "?code=x", f"?state={'s' * 3000}", "?error=<b>"]
)
async def test_a_callback_that_nobody_began_stores_nothing(
    door: httpx2.AsyncClient, query: str
) -> None:
    assert (await door.get(CALLBACK + query)).status_code == 400


async def test_an_uninstall_wipes_the_tokens(office: Office, door: httpx2.AsyncClient) -> None:
    made = await office.connected()
    told = {"client_id": "hub", "company_id": made.company_id, "user_id": made.user_id}
    headers = basic(APP.secret.reveal())
    answer = await door.request("DELETE", CALLBACK, json=told, headers=headers)

    assert (answer.status_code, answer.json()["wiped"]) == (200, 1)
    found = await office.store.read(lambda db: connection(db, made.id))
    assert found.state is ConnectionState.REAUTH


async def test_an_uninstall_without_the_secret_is_refused(
    office: Office, door: httpx2.AsyncClient
) -> None:
    made = await office.connected()
    told = {"client_id": "hub", "company_id": made.company_id, "user_id": made.user_id}
    answers = [
        await door.request("DELETE", CALLBACK, json=told, headers=headers)
        for headers in ({}, basic("guess"), {"authorization": "Basic !"})
    ]

    assert [answer.status_code for answer in answers] == [401, 401, 401]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b'{"client_id":"hub"}',
        b'{"client_id":"hub","company_id":"1","user_id":2}',
        b'{"client_id":"other","company_id":1,"user_id":2}',
        b"x" * 20_000,
    ],
)
async def test_what_is_no_uninstall_is_refused(door: httpx2.AsyncClient, body: bytes) -> None:
    headers = basic(APP.secret.reveal())
    answer = await door.request("DELETE", CALLBACK, content=body, headers=headers)

    assert (answer.status_code, answer.json()["code"]) == (400, "uninstall_unreadable")

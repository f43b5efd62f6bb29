"""How often one may ask, and who is believed to say who asks."""

import asyncio
import ipaddress
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from tests.cards.google import add_on
from tests.cards.runner.tokens import BASE, PROJECT
from tests.clock import ManualClock
from tests.security.webside import PUBLIC, WebSide, web_side
from tests.web.door import TRACK, Door, open_door

from dealwright.core.clock import to_ms
from dealwright.core.people import Role
from dealwright.store.api_keys import create_api_key, new_api_key
from dealwright.web.addon.paths import CALLED, LINK_PATH, PREFIX
from dealwright.web.app import WebOptions
from dealwright.web.limits import Buckets, Rates, TooManyRequests
from dealwright.web.proxies import Proxies

pytestmark = pytest.mark.security

PROXY, CLIENT = "10.0.0.2", "203.0.113.9"
ADD_ON = {"public_url": BASE, "google_project_number": PROJECT, "google_client_id": "x"}
TRUSTED = [ipaddress.ip_network("10.0.0.0/24"), ipaddress.ip_network("fd00::/64")]


# -- buckets


def test_a_bucket_gives_twice_a_second_at_once_and_then_its_rate() -> None:
    clock = ManualClock()
    buckets = Buckets(clock, whose="source", per_s=5)
    for _ in range(10):
        buckets.take(1)
    with pytest.raises(TooManyRequests) as refused:
        buckets.take(1)
    assert refused.value.retry_after_s == 1

    clock.advance(0.2)
    buckets.take(1)
    with pytest.raises(TooManyRequests):
        buckets.take(1)


def test_one_bucket_takes_nothing_from_another() -> None:
    buckets = Buckets(ManualClock(), whose="source", per_s=1)
    buckets.take(1)
    buckets.take(1)
    buckets.take(2)
    with pytest.raises(TooManyRequests):
        buckets.take(1)


def test_a_rate_of_nothing_is_no_limit() -> None:
    buckets = Buckets(ManualClock(), whose="source", per_s=0)
    for _ in range(1_000):
        buckets.take(1)


def test_however_many_ask_no_more_than_ten_thousand_are_remembered() -> None:
    clock = ManualClock()
    buckets = Buckets(clock, whose="address", per_s=1)
    for number in range(15_000):
        clock.advance(0.001)
        buckets.take(number)
    assert len(buckets._buckets) <= 10_000


# -- doors of senders


@pytest.fixture
async def door() -> AsyncIterator[Door]:
    async with open_door(WebOptions(rates=Rates(per_source=2, per_address=3))) as door:
        yield door


async def test_a_source_that_sends_too_often_is_told_when_to_come_back(door: Door) -> None:
    answers = [await door.send("/v1/track", TRACK) for _ in range(5)]

    assert [answer.status_code for answer in answers] == [200, 200, 200, 200, 429]
    refused = answers[-1]
    assert refused.json()["code"] == "too_many_requests"
    assert refused.headers["retry-after"] == "1"
    assert refused.headers["ratelimit"] == '"source";r=0;t=1'
    assert refused.headers["ratelimit-policy"] == '"source";q=2;w=1'
    assert len(door.log.events) == 4

    door.clock.advance(1)
    assert (await door.send("/v1/track", TRACK)).status_code == 200


async def test_a_batch_counts_once(door: Door) -> None:
    batch = {"batch": [TRACK | {"type": "track"}] * 100}
    answers = [await door.send("/v1/batch", batch) for _ in range(5)]

    assert [answer.status_code for answer in answers] == [200, 200, 200, 200, 429]


async def test_who_guesses_write_keys_is_kept_out_and_who_has_one_is_not(door: Door) -> None:
    async def guess() -> int:
        return (await door.send("/v1/track", TRACK, authorization="Basic eDo=")).status_code

    assert set(await asyncio.gather(*(guess() for _ in range(12)))) == {401}
    assert await guess() == 429
    assert (await door.send("/v1/track", TRACK)).status_code == 200

    door.clock.advance(1)
    assert await guess() == 401


# -- pages and API


async def api_key(side: WebSide, role: Role = Role.OWNER) -> str:
    key = new_api_key()
    now_ms = to_ms(side.clock.now())
    await side.store.write(
        lambda db: create_api_key(db, "k", role=role, key=key, made_by="cli", now_ms=now_ms)
    )
    return key


async def test_a_key_that_asks_too_often_gets_a_problem(tmp_path: Path) -> None:
    async with web_side(tmp_path, api_rate=2) as side:
        key = await api_key(side)
        async with side.client(authorization=f"Bearer {key}") as client:
            answers = [await client.get("/api/v1/sources") for _ in range(5)]

    assert [answer.status_code for answer in answers] == [200, 200, 200, 200, 429]
    assert answers[0].headers["ratelimit"] == '"key-or-person";r=3;t=0'
    assert answers[-1].headers["content-type"] == "application/problem+json"
    assert answers[-1].json()["code"] == "too_many_requests"
    assert answers[-1].headers["retry-after"] == "1"


async def test_an_address_that_asks_too_often_gets_a_problem(tmp_path: Path) -> None:
    async with web_side(tmp_path, address_rate=2) as side, side.client(peer=CLIENT) as client:
        answers = [await client.get("/api/v1/sources") for _ in range(5)]
        alive = await client.get("/livez")
        async with side.client(peer="203.0.113.10") as other:
            elsewhere = await other.get("/api/v1/sources")

    assert [answer.status_code for answer in answers] == [403, 403, 403, 403, 429]
    assert answers[-1].headers["ratelimit"] == '"address";r=0;t=1'
    assert (alive.status_code, elsewhere.status_code) == (200, 403)


async def test_google_asks_for_many_from_one_address_and_is_never_told_to_wait(
    tmp_path: Path,
) -> None:
    async with web_side(tmp_path, address_rate=2, **ADD_ON) as side, add_on(side.app) as google:
        called = [await google.post(path, json={}) for path in sorted(CALLED) * 3]
        people = [await google.get(LINK_PATH) for _ in range(5)]

    assert [answer.status_code for answer in called] == [401] * 15
    assert people[-1].status_code == 429


async def test_every_path_that_google_calls_is_known_as_such(tmp_path: Path) -> None:
    async with web_side(tmp_path, **ADD_ON) as side:
        paths = {getattr(route, "path", "") for route in side.app.pages.routes}

    assert {path for path in paths if path.startswith(PREFIX)} == CALLED | {LINK_PATH}


async def test_one_house_of_ipv6_has_one_bucket(tmp_path: Path) -> None:
    async with web_side(tmp_path, address_rate=2) as side:
        statuses: list[int] = []
        for number in range(5):
            async with side.client(peer=f"2001:db8:0:1::{number}") as client:
                statuses.append((await client.get("/")).status_code)

    assert statuses == [200, 200, 200, 200, 429]


# -- proxies


def seen(peer: str, headers: list[tuple[bytes, bytes]]) -> tuple[str, str]:
    scope: dict[str, Any] = {"scheme": "http", "client": (peer, 1), "headers": headers}
    found = Proxies(TRUSTED).seen(scope)
    return found["client"][0], found["scheme"]


@pytest.mark.parametrize(
    ("peer", "chain", "client"),
    [
        (PROXY, CLIENT, CLIENT),
        (PROXY, f"1.2.3.4, {CLIENT}", CLIENT),
        (PROXY, f"1.2.3.4, {CLIENT}, 10.0.0.3", CLIENT),
        (f"::ffff:{PROXY}", CLIENT, CLIENT),
        ("fd00::1", "[2001:db8::7], fd00::2", "2001:db8::7"),
        (PROXY, "10.0.0.3, 10.0.0.4", "10.0.0.3"),
        (PROXY, f"{CLIENT}, nonsense", PROXY),
        (PROXY, "", PROXY),
        (CLIENT, "127.0.0.1", CLIENT),
        ("", "127.0.0.1", ""),
    ],
)
def test_the_client_is_who_the_last_trusted_proxy_saw(peer: str, chain: str, client: str) -> None:
    assert seen(peer, [(b"x-forwarded-for", chain.encode())])[0] == client


@pytest.mark.parametrize(
    ("peer", "proto", "scheme"),
    [
        (PROXY, b"https", "https"),
        (PROXY, b"http, HTTPS ", "https"),
        (PROXY, b"ftp", "http"),
        (CLIENT, b"https", "http"),
    ],
)
def test_the_scheme_is_what_a_trusted_proxy_says(peer: str, proto: bytes, scheme: str) -> None:
    assert seen(peer, [(b"x-forwarded-proto", proto)])[1] == scheme


def test_a_header_that_comes_twice_is_one_list() -> None:
    headers = [(b"x-forwarded-for", b"127.0.0.1"), (b"x-forwarded-for", CLIENT.encode())]
    assert seen(PROXY, headers)[0] == CLIENT


async def test_nobody_lends_himself_an_address_without_a_trusted_proxy(tmp_path: Path) -> None:
    async with web_side(tmp_path, address_rate=1) as side:
        statuses: list[int] = []
        for number in range(3):
            headers = {"x_forwarded_for": f"203.0.113.{number}"}
            async with side.client(peer=CLIENT, **headers) as client:
                statuses.append((await client.get("/")).status_code)

    assert statuses == [200, 200, 429]


async def test_behind_a_trusted_proxy_each_client_is_counted_for_himself(tmp_path: Path) -> None:
    async with web_side(tmp_path, address_rate=1, trusted_proxies="10.0.0.0/24") as side:
        statuses: list[int] = []
        for number in range(3):
            headers = {"x_forwarded_for": f"203.0.113.{number}"}
            async with side.client(peer=PROXY, **headers) as client:
                statuses.append((await client.get("/")).status_code)

    assert statuses == [200, 200, 200]


async def failed_sign_in(side: WebSide, **headers: str) -> httpx2.Response:
    async with side.client(PUBLIC, PROXY, **headers) as client:
        body = {"email": "ada@hub.example", "password": "not the one that it is"}
        return await client.post("/api/v1/session", json=body, headers={"origin": PUBLIC})


async def test_tries_are_counted_by_the_clients_own_address(tmp_path: Path) -> None:
    async with web_side(tmp_path, public_url=PUBLIC, trusted_proxies=PROXY, address_rate=0) as side:
        answer = await failed_sign_in(side, x_forwarded_for=CLIENT)
        tries = await side.store.read(
            lambda db: db.exec_driver_sql("SELECT key FROM tries").scalars().all()
        )

    assert answer.status_code == 401
    assert any(CLIENT in str(key) for key in tries)

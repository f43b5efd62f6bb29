"""Signing in and out: what works, and what everybody tries who has no business here."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.web.people import PASSWORD, Browser, House, everything_in, open_house

from dealwright.core.people import CLI, Role
from dealwright.pipeline import people as rules

EMAIL = "ada@hub.example"
HOUR_S = 3600.0


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(tmp_path) as house:
        yield house


@pytest.fixture
async def ada(house: House) -> Browser:
    """The browser of somebody who has signed in."""
    await house.person()
    browser = house.browser()
    await browser.sign_in(EMAIL)
    return browser


async def test_a_password_opens_a_session(house: House) -> None:
    await house.person(Role.MEMBER)
    browser = house.browser()

    told = await browser.sign_in(EMAIL)
    assert (told["status"], told["stage"], told["user"]["role"]) == (200, "full", "member")
    assert await browser.role() == "member"


async def test_capitals_and_spaces_of_the_address_do_not_matter(house: House) -> None:
    await house.person()

    assert (await house.browser().sign_in("  ADA@Hub.Example "))["status"] == 200


async def test_the_cookie_is_for_https_this_host_and_no_script(house: House) -> None:
    await house.person()

    answer = await house.browser().raw("POST", "/session", {"email": EMAIL, "password": PASSWORD})
    name, _, rest = answer.headers["set-cookie"].partition("=")
    flags = {part.strip().lower() for part in rest.split(";")[1:]}
    assert name == "__Host-dealwright"
    assert {"secure", "httponly", "path=/", "samesite=lax"} <= flags
    assert not any(flag.startswith("domain") for flag in flags)


async def test_the_store_has_no_token_and_no_password(ada: Browser, tmp_path: Path) -> None:
    stored = everything_in(tmp_path)

    assert ada.token.encode() not in stored
    assert PASSWORD.encode() not in stored
    assert b"$argon2id$" in stored


@pytest.mark.parametrize(
    ("email", "password"),
    [(EMAIL, "wrong"), ("nobody@hub.example", PASSWORD), ("", ""), ("no address", PASSWORD)],
)
async def test_whatever_is_wrong_the_answer_is_the_same(
    house: House, email: str, password: str
) -> None:
    await house.person()

    told = await house.browser().sign_in(email, password)
    assert (told["status"], told["code"]) == (401, "wrong_credentials")
    assert told["detail"] == "The address or the password is not right."


async def test_who_was_only_invited_cannot_sign_in(house: House) -> None:
    await house.store.write(
        lambda db: rules.invite(db, CLI, email=EMAIL, name="", role=Role.ADMIN, now_ms=0)
    )

    assert (await house.browser().sign_in(EMAIL, ""))["status"] == 401


async def test_signing_out_ends_the_session_and_not_only_the_cookie(
    house: House, ada: Browser
) -> None:
    thief = house.browser()
    thief.client.cookies.set("__Host-dealwright", ada.token)
    before = await thief.role()
    await ada.send("DELETE", "/session")

    assert (before, await thief.role(), await ada.role()) == ("viewer", "", "")


async def test_a_token_that_was_slipped_in_is_not_the_one_that_signs_in(house: House) -> None:
    await house.person()
    await house.person(email="eve@hub.example")
    eve, victim = house.browser(), house.browser()
    await eve.sign_in("eve@hub.example")
    victim.client.cookies.set("__Host-dealwright", eve.token, domain="hub.example", path="/")
    await victim.sign_in(EMAIL)

    assert victim.token != eve.token
    assert await eve.role() == ""


async def test_a_session_that_is_not_used_is_over_after_twelve_hours(
    house: House, ada: Browser
) -> None:
    house.clock.advance(12 * HOUR_S)

    assert await ada.role() == ""


async def test_a_session_in_use_goes_on(house: House, ada: Browser) -> None:
    house.clock.advance(11 * HOUR_S)
    await ada.role()
    house.clock.advance(11 * HOUR_S)

    assert await ada.role() == "viewer"


async def test_every_session_is_over_after_a_week(house: House, ada: Browser) -> None:
    for _ in range(17):
        house.clock.advance(10 * HOUR_S)
        await ada.role()

    assert await ada.role() == ""


async def test_a_role_that_was_lowered_counts_at_once(house: House) -> None:
    await house.person(Role.OWNER, email="owner@hub.example")
    user = await house.person(Role.ADMIN)
    browser = house.browser()
    await browser.sign_in(EMAIL)
    before = (await browser.send("GET", "/users"))["status"]
    await house.store.write(
        lambda db: rules.change_role(db, CLI, user.id, role=Role.MEMBER, now_ms=0)
    )

    after = await browser.send("GET", "/users")
    assert (before, after["status"], after["code"]) == (200, 403, "role_too_low")


async def test_whoever_is_removed_is_out_at_once(house: House, ada: Browser) -> None:
    await house.store.write(lambda db: rules.remove(db, CLI, 1, now_ms=0))

    assert await ada.role() == ""


async def test_after_ten_wrong_passwords_the_right_one_has_to_wait(house: House) -> None:
    await house.person()
    for number in range(10):
        await house.browser(f"192.0.2.{number}").sign_in(EMAIL, "wrong")

    answer = await house.browser().raw("POST", "/session", {"email": EMAIL, "password": PASSWORD})
    assert answer.status_code == 429
    assert 0 < int(answer.headers["retry-after"]) <= 900


async def test_after_a_quarter_of_an_hour_it_may_be_tried_again(house: House) -> None:
    await house.person()
    for _ in range(11):
        await house.browser().sign_in(EMAIL, "wrong")
    house.clock.advance(900)

    assert (await house.browser().sign_in(EMAIL))["status"] == 200


async def test_an_address_without_an_account_is_blocked_alike(house: House) -> None:
    for _ in range(10):
        await house.browser().sign_in("nobody@hub.example", "wrong")

    assert (await house.browser().sign_in("nobody@hub.example"))["code"] == "too_many_tries"


async def test_one_address_cannot_try_all_accounts(house: House) -> None:
    await house.person()
    for number in range(50):
        await house.browser().sign_in(f"user-{number}@hub.example", "wrong")

    assert (await house.browser().sign_in(EMAIL))["status"] == 429
    assert (await house.browser("198.51.100.1").sign_in(EMAIL))["status"] == 200


async def test_the_addresses_of_one_ipv6_network_count_as_one(house: House) -> None:
    for number in range(50):
        await house.browser(f"2001:db8::{number + 1:x}").sign_in(f"u{number}@hub.example", "wrong")

    assert (await house.browser("2001:db8::ffff").sign_in(EMAIL))["status"] == 429


async def test_tries_at_once_are_all_counted(house: House) -> None:
    await house.person()
    browsers = [house.browser() for _ in range(20)]
    told = await asyncio.gather(*(one.sign_in(EMAIL, "wrong") for one in browsers))

    assert [one["status"] for one in told].count(401) == 10


async def test_an_office_behind_one_address_signs_in_as_often_as_it_likes(house: House) -> None:
    await house.person()
    told = [(await house.browser().sign_in(EMAIL))["status"] for _ in range(60)]

    assert set(told) == {200}


async def test_a_change_without_the_sessions_token_is_refused(ada: Browser) -> None:
    told = await ada.send("DELETE", "/session", x_csrf_token="")

    assert (told["status"], told["code"]) == (403, "cross_site")
    assert await ada.role() == "viewer"


async def test_the_token_of_another_session_is_none(house: House, ada: Browser) -> None:
    await house.person(email="eve@hub.example")
    eve = house.browser()
    await eve.sign_in("eve@hub.example")

    assert (await ada.send("DELETE", "/session", x_csrf_token=eve.csrf))["status"] == 403


@pytest.mark.parametrize(
    "header",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": "http://hub.example"},
        {"origin": "https://hub.example.evil.example"},
        {"sec_fetch_site": "cross-site"},
        {"sec_fetch_site": "same-site"},
    ],
)
async def test_what_another_sites_page_sends_is_refused(
    ada: Browser, header: dict[str, str]
) -> None:
    assert (await ada.send("DELETE", "/session", **header))["code"] == "cross_site"


async def test_another_site_cannot_sign_somebody_in(house: House) -> None:
    await house.person()
    body = {"email": EMAIL, "password": PASSWORD}

    told = await house.browser().send("POST", "/session", body, origin="https://evil.example")
    assert told["code"] == "cross_site"


async def test_a_form_of_another_site_is_no_json(house: House) -> None:
    await house.person()
    form = b'{"email":"ada@hub.example","password":"correct horse battery staple","x":"="}'

    answer = await house.browser().client.post(
        "/session", content=form, headers={"content-type": "text/plain"}
    )
    assert answer.status_code == 422


@pytest.mark.parametrize("base_url", ["http://hub.example", "http://192.0.2.9:8787"])
async def test_nobody_signs_in_where_others_can_read_along(tmp_path: Path, base_url: str) -> None:
    async with open_house(tmp_path, base_url) as house:
        await house.person()
        told = await house.browser(base_url=base_url).sign_in(EMAIL)

    assert (told["status"], told["code"]) == (403, "insecure_address")


@pytest.mark.parametrize("host", ["localhost:8787", "127.0.0.1:8787", "[::1]:8787"])
async def test_on_the_machine_itself_http_is_enough(tmp_path: Path, host: str) -> None:
    async with open_house(tmp_path, None) as house:
        await house.person()
        browser = house.browser("127.0.0.1", f"http://{host}")
        body = {"email": EMAIL, "password": PASSWORD}
        answer = await browser.raw("POST", "/session", body)

    cookie = answer.headers["set-cookie"].lower()
    assert cookie.startswith("dealwright=")
    assert ("secure" in cookie, "httponly" in cookie) == (False, True)


@pytest.mark.parametrize(
    ("peer", "host"),
    [("192.0.2.7", "localhost:8787"), ("127.0.0.1", "rebound.evil.example:8787")],
)
async def test_neither_a_name_nor_an_address_alone_makes_it_this_machine(
    tmp_path: Path, peer: str, host: str
) -> None:
    async with open_house(tmp_path, None) as house:
        await house.person()
        told = await house.browser(peer, f"http://{host}").sign_in(EMAIL)

    assert told["code"] == "insecure_address"


async def test_a_proxys_headers_are_not_believed(house: House) -> None:
    await house.person()
    headers = {"x_forwarded_proto": "https", "x_forwarded_host": "hub.example"}

    told = await house.browser(base_url="http://evil.example").send(
        "POST", "/session", {"email": EMAIL, "password": PASSWORD}, **headers
    )
    assert told["code"] == "insecure_address"


async def test_behind_a_proxy_that_ends_tls_the_cookie_is_secure(house: House) -> None:
    await house.person()
    browser = house.browser("127.0.0.1", "http://hub.example")
    answer = await browser.raw(
        "POST", "/session", {"email": EMAIL, "password": PASSWORD}, origin="https://hub.example"
    )

    assert answer.headers["set-cookie"].startswith("__Host-dealwright=")


async def test_one_sees_and_ends_ones_own_sessions(house: House, ada: Browser) -> None:
    other = house.browser()
    await other.sign_in(EMAIL)
    listed = (await ada.send("GET", "/sessions"))["items"]
    gone = next(one["id"] for one in listed if not one["present"])
    await ada.send("DELETE", f"/sessions/{gone}")

    assert (len(listed), await other.role(), await ada.role()) == (2, "", "viewer")


async def test_nobody_ends_the_session_of_somebody_else(house: House, ada: Browser) -> None:
    await house.person(Role.OWNER, email="owner@hub.example")
    owner = house.browser()
    await owner.sign_in("owner@hub.example")

    assert (await ada.send("DELETE", "/sessions/2"))["status"] == 404
    assert await owner.role() == "owner"


async def test_all_other_sessions_end_at_a_wish(house: House, ada: Browser) -> None:
    others = [house.browser(), house.browser()]
    for other in others:
        await other.sign_in(EMAIL)
    await ada.send("DELETE", "/sessions")

    assert [await other.role() for other in others] == ["", ""]
    assert await ada.role() == "viewer"


@pytest.mark.parametrize("token", ["", "x", "ä" * 40, "a" * 100_000, "' or 1=1 --"])
async def test_odd_cookies_are_nobodys(house: House, token: str) -> None:
    cookie = f"__Host-dealwright={token}".encode()

    answer = await house.browser().client.get("/sessions", headers={b"cookie": cookie})
    assert answer.status_code == 401


async def test_who_signs_in_is_recorded(house: House) -> None:
    await house.person()
    await house.browser().sign_in(EMAIL)
    entry = (await house.changes())[0]

    assert (entry.action, entry.principal_name, entry.after) == (
        "session.begin",
        EMAIL,
        {"method": "password"},
    )


async def test_answers_with_the_sessions_token_are_kept_by_no_cache(house: House) -> None:
    answer = await house.browser().raw("GET", "/session")

    assert answer.headers["cache-control"] == "no-store"

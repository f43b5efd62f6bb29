"""Links that let somebody in for the first time, and passwords."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from tests.web.people import PASSWORD, House, everything_in, open_house

from dealwright.core.people import CLI, Role
from dealwright.pipeline import people as rules
from dealwright.web.auth.tokens import hash_token, new_token

OWNER = {"email": "Owner@Hub.Example", "name": "Olga", "password": PASSWORD}
DAY_S = 86_400.0


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(tmp_path) as house:
        yield house


async def invited(house: House) -> str:
    """The token of somebody's link."""
    token = new_token().reveal()

    def invite(db: Any) -> None:
        user = rules.invite(db, CLI, email="ada@hub.example", name="", role=Role.MEMBER, now_ms=0)
        rules.give_link(db, CLI, user, link_hash=hash_token(token), now_ms=house.people.now_ms())

    await house.store.write(invite)
    return token


async def test_the_first_link_makes_an_owner_who_is_signed_in(house: House) -> None:
    token = await house.first_link()
    browser = house.browser()

    told = await browser.send("POST", "/session/set-up", OWNER | {"token": token})
    assert (told["status"], told["user"]["email"]) == (200, "owner@hub.example")
    assert await browser.role() == "owner"


async def test_until_then_the_page_is_told_that_nobody_has_an_account(house: House) -> None:
    before = await house.browser().send("GET", "/session")
    await house.person()

    after = await house.browser().send("GET", "/session")
    assert (before["set_up"], after["set_up"]) == (True, False)


async def test_a_link_is_used_once(house: House) -> None:
    token = await house.first_link()
    await house.browser().send("POST", "/session/set-up", OWNER | {"token": token})
    again = OWNER | {"token": token, "email": "eve@hub.example"}

    told = await house.browser().send("POST", "/session/set-up", again)
    assert (told["status"], told["code"]) == (410, "link_spent")


async def test_of_two_at_once_one_becomes_the_owner(house: House) -> None:
    token = await house.first_link()
    bodies = [OWNER | {"token": token, "email": f"o{n}@hub.example"} for n in range(5)]
    told = await asyncio.gather(
        *(house.browser().send("POST", "/session/set-up", body) for body in bodies)
    )

    assert sorted(one["status"] for one in told) == [200, 410, 410, 410, 410]


async def test_a_link_is_good_for_a_day(house: House) -> None:
    token = await house.first_link()
    house.clock.advance(DAY_S)

    told = await house.browser().send("POST", "/session/set-up", OWNER | {"token": token})
    assert told["code"] == "link_spent"


async def test_a_newer_link_ends_the_older(house: House) -> None:
    older, newer = await house.first_link(), await house.first_link()

    ask = house.browser().send
    assert (await ask("POST", "/session/link", {"token": older}))["status"] == 410
    assert (await ask("POST", "/session/link", {"token": newer}))["status"] == 200


async def test_the_first_link_is_worth_nothing_once_there_is_somebody(house: House) -> None:
    token = await house.first_link()
    await house.person(email="somebody@hub.example")

    told = await house.browser().send("POST", "/session/set-up", OWNER | {"token": token})
    assert told["code"] == "link_spent"


@pytest.mark.parametrize("token", ["", "x", "' or 1=1 --", "ä" * 20, "\0"])
async def test_what_is_no_link_opens_nothing(house: House, token: str) -> None:
    told = await house.browser().send("POST", "/session/set-up", OWNER | {"token": token})

    assert (told["status"], told["code"]) == (410, "link_spent")


async def test_looking_at_a_link_does_not_use_it_up(house: House) -> None:
    token = await invited(house)
    ask = house.browser().send
    first = await ask("POST", "/session/link", {"token": token})
    await ask("POST", "/session/link", {"token": token})

    assert (first["email"], first["name"]) == ("ada@hub.example", "ada")
    told = await ask("POST", "/session/set-up", {"token": token, "password": PASSWORD})
    assert told["user"]["role"] == "member"


async def test_whom_a_link_is_for_cannot_be_changed_by_who_uses_it(house: House) -> None:
    token = await invited(house)

    told = await house.browser().send("POST", "/session/set-up", OWNER | {"token": token})
    assert (told["user"]["email"], told["user"]["role"]) == ("ada@hub.example", "member")


@pytest.mark.parametrize(
    "password",
    [
        "",
        "short",
        "elevenchars",
        "aaaaaaaaaaaaaaaa",
        "PasswordPassword",
        "dealwright123456",
        "x" * 257,
    ],
)
async def test_a_password_that_is_easily_guessed_is_refused_and_the_link_stays_good(
    house: House, password: str
) -> None:
    token = await invited(house)
    ask = house.browser().send
    told = await ask("POST", "/session/set-up", {"token": token, "password": password})

    assert (told["status"], told["code"]) == (422, "weak_password")
    assert (await ask("POST", "/session/link", {"token": token}))["status"] == 200


@pytest.mark.parametrize(
    "password", ["vier Wörter für Ärger", "🐎" * 3 + " battery staple", "  spaces count too  "]
)
async def test_any_character_may_be_in_a_password(house: House, password: str) -> None:
    token = await invited(house)
    await house.browser().send("POST", "/session/set-up", {"token": token, "password": password})

    assert (await house.browser().sign_in("ada@hub.example", password))["status"] == 200
    assert (await house.browser().sign_in("ada@hub.example", password.strip() + "!"))[
        "status"
    ] == 401


async def test_whose_address_is_none_owns_nothing(house: House) -> None:
    token = await house.first_link()

    told = await house.browser().send(
        "POST", "/session/set-up", OWNER | {"token": token, "email": "olga"}
    )
    assert (told["status"], told["code"]) == (422, "invalid_email")


async def test_a_new_password_ends_every_other_session(house: House) -> None:
    await house.person()
    here, there = house.browser(), house.browser()
    await here.sign_in("ada@hub.example")
    await there.sign_in("ada@hub.example")
    body = {"present": PASSWORD, "new": "another horse, another battery"}
    before = here.token
    told = await here.send("PUT", "/session/password", body)

    assert (told["status"], await here.role(), await there.role()) == (200, "viewer", "")
    assert here.token != before
    assert (await house.browser().sign_in("ada@hub.example"))["status"] == 401


async def test_without_the_present_password_there_is_no_new_one(house: House) -> None:
    await house.person()
    browser = house.browser()
    await browser.sign_in("ada@hub.example")
    body = {"present": "a guess", "new": "another horse, another battery"}

    told = await browser.send("PUT", "/session/password", body)
    assert (told["status"], told["code"]) == (401, "wrong_password")


async def test_the_present_password_cannot_be_guessed_by_who_took_a_session(house: House) -> None:
    await house.person()
    browser = house.browser()
    await browser.sign_in("ada@hub.example")
    body = {"present": "a guess", "new": "another horse, another battery"}
    for _ in range(10):
        await browser.send("PUT", "/session/password", body)

    told = await browser.send("PUT", "/session/password", body | {"present": PASSWORD})
    assert told["status"] == 429


async def test_the_store_has_no_link(house: House, tmp_path: Path) -> None:
    token = await invited(house)

    assert token.encode() not in everything_in(tmp_path)


async def test_a_password_is_in_no_error(house: House) -> None:
    token = await invited(house)
    secret = "hunter2"

    answer = await house.browser().raw(
        "POST", "/session/set-up", {"token": token, "password": secret}
    )
    assert secret not in answer.text

"""The second factor: codes count once, recovery codes too, and guessing ends soon."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest
from pyotp.totp import TOTP
from tests.web.people import PASSWORD, Browser, House, everything_in, open_house

from dealwright.core.people import CLI
from dealwright.pipeline import people as rules
from dealwright.web.auth.tokens import hash_token

EMAIL = "ada@hub.example"


@dataclass(kw_only=True)
class Ada:
    """Somebody with a second factor: her browser, her app's secret, her recovery codes."""

    house: House
    browser: Browser
    secret: str
    codes: list[str] = field(default_factory=list[str])

    @property
    def code(self) -> str:
        return self.house.code(self.secret)

    async def halfway(self) -> Browser:
        """A browser after the password."""
        browser = self.house.browser()
        told = await browser.sign_in(EMAIL)
        assert told["stage"] == "second_factor"
        return browser


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(tmp_path) as house:
        yield house


@pytest.fixture
async def ada(house: House) -> Ada:
    await house.person()
    browser = house.browser()
    await browser.sign_in(EMAIL)
    offer = await browser.send("POST", "/session/totp", {"password": PASSWORD})
    told = await browser.send(
        "POST", "/session/totp/confirm", {"code": house.code(offer["secret"])}
    )
    house.clock.advance(30)
    return Ada(house=house, browser=browser, secret=offer["secret"], codes=told["recovery_codes"])


async def test_with_a_code_the_sign_in_is_whole(ada: Ada) -> None:
    browser = await ada.halfway()
    told = await browser.send("POST", "/session/second-factor", {"code": ada.code})

    assert (told["stage"], await browser.role()) == ("full", "viewer")


async def test_after_the_password_alone_nothing_is_open(ada: Ada) -> None:
    browser = await ada.halfway()

    for path in ("/sessions", "/users", "/audit"):
        assert (await browser.send("GET", path))["status"] == 401
    assert (await browser.send("DELETE", "/sessions"))["status"] == 401


async def test_before_the_code_it_is_not_told_whose_password_it_was(ada: Ada) -> None:
    browser = await ada.halfway()

    assert (await browser.send("GET", "/session"))["user"] is None


async def test_the_token_changes_with_the_code(ada: Ada) -> None:
    browser = await ada.halfway()
    before = browser.token
    await browser.send("POST", "/session/second-factor", {"code": ada.code})

    thief = ada.house.browser()
    thief.client.cookies.set("__Host-dealwright", before)
    assert (browser.token != before, await thief.role()) == (True, "")


async def test_a_code_counts_once(ada: Ada) -> None:
    code = ada.code
    await (await ada.halfway()).send("POST", "/session/second-factor", {"code": code})

    told = await (await ada.halfway()).send("POST", "/session/second-factor", {"code": code})
    assert (told["status"], told["code"]) == (401, "wrong_code")


async def test_an_older_code_does_not_count_after_a_newer(ada: Ada) -> None:
    older = ada.code
    ada.house.clock.advance(30)
    await (await ada.halfway()).send("POST", "/session/second-factor", {"code": ada.code})

    told = await (await ada.halfway()).send("POST", "/session/second-factor", {"code": older})
    assert told["status"] == 401


async def test_the_code_that_confirmed_it_does_not_sign_in(house: House) -> None:
    await house.person()
    browser = house.browser()
    await browser.sign_in(EMAIL)
    secret = (await browser.send("POST", "/session/totp", {"password": PASSWORD}))["secret"]
    await browser.send("POST", "/session/totp/confirm", {"code": house.code(secret)})
    other = house.browser()
    await other.sign_in(EMAIL)

    told = await other.send("POST", "/session/second-factor", {"code": house.code(secret)})
    assert told["status"] == 401


@pytest.mark.parametrize("seconds", [-30, 30])
async def test_a_clock_that_is_a_little_off_is_forgiven(ada: Ada, seconds: int) -> None:
    ada.house.clock.advance(60)
    code = TOTP(ada.secret).at(ada.house.clock.now() + timedelta(seconds=seconds))

    told = await (await ada.halfway()).send("POST", "/session/second-factor", {"code": code})
    assert told["status"] == 200


async def test_a_code_of_two_minutes_ago_is_too_old(ada: Ada) -> None:
    browser, code = await ada.halfway(), ada.code
    ada.house.clock.advance(120)

    assert (await browser.send("POST", "/session/second-factor", {"code": code}))["status"] == 401


@pytest.mark.parametrize("code", ["", "0", "abcdef", "١٢٣٤٥٦", "1" * 64, "-00001", "00000a"])
async def test_what_is_no_code_is_wrong(ada: Ada, code: str) -> None:
    told = await (await ada.halfway()).send("POST", "/session/second-factor", {"code": code})

    assert told["status"] == 401


async def test_a_code_may_be_typed_in_two_halves(ada: Ada) -> None:
    code = f" {ada.code[:3]} {ada.code[3:]} "

    told = await (await ada.halfway()).send("POST", "/session/second-factor", {"code": code})
    assert told["status"] == 200


async def test_after_five_wrong_codes_the_password_is_asked_for_anew(ada: Ada) -> None:
    browser = await ada.halfway()
    for _ in range(6):
        await browser.send("POST", "/session/second-factor", {"code": "000000"})

    told = await browser.send("POST", "/session/second-factor", {"code": ada.code})
    assert (told["status"], told["code"]) == (401, "not_signed_in")


async def test_the_password_anew_gives_no_more_tries_at_codes_than_ten(ada: Ada) -> None:
    for _ in range(10):
        await (await ada.halfway()).send("POST", "/session/second-factor", {"code": "000000"})

    told = await (await ada.halfway()).send("POST", "/session/second-factor", {"code": ada.code})
    assert told["status"] == 429


async def test_whoever_looks_for_the_telephone_has_ten_minutes(ada: Ada) -> None:
    browser = await ada.halfway()
    ada.house.clock.advance(600)

    told = await browser.send("POST", "/session/second-factor", {"code": ada.code})
    assert told["code"] == "not_signed_in"


async def test_a_recovery_code_counts_once(ada: Ada) -> None:
    code = ada.codes[0].upper().replace("-", " ")
    first = await (await ada.halfway()).send("POST", "/session/second-factor", {"code": code})
    again = await (await ada.halfway()).send("POST", "/session/second-factor", {"code": code})

    assert (first["status"], again["status"]) == (200, 401)


async def test_its_use_is_recorded_with_how_many_are_left(ada: Ada) -> None:
    await (await ada.halfway()).send("POST", "/session/second-factor", {"code": ada.codes[0]})

    entry = next(one for one in await ada.house.changes() if one.action == "user.recovery_code")
    assert entry.after == {"recovery_codes": 9}


async def test_neither_secret_nor_codes_are_in_the_store(ada: Ada, tmp_path: Path) -> None:
    stored = everything_in(tmp_path)

    assert ada.secret.encode() not in stored
    assert not [code for code in ada.codes if code.replace("-", "").encode() in stored]


async def test_a_factor_that_is_not_proved_is_not_asked_for(house: House) -> None:
    await house.person()
    browser = house.browser()
    await browser.sign_in(EMAIL)
    await browser.send("POST", "/session/totp", {"password": PASSWORD})

    assert (await house.browser().sign_in(EMAIL))["stage"] == "full"


async def test_it_is_not_offered_to_who_found_an_open_browser(house: House) -> None:
    await house.person()
    browser = house.browser()
    await browser.sign_in(EMAIL)

    told = await browser.send("POST", "/session/totp", {"password": "a guess"})
    assert told["code"] == "wrong_password"


async def test_it_is_not_replaced_without_being_removed(ada: Ada) -> None:
    told = await ada.browser.send("POST", "/session/totp", {"password": PASSWORD})

    assert (told["status"], told["code"]) == (409, "totp_on")


async def test_other_sessions_end_when_it_is_switched_on(house: House) -> None:
    await house.person()
    here, there = house.browser(), house.browser()
    await here.sign_in(EMAIL)
    await there.sign_in(EMAIL)
    offer = await here.send("POST", "/session/totp", {"password": PASSWORD})
    await here.send("POST", "/session/totp/confirm", {"code": house.code(offer["secret"])})

    assert (await here.role(), await there.role()) == ("viewer", "")


async def test_it_is_removed_by_password_and_code_together(ada: Ada) -> None:
    wrong = {"password": PASSWORD, "code": "000000"}
    refused = await ada.browser.send("POST", "/session/totp/remove", wrong)
    taken = await ada.browser.send("POST", "/session/totp/remove", wrong | {"code": ada.code})

    assert (refused["status"], taken["status"]) == (401, 204)
    assert (await ada.house.browser().sign_in(EMAIL))["stage"] == "full"


async def test_a_reset_lets_somebody_in_who_lost_everything(ada: Ada) -> None:
    link_hash, now_ms = hash_token("new"), ada.house.people.now_ms()
    await ada.house.store.write(
        lambda db: rules.reset(db, CLI, 1, link_hash=link_hash, now_ms=now_ms)
    )
    browser = ada.house.browser()
    body = {"token": "new", "password": PASSWORD}

    assert (await browser.send("POST", "/session/set-up", body))["stage"] == "full"
    assert await ada.browser.role() == ""


async def test_the_address_for_the_app_names_hub_and_person(house: House) -> None:
    await house.person()
    browser = house.browser()
    await browser.sign_in(EMAIL)

    offer = await browser.send("POST", "/session/totp", {"password": PASSWORD})
    assert offer["address"].startswith("otpauth://totp/Dealwright%3Aada%40hub.example?secret=")

"""Sign-in by an OpenID provider: a real one in small, over loopback, that also lies."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest
from starlette.applications import Starlette
from starlette.routing import Mount
from tests.cli.conftest import serving
from tests.web.people import PUBLIC, Browser, House, open_house
from tests.web.provider import CLIENT_ID, CLIENT_SECRET, OTHER_KEY, IdProvider

from dealwright.core.people import Role
from dealwright.core.secret import Secret
from dealwright.core.ssrf import allow_list
from dealwright.pipeline.outside import Outside
from dealwright.store.people import offer_totp, switch_totp_on
from dealwright.web.auth.arrivals import Arrivals
from dealwright.web.auth.fetching import fetching
from dealwright.web.auth.oidc import Oidc, Provider
from dealwright.web.auth.pages import CALLBACK_PATH, OIDC_PATH, SIGN_IN_PATH, routes

EMAIL = "ada@hub.example"


@dataclass(kw_only=True)
class Company:
    """A hub and the company's provider."""

    house: House
    provider: IdProvider
    oidc: Oidc

    async def leave(self, browser: Browser) -> str:
        """Follow the button; the address that the browser is sent to."""
        answer = await browser.client.get(OIDC_PATH)
        assert answer.status_code == 303, answer.text
        return answer.headers["location"]

    async def back(self, browser: Browser, query: str) -> httpx2.Response:
        return await browser.client.get(f"{CALLBACK_PATH}?{query}")

    async def sign_in(self, browser: Browser) -> httpx2.Response:
        """All of it."""
        url = await self.leave(browser)
        return await self.back(browser, self.provider.consent(url))


@pytest.fixture
async def company(tmp_path: Path) -> AsyncIterator[Company]:
    async with open_house(tmp_path) as house:
        provider = IdProvider(clock=house.clock)
        with serving(provider.app()) as url:
            provider.issuer = url
            told = Provider(issuer=url, client_id=CLIENT_ID, client_secret=Secret(CLIENT_SECRET))
            back = f"{PUBLIC}{CALLBACK_PATH}"
            fetch = fetching(Outside(allow_list(["127.0.0.1"])))
            oidc = Oidc(told, fetch=fetch, clock=house.clock, redirect_uri=back)
            arrivals = Arrivals(house.people, oidc)
            api = house.app
            house.app = Starlette(routes=[*routes(api.state.guard, arrivals), Mount("/", api)])
            yield Company(house=house, provider=provider, oidc=oidc)


async def test_whoever_the_provider_knows_is_signed_in(company: Company) -> None:
    await company.house.person(Role.MEMBER)
    browser = company.house.browser()

    answer = await company.sign_in(browser)
    assert (answer.status_code, answer.headers["location"]) == (303, SIGN_IN_PATH)
    assert await browser.role() == "member"


async def test_the_second_time_the_subject_counts_and_not_the_address(company: Company) -> None:
    await company.house.person(Role.MEMBER)
    await company.sign_in(company.house.browser())
    company.provider.claims = {"email": "ada.married@hub.example"}
    browser = company.house.browser()
    await company.sign_in(browser)

    assert await browser.role() == "member"


async def test_an_address_that_came_with_another_subject_lets_nobody_in(company: Company) -> None:
    await company.house.person()
    await company.sign_in(company.house.browser())
    company.provider.claims = {"sub": "s-2"}

    assert (await company.sign_in(company.house.browser())).status_code == 403


async def test_a_second_factor_of_the_hub_is_asked_for_all_the_same(company: Company) -> None:
    user = await company.house.person()
    await company.house.store.write(lambda db: _switch_on(db, user.id))
    browser = company.house.browser()
    await company.sign_in(browser)

    assert (await browser.send("GET", "/session"))["stage"] == "second_factor"


def _switch_on(db: Any, user_id: int) -> None:
    offer_totp(db, user_id, sealed=b"x")
    switch_totp_on(db, user_id, code_hashes=["h"])


@pytest.mark.parametrize(
    "claims",
    [
        {"email": "nobody@hub.example"},
        {"email": None},
        {"email_verified": False},
        {"email_verified": None},
        {"email_verified": "true"},
        {"email": 7},
        {"sub": None},
        {"sub": 7},
        {"iss": "https://evil.example"},
        {"aud": "another-client"},
        {"aud": [CLIENT_ID, "another-client"]},
        {"azp": "another-client"},
        {"nonce": "another"},
        {"nonce": None},
        {"exp": None},
        {"exp": 1},
        {"exp": "never"},
        {"iat": 99_999_999_999},
        {"at_hash": "wrong"},
    ],
    ids=str,
)
async def test_what_does_not_fit_lets_nobody_in(company: Company, claims: dict[str, Any]) -> None:
    await company.house.person()
    company.provider.claims = claims
    browser = company.house.browser()

    assert (await company.sign_in(browser)).status_code == 403
    assert await browser.role() == ""


@pytest.mark.parametrize("algorithm", ["none", "HS256"])
async def test_a_token_that_nobody_signed_is_not_believed(company: Company, algorithm: str) -> None:
    await company.house.person()
    company.provider.algorithm = algorithm

    assert (await company.sign_in(company.house.browser())).status_code == 403


async def test_a_token_of_another_key_is_not_believed(company: Company) -> None:
    await company.house.person()
    company.provider.key = OTHER_KEY

    assert (await company.sign_in(company.house.browser())).status_code == 403


async def test_a_token_is_too_old_by_the_hubs_clock(company: Company) -> None:
    await company.house.person()
    now = company.house.clock.now().timestamp()
    company.provider.claims = {"exp": int(now) - 61, "iat": int(now) - 400}

    assert (await company.sign_in(company.house.browser())).status_code == 403


async def test_the_code_of_somebody_else_signs_nobody_in(company: Company) -> None:
    await company.house.person()
    eve, victim = company.house.browser(), company.house.browser()
    query = company.provider.consent(await company.leave(eve))
    await company.leave(victim)

    assert (await company.back(victim, query)).status_code == 403
    assert await victim.role() == ""


async def test_a_state_counts_once(company: Company) -> None:
    await company.house.person()
    browser = company.house.browser()
    query = company.provider.consent(await company.leave(browser))
    bond = {"cookie": "; ".join(f"{c.name}={c.value}" for c in browser.client.cookies.jar)}
    first = await company.back(browser, query)
    again = await browser.client.get(f"{CALLBACK_PATH}?{query}", headers=bond)

    assert (first.status_code, again.status_code) == (303, 403)


async def test_whoever_takes_too_long_begins_anew(company: Company) -> None:
    await company.house.person()
    browser = company.house.browser()
    query = company.provider.consent(await company.leave(browser))
    company.house.clock.advance(601)

    assert (await company.back(browser, query)).status_code == 403


@pytest.mark.parametrize(
    "query", ["", "code=x", "state=x", "code=x&state=y", "error=access_denied&state=x"]
)
async def test_odd_returns_are_answered_with_a_sentence(company: Company, query: str) -> None:
    answer = await company.back(company.house.browser(), query)

    assert answer.status_code == 403
    assert "not begun here" in answer.text


async def test_who_was_refused_by_the_provider_is_told(company: Company) -> None:
    browser = company.house.browser()
    state = company.provider.consent(await company.leave(browser)).partition("state=")[2]

    answer = await company.back(browser, f"error=access_denied&state={state}")
    assert "did not sign you in" in answer.text


async def test_what_the_provider_writes_is_never_markup(company: Company) -> None:
    browser = company.house.browser()
    state = company.provider.consent(await company.leave(browser)).partition("state=")[2]

    answer = await company.back(browser, f"error=<script>alert(1)</script>&state={state}")
    assert "<script>" not in answer.text


async def test_the_code_goes_with_its_verifier_and_the_secret_in_no_form(company: Company) -> None:
    await company.house.person()
    await company.sign_in(company.house.browser())

    form = company.provider.forms[0]
    assert len(form["code_verifier"]) >= 43
    assert CLIENT_SECRET not in str(form)


@pytest.mark.parametrize(
    "metadata",
    [
        {"issuer": "https://other.example"},
        {"token_endpoint": "http://elsewhere.example/token"},
        {"jwks_uri": "file:///etc/passwd"},
        {"authorization_endpoint": "javascript:alert(1)"},
        {"token_endpoint": None},
    ],
    ids=str,
)
async def test_a_provider_that_names_odd_addresses_is_not_used(
    company: Company, metadata: dict[str, Any]
) -> None:
    company.provider.metadata = metadata

    answer = await company.house.browser().client.get(OIDC_PATH)
    assert answer.status_code == 502


async def test_a_provider_that_does_not_answer_is_said(company: Company) -> None:
    company.oidc.provider = Provider(
        issuer="http://127.0.0.1:9", client_id=CLIENT_ID, client_secret=Secret("s")
    )

    answer = await company.house.browser().client.get(OIDC_PATH)
    assert answer.status_code == 502
    assert "does not answer" in answer.text


async def test_a_token_endpoint_that_fails_signs_nobody_in(company: Company) -> None:
    await company.house.person()
    company.provider.token_status = 500

    assert (await company.sign_in(company.house.browser())).status_code == 403


async def test_the_bond_is_a_cookie_for_this_host_alone(company: Company) -> None:
    answer = await company.house.browser().client.get(OIDC_PATH)

    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("__Host-dealwright-visit=")
    assert {"HttpOnly", "Secure"} <= {part.strip() for part in cookie.split(";")}


async def test_strangers_cannot_fill_the_store_with_visits(company: Company) -> None:
    browser = company.house.browser()
    answers = [(await browser.client.get(OIDC_PATH)).status_code for _ in range(51)]

    assert (answers[49], answers[50]) == (303, 429)


async def test_linking_is_recorded(company: Company) -> None:
    await company.house.person()
    await company.sign_in(company.house.browser())

    actions = [entry.action for entry in await company.house.changes()]
    assert actions[:2] == ["session.begin", "user.oidc"]


async def test_a_provider_cannot_have_the_hub_call_inside(company: Company) -> None:
    await company.house.person(Role.MEMBER)
    company.provider.metadata = {"token_endpoint": "https://10.0.0.5/token"}
    browser = company.house.browser()

    answer = await company.sign_in(browser)
    assert answer.status_code == 502
    assert "https://10.0.0.5 is not called" in answer.text

"""OAuth: a person allows an app, which works in their name until it may not."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
from tests.sandbox.conftest import QUIET, TOKEN

from dealwright.sandbox.app import Sandbox, create_app
from dealwright.sandbox.courier import Outgoing
from dealwright.sandbox.integrations import App
from dealwright.sandbox.options import Options

CALLBACK = "http://127.0.0.1:8000/oauth/callback"
HUB = App(
    id="hub",
    client_secret="hush",
    name="Dealwright & Co",
    redirect_uri=CALLBACK,
    scopes=("base", "contacts:full", "webhooks:full"),
)
BASE = "https://sandbox.example"
MINUTE, DAY = 60, 86_400


class Window:
    """A browser window and an app's server in one."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.http = httpx2.AsyncClient(
            transport=httpx2.ASGITransport(app=sandbox), base_url=BASE, follow_redirects=False
        )

    async def ask(self, **more: str) -> httpx2.Response:
        asked = {"client_id": "hub", "redirect_uri": CALLBACK, "state": "s1", **more}
        return await self.http.get("/oauth/authorize", params=asked)

    async def decide(self, decision: str, **more: str) -> dict[str, str]:
        company = self.sandbox.world.default_company.id
        form = {
            "client_id": "hub", "redirect_uri": CALLBACK, "state": "s1",
            "account": f"{company}:1", "decision": decision, **more,
        }  # fmt: skip
        answer = await self.http.post("/oauth/authorize", data=form)
        query = urlsplit(answer.headers["location"]).query
        return {name: values[0] for name, values in parse_qs(query).items()}

    async def token(self, auth: Any = ("hub", "hush"), **form: str) -> httpx2.Response:
        return await self.http.post("/oauth/token", data=form, auth=auth)

    async def exchange(self, code: str) -> httpx2.Response:
        return await self.token(grant_type="authorization_code", code=code, redirect_uri=CALLBACK)

    async def install(self, **more: str) -> dict[str, Any]:
        allowed = await self.decide("allow", **more)
        return (await self.exchange(allowed["code"])).json()

    async def refresh(self, refresh_token: str) -> httpx2.Response:
        return await self.token(grant_type="refresh_token", refresh_token=refresh_token)

    async def revoke(self, token: str) -> httpx2.Response:
        return await self.http.post("/oauth/revoke", data={"token": token}, auth=("hub", "hush"))

    async def api(self, method: str, path: str, token: str, **more: Any) -> httpx2.Response:
        return await self.http.request(
            method, path, headers={"authorization": f"Bearer {token}"}, **more
        )


@pytest.fixture
def options() -> Options:
    return replace(QUIET, apps=(HUB,))


@pytest.fixture
def sent() -> list[Outgoing]:
    return []


@pytest.fixture
async def window(options: Options, sent: list[Outgoing]) -> AsyncIterator[Window]:
    async def receiver(outgoing: Outgoing) -> int:
        sent.append(outgoing)
        return 500

    window = Window(create_app(options, sender=receiver))
    yield window
    await window.http.aclose()


async def test_the_page_names_the_app_and_what_it_wants(window: Window) -> None:
    page = await window.ask()

    assert "Dealwright &amp; Co wants to work in your account" in page.text


async def test_the_page_says_each_scope_in_words(window: Window) -> None:
    page = await window.ask()

    assert "Read, create, change and delete people, organizations and their notes" in page.text


async def test_an_unknown_app_is_shown_a_page_and_sent_nowhere(window: Window) -> None:
    page = await window.ask(client_id="who")

    assert (page.status_code, "location" in page.headers) == (400, False)


async def test_another_callback_than_the_registered_one_is_refused(window: Window) -> None:
    page = await window.ask(redirect_uri=CALLBACK + "/")

    assert "Redirect URI match failed" in page.text


async def test_what_the_app_sends_cannot_write_into_the_page(window: Window) -> None:
    page = await window.ask(state='"><script>')

    assert "<script>" not in page.text


async def test_allowing_gives_the_callback_a_code_and_the_state(window: Window) -> None:
    allowed = await window.decide("allow")

    assert (allowed.keys(), allowed["state"]) == ({"code", "state"}, "s1")


async def test_denying_tells_the_callback_so_and_gives_no_code(window: Window) -> None:
    assert await window.decide("deny") == {"error": "user_denied", "state": "s1"}


async def test_another_sites_form_cannot_allow_an_app(window: Window) -> None:
    answer = await window.http.post("/oauth/authorize", headers={"origin": "https://evil.example"})

    assert answer.status_code == 403


async def test_a_code_becomes_tokens(window: Window) -> None:
    tokens = await window.install()

    assert tokens | {"access_token": "", "refresh_token": ""} == {
        "access_token": "",
        "token_type": "Bearer",
        "expires_in": 3599,
        "refresh_token": "",
        "scope": "base,contacts:full,webhooks:full",
        "api_domain": BASE,
    }


async def test_a_code_is_good_once(window: Window) -> None:
    code = (await window.decide("allow"))["code"]
    await window.exchange(code)

    assert (await window.exchange(code)).json()["error"] == "invalid_grant"


async def test_a_code_is_good_for_five_minutes(window: Window) -> None:
    code = (await window.decide("allow"))["code"]
    window.sandbox.clock.advance(5 * MINUTE)

    assert (await window.exchange(code)).status_code == 400


async def test_a_wrong_secret_is_401(window: Window) -> None:
    answer = await window.token(("hub", "guess"), grant_type="refresh_token", refresh_token="x")

    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


async def test_credentials_in_the_body_are_tolerated(window: Window) -> None:
    code = (await window.decide("allow"))["code"]
    answer = await window.token(
        None, grant_type="authorization_code", code=code, redirect_uri=CALLBACK,
        client_id="hub", client_secret="hush",
    )  # fmt: skip

    assert answer.status_code == 200


async def test_another_grant_type_is_refused(window: Window) -> None:
    assert (await window.token(grant_type="password")).json()["error"] == "unsupported_grant_type"


async def test_a_json_body_is_no_token_request(window: Window) -> None:
    answer = await window.http.post("/oauth/token", json={}, auth=("hub", "hush"))

    assert answer.json()["error"] == "invalid_request"


async def test_the_access_token_opens_the_api_as_that_user(window: Window) -> None:
    company = window.sandbox.world.default_company.id
    tokens = await window.install(account=f"{company}:2")
    me = await window.api("GET", "/v1/users/me", tokens["access_token"])

    assert me.json()["data"]["name"] == "Jonas Weber"


async def test_an_access_token_ends_after_an_hour(window: Window) -> None:
    tokens = await window.install()
    window.sandbox.clock.advance(60 * MINUTE)

    assert (await window.api("GET", "/v1/users/me", tokens["access_token"])).status_code == 401


async def test_a_refresh_keeps_the_refresh_token(window: Window) -> None:
    tokens = await window.install()
    again = (await window.refresh(tokens["refresh_token"])).json()

    assert again["refresh_token"] == tokens["refresh_token"]


async def test_a_refreshed_token_opens_the_api(window: Window) -> None:
    tokens = await window.install()
    window.sandbox.clock.advance(60 * MINUTE)
    again = (await window.refresh(tokens["refresh_token"])).json()

    assert (await window.api("GET", "/v1/users/me", again["access_token"])).status_code == 200


async def test_each_refresh_gives_sixty_more_days(window: Window) -> None:
    tokens = await window.install()
    window.sandbox.clock.advance(59 * DAY)
    await window.refresh(tokens["refresh_token"])
    window.sandbox.clock.advance(59 * DAY)

    assert (await window.refresh(tokens["refresh_token"])).status_code == 200


async def test_a_refresh_token_unused_for_sixty_days_is_dead(window: Window) -> None:
    tokens = await window.install()
    window.sandbox.clock.advance(60 * DAY)

    assert (await window.refresh(tokens["refresh_token"])).json()["error"] == "invalid_grant"


async def test_a_scope_that_the_app_lacks_is_403(window: Window) -> None:
    tokens = await window.install()
    answer = await window.api("GET", "/api/v2/deals", tokens["access_token"])

    assert (answer.status_code, answer.json()["error"]) == (403, "Scope and URL mismatch")


async def test_a_path_that_no_scope_opens_is_403_for_an_app(window: Window) -> None:
    tokens = await window.install()

    assert (await window.api("GET", "/api/v2/ghosts", tokens["access_token"])).status_code == 403


async def test_a_revoked_access_token_is_dead_and_the_refresh_token_lives(window: Window) -> None:
    tokens = await window.install()
    await window.revoke(tokens["access_token"])
    statuses = (
        (await window.api("GET", "/v1/users/me", tokens["access_token"])).status_code,
        (await window.refresh(tokens["refresh_token"])).status_code,
    )

    assert statuses == (401, 200)


async def test_revoking_the_refresh_token_uninstalls_the_app(window: Window) -> None:
    tokens = await window.install()
    await window.revoke(tokens["refresh_token"])
    statuses = (
        (await window.api("GET", "/v1/users/me", tokens["access_token"])).status_code,
        (await window.refresh(tokens["refresh_token"])).status_code,
    )

    assert statuses == (401, 400)


async def test_revoking_what_nobody_knows_is_200(window: Window) -> None:
    assert (await window.revoke("nothing")).status_code == 200


async def test_uninstalling_sends_delete_to_the_callback_with_basic_auth(
    window: Window, sent: list[Outgoing]
) -> None:
    await window.install()
    await window.http.post("/_sandbox/uninstall", json={"client_id": "hub"})
    await window.sandbox.courier.deliver()

    assert [(o.method, o.url, o.headers["authorization"]) for o in sent] == [
        ("DELETE", CALLBACK, "Basic aHViOmh1c2g=")
    ]


async def test_the_answer_to_an_uninstall_notice_does_not_matter(
    window: Window, sent: list[Outgoing]
) -> None:
    await window.install()
    await window.http.post("/_sandbox/uninstall", json={"client_id": "hub"})
    await window.sandbox.courier.deliver()
    window.sandbox.clock.advance(DAY)
    await window.sandbox.courier.deliver()

    assert len(sent) == 1


async def test_an_apps_webhooks_go_with_it(window: Window) -> None:
    tokens = await window.install()
    asked = {"subscription_url": "https://hub.example/h", "event_action": "*",
             "event_object": "person", "name": "Hub"}  # fmt: skip
    await window.api("POST", "/api/v1/webhooks", tokens["access_token"], json=asked)
    await window.revoke(tokens["refresh_token"])

    assert window.sandbox.records("webhooks") == []


async def test_an_app_sees_only_its_own_webhooks(window: Window) -> None:
    asked = {"subscription_url": "https://hub.example/h", "event_action": "*",
             "event_object": "person", "name": "Mine"}  # fmt: skip
    await window.http.post("/api/v1/webhooks", json=asked, headers={"x-api-token": TOKEN})
    tokens = await window.install()
    seen = await window.api("GET", "/api/v1/webhooks", tokens["access_token"])

    assert seen.json()["data"] == []


async def test_an_app_is_registered_over_http(window: Window) -> None:
    app = {"name": "Side", "redirect_uri": "https://side.example/cb", "scopes": ["deals:read"]}
    made = (await window.http.post("/_sandbox/apps", json=app)).json()
    page = await window.ask(client_id=made["client_id"], redirect_uri=made["redirect_uri"])

    assert page.status_code == 200


async def test_an_unknown_scope_is_refused_with_the_list_of_scopes(window: Window) -> None:
    app = {"name": "Side", "redirect_uri": "https://side.example/cb", "scopes": ["everything"]}
    answer = await window.http.post("/_sandbox/apps", json=app)

    assert answer.json()["error"].startswith("scopes: everything is none. There are: base, ")


async def test_installations_survive_a_restart(options: Options, tmp_path: Any) -> None:
    kept = replace(options, state_dir=tmp_path)
    before = Window(create_app(kept))
    tokens = await before.install()
    before.sandbox.close()
    after = Window(create_app(kept))

    assert (await after.api("GET", "/v1/users/me", tokens["access_token"])).status_code == 200

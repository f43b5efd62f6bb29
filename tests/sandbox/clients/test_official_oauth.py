"""The OAuth of Pipedrive's own Node client: consent, code, refresh, scopes, revocation."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
from tests.sandbox.clients.conftest import APP
from tests.sandbox.clients.loopback import Loopback
from tests.sandbox.clients.sdk import OfficialClient
from tests.sandbox.clients.stranger import Refused

pytestmark = [pytest.mark.npm, pytest.mark.process]

HOUR_S = 3_600


@dataclass(frozen=True, kw_only=True)
class Installed:
    """An app in Pipedrive's client that Jonas has allowed."""

    official: OfficialClient
    session: str
    version: str

    def step(self, step: str, value: Any = None) -> Any:
        """Take a step of the client's OAuth."""
        return self.official.authorization(self.session, step, value)

    @property
    def client(self) -> OfficialClient:
        """The client in Jonas's name."""
        return self.official.authorized(self.session)


def allow(pipedrive: Loopback, authorization_url: str) -> str:
    """Jonas's browser: the page, his “Allow”, and the code that comes to the callback."""
    asked = parse_qs(urlsplit(authorization_url).query)
    form: dict[str, Any] = {name: values[0] for name, values in asked.items()}
    form |= {"account": f"{pipedrive.sandbox.world.default_company.id}:2", "decision": "allow"}
    with httpx2.Client() as browser:
        assert "Jonas Weber" in browser.get(authorization_url).text
        answer = browser.post(f"{pipedrive.url}/oauth/authorize", data=form)
    return parse_qs(urlsplit(answer.headers["location"]).query)["code"][0]


@pytest.fixture(params=["v1", "v2"])
def app(request: pytest.FixtureRequest, official: OfficialClient, pipedrive: Loopback) -> Installed:
    installed = Installed(official=official, session=request.node.name, version=request.param)
    url = installed.step(
        "begin",
        {
            "version": request.param,
            "clientId": APP.id,
            "clientSecret": APP.client_secret,
            "redirectUri": APP.redirect_uri,
        },
    )
    installed.step("code", allow(pipedrive, url))
    return installed


def test_a_code_becomes_tokens_for_the_sandbox_s_own_url(
    app: Installed, pipedrive: Loopback
) -> None:
    assert app.step("look")["basePath"].startswith(f"{pipedrive.url}/api/{app.version}")


def test_an_app_works_in_the_name_of_who_allowed_it(app: Installed, pipedrive: Loopback) -> None:
    made = app.client.v2("PersonsApi", "addPerson", AddPersonRequest={"name": "Grace Hopper"})
    stored = pipedrive.sandbox.record("person", made["data"]["id"])
    assert stored is not None
    assert stored["owner_id"] == 2


def test_an_old_access_token_is_refreshed_before_the_next_call(
    app: Installed, pipedrive: Loopback
) -> None:
    first = app.step("look")["accessToken"]
    pipedrive.sandbox.clock.advance(HOUR_S + 1)
    app.step("age", HOUR_S + 1)
    assert app.client.v2("PersonsApi", "getPerson", id=1)["data"]["name"] == "Ada Kask"
    assert app.step("look")["accessToken"] != first


def test_the_refresh_token_stays_the_same(app: Installed) -> None:
    first = app.step("refresh")
    second = app.step("refresh")
    assert first["refresh_token"] == second["refresh_token"]
    assert first["access_token"] != second["access_token"]


def test_an_access_token_ends_after_an_hour(app: Installed, pipedrive: Loopback) -> None:
    pipedrive.sandbox.clock.advance(HOUR_S + 1)
    with pytest.raises(Refused) as refused:
        app.client.v2("PersonsApi", "getPerson", id=1)
    assert refused.value.thrown["errorCode"] == 401


def test_what_no_scope_covers_is_refused(app: Installed) -> None:
    with pytest.raises(Refused) as refused:
        app.client.v2("DealsApi", "deleteDeal", id=1)
    assert refused.value.thrown["error"] == "Scope and URL mismatch"


def test_a_revoked_refresh_token_takes_the_installation_along(app: Installed) -> None:
    app.step("revoke", "refresh_token")
    with pytest.raises(Refused) as refused:
        app.step("refresh")
    assert refused.value.thrown["error"] == "invalid_grant"
    with pytest.raises(Refused):
        app.client.v2("PersonsApi", "getPerson", id=1)


def test_an_app_registers_lists_and_removes_a_webhook(app: Installed) -> None:
    made = app.client.v1(
        "WebhooksApi",
        "addWebhook",
        AddWebhookRequest={
            "subscription_url": "https://hub.example/hooks/pipedrive",
            "event_action": "*",
            "event_object": "person",
            "name": "Hub",
        },
    )
    listed = app.client.v1("WebhooksApi", "getWebhooks")["data"]
    app.client.v1("WebhooksApi", "deleteWebhook", id=made["data"]["id"])
    assert [row["event_object"] for row in listed] == ["person"]
    assert app.client.v1("WebhooksApi", "getWebhooks")["data"] == []

"""Signing in by OAuth: denied, the wrong account, hostile addresses; nothing goes elsewhere."""

import pytest
from tests.clock import ManualClock
from tests.events import identify
from tests.hub import Hub, states
from tests.journeys.oauth.story import (
    HOUR_S,
    MINUTE_S,
    delivering,
    grants,
    listed,
    now,
    people,
)
from tests.oauth import SANDBOX, SCOPES, Office

from dealwright.core.delivery import State
from dealwright.core.errors import ConfigError
from dealwright.pipedrive.wire import Response


async def test_whose_account_it_is_is_known_before_anything_is_stored(
    hub: Hub, office: Office
) -> None:
    sent = await office.allowed()
    arrival = await office.signing_in().look(sent.id)

    assert arrival.granted is not None
    assert (arrival.granted.user.name, arrival.granted.domain) == ("Mara Lind", "127.0.0.1:8900")
    assert await listed(hub) == []


async def test_a_confirmed_account_becomes_a_connection(hub: Hub, office: Office) -> None:
    await office.connected(name="")

    (made,) = await listed(hub)
    assert (made.name, made.user_name, made.base_url) == ("Pipedrive", "Mara Lind", SANDBOX)
    assert made.scopes == tuple(sorted(SCOPES))


async def test_consent_that_is_denied_is_said_in_a_sentence(office: Office) -> None:
    sent = await office.sent()
    arrival = await office.signing_in().come_back(**await office.decided(sent, "deny"))

    assert (arrival.granted, arrival.code) == (None, "consent_denied")
    assert (await office.signing_in().look(sent.id)).message == arrival.message


async def test_the_wrong_account_leaves_nothing_here_and_nothing_there(
    hub: Hub, office: Office
) -> None:
    sent = await office.allowed(user=2)
    await office.signing_in().refuse(sent.id)

    assert (await listed(hub), grants(office)) == ([], 0)
    with pytest.raises(ConfigError, match="begin again"):
        await office.signing_in().look(sent.id)


async def test_refusing_an_account_that_is_connected_already_does_not_disconnect_it(
    hub: Hub, office: Office
) -> None:
    await delivering(hub, office)
    sent = await office.allowed()
    await office.signing_in().refuse(sent.id)
    await hub.send(identify("ada@example.com", name="Ada"))
    await hub.run_until_idle()

    assert people(office) == ["Ada"]


async def test_a_state_counts_once(office: Office) -> None:
    sent = await office.sent()
    answer = await office.decided(sent)
    await office.signing_in().come_back(**answer)

    with pytest.raises(ConfigError) as refused:
        await office.signing_in().come_back(**answer)
    assert refused.value.code == "sign_in_unknown"


async def test_a_state_counts_for_ten_minutes(office: Office, clock: ManualClock) -> None:
    answer = await office.decided(await office.sent())
    clock.advance(10 * MINUTE_S)

    with pytest.raises(ConfigError, match="older than"):
        await office.signing_in().come_back(**answer)


async def test_a_state_counts_in_the_browser_that_was_sent_with_it(office: Office) -> None:
    answer = await office.decided(await office.sent(browser="cookie"))

    with pytest.raises(ConfigError, match="another browser"):
        await office.signing_in().come_back(**answer, browser="another")
    arrival = await office.signing_in().come_back(**answer, browser="cookie")
    assert arrival.granted is not None


async def test_a_code_that_pipedrive_takes_no_more_is_said(
    office: Office, clock: ManualClock
) -> None:
    answer = await office.decided(await office.sent())
    clock.advance(5 * MINUTE_S)
    arrival = await office.signing_in().come_back(**answer)

    assert arrival.code == "oauth_code_refused"


async def test_a_user_who_is_not_known_yet_can_be_confirmed_once(office: Office) -> None:
    sent = await office.allowed()
    await office.signing_in().confirm(sent.id, lambda _, granted: granted)

    with pytest.raises(ConfigError, match="begin again"):
        await office.signing_in().confirm(sent.id, lambda _, granted: granted)


HOSTILE = (
    "https://pipedrive.com.evil.example",
    "https://evil.example/pipedrive.com",
    "https://evil.example#.pipedrive.com",
    "https://acme.pipedrive.com@evil.example",
    "https://acme.pipedrive.com:443@evil.example",
    "http://acme.pipedrive.com",
    "https://acme.pipedrive.com.",
    "https://acme.pipedrive.com",
    "http://127.0.0.1:1",
    "http://169.254.169.254",
    "//evil.example",
    "javascript:alert(1)",
    "",
)


def granting(api_domain: str) -> Response:
    body = (
        '{"access_token":"v1u:a","token_type":"Bearer","expires_in":3599,'
        f'"refresh_token":"1:2:b","scope":"base","api_domain":"{api_domain}"}}'
    )
    return Response(status=200, headers={}, body=body.encode())


@pytest.mark.parametrize("api_domain", HOSTILE)
async def test_an_address_that_is_not_the_sandbox_gets_no_token(
    office: Office, api_domain: str
) -> None:
    answer = await office.decided(await office.sent())
    office.instead["/oauth/token"] = granting(api_domain)
    arrival = await office.signing_in().come_back(**answer)

    assert arrival.code == "api_domain_refused"
    assert office.asked == [f"POST {SANDBOX}/oauth/token"]


async def test_a_redirect_takes_neither_code_nor_secret_along(office: Office) -> None:
    answer = await office.decided(await office.sent())
    moved = {"location": "https://evil.example/oauth/token"}
    office.instead["/oauth/token"] = Response(status=307, headers=moved, body=b"")
    arrival = await office.signing_in().come_back(**answer)

    assert arrival.code == "redirected"
    assert office.asked == [f"POST {SANDBOX}/oauth/token"]


async def test_a_renewed_token_does_not_move_to_another_host(hub: Hub, office: Office) -> None:
    await delivering(hub, office)
    hub.advance(HOUR_S)
    office.instead["/oauth/token"] = granting("https://evil.example")
    await hub.send(identify("ada@example.com", name="Ada"))
    await hub.run_once()

    assert [one for one in office.asked if f" {SANDBOX}/" not in one] == []
    assert (await now(hub)).base_url == SANDBOX
    assert states(hub) == [State.HELD]

"""Accounts are connected, signed in anew and given up through the API."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
import sqlalchemy as sa
from starlette.applications import Starlette
from tests.hub import TOKEN
from tests.oauth import SANDBOX, SCOPES, register
from tests.web.api.hub import ApiHub
from tests.web.people import PUBLIC

from dealwright.core.people import Role
from dealwright.pipedrive.oauth import CALLBACK
from dealwright.pipeline.parting import uninstalled
from dealwright.pipeline.signin import Arrival, SignIns
from dealwright.store.audit import entries
from dealwright.store.tables import connections
from dealwright.web.oauth import COOKIE, Callback, routes

#: After so long the burst window is whole again; here time does not pass by itself.
WINDOW_S = 3.0


async def post(hub: ApiHub, path: str, body: Any = None, **headers: str) -> Any:
    """Send it as a program with an owner's key; the answer's JSON with its status."""
    async with hub.client(**headers) as client:
        answer = await client.post(path, json=body)
    return answer.json() | {"status": answer.status_code}


async def by_token(hub: ApiHub, **more: Any) -> Any:
    return await post(hub, "/connections", {"sandbox": SANDBOX, "token": TOKEN, **more})


async def granted(hub: ApiHub, *, user: int = 1) -> str:
    """A program begins, and somebody allows the app; the sign-in's id."""
    sent = await post(hub, "/oauth/sign-ins", {"sandbox": SANDBOX})
    await came_back(hub, await decided(hub, sent, user=user))
    return str(sent["id"])


async def decided(hub: ApiHub, sent: Any, decision: str = "allow", *, user: int = 1) -> Any:
    """What Pipedrive sends the browser back with, after somebody has decided."""
    asked = {
        name: values[0] for name, values in parse_qs(urlsplit(sent["authorize_url"]).query).items()
    }
    company = hub.away.sandbox.world.default_company.id
    form = {**asked, "account": f"{company}:{user}", "decision": decision}
    transport = httpx2.ASGITransport(app=hub.away.sandbox)
    async with httpx2.AsyncClient(transport=transport, base_url=SANDBOX) as browser:
        answer = await browser.post("/oauth/authorize", data=form)
    return dict(parse_qs(urlsplit(answer.headers["location"]).query))


async def came_back(hub: ApiHub, query: Any, **cookies: str) -> httpx2.Response:
    """A browser comes back from Pipedrive."""
    keyring = hub.office.keyring

    async def come_back(state: str, code: str, error: str, cookie: str) -> Arrival:
        return await SignIns(keyring).come_back(state, code=code, error=error, browser=cookie)

    async def gone(pair: bytes, body: bytes) -> int:
        return await uninstalled(keyring, pair=pair, body=body)

    app = Starlette(routes=routes(Callback(come_back=come_back, uninstalled=gone)))
    named = "; ".join(f"{name}={value}" for name, value in cookies.items())
    async with httpx2.AsyncClient(
        transport=httpx2.ASGITransport(app=app), base_url=PUBLIC, headers={"cookie": named}
    ) as browser:
        return await browser.get(CALLBACK, params=query)


# -- by API token


async def test_an_api_token_is_checked_and_connects_its_account(hub: ApiHub) -> None:
    made = await by_token(hub, name="acme", plan="growth", seats=12)

    assert (made["status"], made["name"], made["user_name"]) == (201, "acme", "Mara Lind")
    assert (made["auth"], made["state"], made["delivering"]) == ("api_token", "ok", False)
    assert made["token_page"] == f"{SANDBOX}/settings/api"


async def test_a_new_connection_has_the_usual_mappings_and_every_action(hub: ApiHub) -> None:
    made = await by_token(hub)
    async with hub.client() as client:
        there = (await client.get(f"/connections/{made['id']}/mappings")).json()["items"]

    assert [one["enabled"] for one in there] == [True] * 3
    assert set(made["actions"]) == set(hub.office.actions)


async def test_a_token_that_is_refused_connects_nothing(hub: ApiHub) -> None:
    refused = await by_token(hub, token="0" * 40)

    assert refused["status"] == 409
    assert f"{SANDBOX}/settings/api" in refused["detail"]
    assert len(await listed(hub)) == 1


async def listed(hub: ApiHub) -> list[Any]:
    async with hub.client() as client:
        items: list[Any] = (await client.get("/connections")).json()["items"]
    return items


@pytest.mark.parametrize(
    "where",
    [
        {"domain": "evil.example"},
        {"domain": "acme.pipedrive.com.evil.example"},
        {"sandbox": "http://192.0.2.1:8900"},
        {"sandbox": "https://evil.example"},
        {"sandbox": "http://127.0.0.1:22"},
    ],
)
async def test_a_token_is_sent_nowhere_else(hub: ApiHub, where: dict[str, str]) -> None:
    refused = await post(hub, "/connections", {**where, "token": TOKEN})

    assert (refused["status"], refused["code"] in {"invalid_url", "address_refused"}) == (422, True)
    assert hub.away.asked == []


async def test_a_repeated_request_connects_once_and_asks_pipedrive_once(hub: ApiHub) -> None:
    body = {"sandbox": SANDBOX, "token": TOKEN}
    first = await post(hub, "/connections", body, idempotency_key="k-1")
    again = await post(hub, "/connections", body, idempotency_key="k-1")

    assert first["id"] == again["id"]
    assert hub.away.times("/users/me") == 1


async def test_neither_token_nor_sign_in_is_a_problem(hub: ApiHub) -> None:
    refused = await post(hub, "/connections", {"domain": "acme"})

    assert (refused["status"], refused["code"]) == (422, "invalid_request")


async def test_a_connection_is_in_the_audit_log_without_its_token(hub: ApiHub) -> None:
    await by_token(hub)
    entry = (await hub.store.read(lambda db: entries(db, limit=1)))[0]

    assert (entry.action, entry.principal_name) == ("connection.connect", "owner")
    assert TOKEN not in str(entry)


# -- by OAuth


async def test_what_to_register_is_told(hub: ApiHub) -> None:
    async with hub.client() as client:
        told = (await client.get("/oauth/app")).json()

    assert (told["configured"], told["callback_url"]) == (True, PUBLIC + CALLBACK)
    assert "leads:full" in {one["scope"] for one in told["scopes"]}


async def test_a_sign_in_shows_whose_account_it_is_before_anything_is_made(hub: ApiHub) -> None:
    sign_in = await granted(hub)
    async with hub.client() as client:
        told = (await client.get(f"/oauth/sign-ins/{sign_in}")).json()

    assert (told["stage"], told["user_name"], told["domain"]) == (
        "granted",
        "Mara Lind",
        "127.0.0.1:8900",
    )
    assert told["company_name"]
    assert len(await listed(hub)) == 1


async def test_a_sign_in_that_is_confirmed_becomes_a_connection(hub: ApiHub) -> None:
    made = await post(hub, "/connections", {"sign_in": await granted(hub), "name": "acme"})

    assert (made["status"], made["auth"], made["user_name"]) == (201, "oauth", "Mara Lind")
    assert made["missing_scopes"] == []


async def test_a_sign_in_is_confirmed_once(hub: ApiHub) -> None:
    sign_in = await granted(hub)
    await post(hub, "/connections", {"sign_in": sign_in})
    again = await post(hub, "/connections", {"sign_in": sign_in})

    assert again["code"] == "sign_in_unknown"


async def test_a_browser_that_begins_is_given_what_binds_it(hub: ApiHub) -> None:
    person = await hub.person(Role.ADMIN)
    async with hub.client(None, **person) as client:
        answer = await client.post("/oauth/sign-ins", json={"sandbox": SANDBOX})

    cookie = answer.headers["set-cookie"]
    assert cookie.startswith(f"{COOKIE}=")
    assert all(word in cookie for word in ("HttpOnly", "Secure", "SameSite=lax", "Path=/"))


async def begun_in_a_browser(hub: ApiHub) -> tuple[Any, str]:
    person = await hub.person(Role.ADMIN)
    async with hub.client(None, **person) as client:
        answer = await client.post("/oauth/sign-ins", json={"sandbox": SANDBOX})
    return answer.json(), answer.headers["set-cookie"].split(";")[0].partition("=")[2]


async def test_another_browser_cannot_come_back_for_it(hub: ApiHub) -> None:
    sent, _ = await begun_in_a_browser(hub)
    query = await decided(hub, sent)
    stranger = await came_back(hub, query, **{COOKIE: "another"})
    nobody = await came_back(hub, query)

    assert (stranger.status_code, nobody.status_code) == (400, 400)


async def test_the_browser_that_began_comes_back(hub: ApiHub) -> None:
    sent, cookie = await begun_in_a_browser(hub)
    arrived = await came_back(hub, await decided(hub, sent), **{COOKIE: cookie})

    assert (arrived.status_code, "Mara Lind" in arrived.text) == (200, True)


async def test_denied_consent_is_told_with_what_to_do(hub: ApiHub) -> None:
    sent = await post(hub, "/oauth/sign-ins", {"sandbox": SANDBOX})
    await came_back(hub, await decided(hub, sent, "deny"))
    async with hub.client() as client:
        told = (await client.get(f"/oauth/sign-ins/{sent['id']}")).json()

    assert (told["stage"], told["code"]) == ("ended", "consent_denied")


async def test_the_wrong_account_is_refused_and_its_grant_given_back(hub: ApiHub) -> None:
    sign_in = await granted(hub)
    async with hub.client() as client:
        refused = await client.delete(f"/oauth/sign-ins/{sign_in}")
        after = await client.get(f"/oauth/sign-ins/{sign_in}")

    assert (refused.json()["stage"], after.json()["code"]) == ("refused", "sign_in_unknown")
    assert list(hub.away.sandbox.world.default_company.grants.values()) == []


async def test_another_domain_than_the_expected_is_not_connected(hub: ApiHub) -> None:
    sign_in = await granted(hub)
    refused = await post(hub, "/connections", {"sign_in": sign_in, "domain": "other"})

    assert (refused["status"], refused["code"]) == (422, "account_refused")
    assert (await post(hub, "/connections", {"sign_in": sign_in}))["status"] == 201


async def test_a_scope_that_was_not_granted_is_named(hub: ApiHub) -> None:
    register(hub.away.sandbox, tuple(one for one in SCOPES if one != "leads:full"))
    made = await post(hub, "/connections", {"sign_in": await granted(hub)})

    assert [one["scope"] for one in made["missing_scopes"]] == ["leads:full"]


async def test_a_member_begins_no_sign_in(hub: ApiHub) -> None:
    async with hub.client(Role.MEMBER) as client:
        answer = await client.post("/oauth/sign-ins", json={})

    assert answer.json()["code"] == "role_too_low"


# -- again


async def test_a_connection_is_signed_in_anew_by_token(hub: ApiHub) -> None:
    made = await by_token(hub)
    await post(hub, f"/connections/{made['id']}/disconnect")
    again = await post(hub, f"/connections/{made['id']}/reconnect", {"token": TOKEN})

    log = [one.action for one in await hub.store.read(lambda db: entries(db, limit=3))]

    assert (again["status"], again["state"]) == (200, "ok")
    assert log == ["connection.reconnect", "connection.disconnect", "connection.connect"]


async def test_a_connection_goes_from_its_token_to_oauth(hub: ApiHub) -> None:
    made = await by_token(hub)
    again = await post(hub, f"/connections/{made['id']}/reconnect", {"sign_in": await granted(hub)})

    assert (again["id"], again["auth"]) == (made["id"], "oauth")


async def test_without_anything_new_what_is_stored_is_tried(hub: ApiHub) -> None:
    made = await by_token(hub)
    again = await post(hub, f"/connections/{made['id']}/reconnect", {})

    assert (again["status"], again["state"]) == (200, "ok")


async def test_the_credentials_of_another_company_are_refused(hub: ApiHub) -> None:
    made = await by_token(hub)
    elsewhere = sa.update(connections).values(company_id=7).where(connections.c.id == made["id"])
    await hub.store.write(lambda db: db.execute(elsewhere))
    sign_in = await granted(hub)
    token = await post(hub, f"/connections/{made['id']}/reconnect", {"token": TOKEN})
    oauth = await post(hub, f"/connections/{made['id']}/reconnect", {"sign_in": sign_in})

    assert (token["code"], oauth["code"]) == ("other_account", "other_account")
    assert list(hub.away.sandbox.world.default_company.grants.values()) == []


# -- given up


async def test_disconnecting_wipes_gives_back_and_says_what_is_held(hub: ApiHub) -> None:
    made = await post(hub, "/connections", {"sign_in": await granted(hub)})
    told = await post(hub, f"/connections/{made['id']}/disconnect")
    sealed = sa.select(connections.c.credentials).where(connections.c.id == made["id"])

    assert (told["status"], told["connection"]["state"]) == (200, "disabled")
    assert (told["held"], told["left_behind"]) == (0, [])
    assert await hub.store.read(lambda db: db.scalar(sealed)) is None
    assert list(hub.away.sandbox.world.default_company.grants.values()) == []


async def test_disconnecting_deletes_our_webhook(hub: ApiHub) -> None:
    made = await by_token(hub)
    on = await post(hub, f"/connections/{made['id']}/webhook/on")
    assert (on["status"], on["address"]) == (200, PUBLIC)

    hub.clock.advance(WINDOW_S)
    await post(hub, f"/connections/{made['id']}/disconnect")
    assert list(hub.away.sandbox.world.default_company.webhooks.values()) == []


async def test_a_webhook_that_is_switched_off_is_gone_there(hub: ApiHub) -> None:
    made = await by_token(hub)
    await post(hub, f"/connections/{made['id']}/webhook/on")
    hub.clock.advance(WINDOW_S)
    off = await post(hub, f"/connections/{made['id']}/webhook/off")

    assert (off["state"], list(hub.away.sandbox.world.default_company.webhooks.values())) == (
        "off",
        [],
    )


# -- what it does


async def change(hub: ApiHub, connection_id: int, body: Any, match: str = "*") -> Any:
    async with hub.client(if_match=match) as client:
        answer = await client.patch(f"/connections/{connection_id}", json=body)
    return answer.json() | {"status": answer.status_code}


async def test_how_a_connection_behaves_is_changed(hub: ApiHub) -> None:
    made = await by_token(hub)
    body = {"run": "manual", "shown": False, "is_default": True, "actions": ["upsert_person"]}
    told = await change(hub, made["id"], body)

    assert {key: told[key] for key in body} == body


async def test_how_records_are_found_is_changed(hub: ApiHub) -> None:
    made = await by_token(hub)
    body = {
        "match_fields": {"person": "email"},
        "region": "EE",
        "ambiguous": "hold",
        "external_id_fields": {"person": "f" * 40},
    }
    told = await change(hub, made["id"], {"matching": body})

    assert told["matching"] == body


async def test_a_match_field_that_nothing_is_found_by_is_refused(hub: ApiHub) -> None:
    made = await by_token(hub)
    told = await change(hub, made["id"], {"matching": {"match_fields": {"person": "no such"}}})

    assert (told["status"], told["code"]) == (422, "unknown_field")


async def test_a_match_field_is_unset_by_id(hub: ApiHub) -> None:
    made = await by_token(hub)
    await change(hub, made["id"], {"matching": {"match_fields": {"person": "email"}}})
    told = await change(hub, made["id"], {"matching": {"match_fields": {"person": "id"}}})

    assert told["matching"]["match_fields"] == {}


async def test_fields_for_ones_own_ids_are_made_and_used(hub: ApiHub) -> None:
    made = await by_token(hub)
    told = await post(hub, f"/connections/{made['id']}/external-id-fields")

    assert set(told["connection"]["matching"]["external_id_fields"]) == {"person", "organization"}
    assert told["skipped"] == ""


async def test_ready_made_mappings_are_made_by_their_actions(hub: ApiHub) -> None:
    made = await by_token(hub, presets=False)
    told = await post(hub, f"/connections/{made['id']}/presets", {"actions": ["upsert_deal"]})

    assert [(one["action"], one["enabled"]) for one in told["items"]] == [("upsert_deal", True)]

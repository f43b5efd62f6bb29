"""The story of OAuth, from the question to the farewell, against the sandbox."""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa
from tests.clock import ManualClock
from tests.events import activity, identify
from tests.exchanges import objections
from tests.hub import Hub, open_hub, states
from tests.oauth import APP, SANDBOX, SCOPES, Office, oauth_sandbox, register

from dealwright.core.clock import to_ms
from dealwright.core.delivery import State
from dealwright.core.errors import ConfigError, Unauthorized
from dealwright.pipedrive.plans import plan
from dealwright.pipedrive.wire import Response
from dealwright.pipeline.caretaker import Caretaker
from dealwright.pipeline.dialling import dialler, gate_of
from dealwright.pipeline.parting import disconnect, uninstalled
from dealwright.pipeline.switch import switch_on
from dealwright.pipeline.webhooks import Registrar
from dealwright.store.behaviour import set_behaviour
from dealwright.store.connections import (
    Connection,
    ConnectionState,
    connection,
    credentials,
    list_connections,
)
from dealwright.store.engine import Store
from dealwright.store.mappings import create_mapping
from dealwright.store.oauth import claim_renewal
from dealwright.store.tables import connections, sign_ins

MINUTE_S, HOUR_S, DAY_S = 60.0, 3600.0, 86_400.0


@pytest.fixture
async def hub(tmp_path: Path, clock: ManualClock) -> AsyncGenerator[Hub]:
    """A hub without a Connection."""
    async with open_hub(tmp_path, clock=clock) as hub:
        yield hub


@pytest.fixture
async def office(hub: Hub, clock: ManualClock) -> AsyncGenerator[Office]:
    """Where users are sent to Pipedrive from; what is said there has to fit its OpenAPI files."""
    office = Office(store=hub.store, sandbox=oauth_sandbox(clock), clock=clock)
    hub.dial = dialler(office.keyring())
    yield office
    assert objections(office.said) == []


async def delivering(hub: Hub, office: Office, *, user: int = 1) -> Connection:
    """Connect, with the presets and events on."""
    made = await office.connected(user=user)
    await delivering_now(hub)
    return made


async def delivering_now(hub: Hub) -> None:
    """Give the Connection the presets, and switch events on."""

    def set_up(db: sa.Connection) -> None:
        for mapping in hub.presets(1):
            create_mapping(db, mapping, now_ms=0)
        switch_on(db, 1, start=0)

    await hub.store.write(set_up)
    hub.take_up(1)


async def listed(hub: Hub) -> list[Connection]:
    return await hub.store.read(list_connections)


async def now(hub: Hub) -> Connection:
    return await hub.store.read(lambda db: connection(db, 1))


def people(office: Office) -> list[str]:
    return [one["name"] for one in office.sandbox.records("persons")]


def grants(office: Office) -> int:
    return len(list(office.sandbox.world.default_company.grants.values()))


# -- signing in


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


# -- no token goes elsewhere

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


# -- renewing


async def test_a_token_is_renewed_before_it_expires(hub: Hub, office: Office) -> None:
    await delivering(hub, office)
    hub.advance(56 * MINUTE_S)
    await hub.send(identify("ada@example.com", name="Ada"))
    await hub.run_until_idle()

    assert (people(office), office.times("/oauth/token")) == (["Ada"], 2)
    assert 401 not in {call.status for call in office.sandbox.calls}


async def test_a_token_that_is_refused_is_renewed_at_once(hub: Hub, office: Office) -> None:
    await delivering(hub, office)
    office.sandbox.add_fault(path="/api/", status=401, times=1)
    await hub.send(identify("ada@example.com", name="Ada"))
    await hub.run_until_idle()

    assert (people(office), office.times("/oauth/token")) == (["Ada"], 2)
    assert (await now(hub)).state is ConnectionState.OK


async def test_two_workers_renew_a_token_once(hub: Hub, office: Office) -> None:
    made = await office.connected()
    sealed = await hub.store.read(lambda db: credentials(db, made.id))
    workers = [office.keyring().badge(made, sealed) for _ in range(2)]
    hub.advance(HOUR_S)
    proofs = await hub.pumped(asyncio.gather(*(worker.proof() for worker in workers)))

    assert office.times("/oauth/token") == 2
    assert proofs[0] == proofs[1]


async def test_two_machines_renew_a_token_once(database: str, clock: ManualClock) -> None:
    async with open_hub(database, clock=clock) as hub:
        here = Office(store=hub.store, sandbox=oauth_sandbox(clock), clock=clock)
        made = await here.connected()
        there = Store.open(database)
        far = replace(here, store=there)
        sealed = await hub.store.read(lambda db: credentials(db, made.id))
        badges = [one.keyring().badge(made, sealed) for one in (here, far) for _ in range(3)]
        hub.advance(HOUR_S)
        await hub.pumped(asyncio.gather(*(badge.proof() for badge in badges)))
        there.close()

        assert here.times("/oauth/token") == 2


async def test_the_lanes_of_one_worker_renew_a_token_once(hub: Hub, office: Office) -> None:
    made = await office.connected()
    sealed = await hub.store.read(lambda db: credentials(db, made.id))
    badge = office.keyring().badge(made, sealed)
    hub.advance(HOUR_S)
    await hub.pumped(asyncio.gather(*(badge.proof() for _ in range(8))))

    assert office.times("/oauth/token") == 2


async def test_a_worker_that_died_while_renewing_holds_nobody_up_for_long(
    hub: Hub, office: Office
) -> None:
    made = await office.connected()
    sealed = await hub.store.read(lambda db: credentials(db, made.id))
    hub.advance(HOUR_S)
    now_ms = to_ms(hub.clock.now())
    assert await hub.store.write(
        lambda db: claim_renewal(db, made.id, holder="dead", now_ms=now_ms, ttl_ms=60_000)
    )
    await hub.pumped(office.keyring().badge(made, sealed).proof())

    assert office.times("/oauth/token") == 2


async def test_an_oauth_server_that_is_down_costs_nothing_but_time(
    hub: Hub, office: Office
) -> None:
    await delivering(hub, office)
    hub.advance(HOUR_S)
    office.instead["/oauth/token"] = Response(status=503, headers={}, body=b"<html>")
    await hub.send(identify("ada@example.com", name="Ada"))
    await hub.run_once()
    assert states(hub) == [State.WAITING]

    office.instead.clear()
    await hub.run_until_idle()
    assert people(office) == ["Ada"]


async def test_a_grant_that_nobody_uses_is_kept_alive(hub: Hub, office: Office) -> None:
    await office.connected()
    caretaker = Caretaker(office.keyring())
    renewed = []
    for _ in range(12):
        hub.advance(10 * DAY_S)
        renewed.append(await caretaker.look())
    await delivering_now(hub)
    await hub.send(identify("ada@example.com", name="Ada"))
    await hub.run_until_idle()

    assert (renewed, people(office)) == ([1] * 12, ["Ada"])


async def test_a_token_that_is_in_use_is_left_to_its_users(hub: Hub, office: Office) -> None:
    await office.connected()
    hub.advance(6 * DAY_S)

    assert await Caretaker(office.keyring()).look() == 0


# -- a grant that ends


async def test_what_was_revoked_is_found_by_use_and_goes_on_after_reconnecting(
    hub: Hub, office: Office
) -> None:
    await delivering(hub, office)
    for grant in list(office.sandbox.world.default_company.grants.values()):
        office.sandbox.grants.uninstall(office.sandbox.world.default_company, grant)
    await hub.send(identify("ada@example.com", name="Ada"))
    await hub.run_until_idle()
    assert ((await now(hub)).state, states(hub)) == (ConnectionState.REAUTH, [State.HELD])
    assert hub.delivery().now.code == "reauth"

    await office.reconnected()
    await hub.run_until_idle()
    assert ((await now(hub)).state, people(office)) == (ConnectionState.OK, ["Ada"])


async def test_a_grant_that_has_ended_is_asked_for_once_by_all_lanes(
    hub: Hub, office: Office
) -> None:
    await delivering(hub, office)
    for grant in list(office.sandbox.world.default_company.grants.values()):
        office.sandbox.grants.uninstall(office.sandbox.world.default_company, grant)
    await hub.send(*(identify(f"p{n}@example.com", name=f"P{n}") for n in range(20)))
    await hub.run_until_idle()

    assert states(hub) == [State.HELD] * 20
    assert office.times("/oauth/token") == 2


async def test_an_app_that_is_not_known_is_no_users_fault(hub: Hub, office: Office) -> None:
    await delivering(hub, office)
    hub.advance(HOUR_S)
    body = b'{"success":false,"error":"invalid_client"}'
    office.instead["/oauth/token"] = Response(status=401, headers={}, body=body)
    await hub.send(identify("ada@example.com", name="Ada"))
    await hub.run_until_idle()

    found = await now(hub)
    assert (found.state, "CLIENT_SECRET" in found.state_reason) == (ConnectionState.ERROR, True)


async def test_a_bill_that_is_not_paid_holds_what_waits(hub: Hub, office: Office) -> None:
    await delivering(hub, office)
    office.sandbox.add_fault(path="/api/", status=402)
    await hub.send(identify("ada@example.com", name="Ada"))
    await hub.run_until_idle()

    assert (await now(hub)).state is ConnectionState.PAYMENT_REQUIRED
    assert hub.delivery().now.code == "payment_required"


async def test_uninstalling_wipes_the_tokens_and_holds_what_waits(hub: Hub, office: Office) -> None:
    made = await delivering(hub, office)
    await hub.send(identify("ada@example.com", name="Ada"))
    pair = f"{APP.client_id}:{APP.secret.reveal()}".encode()
    told = (
        f'{{"client_id":"hub","company_id":{made.company_id},"user_id":{made.user_id},'
        '"timestamp":"2026-11-02T09:00:00Z"}'
    )
    assert await uninstalled(office.keyring(), pair=pair, body=told.encode()) == 1
    assert (await now(hub)).state is ConnectionState.REAUTH
    assert await hub.store.read(lambda db: db.scalar(sa.select(connections.c.credentials))) is None

    await office.reconnected()
    await hub.run_until_idle()
    assert people(office) == ["Ada"]


@pytest.mark.parametrize("pair", [b"hub:guess", b"", b"other:app-secret-canary"])
async def test_an_uninstall_without_the_apps_secret_wipes_nothing(
    hub: Hub, office: Office, pair: bytes
) -> None:
    made = await office.connected()
    told = f'{{"client_id":"hub","company_id":{made.company_id},"user_id":{made.user_id}}}'

    with pytest.raises(Unauthorized):
        await uninstalled(office.keyring(), pair=pair, body=told.encode())
    assert (await now(hub)).state is ConnectionState.OK


async def test_another_company_cannot_be_reconnected_by_mistake(hub: Hub, office: Office) -> None:
    await delivering(hub, office)
    await hub.store.write(lambda db: db.execute(sa.update(connections).values(company_id=1)))

    with pytest.raises(ConfigError) as refused:
        await office.reconnected()
    assert refused.value.code == "other_account"


# -- parting


async def parted(hub: Hub, office: Office) -> None:
    keyring = office.keyring()
    registrar = Registrar(
        store=hub.store,
        vault=office.vault,
        dial=dialler(keyring),
        clock=hub.clock,
        public_url="https://hub.example",
    )
    await registrar.check_due()
    assert len(list(office.sandbox.world.default_company.webhooks.values())) == 1
    told = await disconnect(keyring, registrar, 1)
    assert told.left_behind == ()


async def test_disconnecting_gives_the_grant_back_and_deletes_our_webhook(
    hub: Hub, office: Office
) -> None:
    await delivering(hub, office)
    await parted(hub, office)

    assert grants(office) == 0
    assert list(office.sandbox.world.default_company.webhooks.values()) == []
    assert (await now(hub)).state is ConnectionState.DISABLED


async def test_what_was_written_stays_and_what_waits_is_held(hub: Hub, office: Office) -> None:
    await delivering(hub, office)
    await hub.send(identify("ada@example.com", name="Ada"))
    await hub.run_until_idle()
    await parted(hub, office)
    await hub.send(identify("bo@example.com", name="Bo"))
    await hub.run_until_idle()

    assert (people(office), states(hub)) == (["Ada"], [State.DELIVERED])


async def test_after_reconnecting_it_goes_on_where_it_stopped(hub: Hub, office: Office) -> None:
    await delivering(hub, office)
    await parted(hub, office)
    await hub.send(identify("bo@example.com", name="Bo"))
    await office.reconnected()
    await hub.run_until_idle()

    assert people(office) == ["Bo"]


async def test_a_token_that_is_dead_already_does_not_keep_anybody_from_parting(
    hub: Hub, office: Office
) -> None:
    await delivering(hub, office)
    office.instead["/oauth/revoke"] = Response(status=503, headers={}, body=b"")
    told = await disconnect(office.keyring(), _no_registrar(hub, office), 1)

    assert len(told.left_behind) == 1
    assert (await now(hub)).state is ConnectionState.DISABLED


def _no_registrar(hub: Hub, office: Office) -> Registrar:
    return Registrar(
        store=hub.store,
        vault=office.vault,
        dial=dialler(office.keyring()),
        clock=hub.clock,
        public_url=None,
    )


# -- scopes, and users who may less


async def test_a_scope_that_is_missing_is_named_and_holds_only_what_needs_it(
    hub: Hub, office: Office
) -> None:
    register(office.sandbox, tuple(scope for scope in SCOPES if scope != "contacts:full"))
    await delivering(hub, office)
    await hub.send(identify("ada@example.com", name="Ada"))
    await hub.run_until_idle()
    seen = hub.delivery().now
    assert (seen.state, seen.code) == (State.HELD, "scope_missing")
    assert "contacts:full" in seen.message

    register(office.sandbox, SCOPES)
    await office.reconnected()
    await hub.run_until_idle()
    assert people(office) == ["Ada"]


async def test_a_kind_that_was_not_granted_costs_nothing_and_stops_nobody(
    hub: Hub, office: Office
) -> None:
    register(office.sandbox, tuple(scope for scope in SCOPES if scope != "activities:full"))
    await delivering(hub, office)
    await hub.send(activity("ada@example.com", "Called"), identify("bo@example.com", name="Bo"))
    await hub.run_until_idle()

    assert (states(hub), people(office)) == ([State.HELD, State.DELIVERED], ["Bo"])
    assert "activities:full" in hub.deliveries()[0].now.message
    assert [call.template for call in office.sandbox.calls if "activit" in call.path] == []


async def test_an_action_that_is_off_makes_no_delivery(hub: Hub, office: Office) -> None:
    await delivering(hub, office)
    await hub.store.write(lambda db: set_behaviour(db, 1, actions=["upsert_activity"]))
    await hub.send(identify("ada@example.com", name="Ada"))
    await hub.run_until_idle()

    assert (hub.deliveries(), people(office)) == ([], [])


async def test_a_user_who_is_no_admin_has_webhooks_and_writes(hub: Hub, office: Office) -> None:
    await delivering(hub, office, user=2)
    await parted(hub, office)

    assert grants(office) == 0


async def test_a_gate_is_as_wide_as_oauth_allows(hub: Hub, office: Office) -> None:
    made = await office.connected()
    found = await hub.store.read(lambda db: connection(db, made.id))

    assert gate_of(found, hub.clock).burst == plan("growth").oauth_burst // 2


async def test_a_user_who_is_no_admin_writes_events_all_the_same(hub: Hub, office: Office) -> None:
    made = await delivering(hub, office, user=2)
    await hub.send(identify("ada@example.com", name="Ada"))
    await hub.run_until_idle()

    assert (made.user_name, people(office)) == ("Sam Plain", ["Ada"])


# -- nothing secret is told


async def test_tokens_stand_sealed_in_the_store(hub: Hub, office: Office) -> None:
    await office.connected()
    await office.allowed(user=2)

    def everything(db: sa.Connection) -> str:
        rows = [db.execute(sa.select(table)).all() for table in (connections, sign_ins)]
        return repr(rows)

    stored = await hub.store.read(everything)
    company = office.sandbox.world.default_company
    told = [
        text
        for grant in company.grants.values()
        for text in (grant.id, *(access.token for access in grant.access))
    ]
    assert [text for text in told if text in stored] == []
    assert to_ms(hub.clock.now()) > 0

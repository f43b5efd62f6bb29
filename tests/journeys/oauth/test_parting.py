"""A grant that ends: revoked, uninstalled, disconnected; and what goes on after reconnecting."""

import pytest
import sqlalchemy as sa
from tests.events import identify
from tests.hub import Hub, states
from tests.journeys.oauth.story import (
    HOUR_S,
    delivering,
    grants,
    now,
    parted,
    people,
)
from tests.oauth import APP, Office

from dealwright.core.delivery import State
from dealwright.core.errors import ConfigError, Unauthorized
from dealwright.core.people import PrincipalKind
from dealwright.pipedrive.wire import Response
from dealwright.pipeline.dialling import dialler
from dealwright.pipeline.parting import disconnect, uninstalled
from dealwright.pipeline.webhooks import Registrar
from dealwright.store.audit import entries
from dealwright.store.connections import (
    ConnectionState,
)
from dealwright.store.tables import connections


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


async def test_an_uninstall_is_in_the_audit_log_as_pipedrives(hub: Hub, office: Office) -> None:
    made = await office.connected()
    pair = f"{APP.client_id}:{APP.secret.reveal()}".encode()
    told = f'{{"client_id":"hub","company_id":{made.company_id},"user_id":{made.user_id}}}'
    await uninstalled(office.keyring(), pair=pair, body=told.encode())
    (entry,) = await hub.store.read(lambda db: entries(db, limit=5))

    assert (entry.action, entry.principal_kind) == (
        "connection.uninstall",
        PrincipalKind.PIPEDRIVE,
    )
    assert (entry.before["state"], entry.after["state"]) == ("ok", "reauth")


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

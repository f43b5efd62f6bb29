"""What was granted: scopes that are missing, users who may less, and nothing secret told."""

import sqlalchemy as sa
from tests.events import activity, identify
from tests.hub import Hub, states
from tests.journeys.oauth.story import (
    delivering,
    grants,
    parted,
    people,
)
from tests.oauth import SCOPES, Office, register

from dealwright.core.clock import to_ms
from dealwright.core.delivery import State
from dealwright.pipedrive.plans import plan
from dealwright.pipeline.dialling import gate_of
from dealwright.store.behaviour import set_behaviour
from dealwright.store.connections import (
    connection,
)
from dealwright.store.tables import connections, sign_ins


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

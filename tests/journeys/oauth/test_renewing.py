"""Tokens of OAuth are renewed in time, once, and whoever dies over it holds nobody up."""

import asyncio
from dataclasses import replace

from tests.clock import ManualClock
from tests.events import identify
from tests.hub import Hub, open_hub, states
from tests.journeys.oauth.story import (
    DAY_S,
    HOUR_S,
    MINUTE_S,
    delivering,
    delivering_now,
    now,
    people,
)
from tests.oauth import Office, oauth_sandbox

from dealwright.core.clock import to_ms
from dealwright.core.delivery import State
from dealwright.pipedrive.wire import Response
from dealwright.pipeline.caretaker import Caretaker
from dealwright.store.connections import (
    ConnectionState,
    credentials,
)
from dealwright.store.engine import Store
from dealwright.store.oauth import claim_renewal


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

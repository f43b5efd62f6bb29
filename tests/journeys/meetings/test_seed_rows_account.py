"""An account and its meetings: confirmed, expired, signed in anew, disconnected."""

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
from tests.clock import ManualClock
from tests.hub import Hub, open_hub
from tests.journeys.meetings.log import BASE_URL, IN_PIPEDRIVE, JONAS, Log, deal, have, met
from tests.journeys.oauth.story import grants, listed, now, parted
from tests.oauth import Office, oauth_sandbox

from dealwright.core.delivery import State
from dealwright.meetings.why import Answer, Fix, Question
from dealwright.pipeline.dialling import dialler
from dealwright.pipeline.meetingpage import meeting_page
from dealwright.pipeline.switch import switch_on
from dealwright.store.connections import ConnectionState
from dealwright.store.meetings import meeting


@pytest.fixture
async def hub(tmp_path: Path, clock: ManualClock) -> AsyncGenerator[Hub]:
    """A hub without a Connection."""
    async with open_hub(tmp_path, clock=clock) as hub:
        yield hub


@pytest.fixture
async def office(hub: Hub, clock: ManualClock) -> Office:
    """Where users sign in at Pipedrive."""
    office = Office(store=hub.store, sandbox=oauth_sandbox(clock), clock=clock)
    hub.dial = dialler(office.keyring())
    return office


@pytest.fixture
async def log(hub: Hub, office: Office) -> Log:
    """What logs meetings, once there is a Connection."""
    log = Log(hub, office.sandbox)
    have(log, IN_PIPEDRIVE, deals=(deal(7),))
    return log


async def signed_in(hub: Hub, office: Office) -> None:
    """Somebody connects, and meetings are written from now on."""
    await office.connected()
    await hub.store.write(lambda db: switch_on(db, 1, start=0))
    hub.take_up(1)


async def heard(log: Log) -> None:
    """A meeting comes, and whatever can be done of it is done."""
    await log.settle()
    await log.queue(met(JONAS))
    await log.hub.run_until_idle()


def revoke(office: Office) -> None:
    """Somebody takes the app's access away at Pipedrive."""
    company = office.sandbox.world.default_company
    for grant in list(company.grants.values()):
        office.sandbox.grants.uninstall(company, grant)


async def stopped(log: Log) -> Answer:
    """What the meeting's page says of why nothing reaches Pipedrive."""
    shown = await log.hub.store.read(
        lambda db: meeting_page(db, meeting(db, 1).public_id, base_url=BASE_URL)
    )
    return next(one for one in shown.answers if one.question is Question.STOPPED)


async def test_the_account_is_confirmed_before_any_meeting_goes_there(
    hub: Hub, office: Office, log: Log
) -> None:
    sent = await office.allowed()
    before = await listed(hub)
    await office.signing_in().refuse(sent.id)
    await signed_in(hub, office)
    await heard(log)

    assert (before, (await now(hub)).company_name) == ([], "Sandbox Ltd")
    assert log.notes()[101]["deal_id"] == 7


async def test_a_token_that_was_revoked_holds_the_meeting_and_says_so(
    hub: Hub, office: Office, log: Log
) -> None:
    await signed_in(hub, office)
    revoke(office)
    await heard(log)
    answer = await stopped(log)

    assert (hub.delivery().now.state, log.notes()) == (State.HELD, {})
    assert (answer.code, answer.fixes) == ("connection_reauth", (Fix.RECONNECT,))


async def test_after_reconnecting_the_meeting_is_written_once(
    hub: Hub, office: Office, log: Log
) -> None:
    await signed_in(hub, office)
    revoke(office)
    await heard(log)
    await office.reconnected()
    await hub.run_until_idle()

    assert log.writes() == ["POST v1/notes", "POST v2/activities"]
    assert (await log.result()).state == "synced"


async def test_disconnecting_revokes_and_leaves_notes_activities_and_meetings(
    hub: Hub, office: Office, log: Log
) -> None:
    await signed_in(hub, office)
    await heard(log)
    await parted(hub, office)

    assert (grants(office), (await now(hub)).state) == (0, ConnectionState.DISABLED)
    assert (len(log.notes()), len(log.activities())) == (1, 1)
    assert (await log.result()).state == "synced"


async def test_a_meeting_after_disconnecting_waits_and_says_why(
    hub: Hub, office: Office, log: Log
) -> None:
    await signed_in(hub, office)
    await parted(hub, office)
    await heard(log)

    assert (await stopped(log)).code == "connection_disabled"
    assert log.notes() == {}

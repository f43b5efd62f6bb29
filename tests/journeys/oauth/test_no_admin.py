"""The story of OAuth with Sam, who is no admin: what only admins may do is skipped and named.

His card asks for nothing but what he may see, and names what it could not have.
"""

import pytest
from tests.events import activity, identify
from tests.hub import Hub, states
from tests.journeys.meetings.log import IN_PIPEDRIVE, JONAS, Log, have, met
from tests.journeys.oauth.story import HOUR_S, delivering, grants, listed, now, people
from tests.oauth import APP, SCOPES, Office, register

from dealwright.cards.known import Part
from dealwright.core.delivery import State
from dealwright.core.errors import Rejected
from dealwright.pipedrive.records import Records
from dealwright.pipeline.accounts import AccountBook
from dealwright.pipeline.card import Cards
from dealwright.pipeline.config_account import account_steps, make_account
from dealwright.pipeline.config_file import WantedAccount
from dealwright.pipeline.dialling import dialler
from dealwright.pipeline.idfields import id_fields
from dealwright.pipeline.parting import uninstalled
from dealwright.pipeline.standing import standing
from dealwright.pipeline.webhooks import Registrar
from dealwright.store.connections import ConnectionState, credentials

SAM = 2
PUBLIC = "https://hub.example"
REFUSED = {"success": False, "error": "You do not have permissions to do this."}


async def records(hub: Hub, office: Office) -> Records:
    """The account as whoever signed in sees it."""
    one, sealed = await now(hub), await hub.store.read(lambda db: credentials(db, 1))
    client = dialler(office.keyring())(one, sealed)
    return Records(client.for_purpose("setup", lambda _: None))


def forbid(office: Office, method: str, path: str) -> None:
    """Take a right away by Sam's permission set."""
    office.sandbox.add_fault(method=method, path=path, status=403, body=REFUSED)


async def test_denied_consent_and_the_wrong_account_leave_nothing(hub: Hub, office: Office) -> None:
    sent = await office.sent()
    denied = await office.signing_in().come_back(**await office.decided(sent, "deny", user=SAM))
    wrong = await office.allowed(user=SAM)
    await office.signing_in().refuse(wrong.id)

    assert (denied.code, await listed(hub), grants(office)) == ("consent_denied", [], 0)


async def test_events_are_written_and_a_token_is_renewed(hub: Hub, office: Office) -> None:
    made = await delivering(hub, office, user=SAM)
    hub.advance(HOUR_S)
    await hub.send(identify("ada@example.com", name="Ada"), activity("ada@example.com", "Called"))
    await hub.run_until_idle()

    assert (made.user_name, people(office)) == ("Sam Plain", ["Ada"])
    assert states(hub) == [State.DELIVERED] * 2


async def test_without_webhooks_changes_are_asked_for_and_the_reason_is_named(
    hub: Hub, office: Office
) -> None:
    await delivering(hub, office, user=SAM)
    forbid(office, "POST", "webhooks")
    keyring = office.keyring()
    registrar = Registrar(
        store=hub.store,
        vault=office.vault,
        dial=dialler(keyring),
        clock=hub.clock,
        public_url=PUBLIC,
    )
    with pytest.raises(Rejected):
        await registrar.check(1)
    one, now_ms = await now(hub), keyring.now_ms()
    stands = await hub.store.read(lambda db: standing(db, one, public_url=PUBLIC, now_ms=now_ms))
    await hub.send(identify("ada@example.com", name="Ada"))
    await hub.run_until_idle()

    assert (stands.state, stands.code) == ("failed", "webhook_refused")
    assert "admin" in stands.sentence
    assert people(office) == ["Ada"]


async def test_fields_that_sam_may_not_make_are_skipped_and_named(hub: Hub, office: Office) -> None:
    await delivering(hub, office, user=SAM)
    forbid(office, "POST", "Fields")
    made, skipped = await id_fields(await records(hub, office))

    assert (made, "may not make fields" in skipped) == ({}, True)


async def test_activity_types_are_skipped_and_named(hub: Hub, office: Office) -> None:
    await delivering(hub, office, user=SAM)
    account, wanted = await records(hub, office), WantedAccount(activity_types=["Demo"])
    book = AccountBook(hub.store, connection_id=1, clock=hub.clock)
    steps = await account_steps(wanted, name="main", book=book, records=account)
    skipped = await make_account(steps, wanted, book=book, records=account)

    assert [text.partition(" (")[0] for text in skipped] == ["account of main: activity type Demo"]


async def test_a_meeting_is_written_with_its_note_though_sam_may_not_make_its_type(
    hub: Hub, office: Office
) -> None:
    await delivering(hub, office, user=SAM)
    log = Log(hub, office.sandbox)
    have(log, IN_PIPEDRIVE)
    result = await log.hear(met(JONAS, said_type="Demo"))

    assert (result.state, result.activity_reason) == ("synced", "activity_type_not_found")
    assert list(log.notes()) == [101]


async def test_sam_sees_a_card_and_what_he_may_not_see_is_named(hub: Hub, office: Office) -> None:
    await delivering(hub, office, user=SAM)
    have(Log(hub, office.sandbox), IN_PIPEDRIVE)
    forbid(office, "GET", "/api/v2/activities")
    cards = Cards(hub.store, hub.clock, dial=dialler(office.keyring()))
    try:
        answer = await hub.pumped(cards.of("jonas@acme.example"))
    finally:
        await cards.close()

    assert answer.known is not None
    assert answer.known.person is not None
    assert (answer.known.person.name, list(answer.known.missing)) == (
        "Jonas Berg",
        [Part.ACTIVITIES],
    )


async def test_what_is_uninstalled_is_held_and_goes_on_after_reconnecting(
    hub: Hub, office: Office
) -> None:
    made = await delivering(hub, office, user=SAM)
    await hub.send(identify("ada@example.com", name="Ada"))
    pair = f"{APP.client_id}:{APP.secret.reveal()}".encode()
    told = f'{{"client_id":"hub","company_id":{made.company_id},"user_id":{SAM}}}'
    await uninstalled(office.keyring(), pair=pair, body=told.encode())
    assert (await now(hub)).state is ConnectionState.REAUTH

    again = await office.reconnected(user=SAM)
    await hub.run_until_idle()
    assert (again.user_name, people(office)) == ("Sam Plain", ["Ada"])


async def test_an_admin_may_take_over_and_brings_what_sam_lacked(hub: Hub, office: Office) -> None:
    await delivering(hub, office, user=SAM)
    register(office.sandbox, (*SCOPES, "admin"))
    await office.reconnected(user=1)
    account, wanted = await records(hub, office), WantedAccount(activity_types=["Demo"])
    book = AccountBook(hub.store, connection_id=1, clock=hub.clock)
    steps = await account_steps(wanted, name="main", book=book, records=account)

    assert await make_account(steps, wanted, book=book, records=account) == []

"""A new connector, made on a card: nothing of it is stored before its token works."""

import pytest
from tests.journeys.card.desk import STRANGE_TOKEN, Desk, another_company, fault, op_of

from dealwright.cards.card import Op
from dealwright.cards.section import switches
from dealwright.store import cards as stored
from dealwright.store.mappings import list_mappings

SETTINGS = Op(name="settings")
ALL = tuple(switches())


async def _new(desk: Desk) -> Op:
    """The button of the third step of a new connector, called Second."""
    name = await desk.card(op_of(await desk.card(SETTINGS), "settings_new"))
    actions = await desk.card(op_of(name, "settings_name"), name="Second")
    on = [key for key in ALL if key != "deals"]
    token = await desk.card(op_of(actions, "settings_actions"), features=on, writes=("create",))
    return op_of(token, "settings_authorization")


async def test_nothing_is_stored_of_a_connector_before_its_token_works(desk: Desk) -> None:
    await desk.press(await _new(desk), form={"token": "x" * 40, "account": "second"})

    assert len(await desk.connections()) == 1


async def test_a_new_connector_needs_a_token(desk: Desk) -> None:
    card = await desk.card(await _new(desk))

    assert (card.name, fault(card)) == ("settings_authorization", "Paste the API token first.")


async def test_a_new_connector_is_what_its_steps_have_decided(desk: Desk) -> None:
    another_company(desk.pipedrive, domain="second", token=STRANGE_TOKEN)
    done = await desk.press(await _new(desk), form={"token": STRANGE_TOKEN})
    made = (await desk.connections())[1]
    chosen = await desk.hub.store.read(lambda db: stored.settings(db, made.id))

    assert done.notice == "Second is connected."
    assert (made.name, made.base_url, made.delivering, made.is_default) == (
        "Second",
        "https://second.pipedrive.com",
        True,
        False,
    )
    assert (chosen.off(ALL), chosen.writes_forbidden) == (("deals",), ("log", "update"))


async def test_a_new_connector_writes_no_event_to_the_account(desk: Desk) -> None:
    another_company(desk.pipedrive, domain="second", token=STRANGE_TOKEN)
    await desk.press(await _new(desk), form={"token": STRANGE_TOKEN})

    assert await desk.hub.store.read(lambda db: list_mappings(db, 2)) == []


async def test_who_connected_an_account_is_written_down(desk: Desk) -> None:
    another_company(desk.pipedrive, domain="second", token=STRANGE_TOKEN)
    await desk.press(await _new(desk), form={"token": STRANGE_TOKEN})
    entry = next(one for one in await desk.changes() if one.action == "connection.connect")

    assert (entry.principal_id, entry.after["name"], entry.before) == (1, "Second", None)


async def test_an_account_that_is_connected_already_gets_the_new_token_and_no_more(
    desk: Desk,
) -> None:
    another_company(desk.pipedrive, domain="second", token=STRANGE_TOKEN)
    await desk.press(await _new(desk), form={"token": STRANGE_TOKEN})
    again = await desk.press(await _new(desk), form={"token": STRANGE_TOKEN})

    assert "was connected already" in again.notice
    assert len(await desk.connections()) == 2


@pytest.mark.parametrize("account", ["evil.example", "http://192.0.2.1", "http://127.0.0.1:1"])
async def test_a_token_is_shown_to_pipedrive_alone(desk: Desk, account: str) -> None:
    card = await desk.card(await _new(desk), token=STRANGE_TOKEN, account=account)

    assert card.name == "settings_authorization"
    assert fault(card)
    assert desk.pipedrive.calls == []

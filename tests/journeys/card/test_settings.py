"""Connectors set up on cards: four steps, each saved by itself, by whoever may."""

import pytest
from tests.hub import Hub
from tests.journeys.card.desk import (
    ADMIN,
    MEMBER,
    NEW_TOKEN,
    STRANGE_TOKEN,
    VIEWER,
    Desk,
    another_company,
    desk_of,
    fault,
    op_of,
    ops,
    said,
    second_token,
)

from dealwright.cards.card import Card, Op
from dealwright.cards.section import switches
from dealwright.core.secret import Secret
from dealwright.pipedrive.oauth import App
from dealwright.sandbox.app import Sandbox
from dealwright.store import cards as stored
from dealwright.store.connections import Run

SETTINGS = Op(name="settings")
ALL = tuple(switches())
WRITES = ("create", "update", "log")


async def _edit(desk: Desk) -> Op:
    return op_of(await desk.card(SETTINGS), "settings_edit", record="1")


async def _settings(desk: Desk) -> stored.CardSettings:
    return await desk.hub.store.read(lambda db: stored.settings(db, 1))


async def test_all_connectors_are_listed_and_one_can_be_added(desk: Desk) -> None:
    card = await desk.card(SETTINGS)

    assert [one.name for one in ops(card)][:3] == [
        "settings_edit",
        "settings_new",
        "settings_reader",
    ]


async def test_one_that_is_not_shown_on_cards_can_still_be_set_up(desk: Desk) -> None:
    from dealwright.store.behaviour import set_behaviour  # noqa: PLC0415

    await desk.hub.store.write(lambda db: set_behaviour(db, 1, shown=False))

    assert "main" in said(await desk.card(SETTINGS))


async def test_the_four_steps_follow_each_other_and_lead_back(desk: Desk) -> None:
    name = await desk.card(await _edit(desk))
    actions = await desk.card(op_of(name, "settings_name"), name="Sales")
    token = await desk.card(op_of(actions, "settings_actions"), features=ALL, writes=WRITES)
    behaviour = await desk.card(op_of(token, "settings_authorization"))
    done = await desk.press(
        op_of(behaviour, "settings_behaviour"), form={"run": "auto", "default": "1"}
    )

    assert [name.name, actions.name, token.name, behaviour.name] == [
        "settings_name",
        "settings_actions",
        "settings_authorization",
        "settings_behaviour",
    ]
    assert done.card is not None
    assert (done.card.name, done.notice, done.place) == ("settings", "Saved.", "below")


async def test_a_step_back_saves_nothing(desk: Desk) -> None:
    name = await desk.card(await _edit(desk))
    actions = await desk.card(op_of(name, "settings_name"), name="Sales")
    back = await desk.card(op_of(actions, "settings_back"), features=(), writes=())

    assert back.name == "settings_name"
    assert (await _settings(desk)) == stored.CardSettings()


async def test_step_1_saves_the_name_at_once_and_writes_down_who_did_it(desk: Desk) -> None:
    name = await desk.card(await _edit(desk))
    await desk.card(op_of(name, "settings_name"), name="  Sales  ")
    (one,), (entry, *_) = await desk.connections(), await desk.changes()

    assert one.name == "Sales"
    assert (entry.action, entry.target, entry.principal_id) == (
        "connection.update",
        "connection:1",
        ADMIN.user_id,
    )
    assert (entry.before["name"], entry.after["name"]) == ("main", "Sales")


async def test_an_empty_name_becomes_the_usual_one(desk: Desk) -> None:
    name = await desk.card(await _edit(desk))
    await desk.card(op_of(name, "settings_name"))

    assert [one.name for one in await desk.connections()] == ["Pipedrive"]


async def test_names_need_not_be_unique(desk: Desk) -> None:
    await desk.hub.connect(desk.pipedrive, name="second")
    second = op_of(await desk.card(SETTINGS), "settings_edit", record="2")
    await desk.card(op_of(await desk.card(second), "settings_name"), name="main")

    assert [one.name for one in await desk.connections()] == ["main", "main"]


async def test_a_name_that_is_too_long_stays_on_its_card_with_the_reason(desk: Desk) -> None:
    name = await desk.card(await _edit(desk))
    card = await desk.card(op_of(name, "settings_name"), name="x" * 201)

    assert (card.name, fault(card)) == (
        "settings_name",
        "This name is too long: 200 characters are enough.",
    )
    assert [one.name for one in await desk.connections()] == ["main"]


async def test_nothing_is_written_down_where_nothing_was_changed(desk: Desk) -> None:
    name = await desk.card(await _edit(desk))
    await desk.card(op_of(name, "settings_name"), name="main")

    assert await desk.changes() == []


async def test_step_2_saves_what_is_off_and_what_is_forbidden(desk: Desk) -> None:
    actions = await _step(desk, "actions")
    on = [key for key in ALL if key != "notes"]
    await desk.card(op_of(actions, "settings_actions"), features=on, writes=("create", "log"))
    chosen = await _settings(desk)

    assert (chosen.off(ALL), chosen.writes_forbidden) == (("notes",), ("update",))
    assert [one.action for one in await desk.changes()] == ["card_settings.update"]


async def test_step_2_keeps_the_order_of_sections_and_ops_that_are_forbidden_by_name(
    desk: Desk,
) -> None:
    order = ("notes", "deals", "activities", "labels")
    before = stored.CardSettings(writes_forbidden=("deal_won",)).switched(order, known=ALL)
    await desk.hub.store.write(lambda db: stored.set_settings(db, 1, chosen=before, now_ms=1))
    actions = await _step(desk, "actions")
    await desk.card(
        op_of(actions, "settings_actions"), features=("deals", "notes", "owner"), writes=WRITES
    )
    chosen = await _settings(desk)

    assert chosen.sections == ("notes", "deals", "owner")
    assert chosen.writes_forbidden == ("deal_won",)


async def test_a_feature_that_there_is_not_is_refused_on_the_same_card(desk: Desk) -> None:
    actions = await _step(desk, "actions")
    card = await desk.card(op_of(actions, "settings_actions"), features=("horoscope",))

    assert card.name == "settings_actions"
    assert "not in the list" in fault(card)


async def test_step_3_left_empty_keeps_the_token(desk: Desk) -> None:
    token = await _step(desk, "authorization")
    card = await desk.card(op_of(token, "settings_authorization"))

    assert (card.name, desk.pipedrive.calls) == ("settings_behaviour", [])


async def test_step_3_takes_a_token_that_works(desk: Desk) -> None:
    second_token(desk.pipedrive)
    token = await _step(desk, "authorization")
    done = await desk.press(op_of(token, "settings_authorization"), form={"token": NEW_TOKEN})
    (one,), (entry, *_) = await desk.connections(), await desk.changes()

    assert (done.notice, one.signed_in) == ("The token works.", 2)
    assert (entry.action, desk.woken) == ("connection.reconnect", [1])


async def test_a_token_that_pipedrive_refuses_stays_on_its_card(desk: Desk) -> None:
    token = await _step(desk, "authorization")
    card = await desk.card(op_of(token, "settings_authorization"), token="x" * 40)
    (one,) = await desk.connections()

    assert (card.name, fault(card)) == (
        "settings_authorization",
        "Pipedrive refuses this token.",
    )
    assert (one.signed_in, await desk.changes()) == (1, [])


async def test_a_token_of_another_company_is_refused(desk: Desk) -> None:
    second_token(desk.pipedrive)
    token = await _step(desk, "authorization")
    await desk.press(op_of(token, "settings_authorization"), form={"token": NEW_TOKEN})
    another_company(desk.pipedrive, token=STRANGE_TOKEN)
    card = await desk.card(op_of(token, "settings_authorization"), token=STRANGE_TOKEN)

    assert "Other Ltd" in fault(card)
    assert (await desk.connections())[0].signed_in == 2


async def test_a_token_is_on_no_card_in_no_audit_row_and_in_no_state(desk: Desk) -> None:
    second_token(desk.pipedrive)
    token = await _step(desk, "authorization")
    refused = await desk.card(op_of(token, "settings_authorization"), token="canary" * 6)
    taken = await desk.card(op_of(token, "settings_authorization"), token=NEW_TOKEN)

    assert "canary" not in said(refused)
    assert NEW_TOKEN not in said(taken) + str(await desk.changes())


async def test_a_hub_with_an_app_of_pipedrives_says_how_to_sign_in_by_it(
    hub: Hub, pipedrive: Sandbox
) -> None:
    desk = desk_of(hub, pipedrive, app=App(client_id="app", secret=Secret("s" * 40)))

    assert "dealwright connect --oauth" in said(await _step(desk, "authorization"))


async def test_a_hub_without_one_does_not_speak_of_it(desk: Desk) -> None:
    assert "OAuth" not in said(await _step(desk, "authorization"))


async def test_step_4_saves_run_and_the_readers_own_locale(desk: Desk) -> None:
    behaviour = await _step(desk, "behaviour")
    form = {"run": "manual", "default": "1", "locale": "de-DE"}
    await desk.press(op_of(behaviour, "settings_behaviour"), form=form)
    (one,) = await desk.connections()
    own = await desk.hub.store.read(lambda db: stored.reader(db, ADMIN.user_id))

    assert (one.run, own.locale) == (Run.MANUAL, "de-DE")


async def test_the_first_connector_is_automatic_and_shown(desk: Desk) -> None:
    shown = said(await _step(desk, "behaviour"))

    assert "'value': 'auto', 'label': 'Automatically when a message opens', 'chosen': True" in shown
    assert "\"Show this connector's data directly\", 'chosen': True" in shown


async def test_another_one_can_be_shown_directly_instead(desk: Desk) -> None:
    await desk.hub.connect(desk.pipedrive, name="second")
    behaviour = await desk.card(Op(name="settings_back", connection=2, extra={"step": "behaviour"}))
    form = {"run": "auto", "default": "1"}
    await desk.press(op_of(behaviour, "settings_behaviour"), form=form)

    assert [one.is_default for one in await desk.connections()] == [False, True]


async def test_one_connector_is_always_shown(desk: Desk) -> None:
    behaviour = await _step(desk, "behaviour")
    card = await desk.card(op_of(behaviour, "settings_behaviour"), run="auto")

    assert (card.name, "always shown" in fault(card)) == ("settings_behaviour", True)
    assert [one.is_default for one in await desk.connections()] == [True]


async def test_steps_that_began_on_the_dashboard_lead_back_there(desk: Desk) -> None:
    dashboard = await desk.card(Op(name="look_up"))
    name = await desk.card(op_of(dashboard, "settings_edit"))
    actions = await desk.card(op_of(name, "settings_name"), name="Sales")
    token = await desk.card(op_of(actions, "settings_actions"), features=ALL, writes=WRITES)
    behaviour = await desk.card(op_of(token, "settings_authorization"))
    done = await desk.card(op_of(behaviour, "settings_behaviour"), default="1")

    assert done.name == "dashboard"
    assert "Sales" in said(done)


# -- who may


async def test_a_viewer_sees_every_step_and_nothing_to_change(desk: Desk) -> None:
    name = await desk.card(await _edit(desk), by=VIEWER)
    actions = await desk.card(op_of(name, "settings_back"), by=VIEWER)

    assert "main" in said(name)
    assert "Only an admin" in said(name)
    assert "'type': 'select'" not in said(actions)


@pytest.mark.parametrize(
    ("op", "form"),
    [
        ("settings_new", {}),
        ("settings_name", {"name": "Mine"}),
        ("settings_actions", {"features": ()}),
        ("settings_authorization", {"token": NEW_TOKEN}),
        ("reauth", {"token": NEW_TOKEN}),
    ],
)
async def test_a_member_changes_nothing_by_a_button_of_an_admins(
    desk: Desk, op: str, form: dict[str, str]
) -> None:
    before = await desk.connections()
    clicked = await desk.press(Op(name=op, connection=1), by=MEMBER, form=form)

    assert clicked.notice == "Only an admin of the hub can change this."
    assert (await desk.connections(), await desk.changes(), desk.pipedrive.calls) == (
        before,
        [],
        [],
    )


async def test_a_viewer_chooses_his_own_locale_in_the_last_step_and_no_more(desk: Desk) -> None:
    form = {"run": "manual", "locale": "sv-SE"}
    await desk.press(Op(name="settings_behaviour", connection=1), by=VIEWER, form=form)
    (one,) = await desk.connections()
    own = await desk.hub.store.read(lambda db: stored.reader(db, VIEWER.user_id))

    assert (one.run, one.is_default, own.locale) == (Run.AUTOMATIC, True, "sv-SE")


# -- how somebody reads


async def test_a_reader_chooses_locale_zone_and_connectors(desk: Desk) -> None:
    await desk.hub.connect(desk.pipedrive, name="second")
    form = await desk.card(
        op_of(await desk.card(SETTINGS, by=VIEWER), "settings_reader"), by=VIEWER
    )
    fields = {"locale": "fr-FR", "zone": "Europe/Paris", "shown": ("2",)}
    await desk.press(op_of(form, "settings_reading"), by=VIEWER, form=fields)
    own = await desk.hub.store.read(lambda db: stored.reader(db, VIEWER.user_id))

    assert own == stored.CardReader(locale="fr-FR", zone="Europe/Paris", connections=(2,))
    assert [one.action for one in await desk.changes()] == ["card_reader.update"]


async def test_all_connectors_are_those_that_come_later_too(desk: Desk) -> None:
    await desk.press(Op(name="settings_reading"), form={"shown": ("1",)})
    own = await desk.hub.store.read(lambda db: stored.reader(db, ADMIN.user_id))

    assert own.connections is None


@pytest.mark.parametrize(
    ("form", "told"),
    [
        ({"shown": ()}, "Choose something first."),
        ({"shown": ("1",), "zone": "Mars/Olympus"}, "no time zone of this name"),
        ({"shown": ("1",), "locale": "xx-XX; DROP"}, "not in the list"),
    ],
)
async def test_what_cannot_be_chosen_is_told_on_the_form(
    desk: Desk, form: dict[str, str], told: str
) -> None:
    card = await desk.card(Op(name="settings_reading"), **form)

    assert told in fault(card)


# -- in words of the reader's own


async def test_a_notice_is_in_the_readers_language(desk: Desk) -> None:
    desk.locale = "de-DE"
    clicked = await desk.press(Op(name="settings_name", connection=1), by=MEMBER)

    assert clicked.notice == "Nur ein Admin des Hubs kann das ändern."


async def _step(desk: Desk, step: str) -> Card:
    return await desk.card(Op(name="settings_back", connection=1, extra={"step": step}))

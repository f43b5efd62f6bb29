"""The cards other than a contact's: what they say, what they begin with, which button helps."""

import msgspec
from tests.cards.every import NOBODY, SEVERAL
from tests.cards.people import ACTIVITIES, ADA, DEALS, EVERYTHING, LISTS, OTHERS, reader

from dealwright.cards.card import Button, Card, Input, Moment, Op, Row, Select, Widget
from dealwright.cards.known import Connector, Finding
from dealwright.cards.pages.changes import labels_form, lost_form, owner_form, stage_form
from dealwright.cards.pages.faults import error_card, link_card, payment_card, reauth_card
from dealwright.cards.pages.forms import Draft, activity_form, contact_form, note_form
from dealwright.cards.pages.home import home_card
from dealwright.cards.pages.logmail import Mail, log_form
from dealwright.cards.pages.nobody import choose_card, none_card, search_card
from dealwright.cards.pages.setup import DEFAULT_NAME, Setup, setup_card
from dealwright.cards.section import switches

HERE = reader()


def all_widgets(card: Card) -> list[Widget]:
    return [widget for section in card.sections for widget in section.widgets]


def field(card: Card, name: str) -> Input | Select | Moment:
    return next(
        one
        for one in all_widgets(card)
        if isinstance(one, Input | Select | Moment) and one.name == name
    )


def chosen(card: Card, name: str) -> list[str]:
    found = field(card, name)
    assert isinstance(found, Select)
    return [choice.value for choice in found.choices if choice.chosen]


def value(card: Card, name: str) -> str:
    found = field(card, name)
    assert isinstance(found, Input)
    return found.value


def footer(card: Card) -> Op:
    target = card.footer[0].target
    assert target is not None
    assert target.op is not None
    return target.op


def labels(card: Card) -> list[str]:
    said = str(card.sections)
    return [word for word in ("Add contact", "Search by name", "Add this address") if word in said]


def test_nobody_names_the_address_and_offers_what_can_be_done() -> None:
    card = none_card(NOBODY, HERE)

    assert card.name == "none"
    assert "jo@newco.example" in card.header.title
    assert labels(card) == ["Add contact", "Search by name", "Add this address"]


def test_nobody_is_offered_to_be_added_of_a_no_reply_address() -> None:
    card = none_card(msgspec.structs.replace(NOBODY, addable=False), HERE)

    assert "Add contact" not in str(card.sections)


def test_the_senders_name_is_shown() -> None:
    assert "Jo <i>Park</i>" in str(none_card(NOBODY, HERE).sections)


def test_organizations_of_the_domain_are_opened() -> None:
    assert "https://acme.pipedrive.com/organization/12" in str(none_card(NOBODY, HERE))


def test_a_person_of_the_name_can_have_the_address() -> None:
    assert "address_add" in str(search_card(NOBODY, HERE, term="Ada", found=(ADA,)))


def test_several_are_chosen_from() -> None:
    rows = [one for one in choose_card(SEVERAL, HERE).sections[0].widgets if isinstance(one, Row)]

    assert [one.text for one in rows] == ["Ada Lovelace", "Eli Stone"]


def test_before_the_first_connector_it_is_home() -> None:
    assert home_card((), HERE).name == "home"


def test_each_connector_is_reached_from_the_dashboard_with_its_state() -> None:
    card = home_card(OTHERS, HERE)
    rows = [one for one in card.sections[1].widgets if isinstance(one, Row)]

    assert card.name == "dashboard"
    assert all(one.below and one.button for one in rows)


def test_a_token_that_is_refused_is_asked_for_anew() -> None:
    one = Connector(id=3, name="Sales", finding=Finding.REAUTH)
    card = reauth_card(HERE, one, company="acme")

    assert footer(card).name == "reauth"
    assert "https://acme.pipedrive.com/settings/api" in str(card)


def test_an_account_that_is_not_active_is_subscribed_or_paid() -> None:
    one = Connector(id=3, name="Sales", finding=Finding.PAYMENT)
    card = payment_card(HERE, one, company="acme", old=True)

    assert "https://acme.pipedrive.com/settings/subscription" in str(card)
    assert "show_old" in str(card)


def test_an_error_has_its_reference() -> None:
    assert "Reference 7f3a" in str(error_card(HERE, sentence="It broke.", reference="7f3a"))


def test_nothing_of_the_menu_is_there_before_the_account_is_linked() -> None:
    assert link_card(HERE, sign_in_url="https://hub.example/x").menu == ()


def test_a_contact_begins_with_what_the_message_says() -> None:
    draft = Draft(connection=1, name="Jo Park", email="jo@newco.example", owner=9)
    card = contact_form(draft, LISTS, HERE)

    assert (value(card, "name"), value(card, "email")) == ("Jo Park", "jo@newco.example")
    assert chosen(card, "owner") == ["9"]
    assert footer(card) == Op(name="contact_create", connection=1, address="jo@newco.example")


def test_organizations_are_suggested_while_somebody_types() -> None:
    org = field(contact_form(Draft(connection=1), LISTS, HERE), "org")

    assert isinstance(org, Input)
    assert org.suggest is not None
    assert org.suggest.name == "suggest_org"


def test_an_owner_who_left_is_not_offered() -> None:
    owner = field(contact_form(Draft(connection=1), LISTS, HERE), "owner")

    assert isinstance(owner, Select)
    assert [choice.label for choice in owner.choices] == ["Bo Chen"]


def test_a_follow_up_begins_with_what_it_follows() -> None:
    card = activity_form(EVERYTHING, HERE, after=ACTIVITIES[1])

    assert value(card, "subject") == "Follow up: Visit them"
    assert chosen(card, "type") == ["site_visit"]


def test_a_note_goes_to_the_person_or_an_open_deal() -> None:
    to = field(note_form(EVERYTHING, HERE), "to")

    assert isinstance(to, Select)
    assert [choice.value for choice in to.choices] == ["person:4211", "deal:900"]


def test_a_deal_is_moved_within_its_pipeline() -> None:
    card = stage_form(EVERYTHING, HERE, deal=DEALS[0])

    assert chosen(card, "stage") == ["3"]
    assert footer(card).name == "deal_stage"


def test_the_expected_close_begins_at_midnight_in_utc() -> None:
    close = field(stage_form(EVERYTHING, HERE, deal=DEALS[0]), "close")

    assert isinstance(close, Moment)
    assert close.value_ms == 1_795_996_800_000


def test_a_loss_asks_for_its_reason() -> None:
    card = lost_form(EVERYTHING, HERE, deal=DEALS[0])

    assert field(card, "reason")
    assert footer(card).name == "deal_lost"


def test_labels_begin_with_those_of_the_contact() -> None:
    assert chosen(labels_form(EVERYTHING, HERE), "labels") == ["1"]


def test_the_owner_begins_with_the_contacts() -> None:
    assert chosen(owner_form(EVERYTHING, HERE), "owner") == ["9"]


def test_a_message_says_where_it_is_logged_already() -> None:
    mail = Mail(subject="Offer", logged_on=("Robot arms",))

    assert "Already logged on: Robot arms" in str(log_form(EVERYTHING, HERE, mail=mail))


def test_a_connector_is_set_up_in_four_steps() -> None:
    steps = [
        setup_card(Setup(), HERE, step=step)
        for step in ("name", "actions", "authorization", "behaviour")
    ]

    assert [card.sections[0].title for card in steps] == [
        "Step 1 of 4: naming",
        "Step 2 of 4: actions",
        "Step 3 of 4: authorization",
        "Step 4 of 4: behaviour",
    ]


def test_the_name_is_filled_in_beforehand() -> None:
    card = setup_card(Setup(), HERE, step="name")

    assert value(card, "name") == DEFAULT_NAME == "Pipedrive"


def test_a_name_may_be_empty_and_need_not_be_unique() -> None:
    name = field(setup_card(Setup(), HERE, step="name"), "name")

    assert isinstance(name, Input)
    assert name.hint == "Need not be unique. Left empty it becomes Pipedrive."
    assert not name.required


def test_all_features_are_on_at_first() -> None:
    assert chosen(setup_card(Setup(), HERE, step="actions"), "features") == list(switches())


def test_a_feature_that_is_off_is_shown_off() -> None:
    card = setup_card(Setup(off=("deals",)), HERE, step="actions")

    assert "deals" not in chosen(card, "features")


def test_what_may_be_written_can_be_forbidden() -> None:
    card = setup_card(Setup(forbidden=("log",)), HERE, step="actions")

    assert chosen(card, "writes") == ["create", "update"]


def test_the_token_is_asked_for_and_where_it_is() -> None:
    card = setup_card(Setup(company="acme"), HERE, step="authorization")
    token = field(card, "token")

    assert isinstance(token, Input)
    assert token.secret
    assert "https://acme.pipedrive.com/settings/api" in str(card)


def test_it_runs_by_itself_or_by_hand() -> None:
    assert chosen(setup_card(Setup(), HERE, step="behaviour"), "run") == ["auto"]
    assert chosen(setup_card(Setup(automatic=False), HERE, step="behaviour"), "run") == ["manual"]


def test_its_data_stands_in_the_dashboard_or_not() -> None:
    assert chosen(setup_card(Setup(), HERE, step="behaviour"), "default") == ["1"]
    assert chosen(setup_card(Setup(default=False), HERE, step="behaviour"), "default") == []


def test_each_step_saves_on_its_own() -> None:
    names = [
        footer(setup_card(Setup(connection=4), HERE, step=step)).name
        for step in ("name", "actions", "authorization", "behaviour")
    ]

    assert names == [
        "settings_name",
        "settings_actions",
        "settings_authorization",
        "settings_behaviour",
    ]


def test_why_a_step_was_refused_stands_above_it() -> None:
    card = setup_card(Setup(fault="Pipedrive refuses this token."), HERE, step="authorization")

    assert "Pipedrive refuses this token." in str(card.sections[0].widgets[0])


def test_every_form_can_be_left() -> None:
    card = labels_form(EVERYTHING, HERE)

    assert isinstance(card.footer[1], Button)
    assert "cancel" in str(card.footer[1].target)

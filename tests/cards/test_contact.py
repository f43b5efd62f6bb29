"""The contact card, as its reader sees it."""

import msgspec
import pytest
from tests.cards.people import ACTIVITIES, ADA, DEALS, EVERYTHING, NOTES, NOW, VALUES, reader
from tests.cards.reading import of, row, rows, shown

from dealwright.cards.card import Pair, Row, Target, Text
from dealwright.cards.contact import contact_card, section_card
from dealwright.cards.known import MeetingLine, Part
from dealwright.cards.section import parts_needed, sections, switches
from dealwright.core.record import Deal, Note


def test_the_sections_stand_in_this_order() -> None:
    assert [section.key for section in shown().sections] == [
        "summary", "labels", "contact", "custom_fields", "notes", "deals", "activities", "owner",
        "meetings", "events", "people", "connectors",
    ]  # fmt: skip


def test_the_family_of_sections_is_complete() -> None:
    assert list(sections()) == [section.key for section in shown().sections]


def test_settings_order_the_sections_after_the_summary() -> None:
    keys = [one.key for one in shown(sections_order=("deals", "notes")).sections]

    assert keys[:3] == ["summary", "deals", "notes"]


def test_a_section_that_is_off_is_not_shown() -> None:
    keys = [section.key for section in shown(sections_off=("deals", "labels")).sections]

    assert not {"deals", "labels"} & set(keys)


def test_what_cannot_be_switched_off_stays() -> None:
    assert of(shown(sections_off=("contact",)), "contact")


def test_a_section_that_is_off_needs_nothing() -> None:
    assert parts_needed(switches()) == {Part.PERSON, Part.ORGANIZATION}


def test_deals_that_are_off_need_no_notes_of_deals() -> None:
    assert not {Part.DEALS, Part.DEAL_NOTES, Part.DEAL_ACTIVITIES} & parts_needed({"deals"})


def test_everything_on_needs_every_part() -> None:
    assert parts_needed(()) == set(Part)


def test_the_name_is_the_title_and_the_organization_stands_below() -> None:
    header = shown().header

    assert (header.title, header.subtitle) == (
        "Ada Lovelace",
        "Analytical · ada@analytical.example",
    )


def test_the_summary_has_the_overdue_activity_and_the_open_deals() -> None:
    strip = of(shown(), "summary").widgets[0]

    assert isinstance(strip, Pair)
    assert (strip.left.label, strip.left.text) == ("Overdue activity", "Send offer")
    assert (strip.right.text, strip.right.below) == ("€29,000.00", "Deals: 1")


def test_the_next_activity_says_how_far_it_is() -> None:
    strip = of(shown(activities=ACTIVITIES[1:2]), "summary").widgets[0]

    assert isinstance(strip, Pair)
    assert "(in 9 days)" in strip.left.below


def test_open_deals_of_two_currencies_are_not_added_up() -> None:
    dollars = Deal(id=1, title="Other", value=10, currency="USD")
    strip = of(shown(deals=(*DEALS, dollars)), "summary").widgets[0]

    assert isinstance(strip, Pair)
    assert strip.right.text == "€29,000.00 + US$10.00"


def test_every_mail_has_the_icon_of_its_type() -> None:
    mails = [one for one in rows(shown(), "contact") if one.icon.startswith("mail-")]

    assert [(one.text, one.icon, one.label) for one in mails] == [
        ("ada@analytical.example", "mail-work", "Work e-mail"),
        ("ada@home.example", "mail-home", "Home e-mail"),
    ]


def test_the_primary_mail_is_marked_at_the_end() -> None:
    assert row(shown(), "contact", "Work e-mail").mark_label == "Primary"


def test_every_phone_has_the_icon_of_its_type() -> None:
    phones = [one for one in rows(shown(), "contact") if one.icon.startswith("phone-")]

    assert [(one.text, one.icon, one.link) for one in phones] == [
        ("+49 30 901820", "phone-work", "tel:+49-30-901820"),
        ("ask reception", "phone-mobile", ""),
    ]


def test_the_primary_phone_is_marked_at_the_end() -> None:
    assert row(shown(), "contact", "Work phone").mark_label == "Primary"


def test_a_number_without_a_plus_is_read_in_the_readers_region() -> None:
    person = msgspec.structs.replace(
        ADA, phones=(msgspec.structs.replace(ADA.phones[0], value="030 901820"),)
    )
    known = msgspec.structs.replace(EVERYTHING, person=person)

    assert row(contact_card(known, reader(region="DE")), "contact", "Work phone").text == (
        "+49 30 901820"
    )


def test_the_status_is_told() -> None:
    assert row(shown(), "contact", "Status").text == "Active"


def test_the_contact_is_edited_in_pipedrive() -> None:
    button = row(shown(), "contact", "Name").button

    assert button is not None
    assert button.target is not None
    assert button.target.link == "https://acme.pipedrive.com/person/4211"


def test_the_dates_are_behind_the_fold() -> None:
    section = of(shown(), "contact")
    hidden = [one.label for one in section.widgets[section.shown :] if isinstance(one, Row)]

    assert hidden == ["Status", "Created", "Last edited"]


def test_the_dates_are_in_the_readers_zone() -> None:
    assert row(shown(), "contact", "Last edited").text == "19 Nov 2026, 17:40"


def test_each_label_is_a_tag_with_its_colour() -> None:
    chips = of(shown(), "labels").widgets[0]

    assert [(chip.label, chip.icon) for chip in chips.items] == [  # type: ignore[union-attr]
        ("Hot lead", "dot-red"),
        ("Label 7", "dot-gray"),
    ]


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("varchar", "https://ada.example/about"),
        ("varchar_auto", "Robotics"),
        ("text", "Ring twice.\nBack door."),
        ("double", "1,204.5"),
        ("monetary", "€8,250.50"),
        ("set", "Welding · Vision · (removed option 99)"),
        ("enum", "Gold"),
        ("user", "Bo Chen"),
        ("org", "Acme Holding"),
        ("people", "Eli Stone"),
        ("phone", "+44 20 7946 0321"),
        ("time", "15:45 (Europe/London)"),
        ("timerange", "09:00 – 17:30"),
        ("date", "5 Nov 2026"),
        ("daterange", "10–20 Mar 2027"),
        ("address", "Hafenstr. 1, 20457 Hamburg"),
    ],
)
def test_a_custom_field_of_this_type_is_shown(kind: str, text: str) -> None:
    said = row(shown(), "custom_fields", f"Field {kind}").text

    assert said.replace("\u2009", "") == text


def test_all_16_types_are_shown() -> None:
    assert len(rows(shown(), "custom_fields")) == len(VALUES) == 16


@pytest.mark.parametrize(
    ("kind", "end"),
    [("user", "/users/details/9"), ("org", "/organization/12"), ("people", "/person/88")],
)
def test_a_field_of_a_record_is_opened_in_pipedrive(kind: str, end: str) -> None:
    button = row(shown(), "custom_fields", f"Field {kind}").button

    assert button is not None
    assert button.target is not None
    assert button.target.link.endswith(end)


def test_a_field_that_is_not_set_has_no_row() -> None:
    person = msgspec.structs.replace(
        ADA, custom_fields={"code_varchar": None, "code_set": [], "code_enum": 41}
    )

    assert [one.label for one in rows(shown(person=person), "custom_fields")] == ["Field enum"]


def test_a_day_is_written_as_in_the_readers_country() -> None:
    german = contact_card(EVERYTHING, reader("de-DE"))

    assert row(german, "custom_fields", "Field date").text == "05.11.2026"


def test_pinned_notes_come_first() -> None:
    texts = [one for one in of(shown(), "notes").widgets if isinstance(one, Text)]

    assert texts[1].body == "Bo Chen, 12 Sept 2026 · pinned"


def test_every_note_is_counted_in_the_title() -> None:
    assert of(shown(left_out={"notes": 40}), "notes").title == "Background (notes: 42)"


def test_notes_beyond_the_first_five_are_counted_and_one_press_away() -> None:
    notes = tuple(Note(id=number, content=f"Note {number}") for number in range(12))
    section = of(shown(notes=notes), "notes")

    assert section.left_out == 7
    assert section.more is not None
    assert section.more.op is not None
    assert section.more.op.extra == {"section": "notes", "start": "5"}


def test_a_section_alone_shows_the_rest() -> None:
    notes = tuple(Note(id=number, content=f"Note {number}") for number in range(12))
    known = msgspec.structs.replace(EVERYTHING, notes=notes)
    card = section_card(known, reader(), section="notes", start=5)

    assert [(one.key, len(one.items), one.left_out) for one in card.sections] == [("notes", 7, 0)]


def test_the_owner_has_name_mail_and_status() -> None:
    owner = rows(shown(), "owner")[0]

    assert (owner.label, owner.text, owner.below) == ("Active", "Bo Chen", "bo@hub.example")


def test_an_owner_who_left_is_inactive() -> None:
    person = msgspec.structs.replace(ADA, owner_id=11)

    assert rows(shown(person=person), "owner")[0].label == "Inactive"


@pytest.mark.parametrize(
    ("finding", "state", "button"),
    [
        ("match", "Has match", "Show"),
        ("no_match", "No match", "Add"),
        ("several", "Several matches", "Choose"),
        ("reauth", "Reauth", "Fix"),
        ("manual", "Manual", "Search"),
        ("limited", "Limited", "Details"),
        ("payment_required", "Payment required", "Details"),
        ("error", "Error", "Details"),
    ],
)
def test_another_connector_says_how_it_stands(finding: str, state: str, button: str) -> None:
    found = next(one for one in rows(shown(), "connectors") if one.text == f"Account {finding}")

    assert found.below.startswith(state)
    assert found.button is not None
    assert found.button.label == button


@pytest.mark.parametrize(
    ("state", "said"),
    [
        ("synced", "Written to Pipedrive"),
        ("partial:activity_forbidden", "Partly written to Pipedrive"),
        ("needs_review:no_person", "Waits for a decision"),
        ("skipped:internal_only", "Not written to Pipedrive"),
        ("of_tomorrow:x", "of_tomorrow:x"),
    ],
)
def test_a_meeting_says_what_became_of_it_and_is_opened(state: str, said: str) -> None:
    meeting = MeetingLine(title="Demo", at=NOW, url="http://localhost:8787/s/1", state=state)
    (told,) = rows(shown(meetings=(meeting,)), "meetings")

    assert told.below == said
    assert told.button is not None
    assert told.button.target == Target(link="http://localhost:8787/s/1")


def test_a_part_that_could_not_be_had_is_named_with_its_reason() -> None:
    card = shown(deals=(), missing={Part.DEALS: "Pipedrive did not answer in time"})
    said = rows(card, "deals")[0]

    assert said.text == "Deals: could not be loaded"
    assert said.below == "Pipedrive did not answer in time"


def test_without_a_right_to_write_nothing_can_be_changed() -> None:
    card = contact_card(EVERYTHING, reader(may_write=False))

    assert "activity_done" not in str(card)
    assert "_form" not in str([one for one in card.sections if one.key != "connectors"])


def test_what_a_connection_forbids_has_no_button() -> None:
    card = shown(writes_forbidden=("log", "create", "update"))
    ops = str([one for one in card.sections if one.key != "connectors"])

    assert "log_form" not in ops
    assert "deal_won" not in ops


def test_without_an_open_message_nothing_is_logged() -> None:
    assert "log_form" not in str(shown(in_mail=False))


def test_notes_are_kept_with_their_html_for_the_renderers() -> None:
    assert NOTES[1].content in str(of(shown(), "notes"))

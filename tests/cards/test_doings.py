"""Deals and activities on the contact card."""

import msgspec
import pytest
from tests.cards.people import EVERYTHING, reader
from tests.cards.reading import of, row, rows, shown

from dealwright.cards.card import Text
from dealwright.cards.contact import contact_card, deal_card
from dealwright.core.record import Activity, Note


def test_a_deal_has_title_organization_value_and_an_edit_label() -> None:
    deal = rows(shown(), "deals")[0]

    assert (deal.text, deal.label) == ("Robot arms", "Analytical")
    assert deal.below == "€29,000.00 · Proposal sent · 60%"
    assert deal.button is not None
    assert deal.button.label == "Edit"


@pytest.mark.parametrize(("title", "mark"), [("Trial cell", "Won"), ("Spare parts", "Lost")])
def test_a_closed_deal_has_the_icon_of_its_status_instead(title: str, mark: str) -> None:
    deal = next(one for one in rows(shown(), "deals") if one.text == title)

    assert (deal.mark_label, deal.button) == (mark, None)


@pytest.mark.parametrize(
    ("label", "text"),
    [
        ("Expected close", "30 Nov 2026"),
        ("Won on", "3 Feb 2026"),
        ("Lost on", "Price too high · 9 Jan 2026"),
    ],
)
def test_a_deal_says_its_date_by_its_status(label: str, text: str) -> None:
    assert row(shown(), "deals", label).text == text


def test_notes_of_a_deal_are_shown() -> None:
    bodies = [one.body for one in of(shown(), "deals").widgets if isinstance(one, Text)]

    assert any("Discount" in str(body) for body in bodies)


def test_notes_of_a_deal_that_were_not_read_are_counted() -> None:
    section = of(shown(left_out={"deal_notes:900": 3}), "deals")

    assert "Notes: 3" in str(section.widgets)


def test_one_deal_alone_shows_all_its_notes() -> None:
    notes = tuple(Note(id=number, content=f"Word {number}") for number in range(9))
    known = msgspec.structs.replace(EVERYTHING, deal_notes={900: notes})

    assert "Word 8" in str(deal_card(known, reader(), deal=900).sections)


def test_activities_of_a_deal_are_shown_in_short() -> None:
    visit = next(one for one in rows(shown(), "deals") if one.text == "Visit them")

    assert (visit.label, visit.icon) == ("Site visit", "act-custom")
    assert "1 Dec 2026, 10:20" in visit.below


def test_activities_of_deals_can_be_off() -> None:
    card = shown(sections_off=("deal_activities",))

    assert "Visit them" not in str(of(card, "deals"))


def test_activities_are_read_overdue_first_and_done_last() -> None:
    subjects = [one.text for one in rows(shown(), "activities") if one.tick]

    assert subjects == ["Send offer", "Visit them", "Intro mail"]


def test_an_activity_that_is_done_has_another_icon() -> None:
    icons = [one.icon for one in rows(shown(), "activities") if one.tick]

    assert icons == ["act-task", "act-custom", "act-email-done"]


def test_an_activity_is_due_in_the_readers_zone_and_says_how_long_it_takes() -> None:
    visit = next(one for one in rows(shown(), "activities") if one.text == "Visit them")

    assert visit.below == "Tue, 1 Dec 2026, 10:20 · 2 hrs"


def test_notes_of_an_activity_are_shown() -> None:
    assert "safety shoes" in str(of(shown(), "activities"))


def test_the_deal_of_an_activity_is_opened_directly() -> None:
    deal = row(shown(), "activities", "Deal")

    assert deal.text == "Robot arms"
    assert "https://acme.pipedrive.com/deal/900" in str(deal.button)


def test_the_box_of_an_activity_is_unique_and_says_which() -> None:
    ticks = [one.tick for one in rows(shown(), "activities") if one.tick]

    assert [(tick.name, tick.op.record, tick.ticked) for tick in ticks] == [
        ("done_500", "500", False),
        ("done_502", "502", False),
        ("done_503", "503", True),
    ]


def test_it_says_when_only_main_contact_activities_are_known() -> None:
    assert "Only activities whose main contact" in str(of(shown(only_primary=True), "activities"))


def test_a_day_without_a_time_is_never_shifted() -> None:
    late = Activity(id=1, subject="Flat", due_date="2026-11-22", done=False)
    known = msgspec.structs.replace(EVERYTHING, activities=(late,))
    card = contact_card(known, reader(zone="Pacific/Auckland"))

    assert rows(card, "activities")[0].below == "Sun, 22 Nov 2026"

"""Templates by conversation type; redaction; numbers as words."""

import pytest

from dealwright.meetings.meeting import Meeting, Segment
from dealwright.meetings.summary.faithful import heard, is_vouched
from dealwright.meetings.summary.labels import label, titled
from dealwright.meetings.summary.redaction import redacted
from dealwright.meetings.summary.templates import (
    GENERAL,
    TEMPLATES,
    template_for,
    template_named,
    template_of,
)


@pytest.mark.parametrize(
    ("conversation_type", "key"),
    [
        ("Discovery Call", "discovery"),
        ("DEMO", "demo"),
        ("Renewal", "renewal"),
        ("Förnyelse", "renewal"),
        ("Erstgespräch", "discovery"),
        ("Support Call", "support"),
        ("Pricing", "negotiation"),
        ("Meeting", "general"),
        ("", "general"),
    ],
)
def test_a_conversation_type_has_its_template(conversation_type: str, key: str) -> None:
    assert template_for(conversation_type).key == key


def test_the_first_name_with_a_template_of_its_own_decides() -> None:
    assert template_of(("", "Meeting", "Renewal", "Demo")).key == "renewal"


def test_a_template_is_found_by_its_key() -> None:
    assert template_named("demo").key == "demo"


@pytest.mark.parametrize(
    "slot", sorted({slot for each in (GENERAL, *TEMPLATES) for slot in each.slots})
)
def test_every_slot_has_a_label_in_every_language(slot: str) -> None:
    assert all(label(slot, language) for language in ("en", "sv", "de", "fr", "es", "et"))


def test_a_title_that_is_no_code_stays() -> None:
    assert titled("Metrics: 42", "sv") == "Metrics: 42"


@pytest.mark.parametrize(
    ("said", "sent"),
    [
        ("Mail ana@acme.example now", "Mail [email] now"),
        ("Call +46 70 174 06 05 today", "Call [phone] today"),
        ("Call 070-174 06 05 today", "Call [phone] today"),
        ("Card 4111 1111 1111 1111", "Card [card]"),
        ("Pay to DE89 3704 0044 0532 0130 00 please", "Pay to [iban] please"),
        ("On 2026-11-20 we pay 90 000 euros", "On 2026-11-20 we pay 90 000 euros"),
        ("42 seats, 10.5 percent, 1,250,000 dollars", "42 seats, 10.5 percent, 1,250,000 dollars"),
    ],
)
def test_contacts_and_accounts_are_redacted_and_figures_are_not(said: str, sent: str) -> None:
    assert redacted(said) == sent


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("Forty two seats", "They need 42 seats"),
        ("Roughly ninety thousand euros", "A loss of 90,000 euros"),
        ("fourteen hundred parcels", "1400 parcels"),
        ("before the tenth of June", "by 10 June"),
        ("två hundra platser", "200 platser"),
        ("It is 10.5 percent", "10,5 percent"),
    ],
)
def test_a_number_may_be_said_in_words(said: str, told: str) -> None:
    segments = (Segment(start=0, speaker="Ana", text=f"{said}, June."),)
    meeting = Meeting(key="generic:1", source="generic", transcript=segments)

    assert is_vouched(told, heard(meeting, language="en"))


@pytest.mark.parametrize("told", ["They need 43 seats", "42 seats for Globex", "It is 4.2 percent"])
def test_what_nobody_said_is_not_vouched_for(told: str) -> None:
    segments = (Segment(start=0, speaker="Ana", text="Forty two seats for Acme."),)
    meeting = Meeting(key="generic:1", source="generic", transcript=segments)

    assert not is_vouched(told, heard(meeting, language="en"))

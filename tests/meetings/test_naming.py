"""What a meeting is called, of which type it is, and who held it."""

from typing import Any

import pytest

from dealwright.core.record import Member
from dealwright.meetings.meeting import Meeting, Part
from dealwright.meetings.naming import presenter_of, title_of, type_of
from dealwright.meetings.participants import Participant, Role
from dealwright.meetings.settings import ConversationType, TitleRule

ANA = Participant(role=Role.INTERNAL, name="Ana Lund", emails=("ana@northwind.example",))
JONAS = Participant(role=Role.EXTERNAL, name="Jonas Berg", emails=("jonas@acme.example",))
CALLER = Participant(role=Role.EXTERNAL, phones=("+447700900456",))
USERS = [
    Member(id=1, name="Ana Lund", email="ana@northwind.example"),
    Member(id=2, name="Ben", email="ben@northwind.example"),
    Member(id=3, name="Gone", email="gone@northwind.example", active_flag=False),
]
RULES = ConversationType(title_rules=(TitleRule(contains="demo", type="Demo"),))


def told(**more: Any) -> Meeting:
    """A meeting."""
    return Meeting(**{"key": "fathom:1", "source": "fathom", **more})


@pytest.mark.parametrize(
    ("meeting", "guest", "title"),
    [
        (told(title=" Acme\n demo "), JONAS, "Acme demo"),
        (told(direction="inbound"), CALLER, "Inbound call from +447700900456"),
        (told(direction="outbound"), JONAS, "Outbound call to Jonas Berg"),
        (told(source="vcon"), JONAS, "Conversation with Jonas Berg"),
        (told(), JONAS, "Meeting with Jonas Berg"),
    ],
)
def test_a_title_says_with_whom_it_was(meeting: Meeting, guest: Participant, title: str) -> None:
    assert title_of(meeting, [ANA, guest]) == title


def test_without_a_guest_it_is_untitled() -> None:
    assert title_of(told(), [ANA]) == "Untitled"


@pytest.mark.parametrize(
    ("meeting", "title", "expected"),
    [
        (told(said_type="Review", tags=("Call",)), "A demo", "Review"),
        (told(tags=("hot", "Call")), "A demo", "Call"),
        (told(tags=("hot",)), "The DEMO", "Demo"),
        (told(), "Démo", "Meeting"),
    ],
)
def test_the_type_is_told_or_a_tag_or_of_a_rule_or_the_default(
    meeting: Meeting, title: str, expected: str
) -> None:
    chosen = type_of(meeting, title=title, activity_types=["Call", "Demo"], rules=RULES)
    assert chosen == expected


def test_the_host_presents() -> None:
    meeting = told(presenter_email="Ben@northwind.example")
    assert presenter_of(meeting, [ANA, JONAS], USERS) == USERS[1]


def test_a_host_who_is_no_user_leaves_it_to_nobody() -> None:
    meeting = told(presenter_email="jonas@acme.example")
    assert presenter_of(meeting, [ANA, JONAS], USERS) is None


def test_without_a_host_the_first_of_us_who_is_a_user_presents() -> None:
    assert presenter_of(told(), [JONAS, ANA], USERS) == USERS[0]


def test_who_cannot_sign_in_any_more_presents_nothing() -> None:
    gone = Participant(role=Role.INTERNAL, emails=("gone@northwind.example",), part=Part.HOST)
    assert presenter_of(told(), [gone], USERS) is None

"""What becomes of a meeting before anybody is looked up."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from dealwright.core.delivery import FOLLOWS, State
from dealwright.meetings.deciding import Becomes, decided_early
from dealwright.meetings.meeting import Crm, Meeting
from dealwright.meetings.participants import Participant, Role
from dealwright.meetings.settings import Exclusions, MeetingSettings, OptIn

START = datetime(2026, 11, 20, 14, tzinfo=UTC)
GUEST = Participant(role=Role.EXTERNAL, emails=("jonas@acme.example",))
COLLEAGUE = Participant(role=Role.INTERNAL, emails=("ana@northwind.example",))
NAME = Participant(role=Role.UNKNOWN, name="Mystery Guest")


def becomes(
    *people: Participant, settings: MeetingSettings | None = None, **told: Any
) -> Becomes | None:
    """What becomes of a call of ten minutes."""
    about = {"started_at": START, "ended_at": START + timedelta(minutes=10), **told}
    meeting = Meeting(key="zoom:1", source="zoom", **about)
    return decided_early(
        meeting, people, settings=settings or MeetingSettings(), conversation_type="Call"
    )


def test_a_guest_is_looked_up() -> None:
    assert becomes(GUEST, NAME, COLLEAGUE) is None


def test_a_call_that_nobody_answered_comes_first() -> None:
    assert becomes(NAME, answered=False, crm=Crm(skip=True)) is Becomes.NOT_ANSWERED


def test_the_sender_may_keep_a_meeting_out() -> None:
    assert becomes(GUEST, crm=Crm(skip=True)) is Becomes.EXCLUDED


def test_a_name_alone_needs_a_person() -> None:
    assert becomes(NAME, COLLEAGUE) is Becomes.ANONYMOUS


def test_colleagues_only_are_no_news() -> None:
    assert becomes(COLLEAGUE) is Becomes.INTERNAL_ONLY


def test_nobody_is_called_internal_where_the_list_was_refused() -> None:
    assert becomes(COLLEAGUE, participants_refused=True) is Becomes.UNAVAILABLE


@pytest.mark.parametrize(
    "rules",
    [
        Exclusions(title_words=("Private",)),
        Exclusions(hosts=("ana@northwind.example",)),
        Exclusions(types=("Call",)),
        Exclusions(tags=("hr",)),
        Exclusions(shorter_than_seconds=601),
    ],
)
def test_settings_keep_meetings_out(rules: Exclusions) -> None:
    told = {
        "title": "private talk",
        "presenter_email": "Ana@northwind.example",
        "tags": ("HR",),
    }
    assert becomes(GUEST, settings=MeetingSettings(exclusions=rules), **told) is Becomes.EXCLUDED


@pytest.mark.parametrize(("tags", "expected"), [(("crm",), None), ((), Becomes.EXCLUDED)])
def test_only_what_is_tagged_goes_in_where_that_is_asked(
    tags: tuple[str, ...], expected: Becomes | None
) -> None:
    settings = MeetingSettings(opt_in=OptIn(tags=("CRM",)))
    assert becomes(GUEST, settings=settings, tags=tags) is expected


@pytest.mark.parametrize("end", list(Becomes))
def test_each_end_has_a_delivery_state_that_may_follow_and_a_sentence(end: Becomes) -> None:
    assert end.delivery in FOLLOWS[State.SENDING]
    assert end.sentence.endswith(".")

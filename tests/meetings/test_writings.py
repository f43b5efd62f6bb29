"""The note and the activity of a meeting as request bodies."""

from datetime import UTC, datetime, timedelta

import pytest

from dealwright.core.record import Activity, ActivityType, Note
from dealwright.meetings import writings
from dealwright.meetings.meeting import Meeting
from dealwright.meetings.writings import Where

START = datetime(2026, 11, 20, 23, 30, tzinfo=UTC)
CALL = ActivityType(id=1, name="Call", key_string="call")


def lasting(**length: float) -> Meeting:
    """A meeting of a length."""
    return Meeting(
        key="zoom:1", source="zoom", started_at=START, ended_at=START + timedelta(**length)
    )


@pytest.mark.parametrize(
    ("length", "text"),
    [
        ({"seconds": 0}, "00:01:00"),
        ({"seconds": 89}, "00:01:00"),
        ({"seconds": 90}, "00:02:00"),
        ({"minutes": 61.5}, "01:02:00"),
        ({"hours": 23, "minutes": 59}, "23:59:00"),
        ({"hours": 25}, "23:59:00"),
    ],
)
def test_a_length_is_rounded_half_up_and_capped(length: dict[str, float], text: str) -> None:
    assert writings.duration_text(lasting(**length)) == text


@pytest.mark.parametrize(("hours", "capped"), [(23.9, False), (25, True)])
def test_it_is_told_when_a_length_was_capped(hours: float, capped: bool) -> None:  # noqa: FBT001
    assert writings.is_capped(lasting(hours=hours)) is capped


def test_date_and_time_are_converted_together() -> None:
    at = datetime.fromisoformat("2026-11-21T00:30:00+01:00")
    values = writings.activity_values(
        lasting(minutes=5),
        start=at,
        title="Call",
        kind=CALL,
        note="",
        where=Where(),
        persons=[1, 2],
        owner=None,
    )
    assert (values["due_date"], values["due_time"]) == ("2026-11-20", "23:30:00")
    assert values["participants"][0] == {"person_id": 1, "primary": True}
    assert "public_description" not in values


def test_times_can_be_told_without_seconds() -> None:
    short = writings.without_seconds({"due_time": "23:30:00", "duration": "00:05:00", "x": 1})
    assert short == {"due_time": "23:30", "duration": "00:05", "x": 1}


def test_only_what_is_not_as_it_was_sent_is_new() -> None:
    sent = writings.digests({"content": "a", "deal_id": 1})
    assert writings.changed({"content": "b", "deal_id": 1}, sent) == {"content": "b"}


def test_digests_come_back_as_they_were_kept() -> None:
    told = writings.digests({"content": "ä"})
    assert writings.read_digests(writings.written_text(told)) == told
    assert writings.read_digests("") == {}


def test_it_shows_what_people_changed_since() -> None:
    kept = writings.digests_of(Note(id=1, content="ours", deal_id=7), {"content": 0, "deal_id": 0})
    assert writings.edited(Note(id=1, content="mine", deal_id=7), kept) == {"content"}


@pytest.mark.parametrize(
    ("due_time", "there"), [("23:34:00", True), ("23:36", False), (None, False)]
)
def test_an_activity_for_the_meeting_is_planned_within_five_minutes(
    due_time: str | None,
    there: bool,  # noqa: FBT001
) -> None:
    planned = Activity(id=1, due_date="2026-11-20", due_time=due_time)
    assert writings.is_at(planned, START) is there

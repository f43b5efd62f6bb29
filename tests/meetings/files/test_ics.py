"""Invitations: people, rooms, times in zones, series, and the deal that is named in them."""

import pytest

from dealwright.core.errors import InvalidEvent
from dealwright.meetings.files.ics import Invitation, nearest, read_ics
from dealwright.meetings.meeting import Part


def _ics(*lines: str) -> str:
    head = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//x//y", "BEGIN:VEVENT", "UID:u1@google.com"]
    return "\r\n".join([*head, *lines, "END:VEVENT", "END:VCALENDAR", ""])


def _read(*lines: str) -> Invitation:
    return read_ics(_ics(*lines))[0]


@pytest.mark.parametrize(
    ("lines", "start", "end"),
    [
        (["DTSTART:20261120T140000Z", "DTEND:20261120T143000Z"], "14:00", "14:30"),
        (
            [
                "DTSTART;TZID=Europe/Stockholm:20261120T150000",
                "DTEND;TZID=Europe/Stockholm:20261120T153000",
            ],
            "14:00",
            "14:30",
        ),
        (["DTSTART:20261120T140000Z", "DURATION:PT45M"], "14:00", "14:45"),
    ],
)
def test_times_are_in_utc(lines: list[str], start: str, end: str) -> None:
    found = _read(*lines)

    assert (f"{found.started_at:%H:%M}", f"{found.ended_at:%H:%M}") == (start, end)


def test_a_whole_day_is_no_time_of_a_meeting() -> None:
    assert _read("DTSTART;VALUE=DATE:20261120").started_at is None


def test_people_rooms_and_who_declined() -> None:
    found = _read(
        "ORGANIZER;CN=Ana Lund:mailto:ana@northwind.example",
        'ATTENDEE;CN="Berg, Jonas";PARTSTAT=ACCEPTED:MAILTO:Jonas@acme.example',
        "ATTENDEE;CUTYPE=ROOM;CN=Oak:mailto:oak@northwind.example",
        "ATTENDEE;CN=uma@hooli.example;PARTSTAT=DECLINED:mailto:uma@hooli.example",
        "ATTENDEE;CN=Ana Lund:mailto:ana@northwind.example",
    )

    assert [(one.name, one.emails[0], one.part, one.attended) for one in found.attendees] == [
        ("Ana Lund", "ana@northwind.example", Part.ORGANIZER, None),
        ("Berg, Jonas", "Jonas@acme.example", Part.ATTENDEE, None),
        ("Oak", "oak@northwind.example", Part.RESOURCE, None),
        ("", "uma@hooli.example", Part.ATTENDEE, False),
    ]
    assert found.organiser == "ana@northwind.example"


@pytest.mark.parametrize("name", ["DESCRIPTION", "URL", "LOCATION"])
def test_a_deals_page_links_the_deal(name: str) -> None:
    found = _read(f"{name}:https://Northwind.pipedrive.com/deal/9001")

    assert (found.deal_id, found.company, found.join_url) == (9001, "northwind", "")


@pytest.mark.parametrize(
    "text",
    [
        "https://northwind.pipedrive.com/deals",
        "https://pipedrive.com/deal/1",
        "https://northwind.pipedrive.com.evil.example/deal/1",
        "https://evil.example/northwind.pipedrive.com/deal/1",
        "http://northwind.pipedrive.com/deal/1",
        "https://northwind.pipedrive.com/deal/12345678901234567890",
        "https://northwind.pipedrive.com/person/1",
    ],
)
def test_what_is_not_a_deals_page_links_nothing(text: str) -> None:
    assert _read(f"DESCRIPTION:{text}").deal_id is None


def test_the_address_to_join_is_the_events() -> None:
    found = _read("LOCATION:Room or https://zoom.us/j/97763643886", "SUMMARY:Acme demo")

    assert (found.join_url, found.title) == ("https://zoom.us/j/97763643886", "Acme demo")


def test_of_a_series_the_nearest_instance_is_the_meeting() -> None:
    first = _ics("SUMMARY:First", "DTSTART:20261113T140000Z")
    second = _ics("SUMMARY:Second", "RECURRENCE-ID:20261120T140000Z", "DTSTART:20261120T150000Z")

    found = read_ics(first + second)

    assert nearest(found, found[1].started_at).title == "Second"
    assert nearest(found, None).title == "First"


@pytest.mark.parametrize(
    "text",
    ["", "no calendar", "BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n", "\0" * 100],
)
def test_what_is_no_invitation_is_told(text: str) -> None:
    with pytest.raises(InvalidEvent) as wrong:
        read_ics(text)

    assert wrong.value.code == "calendar_unreadable"


def test_a_time_that_is_none_takes_nothing_from_the_rest() -> None:
    found = _read("DTSTART:never", "SUMMARY:Demo")

    assert (found.started_at, found.title) == (None, "Demo")

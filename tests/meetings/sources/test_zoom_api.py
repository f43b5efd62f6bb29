"""Zoom's API: who was there, transcripts, summaries, and what no webhook told."""

from typing import Any

import pytest
from tests.meetings.sources.recorders import (
    ACCESS,
    NOW,
    SOURCES,
    answered,
    fetched,
    played,
    told,
)
from tests.meetings.sources.zooms import (
    OLD_PARTS,
    TOKEN,
    UUID,
    VTT,
    a_recording,
    a_summary,
    has_joined,
    listing,
)

from dealwright.core.errors import RateLimited, Unauthorized, Unavailable
from dealwright.meetings.folding import fold
from dealwright.meetings.meeting import Part
from dealwright.meetings.source import Access
from dealwright.meetings.zoomapi import encoded as encoded_uuid


@pytest.mark.parametrize(
    ("uuid", "written"),
    [
        ("/ajXp112QmuoKj4854875==", "%252FajXp112QmuoKj4854875%253D%253D"),
        ("aj//Xp==", "aj%252F%252FXp%253D%253D"),
        ("4444AAAi/AAAA==", "4444AAAi%2FAAAA%3D%3D"),
        ("abc+d==", "abc%2Bd%3D%3D"),
    ],
)
def test_a_uuid_is_encoded_twice_only_where_it_must(uuid: str, written: str) -> None:
    assert encoded_uuid(uuid) == written


def test_host_webhooks_and_api_are_one_list() -> None:
    joined = fold(None, told("zoom", has_joined("Bo", phone_number="+46701740605")))
    facts = told("zoom", a_summary(**OLD_PARTS))
    listed = listing(
        {"name": "Ana Lund", "user_email": "Ana@northwind.example", "internal_user": True},
        {"name": "Bo", "user_email": ""},
        {"name": "Bo", "user_email": ""},
    )

    known, asked = fetched("zoom", fold(joined, facts), facts, TOKEN, listed)

    assert [(one.name, one.part, one.phones) for one in known.attendees] == [
        ("Bo", Part.ATTENDEE, ("+46701740605",)),
        ("Ana Lund", Part.HOST, ()),
    ]
    assert not known.participants_refused
    assert asked[0].url.endswith("grant_type=account_credentials&account_id=TEST")
    assert asked[1].headers == {"Authorization": "Bearer TEST"}


def test_participants_of_several_pages_are_all_asked_for() -> None:
    facts = told("zoom", a_summary(**OLD_PARTS))
    first = answered(200, {"participants": [{"name": "A"}], "next_page_token": "a/b"})

    known, asked = fetched("zoom", fold(None, facts), facts, TOKEN, first, listing({"name": "B"}))

    assert asked[2].url.endswith("page_size=300&next_page_token=a%2Fb")
    assert [one.name for one in known.attendees] == ["", "A", "B"]


def test_a_list_that_is_not_there_is_an_empty_one() -> None:
    facts = told("zoom", a_summary(**OLD_PARTS))

    known, _ = fetched("zoom", fold(None, facts), facts, TOKEN, answered(404, {}))

    assert not known.participants_refused


@pytest.mark.parametrize("status", [400, 403])
def test_a_refused_list_of_participants_is_final_and_remembered(status: int) -> None:
    facts = told("zoom", a_summary(**OLD_PARTS))

    known, _ = fetched("zoom", fold(None, facts), facts, TOKEN, answered(status, {"code": 200}))

    assert known.participants_refused


@pytest.mark.parametrize(
    ("status", "error"), [(429, RateLimited), (500, Unavailable), (503, Unavailable)]
)
def test_an_outage_of_the_participants_is_no_refusal(status: int, error: type[Exception]) -> None:
    facts = told("zoom", a_summary(**OLD_PARTS))

    with pytest.raises(error):
        fetched("zoom", fold(None, facts), facts, TOKEN, answered(status))


def test_credentials_that_zoom_does_not_take_are_told_of() -> None:
    facts = told("zoom", a_summary(**OLD_PARTS))

    with pytest.raises(Unauthorized) as wrong:
        fetched("zoom", fold(None, facts), facts, answered(401, {"reason": "Invalid client_id"}))

    assert wrong.value.code == "recorder_unauthorized"


def test_without_credentials_nobody_can_say_who_was_there() -> None:
    facts = told("zoom", a_summary(**OLD_PARTS))

    known, asked = fetched("zoom", fold(None, facts), facts, access=Access())

    assert known.participants_refused
    assert asked == []


def test_the_transcript_is_fetched_with_the_token_of_the_event() -> None:
    facts = told("zoom", a_recording())

    known, asked = fetched("zoom", fold(None, facts), facts, TOKEN, listing(), VTT)

    assert asked[2].headers == {"Authorization": "Bearer eyTOKEN"}
    assert [(one.speaker, one.text) for one in known.transcript] == [("Ben Okafor", "Hello Priya.")]


def test_a_later_file_begins_where_it_was_begun() -> None:
    def file(minute: str, url: str) -> dict[str, str]:
        return {
            "recording_start": f"2026-11-18T15:{minute}:00Z",
            "recording_end": f"2026-11-18T15:{minute}:30Z",
            "file_type": "TRANSCRIPT",
            "download_url": f"https://zoom.us/rec/download/{url}",
        }

    facts = told("zoom", a_recording(recording_files=[file("00", "a"), file("10", "b")]))
    known, _ = fetched("zoom", fold(None, facts), facts, TOKEN, listing(), VTT, VTT)

    assert [one.start for one in known.transcript] == [5.0, 605.0]


@pytest.mark.parametrize(
    "url",
    [
        "https://zoom.us.evil.example/x",
        "http://zoom.us/x",
        "https://evil.example/?zoom.us",
        "https://zoom.us@evil.example/x",
        "https://[::1",
        "javascript:alert(1)",
    ],
)
def test_the_token_goes_to_nobody_but_zoom(url: str) -> None:
    file = {"file_type": "TRANSCRIPT", "download_url": url}

    assert told("zoom", a_recording(recording_files=[file])).downloads == ()


@pytest.mark.parametrize(
    "answer", [answered(404, {}), answered(401), answered(200, b"<html>no</html>")]
)
def test_a_transcript_that_is_gone_or_none_takes_nothing_from_the_meeting(answer: Any) -> None:
    facts = told("zoom", a_recording())

    known, _ = fetched("zoom", fold(None, facts), facts, TOKEN, listing(), answer)

    assert known.transcript == ()


def test_at_the_end_of_the_grace_period_the_summary_is_asked_for_once_more() -> None:
    known = fold(None, told("zoom", a_recording()))

    found, asked = fetched("zoom", known, None, TOKEN, answered(200, OLD_PARTS))

    assert asked[1].url == f"https://api.zoom.us/v2/meetings/{encoded_uuid(UUID)}/meeting_summary"
    assert found.summary is not None
    assert not found.summary_expected


@pytest.mark.parametrize("status", [400, 403, 404])
def test_no_summary_is_no_fault(status: int) -> None:
    known = fold(None, told("zoom", a_recording()))

    found, _ = fetched("zoom", known, None, TOKEN, answered(status, {"code": 2305}))

    assert found.summary is None


def test_polling_tells_what_webhooks_would_have_told() -> None:
    poll = SOURCES["zoom"].poll
    assert poll is not None
    recordings = answered(200, {"meetings": [a_recording()["payload"]["object"]]})
    summaries = answered(200, {"summaries": [a_summary()["payload"]["object"]]})

    found, _ = played(poll(ACCESS, NOW, NOW), TOKEN, recordings, summaries)

    assert [(one.meeting_key, one.only_new) for one in found] == [
        (f"zoom:{UUID}", True),
        (f"zoom:{UUID}", False),
    ]
    assert [told("zoom", one.raw).event for one in found] == [
        "recording.completed",
        "meeting.summary_completed",
    ]


def test_the_download_token_does_not_show_itself() -> None:
    assert "eyTOKEN" not in repr(told("zoom", a_recording()).downloads)

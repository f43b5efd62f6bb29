"""Fireflies: events of V2 and V1, the one fetch each leads to, and what GraphQL answers."""

from typing import Any

import pytest
from tests.meetings.sources.recorders import (
    ACCESS,
    NOW,
    SOURCES,
    TEXT,
    answered,
    delivered,
    encoded,
    fetched,
    hexed,
    json_of,
    meeting,
    played,
    told,
)

from dealwright.core.errors import RateLimited, Unauthorized, Unavailable
from dealwright.meetings.folding import fold
from dealwright.meetings.meeting import ActionItem, Part
from dealwright.meetings.source import Accepted, Access, Answer, Ignored

_ID = "01KTFF0000000000000000001"
_V2 = {"event": "meeting.transcribed", "timestamp": 1_795_083_600_000, "meeting_id": _ID}
_V1 = {"meetingId": _ID, "eventType": "Transcription completed", "clientReferenceId": None}
_PROCESSED = {"summary_status": "processed"}


def _signed(body: bytes) -> dict[str, str]:
    return {"x-hub-signature": f"sha256={hexed(TEXT.encode(), body)}"}


def _transcript(**of: Any) -> dict[str, Any]:
    return {
        "id": _ID,
        "date": 1_795_080_600_000,
        "duration": 41.5,
        "summary": {"overview": "All of it."},
        "meeting_info": _PROCESSED,
    } | of


def _answer(**of: Any) -> Answer:
    return answered(200, {"data": {"transcript": _transcript(**of)}})


def _fetched(**of: Any) -> Any:
    facts = told("fireflies", _V2)
    return fetched("fireflies", fold(None, facts), facts, _answer(**of))[0]


@pytest.mark.parametrize("body", [_V2, _V2 | {"event": "meeting.summarized"}, _V1])
def test_an_event_of_either_version_tells_of_the_meeting_and_leads_to_a_fetch(
    body: dict[str, Any],
) -> None:
    raw = encoded(body)
    found = delivered("fireflies", raw, _signed(raw))

    assert isinstance(found, Accepted)
    assert found.meeting_key == f"fireflies:{_ID}"
    assert told("fireflies", body).fetch
    assert told("fireflies", body).meeting.summary_expected


@pytest.mark.parametrize(
    "body", [{"event": "meeting.bot_joined", "meeting_id": _ID}, {"meetingId": _ID}, {}]
)
def test_other_events_are_ignored(body: dict[str, Any]) -> None:
    raw = encoded(body)

    assert isinstance(delivered("fireflies", raw, _signed(raw)), Ignored)


def test_the_transcript_is_asked_for_by_its_id() -> None:
    facts = told("fireflies", _V1)

    _, asked = fetched("fireflies", fold(None, facts), facts, _answer())

    assert (asked[0].method, asked[0].url) == ("POST", "https://api.fireflies.ai/graphql")
    assert asked[0].headers["Authorization"] == "Bearer TEST"
    assert "transcript(id:" in json_of(asked[0])["query"]
    assert json_of(asked[0])["variables"] == {"id": _ID}


@pytest.mark.parametrize(
    ("minutes", "end"),
    [(41.5, "10:11:30"), (41.55, "10:11:33"), (0, "09:30:00"), (1_500, "10:30:00"), (None, "None")],
)
def test_the_length_is_in_minutes(minutes: float | None, end: str) -> None:
    assert end in str(_fetched(duration=minutes).ended_at)


@pytest.mark.parametrize("minutes", [-1, 1e300, 1e9])
def test_a_length_that_makes_no_sense_is_none(minutes: float) -> None:
    assert _fetched(duration=minutes).ended_at is None


@pytest.mark.parametrize(
    ("of", "expected"),
    [
        ({}, False),
        ({"summary": None}, True),
        ({"meeting_info": {"summary_status": "processing"}}, True),
        ({"meeting_info": None}, True),
        ({"summary": {"overview": "", "gist": ""}}, True),
    ],
)
def test_a_summary_is_there_when_it_is_processed(of: dict[str, Any], *, expected: bool) -> None:
    assert _fetched(**of).summary_expected is expected


def test_the_second_event_brings_the_summary() -> None:
    first = _fetched(summary=None, meeting_info={"summary_status": "processing"})
    again = told("fireflies", _V2 | {"event": "meeting.summarized"})

    known, _ = fetched("fireflies", fold(first, again), again, _answer())

    assert known.summary is not None
    assert not known.summary_expected


def test_everybody_who_is_named_anywhere_takes_part_once() -> None:
    known = _fetched(
        meeting_attendees=[
            {"displayName": "Priya Nair", "email": "priya@globex.example", "phoneNumber": "+4670"},
            {"displayName": None, "email": None, "name": None},
        ],
        participants=["Ben@northwind.example,priya@globex.example", "fred@fireflies.ai", None, ""],
        fireflies_users=["ben@northwind.example"],
        organizer_email="olga@northwind.example",
        host_email="ben@northwind.example",
    )

    assert [(one.emails, one.part) for one in known.attendees] == [
        (("priya@globex.example",), Part.ATTENDEE),
        (("Ben@northwind.example",), Part.HOST),
        (("fred@fireflies.ai",), Part.ATTENDEE),
        (("olga@northwind.example",), Part.ATTENDEE),
    ]
    assert known.attendees[0].phones == ("+4670",)
    assert known.presenter_email == "ben@northwind.example"


def test_without_a_host_the_organizer_presents() -> None:
    known = _fetched(organizer_email="olga@northwind.example", host_email=None)

    assert known.presenter_email == "olga@northwind.example"


def test_speakers_are_kept_for_meetings_of_which_only_the_bot_is_known() -> None:
    known = _fetched(
        speakers=[{"id": 0, "name": "Ben"}, {"id": 1, "name": None}],
        sentences=[{"speaker_name": "Priya", "text": "Hi", "start_time": 1.5, "end_time": 2}],
    )

    assert known.speakers_if_alone == ("Ben", "Priya")
    assert known.attendees == ()


def test_action_items_of_one_text_belong_to_the_bold_name_above_them() -> None:
    text = "**Ben Okafor**\nSend the *offer* (32:10)\n- Call (1:02:03)\n\n**Unassigned**\nBook it\n"

    known = _fetched(summary={"overview": "x", "action_items": text})

    assert known.action_items == (
        ActionItem(text="Send the *offer*", owner="Ben Okafor", at=1_930.0),
        ActionItem(text="Call", owner="Ben Okafor", at=3_723.0),
        ActionItem(text="Book it"),
    )


def test_the_type_and_the_link_are_those_of_fireflies() -> None:
    known = _fetched(
        summary={"overview": "x", "meeting_type": "Renewal"},
        transcript_url="https://app.fireflies.ai/view/1",
        meeting_link="https://zoom.us/j/95001234567",
        calendar_id="evt_1",
    )

    assert known.said_type == "Renewal"
    assert known.recording is not None
    assert known.recording.url == "https://app.fireflies.ai/view/1"
    assert (known.join_url, known.ical_uid) == ("https://zoom.us/j/95001234567", "evt_1")


@pytest.mark.parametrize(
    "answer",
    [
        answered(404, {}),
        answered(200, {"data": {"transcript": None}}),
        answered(200, {"data": None, "errors": [{"code": "object_not_found", "message": "no"}]}),
    ],
)
def test_a_transcript_that_is_not_there_leaves_open_who_took_part(answer: Answer) -> None:
    facts = told("fireflies", _V2)

    known, _ = fetched("fireflies", fold(None, facts), facts, answer)

    assert known.participants_refused
    assert known.summary_expected


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (answered(429, {}), RateLimited),
        (answered(502, b"<html>"), Unavailable),
        (answered(200, b"<html>"), Unavailable),
        (answered(200, {"errors": [{"code": "too_many_requests"}]}), RateLimited),
        (answered(500, {"errors": [{"code": "internal_server_error"}]}), Unavailable),
        (answered(401, {}), Unauthorized),
        (answered(200, {"errors": [{"code": "auth_failed"}]}), Unauthorized),
    ],
)
def test_an_outage_is_never_an_absence(answer: Answer, error: type[Exception]) -> None:
    facts = told("fireflies", _V2)

    with pytest.raises(error):
        fetched("fireflies", fold(None, facts), facts, answer)


def test_without_a_key_somebody_is_told() -> None:
    facts = told("fireflies", _V2)

    with pytest.raises(Unauthorized):
        fetched("fireflies", fold(None, facts), facts, access=Access())


def test_polling_finds_what_no_event_told() -> None:
    poll = SOURCES["fireflies"].poll
    assert poll is not None
    answer = answered(200, {"data": {"transcripts": [{"id": _ID}]}})

    found, asked = played(poll(ACCESS, NOW, NOW), answer)

    assert json_of(asked[0])["variables"]["from"] == "2026-11-22T12:00:00.000Z"
    assert [(one.meeting_key, one.only_new) for one in found] == [(f"fireflies:{_ID}", True)]
    assert told("fireflies", found[0].raw).fetch


def test_a_saved_answer_of_the_api_is_a_meeting() -> None:
    known = meeting("fireflies", {"data": {"transcript": _transcript(title="Globex renewal")}})

    assert (known.key, known.title) == (f"fireflies:{_ID}", "Globex renewal")

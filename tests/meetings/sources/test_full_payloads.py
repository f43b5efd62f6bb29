"""Fathom, Read AI and Circleback: everything in one delivery, any part of which may be absent."""

import base64
from typing import Any

import pytest
from tests.meetings.sources.recorders import (
    ACCESS,
    NOW,
    SOURCES,
    answered,
    delivered,
    encoded,
    hexed,
    meeting,
    played,
    standard,
    told,
)

from dealwright.core.errors import RateLimited, Unauthorized
from dealwright.meetings.folding import fold
from dealwright.meetings.meeting import ActionItem, Part, Text
from dealwright.meetings.source import Accepted, DeadLetter, Ignored

_KEY = base64.b64encode(b"the key of Read AI").decode()


def _read(**of: Any) -> dict[str, Any]:
    return {
        "session_id": "01J",
        "trigger": "meeting_end",
        "start_time": "2026-11-17T12:00:00+00:00",
        "end_time": "2026-11-17T12:44:30.5+00:00",
        "request_id": "req-1",
    } | of


def _received(body: dict[str, Any]) -> object:
    raw = encoded(body)
    headers = {"x-read-signature": hexed(b"the key of Read AI", raw)}
    return delivered("readai", raw, headers, secrets=[_KEY])


# -- all three


@pytest.mark.parametrize(
    ("key", "body"),
    [("fathom", {"recording_id": 7}), ("readai", _read()), ("circleback", {"id": 7})],
)
def test_the_id_alone_is_a_meeting_that_waits_for_nothing(key: str, body: dict[str, Any]) -> None:
    found = meeting(key, body)

    assert (found.summary, found.transcript, found.summary_expected) == (None, (), False)


@pytest.mark.parametrize(
    ("key", "body"),
    [
        ("fathom", {"recording_id": 7, "transcript": "x"}),
        ("fathom", {"recording_id": [7]}),
        ("fathom", {"title": "x"}),
        ("fathom", b'{"recording_id": 1' + b"0" * 5_000 + b"}"),
        ("circleback", {"id": 7, "attendees": {"name": "x"}}),
        ("circleback", {"id": 7, "duration": "long"}),
        ("circleback", {"id": True}),
        ("circleback", {"id": "x" * 201}),
    ],
)
def test_wrong_types_are_a_reason_and_no_exception(key: str, body: object) -> None:
    sent = encoded(body)
    headers = standard(sent) | {"x-signature": hexed(b"a text that both sides know", sent)}

    assert isinstance(delivered(key, sent, headers), DeadLetter)


# -- Fathom


def test_a_meeting_without_a_recordings_times_has_those_of_the_calendar() -> None:
    body = {
        "recording_id": 1,
        "scheduled_start_time": "2026-11-20T14:00:00Z",
        "scheduled_end_time": "2026-11-20T15:00:00Z",
    }

    found = meeting("fathom", body)

    assert (str(found.started_at)[11:16], str(found.ended_at)[11:16]) == ("14:00", "15:00")


def test_an_end_before_the_start_is_the_start() -> None:
    body = {
        "recording_id": 1,
        "recording_start_time": "2026-11-20T14:00:00Z",
        "recording_end_time": "2026-11-20T13:00:00Z",
    }

    found = meeting("fathom", body)

    assert found.started_at == found.ended_at


def test_who_recorded_it_is_the_host_and_takes_part_though_nobody_invited_him() -> None:
    body = {
        "recording_id": 1,
        "calendar_invitees": [
            {"name": "Jonas", "email": "jonas@acme.example", "is_external": True},
            {"name": "Jo", "email": None, "matched_speaker_display_name": "Jo"},
        ],
        "recorded_by": {"name": "Ana", "email": "ana@northwind.example"},
    }

    found = meeting("fathom", body)

    assert [(one.name, one.part, one.internal, one.attended) for one in found.attendees] == [
        ("Jonas", Part.ATTENDEE, False, None),
        ("Jo", Part.ATTENDEE, None, True),
        ("Ana", Part.HOST, None, None),
    ]


@pytest.mark.parametrize(
    "summary", [None, {}, {"markdown_formatted": None}, {"markdown_formatted": " "}]
)
def test_an_absent_summary_is_none(summary: object) -> None:
    assert meeting("fathom", {"recording_id": 1, "default_summary": summary}).summary is None


def test_action_items_have_owner_time_and_state() -> None:
    item = {
        "description": "Send it",
        "completed": True,
        "recording_timestamp": "00:41:05",
        "assignee": {"name": None, "email": "ana@northwind.example"},
    }

    found = meeting("fathom", {"recording_id": 1, "action_items": [item, {"description": ""}]})

    assert found.action_items == (
        ActionItem(text="Send it", owner="ana@northwind.example", at=2_465.0, done=True),
    )


def test_a_title_stands_in_for_the_other() -> None:
    body = {"recording_id": 1, "title": None, "meeting_title": "Acme"}

    assert meeting("fathom", body).title == "Acme"


def test_a_later_summary_replaces_the_earlier_and_nothing_else_is_lost() -> None:
    first = {"recording_id": 1, "title": "Acme", "default_summary": {"markdown_formatted": "One"}}
    second = {"recording_id": 1, "default_summary": {"markdown_formatted": "Two"}}

    known = fold(fold(None, told("fathom", first)), told("fathom", second))

    assert known.title == "Acme"
    assert known.summary is not None
    assert known.summary.body == Text(format="markdown", text="Two")


def test_polling_goes_on_to_the_last_page() -> None:
    poll = SOURCES["fathom"].poll
    assert poll is not None
    pages = [
        answered(200, {"items": [{"recording_id": 1, "title": "A"}], "next_cursor": "c/1"}),
        answered(200, {"items": [{"recording_id": 2}], "next_cursor": None}),
    ]

    found, asked = played(poll(ACCESS, NOW, NOW), *pages)

    assert asked[0].headers == {"X-Api-Key": "TEST"}
    assert "created_after=2026-11-22T12%3A00%3A00Z" in asked[0].url
    assert "cursor=c%2F1" in asked[1].url
    assert [one.meeting_key for one in found] == ["fathom:1", "fathom:2"]
    assert meeting("fathom", found[0].raw).title == "A"


@pytest.mark.parametrize(("status", "error"), [(401, Unauthorized), (429, RateLimited)])
def test_polling_that_is_refused_says_why(status: int, error: type[Exception]) -> None:
    poll = SOURCES["fathom"].poll
    assert poll is not None

    with pytest.raises(error):
        played(poll(ACCESS, NOW, NOW), answered(status, {}))


# -- Read AI


@pytest.mark.parametrize("trigger", ["meeting_start", "report_shared"])
def test_a_start_is_ignored_by_its_name(trigger: str) -> None:
    found = _received(_read(trigger=trigger))

    assert isinstance(found, Ignored)
    assert found.event == trigger


def test_the_same_request_id_is_the_same_delivery() -> None:
    first, again, other = (
        _received(body) for body in (_read(), _read(title="x"), _read(request_id="req-2"))
    )

    assert isinstance(first, Accepted)
    assert first == again
    assert first != other


@pytest.mark.parametrize("email", ["", "None", "null", "n/a"])
def test_an_address_that_is_none_is_absent(email: str) -> None:
    found = meeting("readai", _read(participants=[{"name": "Inès Dupont", "email": email}]))

    assert found.attendees[0].emails == ()


def test_somebody_without_name_and_address_is_nobody() -> None:
    assert meeting("readai", _read(participants=[{"name": "", "email": ""}])).attendees == ()


def test_a_name_may_come_in_two_parts() -> None:
    found = meeting("readai", _read(participants=[{"first_name": "Inès", "last_name": "Dupont"}]))

    assert found.attendees[0].name == "Inès Dupont"


@pytest.mark.parametrize("start", [1_794_916_805_000, 1_794_916_805, 5])
def test_times_of_speech_are_told_by_their_size(start: int) -> None:
    blocks = [{"start_time": start, "end_time": start, "speaker": {"name": "Jo"}, "words": "Hi"}]

    found = meeting("readai", _read(transcript={"speaker_blocks": blocks}))

    assert [(one.start, one.end) for one in found.transcript] == [(5.0, 5.0)]


def test_chapters_questions_and_topics_are_sections() -> None:
    body = _read(
        summary="It went well.",
        chapter_summaries=[{"title": "Pain", "description": "Notes."}, {"title": "Empty"}],
        key_questions=[{"text": "Where is data?"}],
        topics=[{"text": "Pricing"}, {"text": None}],
    )

    summary = meeting("readai", body).summary

    assert summary is not None
    assert summary.overview == ("It went well.",)
    assert [(one.title, [b.text for b in one.bullets]) for one in summary.sections] == [
        ("Pain", ["Notes."]),
        ("open_questions", ["Where is data?"]),
        ("topics", ["Pricing"]),
    ]


def test_the_number_at_the_platform_is_kept_for_merging() -> None:
    found = meeting("readai", _read(platform="zoom", platform_meeting_id="97763643886"))

    assert (found.platform, found.platform_meeting) == ("zoom", "97763643886")


# -- Circleback


@pytest.mark.parametrize(
    ("seconds", "end"),
    [(1800.4, "10:30:00"), (0, "10:00:00"), (90_000, "11:00:00"), (None, "None"), (-1, "None")],
)
def test_the_end_is_the_start_and_the_length(seconds: float | None, end: str) -> None:
    body = {"id": 1, "createdAt": "2026-11-16T10:00:00.900Z", "duration": seconds}

    assert end in str(meeting("circleback", body).ended_at)


def test_parts_that_the_owner_switched_off_are_absent() -> None:
    body = {"id": 1, "notes": None, "actionItems": None, "transcript": None, "tags": None}

    found = meeting("circleback", body)

    assert (found.summary, found.action_items, found.transcript, found.tags) == (None, (), (), ())


def test_tags_and_insights_are_kept() -> None:
    body = {"id": 1, "tags": ["Demo", " ", "Sales"], "insights": {"Budget": [{"insight": "10k"}]}}

    found = meeting("circleback", body)

    assert found.tags == ("Demo", "Sales")
    assert found.extra == {"insights": {"Budget": [{"insight": "10k"}]}}


def test_next_steps_say_what_by_whom_and_whether_it_is_done() -> None:
    items = [
        {"title": "Trial", "description": "For six", "assignee": {"name": "Ana"}, "status": "DONE"},
        {"title": "Ask", "description": "", "assignee": None, "status": "PENDING"},
    ]

    assert meeting("circleback", {"id": 1, "actionItems": items}).action_items == (
        ActionItem(text="Trial: For six", owner="Ana", done=True),
        ActionItem(text="Ask"),
    )

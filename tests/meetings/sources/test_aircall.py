"""Aircall: the call, who is on the other side, and what the AI says of it before or after."""

from typing import Any

import pytest
from tests.meetings.sources.recorders import (
    ACCESS,
    NOW,
    SOURCES,
    TEXT,
    answered,
    delivered,
    fetched,
    meeting,
    played,
    told,
)

from dealwright.core.errors import RateLimited
from dealwright.meetings.folding import fold
from dealwright.meetings.meeting import Meeting, Part, Text
from dealwright.meetings.source import Accepted, DeadLetter, Ignored, Refused


def _call(event: str = "call.ended", at: int = 1_763_539_812, **of: Any) -> dict[str, Any]:
    data = {
        "id": 70001,
        "direction": "inbound",
        "status": "done",
        "started_at": 1_763_539_200,
        "answered_at": 1_763_539_212,
        "ended_at": 1_763_539_812,
        "duration": 612,
        "raw_digits": "+46 70 174 06 05",
        "asset": "https://assets.aircall.io/calls/70001/recording",
        "number": {"country": "SE", "time_zone": "Europe/Stockholm"},
        "user": {"name": "Ana Lund", "email": "ana@northwind.example"},
        "contact": None,
        "comments": [],
        "tags": [],
    }
    return {"resource": "call", "event": event, "timestamp": at, "token": TEXT, "data": data | of}


def _ai(event: str, content: object, at: int = 1_763_539_900) -> dict[str, Any]:
    data = {"id": "s1", "call_id": 70001, "content": content}
    return {"resource": "x", "event": event, "timestamp": at, "token": TEXT, "data": data}


def _folded(*bodies: dict[str, Any]) -> Meeting:
    known = None
    for body in bodies:
        known = fold(known, told("aircall", body))
    assert known is not None
    return known


@pytest.mark.parametrize("token", ["wrong", "", None, 7, ["x"], {"a": 1}])
def test_a_wrong_token_is_refused_whatever_it_is(token: object) -> None:
    with pytest.raises(Refused) as refused:
        delivered("aircall", _call() | {"token": token}, {})

    assert (refused.value.status, refused.value.code) == (401, "token")


@pytest.mark.parametrize("body", [b"", b"{", b"null", b"[]", b"\xff\xfe", b"[" * 1_000])
def test_a_body_without_a_token_is_refused(body: bytes) -> None:
    with pytest.raises(Refused) as refused:
        delivered("aircall", body, {})

    assert refused.value.code == "token"


@pytest.mark.parametrize(
    "event",
    ["call.created", "call.answered", "call.hungup", "number.opened", "summary.deleted", ""],
)
def test_what_is_not_about_a_finished_call_is_ignored(event: str) -> None:
    assert isinstance(delivered("aircall", _call(event), {}), Ignored)


@pytest.mark.parametrize(
    "wrong", [{"id": None}, {"ended_at": "yesterday"}, {"tags": 7}, {"contact": "Jonas"}]
)
def test_a_call_that_cannot_be_read_is_kept_with_its_reason(wrong: dict[str, Any]) -> None:
    assert isinstance(delivered("aircall", _call(**wrong), {}), DeadLetter)


def test_talk_time_is_without_the_ringing() -> None:
    found = meeting("aircall", _call())

    assert (str(found.started_at), str(found.ended_at)) == (
        "2025-11-19 08:00:12+00:00",
        "2025-11-19 08:10:12+00:00",
    )


def test_a_call_that_nobody_answered_waits_for_no_summary() -> None:
    found = meeting("aircall", _call(answered_at=None))

    assert (found.answered, found.summary_expected) == (False, False)


def test_an_answered_call_waits_for_its_summary() -> None:
    found = meeting("aircall", _call())

    assert (found.answered, found.summary_expected) == (True, True)


def test_a_call_is_of_two() -> None:
    found = meeting("aircall", _call(participants=[{"name": "x"}], transferred_to={"id": 1}))

    assert [(one.name, one.part, one.phones, one.region) for one in found.attendees] == [
        ("Ana Lund", Part.HOST, (), ""),
        ("", Part.ATTENDEE, ("+46 70 174 06 05",), "SE"),
    ]


def test_the_contact_names_the_other_side_and_all_its_addresses() -> None:
    contact = {
        "first_name": "Príya",
        "last_name": None,
        "emails": [{"value": "PRIYA@globex.example"}, {"value": "p@globex.example"}],
        "phone_numbers": [{"value": "070-174 06 05"}, {"value": "+44 7700 900123"}],
    }

    other = meeting("aircall", _call(contact=contact)).attendees[1]

    assert other.name == "Príya"
    assert other.emails == ("PRIYA@globex.example", "p@globex.example")
    assert other.phones == ("070-174 06 05", "+44 7700 900123")


def test_the_number_that_called_is_one_of_the_other_sides_though_the_contact_has_another() -> None:
    contact = {"first_name": "Bo", "phone_numbers": [{"value": "+46 8 465 004 01"}]}

    other = meeting("aircall", _call(contact=contact)).attendees[1]

    assert other.phones == ("+46 8 465 004 01", "+46 70 174 06 05")


@pytest.mark.parametrize("digits", ["anonymous", "", None, "unknown"])
def test_a_withheld_number_is_none(digits: str | None) -> None:
    assert len(meeting("aircall", _call(raw_digits=digits)).attendees) == 1


def test_a_colleague_who_calls_with_a_contact_of_his_own_name_is_not_the_other_side() -> None:
    contact = {"first_name": "Ana", "last_name": "Lund"}

    assert len(meeting("aircall", _call(contact=contact)).attendees) == 2


def test_comments_are_notes_and_tags_may_be_a_type() -> None:
    found = meeting(
        "aircall",
        _call(comments=[{"content": "Call back."}, {"content": None}], tags=[{"name": "Demo"}]),
    )

    assert found.manual_notes == Text(format="text", text="Call back.")
    assert found.tags == ("Demo",)


@pytest.mark.parametrize("content", ["A quote for 42.", {"content": "A quote for 42."}])
@pytest.mark.parametrize("first", [True, False])
def test_the_summary_may_come_before_the_call_or_after(content: object, *, first: bool) -> None:
    bodies = [_ai("summary.created", content), _call()]

    found = _folded(*(bodies if first else reversed(bodies)))

    assert found.summary is not None
    assert found.summary.body == Text(format="text", text="A quote for 42.")
    assert not found.summary_expected
    assert found.ended_at is not None
    assert len(found.attendees) == 2


def test_what_the_ai_says_makes_no_meeting_by_itself() -> None:
    assert told("aircall", _ai("summary.created", "x")).waits


def test_a_missed_call_stays_missed_whatever_is_told_of_it_later() -> None:
    found = _folded(_call(answered_at=None), _call("call.tagged", at=1_763_539_999, tags=[]))

    assert not found.answered


def test_a_recording_that_is_ready_goes_on_waiting_for_the_summary() -> None:
    found = _folded(_call(), _call("call.comm_assets_generated", at=1_763_539_850))

    assert found.summary_expected


def test_utterances_are_the_transcript() -> None:
    content = {
        "language": "en-GB",
        "utterances": [
            {"start_time": 1, "end_time": 2.5, "text": "Hello", "participant_type": "internal"},
            {"start_time": 3, "end_time": 4, "text": "", "participant_type": "external"},
        ],
    }

    found = _folded(_call(), _ai("transcription.created", content))

    assert [(one.start, one.end, one.speaker, one.text) for one in found.transcript] == [
        (1.0, 2.5, "internal", "Hello")
    ]
    assert found.language == "en-GB"


def test_action_items_come_in_an_event_of_their_own() -> None:
    found = _folded(_call(), _ai("action_item.created", [{"content": "Send it"}, "Call"]))

    assert [one.text for one in found.action_items] == ["Send it", "Call"]


@pytest.mark.parametrize("content", [7, [], {}, [[]], {"utterances": [7, None]}, "", True])
@pytest.mark.parametrize("kind", ["summary", "transcription", "topics", "sentiment", "action_item"])
def test_content_of_any_shape_breaks_nothing(kind: str, content: object) -> None:
    assert isinstance(delivered("aircall", _ai(f"{kind}.created", content), {}), Accepted)


def test_content_that_the_event_lacks_is_fetched() -> None:
    facts = told("aircall", _ai("summary.created", None))
    answer = answered(200, {"summary": {"content": "A quote."}})

    found, asked = fetched("aircall", fold(_folded(_call()), facts), facts, answer)

    assert facts.fetch
    assert asked[0].url == "https://api.aircall.io/v1/calls/70001/summary"
    assert asked[0].headers == {"Authorization": "Basic VEVTVDpURVNU"}
    assert found.summary is not None


def test_at_the_end_of_the_grace_period_summary_and_transcript_are_asked_for() -> None:
    said = {"transcription": {"content": {"utterances": [{"text": "Hello", "start_time": 1}]}}}

    found, _ = fetched("aircall", _folded(_call()), None, answered(404, {}), answered(200, said))

    assert found.summary is None
    assert len(found.transcript) == 1


def test_a_recorder_that_asks_for_a_pause_gets_it() -> None:
    with pytest.raises(RateLimited):
        fetched("aircall", _folded(_call()), None, answered(429))


def test_polling_finds_calls_that_have_ended() -> None:
    poll = SOURCES["aircall"].poll
    assert poll is not None
    calls = [_call()["data"], _call(id=2, status="answered", ended_at=None)["data"]]

    found, asked = played(poll(ACCESS, NOW, NOW), answered(200, {"calls": calls}))

    assert "from=1795348800" in asked[0].url
    assert [one.meeting_key for one in found] == ["aircall:70001"]
    assert told("aircall", found[0].raw).meeting.answered


@pytest.mark.parametrize("seconds", [-5, 1e15, 1e300])
def test_a_time_outside_of_the_calendar_is_none(seconds: float) -> None:
    assert meeting("aircall", _call(ended_at=seconds)).ended_at is None

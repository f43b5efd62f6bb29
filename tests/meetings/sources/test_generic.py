"""The signed webhook: every rule of `meeting.completed`, faults with their places, and times."""

from typing import Any

import pytest
from tests.meetings.sources.recorders import SOURCES, delivered, encoded, meeting, standard

from dealwright.meetings.meeting import ActionItem, Crm, Meeting, Part, Recording, Text
from dealwright.meetings.source import Accepted, Gone, Ignored, Refused

_ICS = (
    "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:u1@google.com\r\n"
    "SUMMARY:Acme contract\r\nDTSTART:20261120T140000Z\r\nDTEND:20261120T143000Z\r\n"
    "ORGANIZER;CN=Ana Lund:mailto:ana@northwind.example\r\n"
    "ATTENDEE;CN=Jonas:mailto:jonas@acme.example\r\n"
    "DESCRIPTION:Deal: https://northwind.pipedrive.com/deal/9001\r\n"
    "END:VEVENT\r\nEND:VCALENDAR\r\n"
)


def _event(kind: str = "meeting.completed", **data: Any) -> dict[str, Any]:
    return {
        "type": kind,
        "timestamp": "2026-11-20T14:31:00Z",
        "data": {"id": "rec-1", "started_at": "2026-11-20T15:00:00+01:00"} | data,
    }


def _meeting(**data: Any) -> Meeting:
    return meeting("generic", _event(**data))


def _times(**data: Any) -> tuple[str, str]:
    found = _meeting(**data)
    return f"{found.started_at:%d %H:%M:%S}", f"{found.ended_at:%d %H:%M:%S}"


def _refused(body: object) -> Refused:
    raw = encoded(body)
    with pytest.raises(Refused) as refused:
        delivered("generic", raw, standard(raw))
    return refused.value


# -- types


@pytest.mark.parametrize("kind", ["meeting.completed", "meeting.updated"])
def test_a_meeting_is_accepted_by_its_id(kind: str) -> None:
    raw = encoded(_event(kind))
    found = delivered("generic", raw, standard(raw))

    assert isinstance(found, Accepted)
    assert (found.meeting_key, found.event) == ("generic:rec-1", kind)


def test_other_types_are_ignored_whatever_is_in_them() -> None:
    raw = encoded({"type": "meeting.started", "data": 7})

    assert isinstance(delivered("generic", raw, standard(raw)), Ignored)


def test_a_deletion_needs_no_more_than_the_id() -> None:
    facts = SOURCES["generic"].read(encoded({"type": "meeting.deleted", "data": {"id": "rec-1"}}))

    assert facts == Gone(key="generic:rec-1", event="meeting.deleted")


# -- faults


@pytest.mark.parametrize(
    ("data", "pointer"),
    [
        ({"id": None}, "/data/id"),
        ({"id": ""}, "/data/id"),
        ({"id": 7}, "/data/id"),
        ({"id": "x" * 201}, "/data/id"),
        ({"title": "x" * 501}, "/data/title"),
        ({"conversation_type": "x" * 101}, "/data/conversation_type"),
        ({"started_at": None}, "/data/started_at"),
        ({"started_at": "2026-11-20"}, "/data/started_at"),
        ({"started_at": "2026-13-20T15:00:00Z"}, "/data/started_at"),
        ({"started_at": 1_795_080_600}, "/data/started_at"),
        ({"started_at": "2026-11-20T15:00:00"}, "/data/started_at"),
        ({"ended_at": "2026-11-20T13:59:59Z"}, "/data/ended_at"),
        ({"ended_at": "2026-11-20T15:30:00"}, "/data/ended_at"),
        ({"timezone": "Europe/Nowhere"}, "/data/timezone"),
        ({"timezone": "../../etc/passwd"}, "/data/timezone"),
        ({"duration_seconds": -1}, "/data/duration_seconds"),
        ({"duration_seconds": "30"}, "/data/duration_seconds"),
        ({"duration_seconds": True}, "/data/duration_seconds"),
        ({"duration_seconds": 1e300}, "/data/duration_seconds"),
        ({"platform": "skype"}, "/data/platform"),
        ({"direction": "sideways"}, "/data/direction"),
        ({"answered": "no"}, "/data/answered"),
        ({"recording": {"url": "javascript:alert(1)"}}, "/data/recording/url"),
        ({"recording": {"mime_type": "video/mp4"}}, "/data/recording/url"),
        ({"recording": {"url": "https://x.example", "fetch": 1}}, "/data/recording/fetch"),
        ({"transcript": []}, "/data/transcript"),
        ({"transcript": {"segments": [{"start": 1}]}}, "/data/transcript/segments/0/text"),
        (
            {"transcript": {"segments": [{"start": "1", "text": "x"}]}},
            "/data/transcript/segments/0/start",
        ),
        ({"transcript": {"format": "docx", "text": "x"}}, "/data/transcript/format"),
        ({"transcript": {"format": "vtt", "text": "no"}}, "/data/transcript"),
        ({"transcript": {"format": "whisper", "body": {"x": 1}}}, "/data/transcript"),
        ({"summary": "all went well"}, "/data/summary"),
        ({"summary": {"format": "rtf", "text": "x"}}, "/data/summary/format"),
        ({"summary": {"format": "text"}}, "/data/summary/text"),
        ({"action_items": [{"due": "2026-11-21"}]}, "/data/action_items/0/text"),
        ({"manual_notes": {"format": "text", "text": 1}}, "/data/manual_notes/text"),
        ({"participants": {}}, "/data/participants"),
        ({"participants": [{"role": "boss"}]}, "/data/participants/0/role"),
        ({"participants": [{"internal": "yes"}]}, "/data/participants/0/internal"),
        ({"participants": ["ana@northwind.example"]}, "/data/participants/0"),
        ({"crm": {"deal_id": "the big one"}}, "/data/crm/deal_id"),
        ({"crm": {"deal_id": 0}}, "/data/crm/deal_id"),
        ({"crm": {"person_id": 1.5}}, "/data/crm/person_id"),
        ({"crm": {"skip": "true"}}, "/data/crm/skip"),
        ({"invite_ics": "no calendar"}, "/data/invite_ics"),
        ({"extra": []}, "/data/extra"),
    ],
)
def test_a_fault_is_told_with_its_place(data: dict[str, Any], pointer: str) -> None:
    refused = _refused(_event(**data))

    assert (refused.status, refused.code) == (422, "invalid_meeting")
    assert [problem.pointer for problem in refused.problems] == [pointer]


def test_all_faults_are_told_at_once() -> None:
    refused = _refused({"type": "meeting.completed", "data": {"title": 7, "participants": [1, 2]}})

    assert [problem.pointer for problem in refused.problems] == [
        "/timestamp",
        "/data/id",
        "/data/title",
        "/data/started_at",
        "/data/participants/0",
        "/data/participants/1",
    ]


def test_of_very_many_faults_some_are_enough() -> None:
    assert len(_refused(_event(participants=[7] * 10_000)).problems) == 50


@pytest.mark.parametrize("body", [{}, {"type": 7}, {"type": None, "data": {}}])
def test_a_body_without_a_type_is_refused(body: dict[str, Any]) -> None:
    assert [problem.pointer for problem in _refused(body).problems] == ["/type"]


def test_what_is_null_is_not_told() -> None:
    names = ("title", "ended_at", "timezone", "transcript", "summary", "participants", "crm")

    assert _meeting(**dict.fromkeys(names)) == _meeting()


# -- times


@pytest.mark.parametrize(
    ("data", "end"),
    [
        ({}, "20 14:01:00"),
        ({"duration_seconds": 0}, "20 14:00:00"),
        ({"duration_seconds": 90_000}, "21 15:00:00"),
        ({"duration_seconds": 61.9}, "20 14:01:01"),
        ({"ended_at": "2026-11-20T15:30:20.9+01:00", "duration_seconds": 5}, "20 14:30:20"),
        ({"ended_at": "2026-11-20T15:00:00+01:00"}, "20 14:00:00"),
        ({"transcript": {"segments": [{"start": 40, "text": "x"}]}}, "20 14:00:40"),
        ({"transcript": {"segments": [{"start": 1, "end": 9, "text": "x"}]}}, "20 14:00:09"),
        (
            {"duration_seconds": 7, "transcript": {"segments": [{"start": 40, "text": "x"}]}},
            "20 14:00:07",
        ),
    ],
)
def test_without_an_end_the_length_says_it_else_the_last_word_else_one_minute(
    data: dict[str, Any], end: str
) -> None:
    assert _times(**data)[1] == end


@pytest.mark.parametrize(
    ("data", "times"),
    [
        (
            {"started_at": "2026-11-20T15:00:00", "ended_at": "2026-11-20T15:30:00"},
            ("20 14:00:00", "20 14:30:00"),
        ),
        # Summer time ends on 25 October at 03:00: 02:30 comes twice.
        (
            {"started_at": "2026-10-25T02:30:00", "duration_seconds": 600},
            ("25 00:30:00", "25 00:40:00"),
        ),
        (
            {"started_at": "2026-10-25T02:45:00", "ended_at": "2026-10-25T02:15:00"},
            ("25 00:45:00", "25 01:15:00"),
        ),
        (
            {"started_at": "2026-10-25T02:30:00", "ended_at": "2026-10-25T02:50:00+01:00"},
            ("25 01:30:00", "25 01:50:00"),
        ),
        (
            {
                "started_at": "2026-10-25T02:30:00",
                "ended_at": "2026-10-25T03:10:00",
                "duration_seconds": 2_400,
            },
            ("25 01:30:00", "25 02:10:00"),
        ),
        (
            {"started_at": "2026-10-25T02:30:00", "ended_at": "2026-10-25T03:10:00"},
            ("25 00:30:00", "25 02:10:00"),
        ),
        # It begins on 29 March at 02:00: 02:30 is left out.
        (
            {"started_at": "2026-03-29T01:50:00", "ended_at": "2026-03-29T03:10:00"},
            ("29 00:50:00", "29 01:10:00"),
        ),
        (
            {"started_at": "2026-03-29T02:30:00", "duration_seconds": 60},
            ("29 01:30:00", "29 01:31:00"),
        ),
    ],
)
def test_local_times_are_in_their_zone(data: dict[str, Any], times: tuple[str, str]) -> None:
    assert _times(timezone="Europe/Stockholm", **data) == times


def test_an_offset_goes_before_the_zone() -> None:
    assert _times(timezone="America/New_York", duration_seconds=1)[0] == "20 14:00:00"


@pytest.mark.parametrize("start", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00"])
def test_a_time_outside_of_the_calendar_is_a_fault(start: str) -> None:
    refused = _refused(_event(started_at=start))

    assert refused.problems[0].pointer == "/data/started_at"


# -- what it tells


def test_everything_that_is_sent_is_told() -> None:
    found = _meeting(
        title=" Acme\ndemo ",
        conversation_type="Demo",
        language="sv",
        platform="phone",
        direction="outbound",
        answered=False,
        join_url="https://zoom.us/j/1",
        ical_uid="u1",
        recording={"url": "https://r.example/1.mp4", "mime_type": "video/mp4", "fetch": True},
        summary={"format": "markdown", "text": "- One"},
        action_items=[{"text": "Call", "assignee_email": "ana@northwind.example", "due": "soon"}],
        manual_notes={"format": "html", "text": "<b>x</b>"},
        crm={"deal_id": "9001", "person_id": 7, "lead_id": "l1", "skip": True},
        extra={"room": 4},
    )

    assert (found.title, found.said_type, found.language) == ("Acme demo", "Demo", "sv")
    assert (found.platform, found.direction, found.answered) == ("phone", "outbound", False)
    assert found.recording == Recording(
        url="https://r.example/1.mp4", mime_type="video/mp4", fetch=True
    )
    assert found.summary is not None
    assert found.summary.body == Text(format="markdown", text="- One")
    assert found.action_items == (
        ActionItem(text="Call", owner="ana@northwind.example", due="soon"),
    )
    assert found.manual_notes == Text(format="html", text="<b>x</b>")
    assert found.crm == Crm(deal_id=9001, person_id=7, lead_id="l1", skip=True)
    assert found.extra == {"room": 4}
    assert not found.summary_expected


@pytest.mark.parametrize(
    "transcript",
    [
        {"segments": [{"start": 1, "end": 2, "speaker": "Bo", "text": "Hi"}]},
        {"format": "vtt", "text": "WEBVTT\n\n00:01.000 --> 00:02.000\n<v Bo>Hi\n"},
        {"format": "srt", "text": "00:00:01,000 --> 00:00:02,000\nBo: Hi\n"},
        {"format": "text", "text": "[00:00:01] Bo: Hi"},
        {"format": "whisper", "body": {"segments": [{"start": 1, "text": "Hi", "speaker": "Bo"}]}},
        {"format": "whisper", "text": '[{"start": 1, "text": "Hi", "speaker": "Bo"}]'},
        {"text": "WEBVTT\n\n00:01.000 --> 00:02.000\n<v Bo>Hi\n"},
    ],
)
def test_a_transcript_comes_in_every_form(transcript: dict[str, Any]) -> None:
    found = _meeting(transcript=transcript).transcript

    assert [(one.start, one.speaker, one.text) for one in found] == [(1.0, "Bo", "Hi")]


@pytest.mark.parametrize(
    ("data", "presenter", "parts"),
    [
        (
            {"participants": [{"email": "b@x.example"}, {"email": "a@x.example", "role": "host"}]},
            "a@x.example",
            ["attendee", "host"],
        ),
        (
            {"participants": [{"email": "b@x.example", "role": "organizer"}]},
            "b@x.example",
            ["organizer"],
        ),
        (
            {
                "presenter_email": "C@x.example",
                "participants": [{"email": "a@x.example", "role": "host"}],
            },
            "C@x.example",
            ["host", "host"],
        ),
        ({"participants": [{"name": "Ana", "role": "host"}]}, "", ["host"]),
        ({"participants": [{"email": "b@x.example"}]}, "", ["attendee"]),
    ],
)
def test_the_presenter_is_who_is_named_else_the_host_else_the_organizer(
    data: dict[str, Any], presenter: str, parts: list[str]
) -> None:
    found = _meeting(**data)

    assert found.presenter_email == presenter
    assert [str(one.part) for one in found.attendees] == parts


def test_participants_are_told_as_they_came() -> None:
    found = _meeting(
        participants=[
            {"name": "Uma", "phone": "+1 415 555 0137", "internal": False},
            {"name": "Notetaker", "role": "bot"},
            {"name": None, "email": "None", "phone": "anonymous"},
        ]
    )

    assert [(one.name, one.part, one.internal) for one in found.attendees] == [
        ("Uma", Part.ATTENDEE, False),
        ("Notetaker", Part.BOT, None),
    ]


def test_what_the_sender_says_of_internal_is_decided_whatever_it_is() -> None:
    people = [{"name": "Uma", "internal": False}, {"name": "Ana", "internal": True}, {"name": "Bo"}]

    found = _meeting(participants=people)

    assert [one.internal_decided for one in found.attendees] == [True, True, False]


def test_the_invitation_adds_people_the_uid_and_the_deal() -> None:
    found = _meeting(invite_ics=_ICS, participants=[{"email": "jonas@acme.example"}])

    assert found.title == "Acme contract"
    assert found.ical_uid == "u1@google.com"
    assert found.organiser == "ana@northwind.example"
    assert [one.emails[0] for one in found.attendees] == [
        "jonas@acme.example",
        "ana@northwind.example",
    ]
    assert found.crm == Crm(deal_id=9001, invited_to="northwind")


def test_the_deal_that_the_sender_names_goes_before_the_invitations() -> None:
    assert _meeting(invite_ics=_ICS, crm={"deal_id": 5}).crm == Crm(deal_id=5)


def test_nul_and_halves_of_emojis_are_left_out_or_replaced() -> None:
    raw = encoded(_event(title="A\x00B")).replace(b"rec-1", b"\\ud83d-rec")

    found = meeting("generic", raw)

    assert (found.key, found.title) == ("generic:\ufffd-rec", "A B")

"""Zoom: challenge, summaries old and new and edited, recordings, participants, and its API."""

from typing import Any

import pytest
from tests.meetings.sources.recorders import (
    ACCESS,
    NOW,
    NOW_S,
    SOURCES,
    TEXT,
    answered,
    delivered,
    encoded,
    fetched,
    hexed,
    meeting,
    played,
    told,
    zoom_headers,
)

from dealwright.core.errors import RateLimited, Unauthorized, Unavailable
from dealwright.meetings.folding import fold
from dealwright.meetings.meeting import Meeting, Origin, Part, Summary, Text
from dealwright.meetings.source import Access, Answered, DeadLetter, Gone, Ignored, Refused
from dealwright.meetings.zoomapi import encoded as encoded_uuid

_TOKEN = answered(200, {"access_token": "TEST", "expires_in": 3599})
_UUID = "4444AAAiAAAAAiAiAiiAii=="
_VTT = answered(200, b"WEBVTT\n\n00:05.000 --> 00:08.000\nBen Okafor: Hello Priya.\n")


def _event(name: str, at_ms: int = 1_795_017_900_000, **told_of: Any) -> dict[str, Any]:
    return {"event": name, "event_ts": at_ms, "payload": {"account_id": "A", "object": told_of}}


def _summary(
    name: str = "completed", *, modified: str = "2026-11-18T16:04:00Z", **more: Any
) -> Any:
    return _event(
        f"meeting.summary_{name}",
        meeting_uuid=_UUID,
        meeting_id=97763643886,
        meeting_topic="Acme demo",
        meeting_host_email="ana@northwind.example",
        meeting_start_time="2026-11-18T15:00:00Z",
        meeting_end_time="2026-11-18T16:01:30Z",
        summary_last_modified_time=modified,
        **more,
    )


_OLD = {
    "summary_overview": "They looked at reports.",
    "summary_details": [{"label": "Reporting", "summary": "A PDF on Fridays."}],
    "next_steps": ["Ana sets up a trial"],
}


def _recording(**more: Any) -> Any:
    files = [
        {
            "recording_start": "2026-11-18T15:00:10Z",
            "recording_end": "2026-11-18T15:58:02Z",
            "file_type": "TRANSCRIPT",
            "download_url": "https://zoom.us/rec/download/bbb",
        }
    ]
    told_of = {"uuid": _UUID, "id": 97763643886, "host_email": "ana@northwind.example"}
    body = _event("recording.completed", **(told_of | {"recording_files": files} | more))
    return body | {"download_token": "eyTOKEN"}


def _joined(name: str, **person: Any) -> Any:
    return _event(
        "meeting.participant_joined",
        uuid=_UUID,
        id="97763643886",
        participant={"user_name": name, **person},
    )


def _people(*people: dict[str, Any]) -> Any:
    return answered(200, {"participants": list(people), "next_page_token": ""})


# -- the challenge


def _challenge(token: object) -> bytes:
    return encoded({"event": "endpoint.url_validation", "payload": {"plainToken": token}})


def test_a_signed_challenge_is_answered() -> None:
    body = _challenge("qgg8vlvZRS6UYooatFL8Aw")

    found = delivered("zoom", body, zoom_headers(body))

    token = "qgg8vlvZRS6UYooatFL8Aw"
    assert found == Answered(
        json={"plainToken": token, "encryptedToken": hexed(TEXT.encode(), token.encode())}
    )


def test_an_unsigned_challenge_is_refused_for_the_key_signs_nothing_for_strangers() -> None:
    forged = f'v0:{NOW_S}:{{"event":"meeting.summary_completed"}}'

    with pytest.raises(Refused) as refused:
        delivered("zoom", _challenge(forged), {})

    assert (refused.value.status, refused.value.code) == (401, "signature")


@pytest.mark.parametrize("token", ["v0:1:{}", "short", "a" * 129, "with space in it", "", None, 7])
def test_a_challenge_whose_token_is_none_is_not_signed_though_it_is_authentic(
    token: object,
) -> None:
    body = _challenge(token)

    found = delivered("zoom", body, zoom_headers(body))

    assert isinstance(found, Ignored | DeadLetter)


def test_a_challenge_is_signed_with_the_secret_that_proved_it() -> None:
    body = _challenge("qgg8vlvZRS6UYooatFL8Aw")

    found = delivered(
        "zoom", body, zoom_headers(body, secret="new secret"), secrets=[TEXT, "new secret"]
    )

    assert isinstance(found, Answered)
    assert found.json["encryptedToken"] == hexed(b"new secret", b"qgg8vlvZRS6UYooatFL8Aw")


def test_a_stale_event_is_refused() -> None:
    body = encoded(_summary())

    with pytest.raises(Refused) as refused:
        delivered("zoom", body, zoom_headers(body, at=str(int(NOW_S) + 301)))

    assert refused.value.code == "timestamp"


# -- events


@pytest.mark.parametrize("name", ["meeting.started", "meeting.sharing_started", "x" * 500, "a\nb"])
def test_what_is_not_about_a_finished_meeting_is_ignored(name: str) -> None:
    body = encoded(_event(name, uuid=_UUID))

    found = delivered("zoom", body, zoom_headers(body))

    assert isinstance(found, Ignored)
    assert len(found.event) <= 100
    assert "\n" not in found.event


def test_an_event_without_a_uuid_is_kept_with_its_reason() -> None:
    body = encoded(_event("recording.completed", id=97763643886))

    assert isinstance(delivered("zoom", body, zoom_headers(body)), DeadLetter)


@pytest.mark.parametrize("what", ["trashed", "deleted"])
def test_a_summary_thrown_away_at_zoom_is_told_as_gone(what: str) -> None:
    facts = SOURCES["zoom"].read(encoded(_summary(what)))

    assert facts == Gone(key=f"zoom:{_UUID}", event=f"meeting.summary_{what}", summary_only=True)


def test_the_old_parts_make_a_summary() -> None:
    summary = meeting("zoom", _summary(**_OLD)).summary

    assert summary is not None
    assert summary.overview == ("They looked at reports.",)
    assert [(one.title, one.bullets[0].text) for one in summary.sections] == [
        ("Reporting", "A PDF on Fridays.")
    ]
    assert [one.text for one in summary.action_items] == ["Ana sets up a trial"]


def test_the_new_text_goes_before_the_old_parts() -> None:
    content = (
        "## Quick recap\nNew words.\n\n## Next steps\n- Bo writes\n\n"
        "## Summary\n### Price\n48 000.\n"
    )

    summary = meeting("zoom", _summary(summary_content=content, **_OLD)).summary

    assert summary is not None
    assert summary.overview == ("New words.",)
    assert [one.title for one in summary.sections] == ["Price"]
    assert [one.text for one in summary.action_items] == ["Bo writes"]


def test_a_new_text_of_no_known_shape_stands_as_it_is() -> None:
    summary = meeting("zoom", _summary(summary_content="All went **well**.", **_OLD)).summary

    assert summary is not None
    assert summary.body == Text(format="markdown", text="All went **well**.")


def test_an_edited_part_stands_for_the_part_of_its_name_and_the_others_stay() -> None:
    body = _summary("updated", **_OLD, edited_summary={"next_steps": ["Bo sets up a trial"]})

    summary = meeting("zoom", body).summary

    assert summary is not None
    assert summary.overview == ("They looked at reports.",)
    assert [one.title for one in summary.sections] == ["Reporting"]
    assert [one.text for one in summary.action_items] == ["Bo sets up a trial"]


def test_edited_details_are_a_text() -> None:
    body = _summary("updated", **_OLD, edited_summary={"summary_details": "One.\nTwo."})

    summary = meeting("zoom", body).summary

    assert summary is not None
    assert [one.text for one in summary.sections[0].bullets] == ["One.", "Two."]


def test_an_edit_that_comes_before_the_summary_is_laid_over_it() -> None:
    edit = told(
        "zoom",
        _summary("updated", modified="2026-11-18T18:00:00Z", edited_summary={"next_steps": ["Bo"]}),
    )
    known = fold(fold(None, edit), told("zoom", _summary(**_OLD)))

    assert known.summary is not None
    assert known.summary.overview == ("They looked at reports.",)
    assert [one.text for one in known.summary.action_items] == ["Bo"]


def test_the_summary_that_was_modified_last_wins_though_it_comes_first() -> None:
    newer = told(
        "zoom", _summary("updated", modified="2026-11-18T18:00:00Z", summary_overview="New")
    )
    older = told("zoom", _summary(summary_overview="Old"))

    known = fold(fold(None, newer), older)

    assert known.summary is not None
    assert known.summary.overview == ("New",)


def test_what_a_person_wrote_here_is_not_overwritten_and_the_news_are_kept() -> None:
    mine = Summary(origin=Origin.MANUAL, overview=("Mine",))
    known = Meeting(key=f"zoom:{_UUID}", source="zoom", summary=mine)

    folded = fold(known, told("zoom", _summary(**_OLD)))

    assert folded.summary == mine
    assert folded.source_summary is not None
    assert folded.source_summary.overview == ("They looked at reports.",)


def test_start_and_end_of_a_recorded_meeting_are_those_of_its_files() -> None:
    early = {"recording_start": "2026-11-18T15:00:05Z", "recording_end": "2026-11-18T15:20:00Z"}
    late = {"recording_start": "2026-11-18T15:30:00Z", "recording_end": "2026-11-18T16:10:00Z"}

    found = meeting("zoom", _recording(recording_files=[late, early], duration=1))

    assert (str(found.started_at), str(found.ended_at)) == (
        "2026-11-18 15:00:05+00:00",
        "2026-11-18 16:10:00+00:00",
    )


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_the_times_of_the_recording_go_before_the_summarys_in_any_order(
    order: tuple[int, int],
) -> None:
    facts = [told("zoom", _recording()), told("zoom", _summary(**_OLD))]

    known = fold(fold(None, facts[order[0]]), facts[order[1]])

    assert str(known.started_at) == "2026-11-18 15:00:10+00:00"
    assert known.title == "Acme demo"


def test_a_recording_alone_waits_for_its_summary() -> None:
    assert meeting("zoom", _recording()).summary_expected


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_with_a_summary_nothing_is_waited_for(order: tuple[int, int]) -> None:
    facts = [told("zoom", _recording()), told("zoom", _summary(**_OLD))]

    assert not fold(fold(None, facts[order[0]]), facts[order[1]]).summary_expected


def test_a_participant_makes_no_meeting() -> None:
    assert told("zoom", _joined("Inès")).waits


def test_who_rejoins_is_there_once() -> None:
    known = fold(None, told("zoom", _joined("Inès", participant_user_id="u1")))
    for again in (
        _joined("Inès D.", participant_user_id="u1"),
        _joined("Inès", email=""),
        _joined("inès", email="ines@hooli.example"),
        _joined("Inès Dupont", email="INES@hooli.example"),
    ):
        known = fold(known, told("zoom", again))

    assert [(one.name, one.emails) for one in known.attendees] == [
        ("Inès", ("ines@hooli.example",))
    ]


def test_a_number_that_dialled_in_is_kept() -> None:
    known = fold(None, told("zoom", _joined("447700900123", phone_number="447700900123")))

    assert known.attendees[0].phones == ("447700900123",)


# -- the API


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
    joined = fold(None, told("zoom", _joined("Bo", phone_number="+46701740605")))
    facts = told("zoom", _summary(**_OLD))
    listed = _people(
        {"name": "Ana Lund", "user_email": "Ana@northwind.example", "internal_user": True},
        {"name": "Bo", "user_email": ""},
        {"name": "Bo", "user_email": ""},
    )

    known, asked = fetched("zoom", fold(joined, facts), facts, _TOKEN, listed)

    assert [(one.name, one.part, one.phones) for one in known.attendees] == [
        ("Bo", Part.ATTENDEE, ("+46701740605",)),
        ("Ana Lund", Part.HOST, ()),
    ]
    assert not known.participants_refused
    assert asked[0].url.endswith("grant_type=account_credentials&account_id=TEST")
    assert asked[1].headers == {"Authorization": "Bearer TEST"}


def test_participants_of_several_pages_are_all_asked_for() -> None:
    facts = told("zoom", _summary(**_OLD))
    first = answered(200, {"participants": [{"name": "A"}], "next_page_token": "a/b"})

    known, asked = fetched("zoom", fold(None, facts), facts, _TOKEN, first, _people({"name": "B"}))

    assert asked[2].url.endswith("page_size=300&next_page_token=a%2Fb")
    assert [one.name for one in known.attendees] == ["", "A", "B"]


@pytest.mark.parametrize("status", [400, 403, 404])
def test_a_refused_list_of_participants_is_final_and_remembered(status: int) -> None:
    facts = told("zoom", _summary(**_OLD))

    known, _ = fetched("zoom", fold(None, facts), facts, _TOKEN, answered(status, {"code": 200}))

    assert known.participants_refused


@pytest.mark.parametrize(
    ("status", "error"), [(429, RateLimited), (500, Unavailable), (503, Unavailable)]
)
def test_an_outage_of_the_participants_is_no_refusal(status: int, error: type[Exception]) -> None:
    facts = told("zoom", _summary(**_OLD))

    with pytest.raises(error):
        fetched("zoom", fold(None, facts), facts, _TOKEN, answered(status))


def test_credentials_that_zoom_does_not_take_are_told_of() -> None:
    facts = told("zoom", _summary(**_OLD))

    with pytest.raises(Unauthorized) as wrong:
        fetched("zoom", fold(None, facts), facts, answered(401, {"reason": "Invalid client_id"}))

    assert wrong.value.code == "recorder_unauthorized"


def test_without_credentials_nobody_can_say_who_was_there() -> None:
    facts = told("zoom", _summary(**_OLD))

    known, asked = fetched("zoom", fold(None, facts), facts, access=Access())

    assert known.participants_refused
    assert asked == []


def test_the_transcript_is_fetched_with_the_token_of_the_event() -> None:
    facts = told("zoom", _recording())

    known, asked = fetched("zoom", fold(None, facts), facts, _TOKEN, _people(), _VTT)

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

    facts = told("zoom", _recording(recording_files=[file("00", "a"), file("10", "b")]))
    known, _ = fetched("zoom", fold(None, facts), facts, _TOKEN, _people(), _VTT, _VTT)

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

    assert told("zoom", _recording(recording_files=[file])).downloads == ()


@pytest.mark.parametrize(
    "answer", [answered(404, {}), answered(401), answered(200, b"<html>no</html>")]
)
def test_a_transcript_that_is_gone_or_none_takes_nothing_from_the_meeting(answer: Any) -> None:
    facts = told("zoom", _recording())

    known, _ = fetched("zoom", fold(None, facts), facts, _TOKEN, _people(), answer)

    assert known.transcript == ()


def test_at_the_end_of_the_grace_period_the_summary_is_asked_for_once_more() -> None:
    known = fold(None, told("zoom", _recording()))

    found, asked = fetched("zoom", known, None, _TOKEN, answered(200, _OLD))

    assert asked[1].url == f"https://api.zoom.us/v2/meetings/{encoded_uuid(_UUID)}/meeting_summary"
    assert found.summary is not None
    assert not found.summary_expected


@pytest.mark.parametrize("status", [400, 403, 404])
def test_no_summary_is_no_fault(status: int) -> None:
    known = fold(None, told("zoom", _recording()))

    found, _ = fetched("zoom", known, None, _TOKEN, answered(status, {"code": 2305}))

    assert found.summary is None


def test_polling_tells_what_webhooks_would_have_told() -> None:
    poll = SOURCES["zoom"].poll
    assert poll is not None
    recordings = answered(200, {"meetings": [_recording()["payload"]["object"]]})
    summaries = answered(200, {"summaries": [_summary()["payload"]["object"]]})

    found, _ = played(poll(ACCESS, NOW, NOW), _TOKEN, recordings, summaries)

    assert [(one.meeting_key, one.only_new) for one in found] == [
        (f"zoom:{_UUID}", True),
        (f"zoom:{_UUID}", False),
    ]
    assert [told("zoom", one.raw).event for one in found] == [
        "recording.completed",
        "meeting.summary_completed",
    ]


def test_the_download_token_does_not_show_itself() -> None:
    assert "eyTOKEN" not in repr(told("zoom", _recording()).downloads)

"""Zoom's events: challenge, summaries old and new and edited, recordings, participants."""

import pytest
from tests.meetings.sources.recorders import (
    NOW_S,
    SOURCES,
    TEXT,
    delivered,
    encoded,
    hexed,
    meeting,
    told,
    zoom_headers,
)
from tests.meetings.sources.zooms import (
    OLD_PARTS,
    UUID,
    a_recording,
    a_summary,
    an_event,
    has_joined,
)

from dealwright.meetings.folding import fold
from dealwright.meetings.meeting import Meeting, Origin, Summary, Text
from dealwright.meetings.source import Answered, DeadLetter, Gone, Ignored, Refused

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
    body = encoded(a_summary())

    with pytest.raises(Refused) as refused:
        delivered("zoom", body, zoom_headers(body, at=str(int(NOW_S) + 301)))

    assert refused.value.code == "timestamp"


# -- events


@pytest.mark.parametrize("name", ["meeting.started", "meeting.sharing_started", "x" * 500, "a\nb"])
def test_what_is_not_about_a_finished_meeting_is_ignored(name: str) -> None:
    body = encoded(an_event(name, uuid=UUID))

    found = delivered("zoom", body, zoom_headers(body))

    assert isinstance(found, Ignored)
    assert len(found.event) <= 100
    assert "\n" not in found.event


def test_an_event_without_a_uuid_is_kept_with_its_reason() -> None:
    body = encoded(an_event("recording.completed", id=97763643886))

    assert isinstance(delivered("zoom", body, zoom_headers(body)), DeadLetter)


@pytest.mark.parametrize("what", ["trashed", "deleted"])
def test_a_summary_thrown_away_at_zoom_is_told_as_gone(what: str) -> None:
    facts = SOURCES["zoom"].read(encoded(a_summary(what)))

    assert facts == Gone(key=f"zoom:{UUID}", event=f"meeting.summary_{what}", summary_only=True)


def test_the_old_parts_make_a_summary() -> None:
    summary = meeting("zoom", a_summary(**OLD_PARTS)).summary

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

    summary = meeting("zoom", a_summary(summary_content=content, **OLD_PARTS)).summary

    assert summary is not None
    assert summary.overview == ("New words.",)
    assert [one.title for one in summary.sections] == ["Price"]
    assert [one.text for one in summary.action_items] == ["Bo writes"]


def test_a_new_text_of_no_known_shape_stands_as_it_is() -> None:
    summary = meeting("zoom", a_summary(summary_content="All went **well**.", **OLD_PARTS)).summary

    assert summary is not None
    assert summary.body == Text(format="markdown", text="All went **well**.")


def test_an_edited_part_stands_for_the_part_of_its_name_and_the_others_stay() -> None:
    body = a_summary("updated", **OLD_PARTS, edited_summary={"next_steps": ["Bo sets up a trial"]})

    summary = meeting("zoom", body).summary

    assert summary is not None
    assert summary.overview == ("They looked at reports.",)
    assert [one.title for one in summary.sections] == ["Reporting"]
    assert [one.text for one in summary.action_items] == ["Bo sets up a trial"]


def test_edited_details_are_a_text() -> None:
    body = a_summary("updated", **OLD_PARTS, edited_summary={"summary_details": "One.\nTwo."})

    summary = meeting("zoom", body).summary

    assert summary is not None
    assert [one.text for one in summary.sections[0].bullets] == ["One.", "Two."]


def test_an_edit_that_comes_before_the_summary_is_laid_over_it() -> None:
    edit = told(
        "zoom",
        a_summary(
            "updated", modified="2026-11-18T18:00:00Z", edited_summary={"next_steps": ["Bo"]}
        ),
    )
    known = fold(fold(None, edit), told("zoom", a_summary(**OLD_PARTS)))

    assert known.summary is not None
    assert known.summary.overview == ("They looked at reports.",)
    assert [one.text for one in known.summary.action_items] == ["Bo"]


def test_the_summary_that_was_modified_last_wins_though_it_comes_first() -> None:
    newer = told(
        "zoom", a_summary("updated", modified="2026-11-18T18:00:00Z", summary_overview="New")
    )
    older = told("zoom", a_summary(summary_overview="Old"))

    known = fold(fold(None, newer), older)

    assert known.summary is not None
    assert known.summary.overview == ("New",)


def test_what_a_person_wrote_here_is_not_overwritten_and_the_news_are_kept() -> None:
    mine = Summary(origin=Origin.MANUAL, overview=("Mine",))
    known = Meeting(key=f"zoom:{UUID}", source="zoom", summary=mine)

    folded = fold(known, told("zoom", a_summary(**OLD_PARTS)))

    assert folded.summary == mine
    assert folded.source_summary is not None
    assert folded.source_summary.overview == ("They looked at reports.",)


def test_start_and_end_of_a_recorded_meeting_are_those_of_its_files() -> None:
    early = {"recording_start": "2026-11-18T15:00:05Z", "recording_end": "2026-11-18T15:20:00Z"}
    late = {"recording_start": "2026-11-18T15:30:00Z", "recording_end": "2026-11-18T16:10:00Z"}

    found = meeting("zoom", a_recording(recording_files=[late, early], duration=1))

    assert (str(found.started_at), str(found.ended_at)) == (
        "2026-11-18 15:00:05+00:00",
        "2026-11-18 16:10:00+00:00",
    )


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_the_times_of_the_recording_go_before_the_summarys_in_any_order(
    order: tuple[int, int],
) -> None:
    facts = [told("zoom", a_recording()), told("zoom", a_summary(**OLD_PARTS))]

    known = fold(fold(None, facts[order[0]]), facts[order[1]])

    assert str(known.started_at) == "2026-11-18 15:00:10+00:00"
    assert known.title == "Acme demo"


def test_a_recording_alone_waits_for_its_summary() -> None:
    assert meeting("zoom", a_recording()).summary_expected


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_with_a_summary_nothing_is_waited_for(order: tuple[int, int]) -> None:
    facts = [told("zoom", a_recording()), told("zoom", a_summary(**OLD_PARTS))]

    assert not fold(fold(None, facts[order[0]]), facts[order[1]]).summary_expected


def test_a_participant_makes_no_meeting() -> None:
    assert told("zoom", has_joined("Inès")).waits


def test_who_rejoins_is_there_once() -> None:
    known = fold(None, told("zoom", has_joined("Inès", participant_user_id="u1")))
    for again in (
        has_joined("Inès D.", participant_user_id="u1"),
        has_joined("Inès", email=""),
        has_joined("inès", email="ines@hooli.example"),
        has_joined("Inès Dupont", email="INES@hooli.example"),
    ):
        known = fold(known, told("zoom", again))

    assert [(one.name, one.emails) for one in known.attendees] == [
        ("Inès", ("ines@hooli.example",))
    ]


def test_a_number_that_dialled_in_is_kept() -> None:
    known = fold(None, told("zoom", has_joined("447700900123", phone_number="447700900123")))

    assert known.attendees[0].phones == ("447700900123",)

"""The desk: what is made of deliveries that repeat, contradict, fail, or tell of one meeting."""

from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from tests.meetings.posting import aircall, body_of, fixture, readai, scene, standard, zoom
from tests.meetings.runner.stage import Played, play

READ = fixture("readai/01_meeting_end")
ZOOM = fixture("zoom/03_summary_completed")
NOW = READ.now_unix
BOTH = {"readai": READ.secrets["readai"], "zoom": ZOOM.secrets["zoom"]}


def zoom_summary(**changes: Any) -> Any:
    body = body_of("zoom/03_summary_completed")
    told = body["payload"]["object"]
    told |= {
        "meeting_uuid": "abcDEF123==",
        "meeting_id": 97763643886,
        "meeting_topic": "Zoom's own title",
        "meeting_start_time": "2026-11-17T12:01:00Z",
        "meeting_end_time": "2026-11-17T12:44:00Z",
        **changes,
    }
    return body


def one(played: Played) -> dict[str, Any]:
    (shown,) = played.meetings
    return shown


def notes(played: Played) -> list[Any]:
    return played.sandbox.records("notes")


class TestMerging:
    async def test_two_recorders_that_tell_of_one_meeting_make_one(self, tmp_path: Path) -> None:
        first = readai(body_of("readai/01_meeting_end"), secret=BOTH["readai"])
        later = zoom(zoom_summary(), secret=BOTH["zoom"], at=NOW)
        played = await play(scene(READ, first, later, secrets=BOTH), tmp_path)
        shown = one(played)
        assert shown["merge"] == {
            "why": "platform_meeting",
            "kept": "readai:01JXREAD000000000000000001",
            "merged": ["zoom:abcDEF123=="],
        }
        assert shown["title"] == "Discovery with Acme"
        assert len(notes(played)) == 1

    async def test_the_first_to_tell_keeps_its_title_and_gets_the_transcript(
        self, tmp_path: Path
    ) -> None:
        first = zoom(zoom_summary(), secret=BOTH["zoom"], at=NOW)
        later = readai(body_of("readai/01_meeting_end"), secret=BOTH["readai"])
        played = await play(scene(READ, first, later, secrets=BOTH), tmp_path)
        shown = one(played)
        assert (shown["title"], shown["transcript_segments"]) == ("Zoom's own title", 1)
        assert shown["merge"]["kept"] == "zoom:abcDEF123=="

    async def test_of_three_the_strongest_reason_is_told(self, tmp_path: Path) -> None:
        base = fixture("generic/01_full_manual_notes")
        three = {**BOTH, "generic": base.secrets["generic"]}
        told = {
            "id": "g-1",
            "title": "Discovery with Acme",
            "started_at": "2026-11-17T12:00:30Z",
            "participants": [{"email": "ana@northwind.example", "role": "organizer"}],
        }
        event = {"type": "meeting.completed", "timestamp": "2026-11-17T13:00:00Z", "data": told}
        sent = [
            readai(body_of("readai/01_meeting_end"), secret=BOTH["readai"]),
            zoom(zoom_summary(), secret=BOTH["zoom"], at=NOW),
            standard("generic", event, secret=three["generic"], at=NOW),
        ]
        played = await play(scene(READ, *sent, secrets=three), tmp_path)
        assert one(played)["merge"] == {
            "why": "platform_meeting",
            "kept": "readai:01JXREAD000000000000000001",
            "merged": ["zoom:abcDEF123==", "generic:g-1"],
        }

    async def test_where_it_is_switched_off_each_writes_its_own_note(self, tmp_path: Path) -> None:
        first = readai(body_of("readai/01_meeting_end"), secret=BOTH["readai"])
        later = zoom(zoom_summary(), secret=BOTH["zoom"], at=NOW)
        apart = replace(READ.config, cross_source_merge=False)
        played = await play(scene(READ, first, later, secrets=BOTH, config=apart), tmp_path)
        assert {shown["merge"] for shown in played.meetings} == {None}
        assert len(played.meetings) == 2

    async def test_another_meeting_of_the_same_number_an_hour_later_is_another(
        self, tmp_path: Path
    ) -> None:
        first = readai(body_of("readai/01_meeting_end"), secret=BOTH["readai"])
        hour_later = zoom_summary(
            meeting_start_time="2026-11-17T13:01:00Z", meeting_end_time="2026-11-17T13:30:00Z"
        )
        later = zoom(hour_later, secret=BOTH["zoom"], at=NOW)
        played = await play(scene(READ, first, later, secrets=BOTH), tmp_path)
        assert len(played.meetings) == 2


class TestRepeats:
    async def test_a_delivery_that_comes_again_is_answered_as_the_first_and_writes_nothing(
        self, tmp_path: Path
    ) -> None:
        base = fixture("generic/01_full_manual_notes")
        (sent,) = base.deliveries
        played = await play(scene(base, sent, sent), tmp_path)
        assert played.answers[0].json() == played.answers[1].json()
        assert len(notes(played)) == 1

    async def test_the_same_meeting_under_another_id_of_the_delivery_changes_nothing(
        self, tmp_path: Path
    ) -> None:
        base = fixture("fathom/01_external_full")
        body, secret = body_of("fathom/01_external_full"), base.secrets["fathom"]
        twice = [
            standard("fathom", body, secret=secret, at=base.now_unix, message_id=each)
            for each in ("m-1", "m-2")
        ]
        played = await play(scene(base, *twice), tmp_path)
        written = [one.method for one in played.sandbox.calls if one.path == "/api/v1/notes"]
        assert (len(played.meetings), written) == (1, ["POST"])

    async def test_the_answer_of_the_generic_webhook_leads_to_the_meeting(
        self, tmp_path: Path
    ) -> None:
        base = fixture("generic/01_full_manual_notes")
        played = await play(base, tmp_path)
        answer = played.answers[0].json()
        assert answer["meeting_id"] == one(played)["id"]
        assert answer["url"] == one(played)["url"]


class TestWaiting:
    async def test_people_who_joined_wait_for_their_meeting(self, tmp_path: Path) -> None:
        base = fixture("zoom/04_recording_no_summary_phone")
        *before, _ = base.deliveries
        played = await play(scene(base, *before), tmp_path)
        assert (played.meetings, played.outcome[:8]) == ([], "ignored:")

    async def test_a_missed_call_is_not_kept_waiting_for_a_summary(self, tmp_path: Path) -> None:
        base = fixture("aircall/04_missed_call")
        played = await play(base, tmp_path)
        assert played.after_first == "skipped:not_answered"

    async def test_a_call_without_its_summary_is_written_when_the_wait_is_over(
        self, tmp_path: Path
    ) -> None:
        base = fixture("aircall/01_phone_match")
        played = await play(scene(base, base.deliveries[0]), tmp_path)
        assert played.after_first == "pending:summary"
        assert one(played)["state"] == "synced"

    async def test_a_summary_that_comes_late_goes_into_the_same_note(self, tmp_path: Path) -> None:
        base = fixture("aircall/01_phone_match")
        at_once = replace(base.config, summary_grace_seconds=0)
        played = await play(scene(base, *base.deliveries, config=at_once), tmp_path)
        assert played.after_first == "synced"
        written = [one.method for one in played.sandbox.calls if "/notes" in one.path]
        assert (written[0], written[-1], written.count("POST")) == ("POST", "PUT", 1)
        assert one(played)["summary_origin"] == "provider"

    async def test_a_summary_before_its_call_waits_for_it(self, tmp_path: Path) -> None:
        base = fixture("aircall/01_phone_match")
        call, summary = base.deliveries
        played = await play(scene(base, summary, call), tmp_path)
        assert played.answers[0].status_code == 200
        assert one(played)["summary_origin"] == "provider"
        assert len(notes(played)) == 1


class TestUnreadable:
    @pytest.mark.parametrize("raw", ['{"recording_id": []}', "[1]", "{", '"text"', "null"])
    async def test_what_is_authentic_and_unreadable_is_answered_2xx_and_kept(
        self, raw: str, tmp_path: Path
    ) -> None:
        base = fixture("fathom/01_external_full")
        secret = base.secrets["fathom"]
        sent = standard("fathom", raw, secret=secret, at=base.now_unix)
        played = await play(scene(base, sent), tmp_path)
        assert played.answers[0].status_code == 200
        assert (played.meetings, played.outcome) == ([], "dead")

    async def test_the_generic_webhook_says_where_the_fault_is(self, tmp_path: Path) -> None:
        base = fixture("generic/01_full_manual_notes")
        body = body_of("generic/01_full_manual_notes")
        body["data"]["started_at"] = "yesterday"
        sent = standard("generic", body, secret=base.secrets["generic"], at=base.now_unix)
        played = await play(scene(base, sent), tmp_path)
        answer = played.answers[0]
        assert answer.status_code == 422
        assert [one["path"] for one in answer.json()["faults"]] == ["/data/started_at"]

    async def test_an_event_of_another_kind_makes_no_meeting(self, tmp_path: Path) -> None:
        base = fixture("generic/01_full_manual_notes")
        body = {**body_of("generic/01_full_manual_notes"), "type": "meeting.dreamt"}
        sent = standard("generic", body, secret=base.secrets["generic"], at=base.now_unix)
        played = await play(scene(base, sent), tmp_path)
        assert played.answers[0].status_code == 202
        assert (played.meetings, played.outcome) == ([], "ignored:meeting.dreamt")


class TestDeletion:
    async def test_a_meeting_that_the_sender_deletes_is_no_more_and_its_note_stays(
        self, tmp_path: Path
    ) -> None:
        base = fixture("generic/01_full_manual_notes")
        body = body_of("generic/01_full_manual_notes")
        secret = base.secrets["generic"]
        gone = {**body, "type": "meeting.deleted", "data": {"id": body["data"]["id"]}}
        sent = [
            standard("generic", each, secret=secret, at=base.now_unix, message_id=f"m-{at}")
            for at, each in enumerate((body, gone))
        ]
        played = await play(scene(base, *sent), tmp_path)
        assert one(played)["state"] == "deleted"
        assert len(notes(played)) == 1


async def test_a_call_whose_token_stands_in_the_body_shows_it_nowhere(tmp_path: Path) -> None:
    base = fixture("aircall/01_phone_match")
    played = await play(scene(base, aircall(body_of("aircall/01_phone_match"))), tmp_path)
    told = repr(played.logs) + repr(played.meetings) + "".join(played.pages)
    assert base.secrets["aircall"] not in told

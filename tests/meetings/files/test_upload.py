"""Uploads: what a file is, in which encoding, and what it tells."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from tests.meetings.sources.recorders import SOURCES

from dealwright.core.errors import InvalidEvent
from dealwright.meetings.files.encoding import text_of
from dealwright.meetings.files.upload import Uploaded, read_upload

_FIXTURES = Path(__file__).parents[1] / "fixtures"
_VTT = "WEBVTT\n\n00:01.000 --> 00:02.500\n<v Ana>Hallå där.\n"
_VCON = {"uuid": "v1", "parties": [{"name": "Ana"}], "dialog": []}


def _read(raw: bytes, filename: str = "acme_demo.vtt") -> Uploaded:
    return read_upload(raw, filename=filename, sources=SOURCES)


def _fixture(path: str) -> bytes:
    return json.loads((_FIXTURES / path).read_text())["deliveries"][0]["raw_body"].encode()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_every_usual_encoding_is_read(encoding: str) -> None:
    found = _read(_VTT.encode(encoding))

    assert found.told[0].meeting.transcript[0].text == "Hallå där."


@pytest.mark.parametrize(
    "raw", [b"\xff\xfe\x00", b"\xfe\xff\xd8\x00", b"\x81\x8d", b"\xef\xbb\xbf", b"\xc3\x28"]
)
def test_every_sequence_of_bytes_is_some_text(raw: bytes) -> None:
    assert isinstance(text_of(raw), str)


def test_line_ends_are_made_one() -> None:
    assert text_of(b"a\r\nb\rc\n") == "a\nb\nc\n"


@pytest.mark.parametrize(
    ("raw", "kind"),
    [
        (_VTT.encode(), "vtt"),
        (b"1\n00:00:01,000 --> 00:00:02,000\nHi\n", "srt"),
        (b"Ana: Hi\nJo: Yes", "text"),
        (b'{"segments": [{"start": 1, "text": "Hi"}], "language": "en"}', "whisper"),
        (b'[{"speaker": "Ana", "text": "Hi", "start": 1}]', "whisper"),
        (b'{"transcription": [{"offsets": {"from": 0, "to": 9}, "text": "Hi"}]}', "whisper"),
        (json.dumps(_VCON).encode(), "vcon"),
        (gzip.compress(json.dumps(_VCON).encode(), mtime=0), "vcon"),
    ],
)
def test_a_file_is_told_by_its_looks(raw: bytes, kind: str) -> None:
    found = _read(raw, filename="file.bin")

    assert found.kind == kind
    assert len(found.told) == 1


@pytest.mark.parametrize(
    ("path", "key"),
    [
        ("fathom/01_external_full.json", "fathom:171112001"),
        ("readai/01_meeting_end.json", "readai:01JXREAD000000000000000001"),
        ("circleback/01_full.json", "circleback:448201"),
        ("aircall/01_phone_match.json", "aircall:70001"),
        ("zoom/03_summary_completed.json", "zoom:/ajXp112QmuoKj4854875=="),
        ("vcon/01_call_with_analysis.json", "vcon:019aa111-0000-8000-8000-000000000001"),
        ("generic/01_full_manual_notes.json", "generic:rec-1"),
    ],
)
def test_what_a_recorder_exports_is_read_by_its_source(path: str, key: str) -> None:
    assert _read(_fixture(path)).told[0].meeting.key == key


def test_a_saved_transcript_of_fireflies_is_known() -> None:
    answer: dict[str, Any] = {"data": {"transcript": {"id": "f1", "title": "Renewal"}}}

    assert _read(json.dumps(answer).encode()).told[0].meeting.key == "fireflies:f1"


@pytest.mark.parametrize("around", ["%s", '{"items": %s}'])
def test_a_list_of_meetings_is_many(around: str) -> None:
    items = [{"recording_id": number, "calendar_invitees": []} for number in (1, 2)]

    found = _read((around % json.dumps(items)).encode())

    assert [one.meeting.key for one in found.told] == ["fathom:1", "fathom:2"]


def test_the_same_file_is_the_same_meeting() -> None:
    first, again = _read(_VTT.encode()), _read(_VTT.encode(), filename="other.vtt")

    assert first.told[0].meeting.key == again.told[0].meeting.key
    assert _read(_VTT.encode() + b"\n").told[0].meeting.key != first.told[0].meeting.key


def test_the_name_of_a_file_is_the_title() -> None:
    assert _read(_VTT.encode(), filename="C:\\x\\acme_demo.transcript.vtt").told[
        0
    ].meeting.title == ("acme demo")


def test_zoom_writes_the_start_into_the_name() -> None:
    found = _read(_VTT.encode(), filename="GMT20261118-150000_Recording.transcript.vtt")
    meeting = found.told[0].meeting

    assert str(meeting.started_at) == "2026-11-18 15:00:00+00:00"
    assert str(meeting.ended_at) == "2026-11-18 15:00:02+00:00"
    assert meeting.title == ""


def test_an_invitation_brings_people_and_deals_and_no_meeting() -> None:
    ics = (
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:u1\r\n"
        "DESCRIPTION:https://northwind.pipedrive.com/deal/9001\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    )

    found = _read(ics.encode(), filename="invite.ics")

    assert (found.kind, found.told) == ("ics", ())
    assert [(one.uid, one.deal_id) for one in found.invitations] == [("u1", 9001)]


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"", "file_unreadable"),
        (b"\x00\x01\x02 no text", "file_unreadable"),
        (b"WEBVTT\n\n", "file_unreadable"),
        (b'{"what": "is this"}', "transcript_unreadable"),
        (b'{"broken', "invalid_json"),
        (b'[{"a":' * 500, "too_deep"),
        (_fixture("zoom/01_url_validation.json"), "file_unreadable"),
        (b"BEGIN:VCALENDAR\r\nnothing", "calendar_unreadable"),
    ],
)
def test_a_file_that_cannot_be_used_is_told_by_a_code(raw: bytes, code: str) -> None:
    with pytest.raises(InvalidEvent) as wrong:
        _read(raw)

    assert wrong.value.code == code

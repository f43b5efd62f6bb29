"""vCon: transcripts in the wild, messages, summaries, tags, and what is elsewhere."""

import json
from hashlib import sha512
from typing import Any

import pytest
from tests.meetings.sources.recorders import (
    answered,
    encoded,
    fetched,
    meeting,
    told,
)
from tests.meetings.sources.vcons import a_vcon, url64

from dealwright.meetings.folding import fold
from dealwright.meetings.meeting import Meeting, Text
from dealwright.meetings.source import Access

_WHISPER = {"language": "en", "segments": [{"start": 1, "end": 2.4, "text": " What price?"}]}
_VTT = "WEBVTT\n\n00:01.000 --> 00:02.000\n<v Ana>Hello.\n"


def _heard(analysis: dict[str, Any]) -> Meeting:
    return meeting("vcon", a_vcon(analysis=[{"type": "transcript", "dialog": 0} | analysis]))


@pytest.mark.parametrize(
    "analysis",
    [
        {"encoding": "json", "body": _WHISPER},
        {"encoding": "json", "body": json.dumps(_WHISPER)},
        {
            "encoding": "base64url",
            "body": url64(encoded(_WHISPER)),
            "mediatype": "application/json",
        },
        {"encoding": "none", "body": json.dumps(_WHISPER)},
        {"body": _WHISPER},
    ],
)
def test_a_transcript_is_read_in_every_encoding(analysis: dict[str, Any]) -> None:
    found = _heard(analysis)

    assert [(one.start, one.text) for one in found.transcript] == [(1.0, "What price?")]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (_VTT, [("Ana", "Hello.")]),
        ("Hello.\nCall me.", [("", "Hello."), ("", "Call me.")]),
        ("1\n00:00:01,000 --> 00:00:02,000\nBo: Hi\n", [("Bo", "Hi")]),
        (
            {"transcript": {"language": "sv"}, "segments": [{"text": "Hej", "speaker": 0}]},
            [("Speaker 0", "Hej")],
        ),
        (
            {"results": {"utterances": [{"start": 1, "transcript": "Hi", "speaker": 1}]}},
            [("Speaker 1", "Hi")],
        ),
        (
            {"results": {"channels": [{"alternatives": [{"transcript": "All of it."}]}]}},
            [("", "All of it.")],
        ),
        ({"transcription": [{"offsets": {"from": 500, "to": 900}, "text": " Hi"}]}, [("", "Hi")]),
        ({"vendor": "own"}, []),
        ([7, None], []),
    ],
)
def test_transcripts_are_told_by_their_shape(body: object, said: list[tuple[str, str]]) -> None:
    found = _heard({"body": body})

    assert [(one.speaker, one.text) for one in found.transcript] == said


def test_the_language_is_the_transcripts() -> None:
    assert _heard({"body": _WHISPER}).language == "en"


def test_each_dialog_has_its_transcript_and_the_second_begins_where_it_began() -> None:
    dialogs = [
        {"type": "recording", "start": "2026-11-15T09:00:00Z", "duration": 60},
        {"type": "recording", "start": "2026-11-15T09:10:00Z", "duration": 60},
    ]
    analysis = [{"type": "transcript", "dialog": index, "body": _WHISPER} for index in (1, 0, 0)]

    found = meeting("vcon", a_vcon(dialog=dialogs, analysis=analysis))

    assert [one.start for one in found.transcript] == [1.0, 601.0]


def test_without_a_transcript_the_written_messages_are_it() -> None:
    dialogs = [
        {"type": "text", "start": "2026-11-15T09:01:00Z", "parties": 1, "body": "Yes."},
        {"type": "text", "start": "2026-11-15T09:00:00Z", "parties": [0, 1], "body": "Interested?"},
        {
            "type": "text",
            "start": "2026-11-15T09:02:00Z",
            "originator": 9,
            "encoding": "base64url",
            "body": url64("Tack för det".encode()),
        },
    ]

    found = meeting("vcon", a_vcon(dialog=dialogs))

    assert [(one.start, one.speaker, one.text) for one in found.transcript] == [
        (0.0, "Ana", "Interested?"),
        (60.0, "+46701740605", "Yes."),
        (120.0, "", "Tack för det"),
    ]


@pytest.mark.parametrize(
    ("media", "kind"),
    [
        ("text/plain", "text"),
        ("text/html", "html"),
        ("text/markdown", "markdown"),
        ("", "markdown"),
    ],
)
@pytest.mark.parametrize("name", ["mediatype", "mimetype"])
def test_a_summary_is_what_it_says_it_is(name: str, media: str, kind: str) -> None:
    analysis = [{"type": "summary", name: media, "body": "Price: **48 000**."}]

    summary = meeting("vcon", a_vcon(analysis=analysis)).summary

    assert summary is not None
    assert summary.body == Text(format=kind, text="Price: **48 000**.")


def test_other_analyses_are_let_be() -> None:
    analysis = [
        {"type": kind, "body": "x"} for kind in ("sentiment", "report", "translation", "tts")
    ]

    found = meeting("vcon", a_vcon(analysis=analysis))

    assert (found.summary, found.transcript) == (None, ())


@pytest.mark.parametrize(
    "attachment",
    [
        {"purpose": "tags", "encoding": "json", "body": ["conversation_type:Demo", "deal_id:9001"]},
        {
            "type": "tags",
            "body": '["conversation_type:Demo","deal_id: 9001","x"]',
            "encoding": "json",
        },
    ],
)
def test_tags_say_type_and_deal(attachment: dict[str, Any]) -> None:
    found = meeting("vcon", a_vcon(attachments=[attachment]))

    assert (found.said_type, found.crm.deal_id) == ("Demo", 9001)


@pytest.mark.parametrize("body", [{}, "x", [7], ["deal_id:soon"], ["deal_id:-1"], None])
def test_tags_of_another_shape_say_nothing(body: object) -> None:
    found = meeting("vcon", a_vcon(attachments=[{"purpose": "tags", "body": body}]))

    assert found.crm.deal_id is None


def test_who_withheld_the_name_speaks_by_the_number() -> None:
    parties = [{"name": "anonymous", "tel": "+46701740605"}]
    dialog = {"type": "text", "start": "2026-11-15T09:00:00Z", "parties": [0], "body": "Hello"}

    found = meeting("vcon", a_vcon(parties=parties, dialog=[dialog]))

    assert found.transcript[0].speaker == "+46701740605"


# -- what is elsewhere


def _elsewhere(**of: Any) -> dict[str, Any]:
    analysis = {"type": "transcript", "dialog": 0, "url": "https://pbx.example/t.vtt"} | of
    return a_vcon(analysis=[analysis])


def test_nothing_is_fetched_unless_the_source_may() -> None:
    facts = told("vcon", _elsewhere())

    found, asked = fetched("vcon", fold(None, facts), facts, access=Access())

    assert asked == []
    assert found.transcript == ()


@pytest.mark.parametrize(
    ("content_hash", "segments"),
    [
        ("", 1),
        (f"sha512-{url64(sha512(_VTT.encode()).digest())}", 1),
        (f"sha512-{url64(b'0' * 64)}", 0),
        ("md5-x", 0),
    ],
)
def test_what_is_fetched_must_be_what_was_hashed(content_hash: str, segments: int) -> None:
    facts = told("vcon", _elsewhere(content_hash=content_hash))
    access = Access(media=True)

    found, asked = fetched(
        "vcon", fold(None, facts), facts, answered(200, _VTT.encode()), access=access
    )

    assert asked[0].sender_named
    assert len(found.transcript) == segments


@pytest.mark.parametrize("url", ["http://pbx.example/t.vtt", "file:///etc/passwd", "x"])
def test_only_https_is_fetched(url: str) -> None:
    facts = told("vcon", _elsewhere(url=url))

    _, asked = fetched("vcon", fold(None, facts), facts, access=Access(media=True))

    assert asked == []

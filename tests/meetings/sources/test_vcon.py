"""vCon: wrappings, versions and their old names, dialogs, transcripts in the wild, tags."""

import base64
import gzip
import json
from hashlib import sha512
from typing import Any

import pytest
from tests.meetings.sources.recorders import (
    TEXT,
    answered,
    delivered,
    encoded,
    fetched,
    meeting,
    standard,
    told,
)

from dealwright.meetings.folding import fold
from dealwright.meetings.meeting import Meeting, Part, Text
from dealwright.meetings.source import Accepted, Access, Refused, Scheme

_UUID = "019aa111-0000-8000-8000-000000000001"
_WHISPER = {"language": "en", "segments": [{"start": 1, "end": 2.4, "text": " What price?"}]}
_VTT = "WEBVTT\n\n00:01.000 --> 00:02.000\n<v Ana>Hello.\n"


def _vcon(**of: Any) -> dict[str, Any]:
    return {
        "uuid": _UUID,
        "created_at": "2026-11-15T09:41:00Z",
        "parties": [{"name": "Ana", "mailto": "ana@northwind.example"}, {"tel": "+46701740605"}],
        "dialog": [
            {
                "type": "recording",
                "start": "2026-11-15T09:00:00Z",
                "duration": 61,
                "parties": [0, 1],
            }
        ],
    } | of


def _refused(body: object) -> Refused:
    raw = encoded(body)
    with pytest.raises(Refused) as refused:
        delivered("vcon", raw, standard(raw))
    return refused.value


def _url64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _heard(analysis: dict[str, Any]) -> Meeting:
    return meeting("vcon", _vcon(analysis=[{"type": "transcript", "dialog": 0} | analysis]))


# -- what is taken


def test_any_media_type_is_taken_and_a_bearer_token_where_it_was_chosen() -> None:
    headers = {"authorization": f"Bearer {TEXT}", "content-type": "application/vcon+json"}

    found = delivered("vcon", _vcon(), headers, secrets=[TEXT], scheme=Scheme.BEARER)

    assert isinstance(found, Accepted)
    assert found.meeting_key == f"vcon:{_UUID}"


@pytest.mark.parametrize("name", ["critical", "must_support"])
def test_an_extension_that_must_be_known_and_is_not_refuses_the_vcon(name: str) -> None:
    refused = _refused(_vcon(**{name: ["lawful_basis"]}))

    assert (refused.status, refused.code) == (422, "critical_extension")


def test_no_critical_extension_is_none() -> None:
    assert meeting("vcon", _vcon(critical=[], extensions=["lawful_basis"])).key == f"vcon:{_UUID}"


def test_an_encrypted_vcon_is_refused_by_its_name() -> None:
    refused = _refused({"protected": "e30", "recipients": [], "iv": "a", "ciphertext": "b"})

    assert (refused.status, refused.code) == (422, "encrypted_vcon")


@pytest.mark.parametrize("signature", [{"signature": "c2ln"}, {"header": {"x5c": ["MIIB"]}}])
def test_the_payload_of_a_signed_vcon_is_read(signature: dict[str, Any]) -> None:
    payload = _url64(encoded(_vcon(subject="Signed")))

    found = meeting("vcon", {"payload": payload, "signatures": [signature]})

    assert found.title == "Signed"


def test_a_zipped_vcon_is_unzipped_and_the_signature_is_over_what_was_sent() -> None:
    raw = gzip.compress(encoded(_vcon(subject="Zipped")), mtime=0)
    headers = {"authorization": f"Bearer {TEXT}"}

    found = delivered("vcon", raw, headers, secrets=[TEXT], scheme=Scheme.BEARER)

    assert isinstance(found, Accepted)
    assert meeting("vcon", raw).title == "Zipped"


@pytest.mark.parametrize(
    "raw", [gzip.compress(b" " * 20_000_001, mtime=0), b"\x1f\x8bnothing", gzip.compress(b"{}")[:9]]
)
def test_a_zip_bomb_or_a_broken_zip_is_refused(raw: bytes) -> None:
    headers = {"authorization": f"Bearer {TEXT}"}

    with pytest.raises(Refused) as refused:
        delivered("vcon", raw, headers, secrets=[TEXT], scheme=Scheme.BEARER)

    assert refused.value.status == 422


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"uuid": None}, "/uuid"),
        ({"uuid": 7}, "/uuid"),
        ({"parties": {}}, "/parties"),
        ({"parties": [{"tel": 46701740605}]}, "/parties/0/tel"),
        ({"parties": [None]}, "/parties/0"),
        ({"dialog": [{"start": "soon"}]}, "/dialog/0/start"),
        ({"dialog": [{"duration": -1}]}, "/dialog/0/duration"),
        ({"dialog": "x"}, "/dialog"),
        ({"analysis": [{"type": 1}]}, "/analysis/0/type"),
        ({"attachments": [7]}, "/attachments/0"),
        ({"subject": ["x"]}, "/subject"),
        ({"created_at": "today"}, "/created_at"),
    ],
)
def test_a_fault_is_told_with_its_place(wrong: dict[str, Any], pointer: str) -> None:
    refused = _refused(_vcon(**wrong))

    assert (refused.status, refused.code) == (422, "invalid_meeting")
    assert [problem.pointer for problem in refused.problems] == [pointer]


@pytest.mark.parametrize("payload", ["%%%", "bm90IGpzb24", ""])
def test_a_signed_vcon_without_one_inside_is_refused(payload: str) -> None:
    assert _refused({"payload": payload, "signatures": []}).status == 422


@pytest.mark.parametrize(
    "of", [{"amended": {"uuid": "first"}}, {"appended": [{"uuid": "first", "url": "x"}]}]
)
def test_an_amended_vcon_is_the_meeting_that_it_amends(of: dict[str, Any]) -> None:
    assert meeting("vcon", _vcon(**of)).key == "vcon:first"


def test_a_redacted_vcon_is_a_meeting_of_its_own() -> None:
    assert meeting("vcon", _vcon(redacted={"uuid": "other"})).key == f"vcon:{_UUID}"


def test_the_newer_version_wins_in_any_order() -> None:
    old = told("vcon", _vcon(subject="Old"))
    new = told("vcon", _vcon(subject="New", updated_at="2026-11-16T09:00:00Z"))

    assert fold(fold(None, new), old).title == "New"


# -- who and when


def test_parties_may_be_empty_and_their_places_count() -> None:
    dialog = {"type": "text", "start": "2026-11-15T09:00:00Z", "originator": 1, "body": "Hello"}

    found = meeting("vcon", _vcon(parties=[{}, {"name": "Bo"}], dialog=[dialog]))

    assert [one.name for one in found.attendees] == ["Bo"]
    assert found.transcript[0].speaker == "Bo"


def test_a_bot_is_told_as_one() -> None:
    found = meeting("vcon", _vcon(parties=[{"name": "Helper", "type": "bot"}]))

    assert found.attendees[0].part is Part.BOT


@pytest.mark.parametrize(
    ("sip", "phones"),
    [("sip:+46701740605@pbx.example", ("+46701740605",)), ("sip:ana@pbx.example", ())],
)
def test_a_sip_address_may_hold_a_number(sip: str, phones: tuple[str, ...]) -> None:
    found = meeting("vcon", _vcon(parties=[{"name": "Ana", "sip": sip}]))

    assert found.attendees[0].phones == phones


def test_the_meeting_lasts_from_the_first_start_to_the_last_end() -> None:
    dialogs = [
        {"type": "recording", "start": "2026-11-15T11:30:00+01:00", "duration": 10},
        {"type": "recording", "start": "2026-11-15T10:00:00.700+01:00", "duration": 7_200.9},
        {"type": "transfer", "start": "2026-11-15T10:10:00Z"},
    ]

    found = meeting("vcon", _vcon(dialog=dialogs))

    assert str(found.started_at) == "2026-11-15 09:00:00+00:00"
    assert str(found.ended_at) == "2026-11-15 11:00:00+00:00"


@pytest.mark.parametrize("start", [1_763_200_800, 1_763_200_800_000, "2025-11-15T10:00:00Z"])
def test_older_drafts_write_times_as_numbers(start: object) -> None:
    found = meeting("vcon", _vcon(dialog=[{"type": "recording", "start": start}]))

    assert str(found.started_at) == "2025-11-15 10:00:00+00:00"


@pytest.mark.parametrize(
    ("types", "answered_at_all"),
    [
        (["incomplete"], False),
        (["incomplete", "incomplete"], False),
        (["incomplete", "recording"], True),
        ([], True),
    ],
)
def test_nobody_talked_where_there_are_only_incomplete_dialogs(
    types: list[str], *, answered_at_all: bool
) -> None:
    dialogs = [{"type": kind, "start": "2026-11-15T09:00:00Z"} for kind in types]

    assert meeting("vcon", _vcon(dialog=dialogs)).answered is answered_at_all


# -- what was said


@pytest.mark.parametrize(
    "analysis",
    [
        {"encoding": "json", "body": _WHISPER},
        {"encoding": "json", "body": json.dumps(_WHISPER)},
        {
            "encoding": "base64url",
            "body": _url64(encoded(_WHISPER)),
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

    found = meeting("vcon", _vcon(dialog=dialogs, analysis=analysis))

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
            "body": _url64("Tack för det".encode()),
        },
    ]

    found = meeting("vcon", _vcon(dialog=dialogs))

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

    summary = meeting("vcon", _vcon(analysis=analysis)).summary

    assert summary is not None
    assert summary.body == Text(format=kind, text="Price: **48 000**.")


def test_other_analyses_are_let_be() -> None:
    analysis = [
        {"type": kind, "body": "x"} for kind in ("sentiment", "report", "translation", "tts")
    ]

    found = meeting("vcon", _vcon(analysis=analysis))

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
    found = meeting("vcon", _vcon(attachments=[attachment]))

    assert (found.said_type, found.crm.deal_id) == ("Demo", 9001)


@pytest.mark.parametrize("body", [{}, "x", [7], ["deal_id:soon"], ["deal_id:-1"], None])
def test_tags_of_another_shape_say_nothing(body: object) -> None:
    found = meeting("vcon", _vcon(attachments=[{"purpose": "tags", "body": body}]))

    assert found.crm.deal_id is None


def test_who_withheld_the_name_speaks_by_the_number() -> None:
    parties = [{"name": "anonymous", "tel": "+46701740605"}]
    dialog = {"type": "text", "start": "2026-11-15T09:00:00Z", "parties": [0], "body": "Hello"}

    found = meeting("vcon", _vcon(parties=parties, dialog=[dialog]))

    assert found.transcript[0].speaker == "+46701740605"


# -- what is elsewhere


def _elsewhere(**of: Any) -> dict[str, Any]:
    analysis = {"type": "transcript", "dialog": 0, "url": "https://pbx.example/t.vtt"} | of
    return _vcon(analysis=[analysis])


def test_nothing_is_fetched_unless_the_source_may() -> None:
    facts = told("vcon", _elsewhere())

    found, asked = fetched("vcon", fold(None, facts), facts, access=Access())

    assert asked == []
    assert found.transcript == ()


@pytest.mark.parametrize(
    ("content_hash", "segments"),
    [
        ("", 1),
        (f"sha512-{_url64(sha512(_VTT.encode()).digest())}", 1),
        (f"sha512-{_url64(b'0' * 64)}", 0),
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

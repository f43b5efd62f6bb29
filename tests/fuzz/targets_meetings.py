"""Recorders' deliveries and answers, and files of meetings, as targets.

What is read must also be fit to be kept: it is folded and encoded each time.
"""

import json
from collections.abc import Callable
from pathlib import Path

import msgspec
from hypothesis import strategies as st
from tests.fuzz.harness import target
from tests.fuzz.mangle import mangled, texts

import dealwright.meetings.sources as family
from dealwright.core.registry import discover
from dealwright.meetings.files.ics import read_ics
from dealwright.meetings.files.transcripts import read_transcript
from dealwright.meetings.files.upload import read_upload
from dealwright.meetings.folding import fold
from dealwright.meetings.source import Access, Answer, Source, Told

_FIXTURES = Path(__file__).parents[1] / "meetings" / "fixtures"
_SOURCES = discover(family, "SOURCE", Source)


def _bodies(source: str) -> list[bytes]:
    found = [json.loads(file.read_text()) for file in sorted((_FIXTURES / source).glob("*.json"))]
    return [each["raw_body"].encode() for one in found for each in one["deliveries"]]


def _answers(source: str) -> list[bytes]:
    found = [json.loads(file.read_text()) for file in sorted((_FIXTURES / source).glob("*.json"))]
    answers = [each for one in found for each in one["fetches"]]
    return [
        one["response_text"].encode()
        if "response_text" in one
        else json.dumps(one["response"]).encode()
        for one in answers
    ]


def _reader_of(key: str) -> Callable[[bytes], None]:
    def read(body: bytes) -> None:
        facts = _SOURCES[key].read(body)
        if isinstance(facts, Told):
            known = fold(fold(None, facts), facts)
            assert msgspec.json.decode(msgspec.json.encode(known), type=type(known)) == known

    read.__name__ = f"meetings_{key}"
    return read


for _key in _SOURCES:
    target(mangled(_bodies(_key)))(_reader_of(_key))


def _fetch_of(key: str) -> Callable[[bytes], None]:
    source = _SOURCES[key]
    told = [facts for body in _bodies(key) if isinstance(facts := source.read(body), Told)]
    fetching = [one for one in told if one.fetch] or told[:1]
    access = Access(credentials={one.key: "TEST" for one in source.credentials}, media=True)

    def fetch(body: bytes) -> None:
        assert source.fetch is not None
        for one in fetching:
            asking = source.fetch(fold(None, one), one, access)
            next(asking, None)
            try:
                for _ in range(10):
                    asking.send(Answer(status=200, body=body))
            except (StopIteration, TypeError):
                # TypeError: it had nothing to ask, so it cannot be answered.
                continue

    fetch.__name__ = f"meetings_{key}_fetch"
    return fetch


for _key in ("fireflies", "zoom", "aircall"):
    _samples = [*_answers(_key), b'{"access_token": "TEST", "summary": {"content": "x"}}']
    target(mangled(_samples))(_fetch_of(_key))


_VTT = (
    "WEBVTT\n\n1\n00:00:05.000 --> 00:00:08.000\n<v Ana>Hello</v>\n\n"
    "NOTE x\n\n2\n00:09.0 --> 00:14.0\nBo: Hi\n"
)
_SRT = (
    "1\r\n00:00:01,500 --> 00:00:02,000\r\nAna: hi\r\n\r\n00:00:03,000 --> 00:00:04,000\r\nBo\r\n"
)
_TEXT = "[00:01:02] Ana: hello\nJonas Berg  0:12\nyes, and more\n\nNobody said this.\n"
_ICS = (
    "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:abc@google.com\r\nSUMMARY:Demo\r\n"
    "DTSTART;TZID=Europe/Stockholm:20261120T150000\r\nDURATION:PT30M\r\n"
    "ORGANIZER;CN=Ana:mailto:ana@northwind.example\r\n"
    "ATTENDEE;CUTYPE=ROOM;CN=Room:mailto:room@northwind.example\r\n"
    "DESCRIPTION:https://northwind.pipedrive.com/deal/9001\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
)


@target(texts(_VTT, _SRT, _TEXT, '{"segments": [{"start": 1, "end": 2, "text": "x"}]}'))
def meetings_transcripts(text: str) -> None:
    read_transcript(text)


@target(texts(_ICS))
def meetings_ics(text: str) -> None:
    read_ics(text)


@target(
    st.one_of(
        mangled([text.encode() for text in (_VTT, _SRT, _TEXT, _ICS)]), mangled(_bodies("vcon"))
    )
)
def meetings_uploads(raw: bytes) -> None:
    for told in read_upload(
        raw, filename="GMT20261118-150000_Recording.vtt", sources=_SOURCES
    ).told:
        msgspec.json.encode(told.meeting)

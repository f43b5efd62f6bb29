"""Cues: WebVTT and SRT into segments, with voices, `Name: text` and runs of one speaker.

Sources: https://www.w3.org/TR/webvtt1/; SRT has none.
"""

import html
import re
from collections.abc import Iterator
from typing import Final

import webvtt
from webvtt.errors import MalformedCaptionError, MalformedFileError

from dealwright.core.errors import InvalidEvent
from dealwright.meetings.files.speakers import runs, speak_up
from dealwright.meetings.meeting import Segment
from dealwright.meetings.moments import clock_seconds
from dealwright.meetings.texts import block, line

_VOICE: Final = re.compile(r"<v(?:\.[^\s<>]*)?\s+([^<>]*)>")
_TAG: Final = re.compile(r"<[^<>]*>")
_TIME: Final = r"((?:\d{1,10}:)?\d{1,2}:\d{1,2}(?:[,.]\d{1,9})?)"
_SRT: Final = re.compile(
    rf"^(?:[ \t]*\d+[ \t]*\n)?[ \t]*{_TIME}[ \t]*-->[ \t]*{_TIME}[^\n]*$", re.MULTILINE
)


def read_vtt(text: str) -> tuple[Segment, ...]:
    """The segments of a WebVTT file, notes and styles left out; raises InvalidEvent."""
    try:
        captions = webvtt.from_string(text.lstrip("\ufeff \n")).captions
    except (MalformedFileError, MalformedCaptionError, ValueError):
        raise InvalidEvent(
            "This is no WebVTT: its first line is WEBVTT, then cues with times follow.",
            code="transcript_unreadable",
        ) from None
    found = (
        segment
        for caption in captions
        for segment in _voices(
            caption.raw_text,
            clock_seconds(str(caption.start)) or 0.0,
            clock_seconds(str(caption.end)),
        )
    )
    return runs(speak_up(tuple(found)))


def read_srt(text: str) -> tuple[Segment, ...]:
    """The segments of an SRT file; numbers of cues may be missing. Raises InvalidEvent."""
    cues = list(_SRT.finditer(text))
    if not cues:
        raise InvalidEvent(
            "This is no SRT: no line has two times with --> between them.",
            code="transcript_unreadable",
        )
    ends = [cue.start() for cue in cues[1:]] + [len(text)]
    found = (
        segment
        for cue, end in zip(cues, ends, strict=True)
        for segment in _voices(
            text[cue.end() : end], clock_seconds(cue[1]) or 0.0, clock_seconds(cue[2])
        )
    )
    return runs(speak_up(tuple(found)))


def _voices(raw: str, start: float, end: float | None) -> Iterator[Segment]:
    """What is said in one cue, by whom: usually one voice, now and then several."""
    head, *parts = _VOICE.split(raw)
    spoken = [("", head), *zip(parts[::2], parts[1::2], strict=True)]
    for name, told in spoken:
        text = " ".join(block(html.unescape(_TAG.sub("", told))).split())
        if text:
            yield Segment(start=start, end=end, speaker=line(html.unescape(name)), text=text)

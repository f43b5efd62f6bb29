"""A transcript in any of the forms that are known, told by its name or by its looks."""

from dealwright.core.errors import InvalidEvent
from dealwright.meetings.files.cues import read_srt, read_vtt
from dealwright.meetings.files.plaintext import read_text
from dealwright.meetings.files.speech import read_speech
from dealwright.meetings.meeting import Segment


def kind_of(text: str) -> str:
    """`vtt`, `whisper` (JSON), `srt` or `text`, by the looks."""
    head = text.lstrip("\ufeff \t\n")[:200]
    if head.startswith("WEBVTT"):
        return "vtt"
    if head.startswith(("{", "[{")):
        return "whisper"
    return "srt" if "-->" in head else "text"


def read_transcript(text: str, kind: str = "") -> tuple[Segment, ...]:
    """The segments of a transcript; raises InvalidEvent (`transcript_unreadable`)."""
    kind = kind or kind_of(text)
    if kind == "vtt":
        return read_vtt(text)
    if kind == "srt":
        return read_srt(text)
    if kind == "whisper":
        return read_speech(text.encode("utf-8", "replace"))
    if kind == "text":
        return read_text(text)
    raise InvalidEvent(f"{kind}: there is no such form of transcript.", code="wrong_type")

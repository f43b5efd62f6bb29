"""Upload: one file of any kind that is known, told by its looks, read into what it tells.

Transcripts become a Meeting of the source `upload`, whose key is made of their bytes, so that the
same file is the same Meeting. What a recorder exports is read by that recorder's Source. When a
transcript's meeting was, and with whom, says whoever uploads it, if the file's name does not.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import PurePosixPath
from typing import Any, Final, cast

import msgspec

from dealwright.core.errors import InvalidEvent
from dealwright.meetings.files.encoding import text_of
from dealwright.meetings.files.ics import Invitation, read_ics
from dealwright.meetings.files.speech import language_of, segments_of
from dealwright.meetings.files.transcripts import kind_of, read_transcript
from dealwright.meetings.meeting import Meeting, Segment
from dealwright.meetings.moments import after, moment_of
from dealwright.meetings.payload import reader
from dealwright.meetings.source import Source, Told
from dealwright.meetings.texts import line

_read_any: Final = reader(object)
#: What the JSON of machines that hear has, and no recorder's.
_SPEECH: Final = frozenset({"segments", "transcription", "results"})
#: How Zoom names its files: GMT20261118-150000_Recording.transcript.vtt.
_ZOOM_NAME: Final = re.compile(r"GMT(\d{8})-(\d{6})_")
_MACHINE: Final = re.compile(r"(?i)\.?(transcript|recording|captions?|cc)$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Uploaded:
    """What a file tells: its `kind` (vtt, srt, text, whisper, ics, or the Source's key).

    `told` is of a transcript or a recorder's export; `invitations` of a calendar, whose people and
    deals belong to the Meetings with their UIDs.
    """

    kind: str
    told: tuple[Told, ...] = ()
    invitations: tuple[Invitation, ...] = ()


def read_upload(raw: bytes, *, filename: str, sources: Mapping[str, Source]) -> Uploaded:
    """Read a file; raises InvalidEvent with what to do about it."""
    text = text_of(raw)
    head = text.lstrip("\ufeff \t\n")[:64]
    if head.upper().startswith("BEGIN:VCALENDAR"):
        return Uploaded(kind="ics", invitations=read_ics(text))
    if raw.startswith(b"\x1f\x8b") and "vcon" in sources:
        return _exported([raw], sources["vcon"])
    if head.startswith(("{", "[")) and kind_of(text) == "whisper":
        return _json(text.encode("utf-8", "replace"), filename, sources)
    kind = kind_of(text)
    if kind == "text" and "\0" in text[:4096]:
        raise InvalidEvent(
            "This file is no text: upload a transcript (VTT, SRT, TXT, JSON), an invitation (ICS) "
            "or what a recorder exports.",
            code="file_unreadable",
        )
    return Uploaded(kind=kind, told=(_spoken(raw, filename, read_transcript(text, kind)),))


def _json(body: bytes, filename: str, sources: Mapping[str, Source]) -> Uploaded:
    told = _read_any(body)
    # A list of meetings, as the APIs of recorders give it, or one.
    for listed in (told, _dict(told).get("items"), [told]):
        items = cast("list[object]", listed) if isinstance(listed, list) else []
        source = _recorder(_dict(items[0]), sources) if items else None
        if source is not None:
            return _exported([msgspec.json.encode(item) for item in items], source)
    spoken = _spoken(body, filename, segments_of(told), language=language_of(told))
    return Uploaded(kind="whisper", told=(spoken,))


def _recorder(told: dict[str, Any], sources: Mapping[str, Source]) -> Source | None:
    """Whose JSON this is: of several it is the one with most of its marks in it."""
    if not _SPEECH.isdisjoint(told):
        return None
    fitting = [one for one in sources.values() if one.marks and one.marks <= told.keys()]
    return max(fitting, key=lambda one: len(one.marks), default=None)


def _exported(bodies: Sequence[bytes], source: Source) -> Uploaded:
    found: list[Told] = []
    for body in bodies:
        facts = source.read(body)
        if not isinstance(facts, Told):
            raise InvalidEvent(
                f"This file of {source.title} is about {facts.event}, not about a finished "
                "meeting: upload another.",
                code="file_unreadable",
            )
        found.append(facts)
    return Uploaded(kind=source.key, told=tuple(found))


def _dict(told: object) -> dict[str, Any]:
    return cast("dict[str, Any]", told) if isinstance(told, dict) else {}


def _spoken(
    raw: bytes, filename: str, segments: tuple[Segment, ...], *, language: str = ""
) -> Told:
    if not segments:
        raise InvalidEvent(
            "Nobody says anything in this file: upload one with a transcript in it.",
            code="file_unreadable",
        )
    start = _start(filename)
    last = max(segment.end or segment.start for segment in segments)
    meeting = Meeting(
        key=f"upload:{sha256(raw).hexdigest()[:32]}",
        source="upload",
        title="" if start else _title(filename),
        started_at=start,
        ended_at=after(start, last),
        language=language,
        transcript=segments,
    )
    return Told(meeting=meeting, event="upload")


def _start(filename: str) -> datetime | None:
    hit = _ZOOM_NAME.search(filename)
    if hit is None:
        return None
    return moment_of(f"{hit[1]}T{hit[2]}")


def _title(filename: str) -> str:
    stem = PurePosixPath(filename.replace("\\", "/")).stem
    return line(_MACHINE.sub("", stem).replace("_", " "))

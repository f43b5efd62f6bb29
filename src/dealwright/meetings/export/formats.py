"""Formats: what a meeting can be taken out as."""

from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple

import msgspec

from dealwright.meetings.captions import vtt_of
from dealwright.meetings.export.markdown import markdown_export
from dealwright.meetings.export.srt import srt_of
from dealwright.meetings.export.vcon import vcon_of
from dealwright.meetings.meeting import Meeting


class Format(StrEnum):
    """The formats, by how their files end."""

    VCON = "vcon"
    VTT = "vtt"
    SRT = "srt"
    MARKDOWN = "md"
    JSON = "json"


class Exported(NamedTuple):
    """A file: its name, what it is, and what it holds."""

    name: str
    media_type: str
    body: bytes


class Export(NamedTuple):
    """A meeting to take out: its page's id, title, revision and when it changed last."""

    id: str
    title: str
    revision: int
    updated_at: datetime
    meeting: Meeting
    language: str


_TYPES = {
    Format.VCON: "application/vcon+json",
    Format.VTT: "text/vtt; charset=utf-8",
    Format.SRT: "application/x-subrip; charset=utf-8",
    Format.MARKDOWN: "text/markdown; charset=utf-8",
    Format.JSON: "application/json",
}


def exported(export: Export, form: Format) -> Exported:
    """A meeting in a format; what was only for fetching is in none of them."""
    ending = "vcon.json" if form is Format.VCON else form.value
    return Exported(f"meeting-{export.id}.{ending}", _TYPES[form], _body(export, form))


def _body(export: Export, form: Format) -> bytes:
    meeting = shown(export.meeting)
    match form:
        case Format.VCON:
            return vcon_of(
                meeting, uuid=export.id, title=export.title, updated_at=export.updated_at
            )
        case Format.VTT:
            return vtt_of(meeting.transcript).encode()
        case Format.SRT:
            return srt_of(meeting.transcript).encode()
        case Format.MARKDOWN:
            text = markdown_export(meeting, title=export.title, language=export.language)
            return text.encode()
        case Format.JSON:
            told: dict[str, Any] = {
                "id": export.id,
                "title": export.title,
                "revision": export.revision,
                "updated_at": export.updated_at,
                "meeting": meeting,
            }
            return msgspec.json.format(msgspec.json.encode(told), indent=2)


def shown(meeting: Meeting) -> Meeting:
    """A meeting without what only the hub may know: tokens, and addresses with signatures."""
    extra = {name: value for name, value in meeting.extra.items() if not name.startswith("_")}
    return msgspec.structs.replace(meeting, extra=extra, recording=None)

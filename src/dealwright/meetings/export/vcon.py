"""vCon: a meeting as one JSON that other systems, and the hub's own webhook, read.

Source: https://datatracker.ietf.org/doc/draft-ietf-vcon-vcon-core/ (the 2026 draft).
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

import msgspec

from dealwright.meetings.meeting import Attendee, Meeting, Part

_VERSION: Final = "0.4.0"


def vcon_of(meeting: Meeting, *, uuid: str, title: str, updated_at: datetime) -> bytes:
    """A meeting as vCon; the recording is not in it."""
    parties = [_party(one) for one in meeting.attendees]
    names = [one.get("name", "") for one in parties]
    parties += [
        {"name": name}
        for name in dict.fromkeys(one.speaker for one in meeting.transcript)
        if name and name not in names
    ]
    started = meeting.started_at or updated_at
    told: dict[str, Any] = {
        "vcon": _VERSION,
        "uuid": uuid,
        "created_at": _moment(started),
        "updated_at": _moment(updated_at),
        "subject": title,
        "parties": parties,
        "dialog": [_dialog(meeting, parties, started)],
        "analysis": [*_transcript(meeting, parties), *_summary(meeting)],
    }
    if meeting.manual_notes is not None:
        told["attachments"] = [
            {
                "purpose": "notes",
                "mediatype": "text/plain",
                "body": meeting.manual_notes.text,
                "encoding": "none",
            }
        ]
    return msgspec.json.format(msgspec.json.encode(told), indent=2)


def _party(one: Attendee) -> dict[str, Any]:
    told = {
        "name": one.name,
        "mailto": one.emails[0] if one.emails else "",
        "tel": one.phones[0] if one.phones else "",
        "role": "" if one.part is Part.ATTENDEE else one.part.value,
        "type": "bot" if one.part is Part.BOT else "",
    }
    return {name: value for name, value in told.items() if value}


def _dialog(meeting: Meeting, parties: Sequence[Any], started: datetime) -> dict[str, Any]:
    told: dict[str, Any] = {
        "type": "recording",
        "start": _moment(started),
        "parties": list(range(len(parties))),
    }
    if meeting.ended_at is not None:
        told["duration"] = max(0.0, (meeting.ended_at - started).total_seconds())
    return told


def _transcript(meeting: Meeting, parties: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    if not meeting.transcript:
        return []
    numbers = {one.get("name"): number for number, one in enumerate(parties)}
    segments = [
        {
            "start": one.start,
            "end": one.end if one.end is not None else one.start,
            "speaker": one.speaker,
            "party": numbers.get(one.speaker),
            "text": one.text,
        }
        for one in meeting.transcript
    ]
    body = {"language": meeting.language, "segments": segments}
    return [_analysis("transcript", body)]


def _summary(meeting: Meeting) -> list[dict[str, Any]]:
    if meeting.summary is None:
        return []
    return [_analysis("summary", msgspec.to_builtins(meeting.summary))]


def _analysis(kind: str, body: Any) -> dict[str, Any]:
    return {
        "type": kind,
        "dialog": 0,
        "vendor": "dealwright",
        "mediatype": "application/json",
        "encoding": "json",
        "body": body,
    }


def _moment(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")

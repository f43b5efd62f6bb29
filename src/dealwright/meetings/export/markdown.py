"""Markdown: a meeting to read: who, when, summary, next steps, notes, transcript."""

import re
from collections.abc import Iterator

from dealwright.meetings.meeting import Attendee, Meeting
from dealwright.meetings.summary.clean import visible
from dealwright.meetings.summary.render import markdown_of


def markdown_export(meeting: Meeting, *, title: str, language: str) -> str:
    """A meeting as Markdown; what strangers wrote is text, not markup."""
    return "\n".join((*_head(meeting, title), *_texts(meeting, language), *_spoken(meeting))) + "\n"


def _head(meeting: Meeting, title: str) -> Iterator[str]:
    yield f"# {_plain(title)}"
    yield ""
    if meeting.started_at is not None:
        yield f"- Began: {meeting.started_at.isoformat()}"
    if meeting.ended_at is not None:
        yield f"- Ended: {meeting.ended_at.isoformat()}"
    if meeting.presenter_email:
        yield f"- Presenter: {_plain(meeting.presenter_email)}"
    yield from (f"- {_person(one)}" for one in meeting.attendees)
    yield ""


def _texts(meeting: Meeting, language: str) -> Iterator[str]:
    if meeting.summary is not None:
        yield "## Summary"
        yield ""
        yield markdown_of(meeting, language=language)
        yield ""
    if meeting.manual_notes is not None:
        yield "## Notes"
        yield ""
        yield visible(meeting.manual_notes.text)
        yield ""


def _spoken(meeting: Meeting) -> Iterator[str]:
    if not meeting.transcript:
        return
    yield "## Transcript"
    yield ""
    for one in meeting.transcript:
        who = f"**{_plain(one.speaker)}** " if one.speaker else ""
        yield f"{_clock(one.start)} {who}{_plain(one.text)}"
        yield ""


def _person(one: Attendee) -> str:
    contact = ", ".join((*one.emails, *one.phones))
    name = _plain(one.name) or "–"
    return f"{name} ({_plain(contact)})" if contact else name


def _plain(text: str) -> str:
    line = " ".join(visible(text).split())
    return re.sub(r"([\\`*_{}\[\]<>#|])", r"\\\1", line)


def _clock(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"`{hours}:{minutes:02}:{rest:02}`"

"""Circleback: one request of an automation; its owner picks which parts are in it.

Source: two independent public receivers (MEETINGS 1.3.5).
"""

from collections.abc import Sequence
from typing import Final

import msgspec

from dealwright.meetings import signatures
from dealwright.meetings.attendees import attendee, union
from dealwright.meetings.meeting import (
    ActionItem,
    Meeting,
    Segment,
)
from dealwright.meetings.moments import after, moment_of
from dealwright.meetings.payload import ident, reader
from dealwright.meetings.pieces import own_summary, recording_at, tags_of
from dealwright.meetings.source import Arrival, Facts, Secret, Source, Told
from dealwright.meetings.texts import block, line


class _Person(msgspec.Struct):
    name: str | None = None
    email: str | None = None


class _ActionItem(msgspec.Struct):
    title: str | None = None
    description: str | None = None
    assignee: _Person | None = None
    status: str | None = None


class _Utterance(msgspec.Struct):
    speaker: str | None = None
    text: str | None = None
    timestamp: float | None = None


class _Body(msgspec.Struct, rename="camel"):
    id: int | str | None = None
    name: str | None = None
    created_at: str | None = None
    duration: float | None = None
    url: str | None = None
    recording_url: str | None = None
    tags: list[str] | None = None
    ical_uid: str | None = None
    attendees: list[_Person] | None = None
    notes: str | None = None
    action_items: list[_ActionItem] | None = None
    transcript: list[_Utterance] | None = None
    insights: dict[str, msgspec.Raw] | None = None


_read_body = reader(_Body)
_read_any = reader(object)


def verify(arrival: Arrival, secrets: Sequence[Secret]) -> None:
    """Verify `x-signature`; raises Refused."""
    signatures.check_hex(arrival.headers.get("x-signature", ""), arrival.body, secrets)


def read(raw: bytes) -> Facts:
    """Read one meeting; raises InvalidEvent."""
    body = _read_body(raw)
    start = moment_of(body.created_at)
    meeting = Meeting(
        key=f"circleback:{ident(body.id, of='id')}",
        source="circleback",
        title=line(body.name),
        tags=tags_of(body.tags),
        started_at=start,
        ended_at=after(start, body.duration),
        join_url=line(body.url),
        ical_uid=line(body.ical_uid),
        attendees=union(
            attendee(person.name, emails=[person.email]) for person in body.attendees or ()
        ),
        recording=recording_at(body.recording_url),
        transcript=tuple(_segments(body)),
        summary=own_summary(body.notes),
        action_items=tuple(_action_items(body)),
        extra=_insights(body),
    )
    return Told(meeting=meeting, event="meeting_completed")


def _segments(body: _Body) -> list[Segment]:
    return [
        Segment(
            start=max(0.0, item.timestamp or 0.0), speaker=line(item.speaker), text=block(item.text)
        )
        for item in body.transcript or ()
        if block(item.text)
    ]


def _action_items(body: _Body) -> list[ActionItem]:
    found: list[ActionItem] = []
    for item in body.action_items or ():
        owner = item.assignee or _Person()
        text = ": ".join(filter(None, (line(item.title), block(item.description))))
        if text:
            found.append(
                ActionItem(
                    text=text,
                    owner=line(owner.name) or line(owner.email),
                    done=line(item.status).upper() == "DONE",
                )
            )
    return found


def _insights(body: _Body) -> dict[str, object]:
    if not body.insights:
        return {}
    told = ((line(name), _read_any(bytes(raw))) for name, raw in body.insights.items())
    return {"insights": dict(told)}


SOURCE: Final = Source(
    key="circleback",
    title="Circleback",
    path="/hooks/meetings/circleback",
    proof="The signing secret of the automation's webhook step",
    verify=verify,
    check_secret=signatures.check_text,
    read=read,
    marks=frozenset({"createdAt", "attendees"}),
)

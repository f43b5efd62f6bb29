"""Writings: the note and the activity of a meeting as request bodies, and what of them is new."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any, Final, NamedTuple

import msgspec

from dealwright.core.plan import Create
from dealwright.core.record import Activity, ActivityType, Member, Note, Record, RecordKind
from dealwright.core.standins import Made
from dealwright.meetings.meeting import Meeting
from dealwright.meetings.note import subject

#: The longest that an activity may last.
_LONGEST_MINUTES: Final = 23 * 60 + 59

_ENCODER = msgspec.json.Encoder(decimal_format="number", order="sorted")


class Where(NamedTuple):
    """On which records a note or an activity stands; None: on none of the kind."""

    person_id: int | Made | None = None
    deal_id: int | None = None
    lead_id: str | None = None
    org_id: int | None = None


def note_values(content: str, where: Where, *, at: datetime | None = None) -> dict[str, Any]:
    """The body of `POST /v1/notes`; `at` backdates the note (UTC)."""
    values: dict[str, Any] = {"content": content}
    values |= {key: value for key, value in where._asdict().items() if value is not None}
    if at is not None:
        values["add_time"] = at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")
    return values


def activity_values(
    meeting: Meeting,
    *,
    start: datetime,
    title: str,
    kind: ActivityType | None,
    note: str,
    where: Where,
    persons: Sequence[int | Made],
    owner: Member | None,
    public: bool = False,
) -> dict[str, Any]:
    """The body of `POST /v2/activities`: done, in UTC, its participants the primary one first.

    `start` is when the meeting began, or was heard of where nobody told that. Without a `kind` one
    that is there keeps its type.
    """
    start = start.astimezone(UTC)
    values: dict[str, Any] = {
        "subject": subject(title),
        "done": True,
        "due_date": start.strftime("%Y-%m-%d"),
        "due_time": start.strftime("%H:%M:%S"),
        "duration": duration_text(meeting),
        "busy": False,
        "note": note,
        "participants": [
            {"person_id": person, "primary": position == 0}
            for position, person in enumerate(persons)
        ],
    }
    if not persons:
        del values["participants"]
    if kind is not None:
        values["type"] = kind.key_string
    values |= {
        key: value
        for key in ("deal_id", "lead_id", "org_id")
        if (value := getattr(where, key)) is not None
    }
    if owner is not None:
        values["owner_id"] = owner.id
    if public:
        values["public_description"] = note
    return values


def minutes_of(meeting: Meeting) -> int:
    """How long it was in minutes, rounded half up, at least 1."""
    if meeting.started_at is None or meeting.ended_at is None:
        return 1
    seconds = int((meeting.ended_at - meeting.started_at).total_seconds())
    return max(1, (seconds + 30) // 60)


def is_capped(meeting: Meeting) -> bool:
    """Whether it was longer than an activity can be."""
    return minutes_of(meeting) > _LONGEST_MINUTES


def duration_text(meeting: Meeting) -> str:
    """The length as Pipedrive takes it, HH:MM:SS."""
    minutes = min(minutes_of(meeting), _LONGEST_MINUTES)
    return f"{minutes // 60:02}:{minutes % 60:02}:00"


def without_seconds(values: Mapping[str, Any]) -> dict[str, Any]:
    """The same activity with times as HH:MM, which some accounts want."""
    short = {key: str(values[key])[:5] for key in ("due_time", "duration") if key in values}
    return {**values, **short}


# -- what is new


def digests(values: Mapping[str, Any]) -> dict[str, str]:
    """A digest of each value: enough to tell later whether it was another."""
    return {key: _digest(value) for key, value in values.items()}


def digests_of(record: Record, keys: Mapping[str, Any]) -> dict[str, str]:
    """Digests of what a record holds under these keys."""
    held = {key: getattr(record, key, None) for key in keys if hasattr(record, key)}
    return digests(held)


def written_text(told: Mapping[str, str]) -> str:
    """Digests as one text for the store."""
    return _ENCODER.encode(told).decode()


def read_digests(text: str) -> dict[str, str]:
    """What `written_text` made."""
    return msgspec.json.decode(text or "{}", type=dict[str, str])


def changed(values: Mapping[str, Any], sent: Mapping[str, str]) -> dict[str, Any]:
    """The values that are not as they were sent last."""
    now = digests(values)
    return {key: value for key, value in values.items() if now.get(key) != sent.get(key)}


def edited(record: Record, kept: Mapping[str, str]) -> frozenset[str]:
    """The keys of a record under which it no longer holds what our last write left there."""
    now = digests_of(record, kept)
    return frozenset(key for key, digest in kept.items() if now.get(key) != digest)


def create_of(kind: RecordKind, values: Mapping[str, Any], *, external_id: str) -> Create:
    """The Create of a note or an activity."""
    return Create(kind=kind, values=values, external_id=external_id)


def is_at(activity: Activity, start: datetime) -> bool:
    """Whether an activity is planned for a moment, 5 minutes either way."""
    text = f"{activity.due_date or ''}T{(activity.due_time or '')[:8]}"
    try:
        planned = datetime.fromisoformat(text).replace(tzinfo=UTC)
    except ValueError:
        return False
    return abs(planned - start) <= timedelta(minutes=5)


def is_there(record: Record | None) -> bool:
    """Whether a note or an activity still stands in Pipedrive."""
    return isinstance(record, Note | Activity) and not record.is_deleted


def _digest(value: Any) -> str:
    return sha256(_ENCODER.encode(value)).hexdigest()[:16]

"""Keeping: how long what is known of a meeting is kept, by kind, Source and conversation type."""

from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Annotated, Final

import msgspec

Days = Annotated[int, msgspec.Meta(ge=0, le=36_500)]

#: How long raw deliveries are kept where nobody says otherwise: long enough to mend and read again.
RAW_DAYS: Final = 30


class Part(StrEnum):
    """What is kept of a meeting, each for its own time; `meeting`: all that is left of it."""

    MEDIA = "media"
    TRANSCRIPT = "transcript"
    SUMMARY = "summary"
    MEETING = "meeting"


class Periods(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Days that each part is kept after the meeting's end: 0 never stored, None for ever."""

    media: Days | None = None
    transcript: Days | None = None
    summary: Days | None = None
    meeting: Days | None = None


class Keeping(Periods, frozen=True, kw_only=True, omit_defaults=True):
    """The same for a Source; `by_type` for conversation types, in place of it.

    `raw`: days that a raw delivery is kept after it came.
    """

    raw: Days | None = RAW_DAYS
    by_type: dict[str, Periods] = {}

    def of_type(self, conversation_type: str) -> Periods:
        """What holds for meetings of a type; names are compared without case."""
        wanted = conversation_type.strip().casefold()
        for name, periods in self.by_type.items():
            if name.strip().casefold() == wanted:
                return periods
        return self


_TOLD: Final = {
    "media": "The recording",
    "transcript": "The transcript",
    "summary": "The summary",
    "raw": "What the recorder sent",
    "meeting": "The meeting",
    "person": "A participant",
}


def is_over(periods: Periods, part: Part, *, ended_at: datetime, now: datetime) -> bool:
    """Whether the time of a part is over."""
    days: int | None = getattr(periods, part.value)
    return days is not None and now >= ended_at + timedelta(days=days)


def removed_sentence(kind: str, why: str, removed_by: str, removed_at: datetime) -> str:
    """What a page says of something that is no longer here.

    >>> at = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
    >>> removed_sentence("transcript", "policy", "hub", at)
    'The transcript was removed on 2026-11-22, by policy.'
    """
    by = "by policy" if why == "policy" else f"by {removed_by}"
    day = removed_at.astimezone(UTC).date().isoformat()
    return f"{_TOLD.get(kind, 'A part')} was removed on {day}, {by}."

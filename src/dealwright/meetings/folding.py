"""Folding: what one more delivery tells, laid over what is known; in whatever order they come.

The facts that the Source changed last win. Nothing that is known is lost because a later delivery
does not tell it. What a person wrote here is never overwritten.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

import msgspec

from dealwright.meetings.attendees import union
from dealwright.meetings.meeting import Crm, Meeting, Origin, Summary
from dealwright.meetings.source import Told

replaced: Final = msgspec.structs.replace

#: Fields of which the newer stands where it was told at all.
_SIMPLE: Final = (
    "title",
    "said_type",
    "tags",
    "timezone",
    "language",
    "platform",
    "platform_meeting",
    "direction",
    "join_url",
    "ical_uid",
    "organiser",
    "presenter_email",
    "speakers_if_alone",
    "recording",
    "transcript",
    "action_items",
    "manual_notes",
)


def fold(known: Meeting | None, told: Told) -> Meeting:
    """The Meeting that is known after one more delivery."""
    news = settled(told.meeting)
    if known is None:
        return news
    newer = not _is_older(news.modified_at, known.modified_at)
    first, second = (news, known) if newer else (known, news)
    fields: dict[str, Any] = {
        name: getattr(first, name) or getattr(second, name) for name in _SIMPLE
    }
    fields |= _times(first, second)
    fields |= _people(known, news, told=told, newer=newer)
    fields |= _summary(known, news, whole=told.whole)
    fields["crm"] = first.crm if first.crm != Crm() else second.crm
    fields["extra"] = {**second.extra, **first.extra}
    fields["modified_at"] = first.modified_at or second.modified_at
    return replaced(known, **fields)


def settled(meeting: Meeting) -> Meeting:
    """Facts as they stand alone: the Source's own summary is the one in use."""
    base = meeting.source_summary or meeting.summary
    return replaced(
        meeting, source_summary=base, summary=edited(base, meeting.source_edits) or meeting.summary
    )


def edited(summary: Summary | None, edits: Summary | None) -> Summary | None:
    """A summary in which each edited part stands for the part of its name."""
    if summary is None or edits is None:
        return summary or edits
    return replaced(
        summary,
        overview=edits.overview or summary.overview,
        sections=edits.sections or summary.sections,
        action_items=edits.action_items or summary.action_items,
    )


def changed(known: Meeting, folded: Meeting) -> bool:
    """Whether there is anything new but the times at which it was told."""
    return _timeless(known) != _timeless(folded)


def _timeless(meeting: Meeting) -> Meeting:
    def bare(summary: Summary | None) -> Summary | None:
        return None if summary is None else replaced(summary, generated_at=None)

    return replaced(
        meeting,
        modified_at=None,
        summary=bare(meeting.summary),
        source_summary=bare(meeting.source_summary),
        source_edits=bare(meeting.source_edits),
    )


def _is_older(one: datetime | None, other: datetime | None) -> bool:
    return one is not None and other is not None and one < other


def _times(first: Meeting, second: Meeting) -> dict[str, Any]:
    # Times of the recording are exact; a summary's or a calendar's are not, however new they are.
    if second.recorded and not first.recorded:
        first, second = second, first
    return {
        "started_at": first.started_at or second.started_at,
        "ended_at": first.ended_at or (None if first.started_at else second.ended_at),
        "recorded": first.recorded,
    }


def _people(known: Meeting, news: Meeting, *, told: Told, newer: bool) -> dict[str, Any]:
    if not told.whole:
        return {
            "attendees": union(known.attendees, news.attendees),
            "answered": known.answered and news.answered,
            "participants_refused": known.participants_refused or news.participants_refused,
        }
    first, second = (news, known) if newer else (known, news)
    return {
        "attendees": first.attendees or second.attendees,
        "answered": news.answered if newer else known.answered and news.answered,
        "participants_refused": first.participants_refused,
    }


def _summary(known: Meeting, news: Meeting, *, whole: bool) -> dict[str, Any]:
    base = _later(known, news, lambda meeting: meeting.source_summary)
    edits = _edits(known, news)
    own = edited(base, edits)
    expected = news.summary_expected or (known.summary_expected and not whole)
    in_use = known.summary
    if own is not None and (in_use is None or in_use.origin is not Origin.MANUAL):
        in_use = own
    return {
        "source_summary": base,
        "source_edits": edits,
        "summary": in_use,
        "summary_expected": expected and own is None,
    }


def _edits(known: Meeting, news: Meeting) -> Summary | None:
    last = _later(known, news, lambda meeting: meeting.source_edits)
    before = known.source_edits if last is news.source_edits else news.source_edits
    return edited(before, last)


def _later(
    known: Meeting, news: Meeting, part: Callable[[Meeting], Summary | None]
) -> Summary | None:
    old, new = part(known), part(news)
    if old is None or new is None:
        return new or old
    before = old.generated_at or known.modified_at
    return old if _is_older(new.generated_at or news.modified_at, before) else new

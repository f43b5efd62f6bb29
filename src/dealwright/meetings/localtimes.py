"""From when to when a meeting was, of local times too: the hour that autumn has twice included."""

from datetime import UTC, datetime, timedelta, tzinfo
from typing import Final

from dealwright.core.zone import zone_of
from dealwright.meetings.moments import after, in_zone, local_of, whole
from dealwright.meetings.source import Problem

#: How long a meeting is of whose end nothing is told.
_UNTOLD: Final = timedelta(minutes=1)


class Faulty(Exception):
    """A value that cannot be read as what its place wants."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message)
        self.problem = problem


def span_of(
    started: str, ended: str | None, *, seconds: float | None, zone: str, last_s: float | None
) -> tuple[datetime, datetime]:
    """Start and end in UTC. Without an end: by the length, else by what was said last, else 1 min.

    A time without offset is local in `zone`; of the hour that comes twice it is the first, unless
    the end or the length says otherwise. Raises Faulty.
    """
    there = _zone(zone)
    starts = _readings(started, there, pointer="/data/started_at")
    if ended is None:
        start = starts[0]
        length = seconds if seconds is not None else last_s
        return start, after(start, length) or start + _UNTOLD
    ends = _readings(ended, there, pointer="/data/ended_at")
    pairs = [(start, end) for start in starts for end in ends if end >= start]
    if not pairs:
        raise _fault("/data/ended_at", "is before started_at")
    if seconds is not None:
        wanted = timedelta(seconds=seconds)
        return min(pairs, key=lambda pair: abs(pair[1] - pair[0] - wanted))
    if len(starts) > 1 and len(ends) == 1 and there is not None and _comes_twice(ends[0], there):
        # The end is in the same hour, and its offset says which of the two it is.
        pairs = [pair for pair in pairs if _offset(pair[0], there) == _offset(ends[0], there)]
    return pairs[0] if pairs else (starts[0], ends[0])


def _zone(name: str) -> tzinfo | None:
    if not name:
        return None
    found = zone_of(name)
    if found is UTC and name.upper() not in {"UTC", "Z", "GMT", "ETC/UTC"}:
        raise _fault("/data/timezone", "expected an IANA name such as Europe/Stockholm")
    return found


def _readings(written: str, zone: tzinfo | None, *, pointer: str) -> list[datetime]:
    """The moments that a written time may mean: one, or the two of an hour that comes twice."""
    local = local_of(written)
    if local is None:
        raise _fault(pointer, "expected a time such as 2026-11-20T15:00:00+01:00")
    if local.tzinfo is not None:
        found = [in_zone(local, local.tzinfo)]
    elif zone is not None:
        found = [in_zone(local, zone), in_zone(local, zone, fold=1)]
    else:
        raise _fault(pointer, "has no offset from UTC, and timezone is not given")
    moments = [moment for moment in found if moment is not None]
    if not moments:
        raise _fault(pointer, "is outside of the calendar")
    # In spring an hour is left out: of it the second reading is before the first.
    return sorted(set(moments)) if moments == sorted(moments) else moments[:1]


def _comes_twice(moment: datetime, zone: tzinfo) -> bool:
    local = moment.astimezone(zone).replace(tzinfo=None)
    return in_zone(local, zone) != in_zone(local, zone, fold=1)


def _offset(moment: datetime, zone: tzinfo) -> timedelta | None:
    return whole(moment).astimezone(zone).utcoffset()


def _fault(pointer: str, message: str) -> Faulty:
    return Faulty(Problem(pointer=pointer, message=message))

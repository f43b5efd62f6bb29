"""MeetingRetro: meetings of the past are logged anew, after a person, a deal or a type appeared."""

from collections.abc import Iterator
from typing import Final, NamedTuple

import msgspec
import sqlalchemy as sa

from dealwright.core.errors import ConfigError
from dealwright.core.people import Principal
from dealwright.meetings.outcome import Matched
from dealwright.meetings.participants import Judge, Role
from dealwright.meetings.settings import MeetingSettings
from dealwright.pipeline.meetingacts import again
from dealwright.pipeline.meetingsetup import settings_with
from dealwright.pipeline.meetingview import result_of
from dealwright.store.audit import record
from dealwright.store.meeting_list import MeetingFilter, find_meetings
from dealwright.store.meetings import StoredMeeting

#: Meetings read at a time, and at most in all.
_BATCH: Final = 100
MOST: Final = 5_000

#: A simulation asks for the deals of each guest twice: as it is, and as it would be.
TOKENS_A_GUEST: Final = 20

#: Those that are logged anew where nobody says which.
_UNFINISHED: Final = ("needs_review", "skipped", "partial")


class Chosen(NamedTuple):
    """Meetings of some time; `tokens` at most are spent to simulate them."""

    meetings: tuple[StoredMeeting, ...]
    tokens: int


class Retro(msgspec.Struct, frozen=True, kw_only=True):
    """What is logged anew: pages' ids by the state that the meetings were in."""

    queued: int
    left: int
    by_state: dict[str, int]
    connections: tuple[int, ...]


def chosen(db: sa.Connection, where: MeetingFilter, *, most: int = MOST) -> Chosen:
    """Meetings to simulate, newest first, and the price; raises ConfigError (`too_many`)."""
    found = [one for one in _found(db, where) if one.deleted_at_ms is None]
    if len(found) > most:
        raise ConfigError(f"These are more than {most:,} meetings: choose fewer.", code="too_many")
    return Chosen(tuple(found), TOKENS_A_GUEST * sum(map(_guests, found)))


def laid_over(changes: dict[str, object]) -> "Overlay":
    """Settings to try; raises ConfigError (`invalid_settings`) for one that there is not."""
    settings_with(MeetingSettings(), changes)
    return Overlay(changes)


class Overlay(NamedTuple):
    """Settings laid over those that a meeting has."""

    changes: dict[str, object]

    def __call__(self, settings: MeetingSettings) -> MeetingSettings:
        """The settings as they would be."""
        return settings_with(settings, self.changes)


def retro(db: sa.Connection, where: MeetingFilter, *, by: Principal, now_ms: int) -> Retro:
    """Have meetings logged anew; without a state those that are unfinished or lack an activity."""
    by_state: dict[str, int] = {}
    connections: set[int] = set()
    left = 0
    for stored in _found(db, where):
        if stored.deleted_at_ms is not None or not (where.state or _is_unfinished(stored)):
            continue
        if stored.connection_id is None or not again(db, stored, now_ms=now_ms):
            left += 1
            continue
        by_state[stored.state] = by_state.get(stored.state, 0) + 1
        connections.add(stored.connection_id)
    told = Retro(
        queued=sum(by_state.values()),
        left=left,
        by_state=by_state,
        connections=tuple(sorted(connections)),
    )
    record(
        db,
        at_ms=now_ms,
        principal=by,
        action="meeting.retro",
        target="meetings",
        after=msgspec.to_builtins(told),
    )
    return told


def _is_unfinished(stored: StoredMeeting) -> bool:
    result = result_of(stored)
    nobody = any(one.match in {Matched.NONE, Matched.AMBIGUOUS} for one in result.participants)
    # Who lacks the type is written otherwise, and says why.
    lacks_type = result.activity_reason == "activity_type_not_found"
    return stored.state.startswith(_UNFINISHED) or nobody or lacks_type


def _guests(stored: StoredMeeting) -> int:
    people = Judge(stored.settings).people(stored.body)
    return sum(one.role is Role.EXTERNAL for one in people)


def _found(db: sa.Connection, where: MeetingFilter) -> Iterator[StoredMeeting]:
    before: int | None = None
    while some := find_meetings(db, where, limit=_BATCH, before=before):
        yield from some
        before = some[-1].id

"""MeetingRecheck: meetings whose guests nobody knew go on by themselves when a person appears."""

from collections.abc import Iterable
from typing import Final

import msgspec
import sqlalchemy as sa

from dealwright.core.identifier import Identifier
from dealwright.core.record import RecordKind
from dealwright.meetings.contacts import email_key, phone_keys
from dealwright.meetings.outcome import MeetingResult
from dealwright.pipeline.meetingacts import again
from dealwright.pipeline.mirrored import name_of
from dealwright.store.meeting_deliveries import held_for_people
from dealwright.store.meetings import meeting
from dealwright.store.mirror import by_keys

#: How often it is looked whether somebody has appeared, and how many meetings at once.
EVERY_S: Final = 60.0
_MOST: Final = 500

_read = msgspec.json.Decoder(MeetingResult).decode


def recheck(db: sa.Connection, *, now_ms: int) -> set[int]:
    """Have those logged anew whose guests the mirror knows by now; the Connections concerned.

    Costs no token. A meeting with an ambiguous number goes on when other persons have it than
    those that were found before.
    """
    woken: set[int] = set()
    for meeting_id in held_for_people(db, limit=_MOST):
        stored = meeting(db, meeting_id)
        if stored.connection_id is None or stored.result is None:
            continue
        if _known(db, stored.connection_id, _read(stored.result)) and again(
            db, stored, now_ms=now_ms
        ):
            woken.add(stored.connection_id)
    return woken


def _known(db: sa.Connection, connection_id: int, result: MeetingResult) -> bool:
    """Whether anybody has a guest's address or number who did not when it was looked up."""
    keys = list(_keys(result))
    if not keys:
        return False
    found = by_keys(db, connection_id, RecordKind.PERSON, [name_of(key) for key in keys])
    persons = {record_id for hits in found.values() for record_id in hits}
    before = {person for conflict in result.conflicts for person in conflict.candidates}
    return bool(persons) and persons != before


def _keys(result: MeetingResult) -> Iterable[Identifier]:
    for one in result.participants:
        if one.role == "external" and one.person_id is None:
            if one.email:
                yield email_key(one.email)
            if one.phone:
                yield phone_keys(one.phone)[0]

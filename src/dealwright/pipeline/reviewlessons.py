"""ReviewLessons: people teach a rule without being asked, and take one back."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import sqlalchemy as sa

from dealwright.core import identifier
from dealwright.core.errors import ConfigError, NotFound
from dealwright.core.identifier import Identifier
from dealwright.core.people import Principal
from dealwright.core.question import Asks, Question
from dealwright.core.record import RecordId, RecordKind
from dealwright.pipeline.mirrored import name_of
from dealwright.pipeline.reviewcarry import carry_along, record_teaching, teach, told_of
from dealwright.store.audit import record
from dealwright.store.columns import record_id_of
from dealwright.store.connections import connection
from dealwright.store.links import forget_link, put_link
from dealwright.store.review_teachings import (
    LINK,
    NewTeaching,
    Teaching,
    drop_teaching,
    teaching,
)


class By(StrEnum):
    """By what somebody is known."""

    EMAIL = "email"
    PHONE = "phone"
    NAME = "name"
    EXTERNAL_ID = "external_id"


@dataclass(frozen=True, slots=True, kw_only=True)
class Lesson:
    """An identifier (`by`, `value`) is a record; an EXTERNAL_ID is that of a Source."""

    connection_id: int
    kind: RecordKind
    by: By
    value: str
    record_id: RecordId
    source_id: int = 0


#: What has addresses and numbers, and what is looked for by its name.
_KINDS: Final = {
    By.EMAIL: frozenset({RecordKind.PERSON}),
    By.PHONE: frozenset({RecordKind.PERSON}),
    By.NAME: frozenset({RecordKind.PERSON, RecordKind.ORGANIZATION}),
    By.EXTERNAL_ID: frozenset(RecordKind),
}


def teach_lesson(db: sa.Connection, lesson: Lesson, *, by: Principal, now_ms: int) -> Teaching:
    """Teach it; what waits for it goes on. Raises ConfigError and MappingError for no identifier.

    A sender's own id becomes a Link.
    """
    if lesson.kind not in _KINDS[lesson.by]:
        raise ConfigError(
            f"A {lesson.kind} is not looked for by {lesson.by}.", code="invalid_teaching"
        )
    if lesson.by is By.EXTERNAL_ID:
        return _linked(db, lesson, by=by, now_ms=now_ms)
    key = _identifier(db, lesson)
    question = Question(asks=Asks.RECORD, kind=lesson.kind.value, key=name_of(key), shown=key.raw)
    new = record_teaching(lesson.connection_id, question, lesson.record_id, by)
    made = teach(db, new, by=by, now_ms=now_ms)
    carry_along(db, lesson.connection_id, question, None, by=by, now_ms=now_ms)
    return made


def forget_teaching(db: sa.Connection, teaching_id: int, *, by: Principal, now_ms: int) -> Teaching:
    """Let a teaching hold no more: whoever comes next is looked for as before. Raises NotFound.

    What was written while it held stays, and so do Links that sender's own ids got by it.
    """
    known = teaching(db, teaching_id)
    if not drop_teaching(db, teaching_id):
        raise NotFound(f"Teaching {teaching_id} was taken back already.")
    if known.about == LINK:
        forget_link(
            db,
            known.connection_id,
            source_id=known.source_id,
            kind=known.kind,
            external_id=known.shown,
            record_id=record_id_of(known.value),
        )
    record(
        db,
        at_ms=now_ms,
        principal=by,
        action="teaching.delete",
        target=f"teaching:{teaching_id}",
        before=told_of(known),
    )
    return known


def _linked(db: sa.Connection, lesson: Lesson, *, by: Principal, now_ms: int) -> Teaching:
    if not lesson.source_id or not lesson.value:
        raise ConfigError("Say whose own id it is: name the Source.", code="invalid_teaching")
    put_link(
        db,
        lesson.connection_id,
        source_id=lesson.source_id,
        kind=lesson.kind,
        external_id=lesson.value,
        record_id=lesson.record_id,
    )
    new = NewTeaching(
        connection_id=lesson.connection_id,
        source_id=lesson.source_id,
        about=LINK,
        kind=lesson.kind,
        key=f"external_id={lesson.value}",
        value=str(lesson.record_id),
        shown=lesson.value,
        taught_by=by.name,
    )
    return teach(db, new, by=by, now_ms=now_ms)


def _identifier(db: sa.Connection, lesson: Lesson) -> Identifier:
    match lesson.by:
        case By.EMAIL:
            return identifier.email(lesson.value)
        case By.PHONE:
            region = connection(db, lesson.connection_id).defaults.region
            return identifier.phone(lesson.value, region=region)
        case _:
            return identifier.name(lesson.value)

"""Carrying along: what waits for the same question goes on when it is answered for one."""

from typing import Final

import sqlalchemy as sa

from dealwright.core.people import Principal, PrincipalKind, Role
from dealwright.core.question import Answer, Make, Question, Take
from dealwright.core.record import RecordId, RecordKind
from dealwright.pipeline.meetingacts import choose_person, retry
from dealwright.store.audit import record
from dealwright.store.delivery_list import DeliveryFilter, retry_deliveries
from dealwright.store.meeting_choices import Choice
from dealwright.store.meetings import meeting
from dealwright.store.notify import notify
from dealwright.store.review_questions import Waiting, put_answer, waiting_for
from dealwright.store.review_teachings import RECORD, NewTeaching, Teaching, put_teaching

#: For what an answer holds: one item, all that wait for the same now, and all that is to come.
ONLY_THIS: Final = "only_this"
WAITING: Final = "waiting"
ALWAYS: Final = "always"

#: How many may wait for one question and go on at once; the rest is asked for again.
MOST: Final = 10_000


def carry_along(
    db: sa.Connection,
    connection_id: int,
    question: Question,
    answer: Answer | None,
    *,
    by: Principal,
    now_ms: int,
) -> int:
    """Let all go on that still wait for a question, with an answer or to see what is so by now.

    Says how many.
    """
    waiting = waiting_for(db, connection_id, same=question.same)[:MOST]
    events = [one.delivery_id for one in waiting if one.meeting_id is None]
    if answer is not None and events:
        put_answer(db, events, same=question.same, answer=answer, now_ms=now_ms)
    went = retry_deliveries(db, DeliveryFilter(), ids=events, now_ms=now_ms) if events else 0
    for one in waiting:
        if one.meeting_id is not None:
            _meeting_goes_on(db, one, answer, by=by, now_ms=now_ms)
    meetings = {one.meeting_id for one in waiting if one.meeting_id is not None}
    notify(db, connection_id)
    return went + len(meetings)


def carry_made(
    db: sa.Connection,
    connection_id: int,
    question: Question,
    make: Make,
    *,
    record_id: RecordId,
    now_ms: int,
) -> None:
    """Have those who waited for the same take the record that was made, as `make` says."""
    by = Principal(kind=PrincipalKind(make.by_kind), id=make.by_id, name=make.by, role=Role.MEMBER)
    if make.scope == ALWAYS and question.key:
        teach(db, record_teaching(connection_id, question, record_id, by), by=by, now_ms=now_ms)
    if make.scope != ONLY_THIS:
        take = Take(record_id=record_id, by=by.name)
        carry_along(db, connection_id, question, take, by=by, now_ms=now_ms)


def teach(db: sa.Connection, new: NewTeaching, *, by: Principal, now_ms: int) -> Teaching:
    """Have something hold from now on, and note who said so."""
    made = put_teaching(db, new, now_ms=now_ms)
    record(
        db,
        at_ms=now_ms,
        principal=by,
        action="teaching.create",
        target=f"teaching:{made.id}",
        after=told_of(made),
    )
    return made


def told_of(one: Teaching) -> dict[str, str | int]:
    """A teaching as the audit log has it."""
    return {
        "connection_id": one.connection_id,
        "about": one.about,
        "kind": one.kind,
        "shown": one.shown,
        "value": one.value,
    }


def record_teaching(
    connection_id: int, question: Question, record_id: RecordId, by: Principal
) -> NewTeaching:
    """That the identifier of a question is a record."""
    return NewTeaching(
        connection_id=connection_id,
        about=RECORD,
        kind=RecordKind(question.kind),
        key=question.key,
        value=str(record_id),
        shown=question.shown,
        taught_by=by.name,
    )


def _meeting_goes_on(
    db: sa.Connection, one: Waiting, answer: Answer | None, *, by: Principal, now_ms: int
) -> None:
    if one.meeting_id is None:
        return
    stored = meeting(db, one.meeting_id)
    if isinstance(answer, Take) and isinstance(answer.record_id, int):
        choice = Choice(one.question.slot, answer.record_id, removes=False)
        choose_person(db, stored, choice, by=by, now_ms=now_ms)
    else:
        retry(db, stored, by=by, now_ms=now_ms)

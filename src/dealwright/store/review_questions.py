"""Questions: what Deliveries wait for that a person is to answer, found by what they share."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import msgspec
import sqlalchemy as sa

from dealwright.core.delivery import State
from dealwright.core.question import Answer, Question
from dealwright.store.deliveries import NewDelivery
from dealwright.store.review_tables import review_answers, review_questions
from dealwright.store.statements import chunks, upsert
from dealwright.store.tables import IS_STUCK, deliveries

_question_of = msgspec.json.Decoder(Question).decode
_answer_of = msgspec.json.Decoder(Answer).decode


class Asked(NamedTuple):
    """A question as it is asked at a place of a Delivery: `position` 0, or a guest's, from 1."""

    position: int
    question: Question


class Waiting(NamedTuple):
    """A Delivery that waits for a question."""

    delivery_id: int
    meeting_id: int | None
    position: int
    question: Question


def ask(
    db: sa.Connection,
    delivery_ids: Sequence[int],
    *,
    connection_id: int,
    code: str,
    asked: Sequence[Asked],
) -> None:
    """Note what Deliveries wait for, in the place of what they waited for before."""
    for some in chunks(delivery_ids):
        gone = review_questions.c.delivery_id.in_(some)
        db.execute(sa.delete(review_questions).where(gone))
    rows = [
        {
            "delivery_id": delivery_id,
            "position": one.position,
            "connection_id": connection_id,
            "code": code,
            "same": one.question.same,
            "body": msgspec.json.encode(one.question),
        }
        for delivery_id in delivery_ids
        for one in asked
    ]
    if rows:
        db.execute(sa.insert(review_questions), rows)


def ask_of_new(
    db: sa.Connection,
    rows: Sequence[NewDelivery],
    asked: Mapping[tuple[int, int], Question],
) -> None:
    """The same for Deliveries that were just made, by their Event and Mapping."""
    failed = [row for row in rows if (row.event_seq, row.mapping_id) in asked]
    for some in chunks(failed):
        newest = (
            sa.select(sa.func.max(deliveries.c.id))
            .where(
                deliveries.c.connection_id == some[0].connection_id,
                deliveries.c.event_seq.in_([row.event_seq for row in some]),
                deliveries.c.state == State.FAILED.value,
            )
            .group_by(deliveries.c.event_seq, deliveries.c.mapping_id)
        )
        made = sa.select(
            deliveries.c.id, deliveries.c.event_seq, deliveries.c.mapping_id, deliveries.c.code
        ).where(deliveries.c.id.in_(newest))
        for number, seq, mapping_id, code in db.execute(made).all():
            if question := asked.get((seq, mapping_id)):
                at = some[0].connection_id
                ask(db, [number], connection_id=at, code=code, asked=[Asked(0, question)])


def asked_of(db: sa.Connection, delivery_ids: Sequence[int]) -> dict[tuple[int, str], list[Asked]]:
    """What Deliveries asked last, by their ids and the code that they ended with then."""
    found: dict[tuple[int, str], list[Asked]] = {}
    table = review_questions
    for some in chunks(delivery_ids):
        chosen = (
            sa.select(table.c.delivery_id, table.c.code, table.c.position, table.c.body)
            .where(table.c.delivery_id.in_(some))
            .order_by(table.c.delivery_id, table.c.position)
        )
        for delivery_id, code, position, body in db.execute(chosen):
            found.setdefault((delivery_id, code), []).append(Asked(position, _question_of(body)))
    return found


def waiting_for(db: sa.Connection, connection_id: int, *, same: str) -> list[Waiting]:
    """The Deliveries that wait for a question, oldest first; () for one that is alone."""
    if not same:
        return []
    chosen = _stuck(
        deliveries.c.id,
        deliveries.c.meeting_id,
        review_questions.c.position,
        review_questions.c.body,
    ).where(review_questions.c.connection_id == connection_id, review_questions.c.same == same)
    rows = db.execute(chosen.order_by(deliveries.c.id))
    return [Waiting(row[0], row[1], row[2], _question_of(row[3])) for row in rows]


def how_many_wait(db: sa.Connection, connection_id: int, *, same: Sequence[str]) -> dict[str, int]:
    """How many wait for each of these questions."""
    counted: dict[str, int] = {}
    for some in chunks([one for one in dict.fromkeys(same) if one]):
        chosen = _stuck(review_questions.c.same, sa.func.count()).where(
            review_questions.c.connection_id == connection_id, review_questions.c.same.in_(some)
        )
        rows = db.execute(chosen.group_by(review_questions.c.same))
        counted.update((str(one), int(count)) for one, count in rows)
    return counted


def put_answer(
    db: sa.Connection, delivery_ids: Sequence[int], *, same: str, answer: Answer, now_ms: int
) -> None:
    """Answer a question for these Deliveries, whatever was answered before."""
    values = {"body": msgspec.json.encode(answer), "at_ms": now_ms}
    for delivery_id in delivery_ids:
        row = upsert(db, review_answers).values(delivery_id=delivery_id, same=same, **values)
        db.execute(row.on_conflict_do_update(index_elements=["delivery_id", "same"], set_=values))


def answers_of(db: sa.Connection, delivery_ids: Sequence[int], *, same: str) -> dict[int, Answer]:
    """What was answered for Deliveries, by their ids; those without an answer are left out."""
    chosen = sa.select(review_answers.c.delivery_id, review_answers.c.body).where(
        review_answers.c.delivery_id.in_(delivery_ids), review_answers.c.same == same
    )
    return {delivery_id: _answer_of(body) for delivery_id, body in db.execute(chosen)}


def answered(db: sa.Connection, delivery_ids: Sequence[int]) -> list[tuple[Question, Answer]]:
    """What these Deliveries asked last, with what was answered; () where nothing was."""
    questions, answers = review_questions, review_answers
    chosen = (
        sa.select(questions.c.body, answers.c.body)
        .join(
            answers,
            (answers.c.delivery_id == questions.c.delivery_id)
            & (answers.c.same == questions.c.same),
        )
        .where(questions.c.delivery_id.in_(delivery_ids))
    )
    return [(_question_of(asked), _answer_of(body)) for asked, body in db.execute(chosen)]


def forget_questions(db: sa.Connection, delivery_ids: Sequence[int]) -> None:
    """Forget what was asked and answered of Deliveries that are no more."""
    for some in chunks(delivery_ids):
        for table in (review_questions, review_answers):
            db.execute(sa.delete(table).where(table.c.delivery_id.in_(some)))


def _stuck(*columns: Any) -> "sa.Select[*tuple[Any, ...]]":
    """Of what waits for its question still: a Delivery that ended otherwise since asks no more."""
    return (
        sa.select(*columns)
        .join(deliveries, deliveries.c.id == review_questions.c.delivery_id)
        .where(IS_STUCK, deliveries.c.code == review_questions.c.code)
    )

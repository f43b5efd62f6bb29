"""ReviewQueue: everything that waits for a person, made of the Deliveries that wait."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import sqlalchemy as sa

from dealwright.core.errors import NotFound
from dealwright.core.question import Question
from dealwright.pipeline.reviewitem import (
    HELD,
    NOT_ASKED,
    OWN_TOPIC,
    ReviewItem,
    Topic,
    codes_of,
    delivery_item,
    meeting_item,
    topic_of,
)
from dealwright.pipeline.reviewwords import Case, asked, choices
from dealwright.store.delivery_list import Delivery
from dealwright.store.meetings import StoredMeeting, meeting
from dealwright.store.review_questions import Asked, asked_of, how_many_wait
from dealwright.store.review_queue import (
    QueueFilter,
    Reviewed,
    count_reviewed,
    find_reviewed,
    oldest_reviewed_ms,
)

REVIEWED: Final = Reviewed(held=frozenset(HELD), not_failed=NOT_ASKED)

_ID: Final = re.compile(r"(delivery|meeting)-(\d{1,18})(-deal|-guest-\d{1,6})?")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewFilter:
    """Which items; whatever is not given does not narrow. `same` is an item's `same`."""

    connection_id: int | None = None
    mapping_id: int | None = None
    topic: Topic | None = None
    code: str = ""
    same: str = ""


class ReviewPage(NamedTuple):
    """Items, newest first; `next_before` is where the next page begins, None: nowhere."""

    items: Sequence[ReviewItem]
    next_before: int | None


class Waits(NamedTuple):
    """How many Deliveries of a Connection wait with one code."""

    connection_id: int
    topic: Topic
    code: str
    number: int


class Named(NamedTuple):
    """What an item's id names: a Delivery of an event, or a Meeting."""

    delivery_id: int | None
    meeting_id: int | None


def queue(
    db: sa.Connection, where: ReviewFilter, *, limit: int, before: int | None = None
) -> ReviewPage:
    """One page; `limit` counts Deliveries, and a meeting asks for each of its guests."""
    found = find_reviewed(db, _filter(where), REVIEWED, limit=limit, before=before)
    following = found[-1].id if len(found) == limit else None
    items = items_of(db, found)
    if where.same:
        items = [one for one in items if one.same == where.same]
    return ReviewPage(items, following)


def waits(db: sa.Connection, where: ReviewFilter) -> list[Waits]:
    """How many wait, by Connection and code, the most first."""
    counted = count_reviewed(db, _filter(where), REVIEWED)
    found = [Waits(at, topic_of(code), code, count) for (at, code), count in counted.items()]
    return sorted(found, key=lambda one: (-one.number, one.connection_id, one.code))


def oldest_waiting_ms(db: sa.Connection, connection_id: int) -> int | None:
    """Since when something of a Connection has waited at most; None when nothing waits."""
    return oldest_reviewed_ms(db, connection_id, REVIEWED)


def named(item_id: str) -> Named:
    """What an id names; raises NotFound for what is no item's id."""
    hit = _ID.fullmatch(item_id)
    if hit is None or (hit[1] == "delivery" and hit[3]):
        raise NotFound(f"“{item_id[:60]}” is no item. `dealwright review` lists them.")
    number = int(hit[2])
    return Named(number, None) if hit[1] == "delivery" else Named(None, number)


def waiting_item(db: sa.Connection, item_id: str) -> ReviewItem | None:
    """One item, None where it waits for nobody now; raises NotFound for what is no item's id."""
    which = named(item_id)
    where = QueueFilter(delivery_id=which.delivery_id, meeting_id=which.meeting_id)
    found = items_of(db, find_reviewed(db, where, REVIEWED, limit=1))
    return next((one for one in found if one.id == item_id), None)


def items_of(db: sa.Connection, found: Sequence[Delivery]) -> list[ReviewItem]:
    """What Deliveries ask, in their order; one that asks nothing more is an item all the same."""
    questions = asked_of(db, [one.id for one in found])
    cases: list[tuple[Delivery, Asked | None]] = []
    for one in found:
        places = questions.get((one.id, one.code), [])
        cases += ((one, place) for place in places) if places else [(one, None)]
    counts = _counts(db, cases)
    return [_item(db, one, place, counts) for one, place in cases]


def _counts(
    db: sa.Connection, cases: Sequence[tuple[Delivery, Asked | None]]
) -> dict[tuple[int, str], int]:
    """How many wait for each question, by Connection."""
    wanted: dict[int, set[str]] = {}
    for one, place in cases:
        if place is not None and place.question.same:
            wanted.setdefault(one.connection_id, set()).add(place.question.same)
    return {
        (connection_id, same): count
        for connection_id, some in wanted.items()
        for same, count in how_many_wait(db, connection_id, same=sorted(some)).items()
    }


def _item(
    db: sa.Connection,
    one: Delivery,
    place: Asked | None,
    counts: dict[tuple[int, str], int],
) -> ReviewItem:
    question: Question | None = None if place is None else place.question
    topic, position = topic_of(one.code), 0 if place is None else place.position
    stored: StoredMeeting | None = None
    if one.meeting_id is not None:
        stored = meeting(db, one.meeting_id)
    waiting = counts.get((one.connection_id, question.same), 1) if question else 1
    case = Case(delivery=one, topic=topic, question=question, meeting=stored, waiting=waiting)
    return ReviewItem(
        id=delivery_item(one.id)
        if one.meeting_id is None
        else meeting_item(one.meeting_id, topic, position),
        version=f"{one.id}.{one.updated_at_ms}.{one.attempts}",
        topic=topic,
        code=one.code,
        asked=asked(case),
        why=one.message,
        connection_id=one.connection_id,
        delivery_id=one.id,
        since_ms=one.updated_at_ms,
        waiting=waiting,
        choices=choices(db, case),
        question=question,
        mapping_id=one.mapping_id,
        event_seq=one.event_seq,
        meeting_id=one.meeting_id,
        meeting="" if stored is None else stored.public_id,
    )


def _filter(where: ReviewFilter) -> QueueFilter:
    codes = {where.code} if where.code else None
    not_codes: frozenset[str] = frozenset()
    if where.topic is Topic.VALUE:
        not_codes = OWN_TOPIC | frozenset(
            code for code, topic in HELD.items() if topic is not Topic.VALUE
        )
    elif where.topic is not None:
        own = codes_of(where.topic)
        codes = own if codes is None else own & codes
    return QueueFilter(
        connection_id=where.connection_id,
        mapping_id=where.mapping_id,
        codes=codes,
        not_codes=not_codes,
        same=where.same,
    )

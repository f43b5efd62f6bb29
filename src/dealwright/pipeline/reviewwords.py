"""ReviewWords: what is asked, in a sentence, and each thing that may be decided, in another."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import msgspec
import sqlalchemy as sa

from dealwright.core.question import Asks, Question
from dealwright.core.record import RecordId, RecordKind
from dealwright.meetings.outcome import MeetingResult
from dealwright.pipeline.reviewasking import CREATED
from dealwright.pipeline.reviewitem import Do, ReviewChoice, Topic
from dealwright.pipeline.reviewknown import deals_of_persons, known_records, options_of
from dealwright.store.delivery_list import Delivery
from dealwright.store.meetings import StoredMeeting

_read = msgspec.json.Decoder(MeetingResult).decode

#: Keys that name somebody surely; people of one name are many.
SURE: Final = ("email=", "phone=", "field:")


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What an item is made of; `waiting` is how many wait for the same."""

    delivery: Delivery
    topic: Topic
    question: Question | None
    meeting: StoredMeeting | None
    waiting: int

    @property
    def shown(self) -> str:
        """What the question is about, for people."""
        return self.question.shown if self.question else ""


def asked(case: Case) -> str:
    """What is asked."""
    question = case.question
    match case.topic:
        case Topic.GUEST:
            who = "this guest"
            if question is not None and (question.name or question.shown):
                both = dict.fromkeys((question.name, question.shown))
                who = " · ".join(part for part in both if part)
            return f"Who is {who}{_of_meeting(case)}?"
        case Topic.DEAL:
            return f"Which deal is it about{_of_meeting(case)}?"
        case Topic.OPTION if question is not None:
            labels = ", ".join(f"“{label}”" for label in question.labels)
            return f"What does {labels} mean in {question.name}?"
        case Topic.RECORD if question is not None:
            return _which(question)
        case Topic.PARENT if question is not None:
            which = f" ({question.shown})" if question.shown else ""
            return f"There is no {question.role}{which}. Which {question.kind} is meant?"
        case _ if question is not None and question.asks is Asks.VALUE:
            return f"The value of “{question.field}” does not fit. What is to become of it?"
        case _:
            return "It was refused. Is it to be tried again, or put aside?"


def _which(question: Question) -> str:
    if question.role == CREATED:
        return f"Which {question.kind} did the try make whose answer was lost?"
    named = f" with {question.shown}" if question.shown else ""
    return f"Which of {len(question.candidates)} is the {question.role}{named}?"


def choices(db: sa.Connection, case: Case) -> tuple[ReviewChoice, ...]:
    """What may be decided, the likeliest first."""
    question = case.question
    return (
        *(() if question is None else _answers(db, case, question)),
        ReviewChoice(do=Do.RETRY, sentence=_again(case)),
        ReviewChoice(do=Do.SKIP, sentence=_skipped(case)),
    )


def _answers(db: sa.Connection, case: Case, question: Question) -> Iterator[ReviewChoice]:
    match question.asks:
        case Asks.RECORD:
            yield from _records(db, case, question)
        case Asks.DEAL:
            yield from _deals(db, case)
        case Asks.OPTION:
            yield from _options(db, case, question)
        case Asks.VALUE if question.field != "custom_fields":
            yield ReviewChoice(
                do=Do.LEAVE_OUT, sentence=f"Write all but {question.field}, which is left out."
            )
        case Asks.VALUE:
            return


def _records(db: sa.Connection, case: Case, question: Question) -> Iterator[ReviewChoice]:
    kind = RecordKind(question.kind)
    home = case.delivery.connection_id
    known = known_records(db, home, kind, question.candidates)
    for record_id in question.candidates:
        yield ReviewChoice(
            do=Do.CHOOSE,
            record_id=record_id,
            sentence=f"It is {kind} {record_id}{_and_others(case)}.",
            known=known[record_id],
        )
    if not question.candidates:
        sentence = f"It is a {kind} that you name by its id{_and_others(case)}."
        yield ReviewChoice(do=Do.CHOOSE, sentence=sentence)
    if question.key:
        yield ReviewChoice(
            do=Do.TEACH,
            sentence=f"{question.shown} is the one that you choose, from now on: what waits for it "
            "goes on, and nobody is asked again.",
        )
    if case.topic is not Topic.PARENT:
        yield ReviewChoice(do=Do.CREATE, sentence=f"It is none of those: make a new {kind}.")


def _deals(db: sa.Connection, case: Case) -> Iterator[ReviewChoice]:
    result = case.meeting.result if case.meeting else None
    seen = _read(result).participants if result is not None else ()
    persons = [one.person_id for one in seen if one.person_id is not None]
    home = case.delivery.connection_id
    deals: list[RecordId] = deals_of_persons(db, home, persons)
    known = known_records(db, home, RecordKind.DEAL, deals)
    for deal_id in deals:
        yield ReviewChoice(
            do=Do.CHOOSE,
            record_id=deal_id,
            sentence=f"It is deal {deal_id}; note and activity go there.",
            known=known[deal_id],
        )
    if not deals:
        yield ReviewChoice(do=Do.CHOOSE, sentence="It is a deal that you name by its id.")


def _options(db: sa.Connection, case: Case, question: Question) -> Iterator[ReviewChoice]:
    there = options_of(
        db, case.delivery.connection_id, RecordKind(question.kind), field=question.field
    )
    labels = ", ".join(f"“{label}”" for label in question.labels)
    for option in there:
        if isinstance(option.id, int):
            yield ReviewChoice(
                do=Do.MAP_OPTION,
                option_id=option.id,
                sentence=f"{labels} means “{option.label}”, from now on.",
                known=option.label,
            )
    if not there:
        yield ReviewChoice(
            do=Do.MAP_OPTION, sentence=f"{labels} means an option that you name by its id."
        )
    yield ReviewChoice(do=Do.ADD_OPTION, sentence=f"Add {labels} to {question.name} in Pipedrive.")
    yield ReviewChoice(
        do=Do.LEAVE_OUT, sentence=f"Write all but {question.name}, which is left out."
    )


def _and_others(case: Case) -> str:
    return f", also for {case.waiting - 1} more that wait for it" if case.waiting > 1 else ""


def _again(case: Case) -> str:
    if case.topic is Topic.PARENT and case.question is not None:
        return f"Try again, since you have made the {case.question.kind} in Pipedrive."
    return "Try again as it is, since you have mended something in Pipedrive."


def _skipped(case: Case) -> str:
    what = "The meeting is not written" if case.meeting else "It is not written"
    return f"{what}, for a reason that you give."


def _of_meeting(case: Case) -> str:
    title = case.meeting.body.title if case.meeting else ""
    return f" in “{title}”" if title else ""

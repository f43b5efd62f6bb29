"""Asking: what a try cannot decide becomes a question, and what a person answered is obeyed."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Final

import sqlalchemy as sa

from dealwright.core.action import Action, Matches
from dealwright.core.delivery import STUCK, State, Step
from dealwright.core.errors import MappingError, NeedsChoice, NoSuchOption
from dealwright.core.match import Ambiguous, Missing, Reference
from dealwright.core.question import (
    AddOption,
    Answer,
    Asks,
    LeaveOut,
    Make,
    Question,
    Take,
    folded_label,
    of_value,
)
from dealwright.core.record import Record, RecordKind
from dealwright.core.schema import NewLabel
from dealwright.core.written import Told
from dealwright.meetings.contacts import email_key, phone_keys
from dealwright.meetings.deciding import Becomes
from dealwright.meetings.outcome import MeetingResult, Seen
from dealwright.meetings.participants import Role
from dealwright.pipeline.accounts import AccountBook
from dealwright.pipeline.mirrored import name_of
from dealwright.pipeline.resolve import role_name
from dealwright.pipeline.reviewcarry import carry_made
from dealwright.pipeline.reviewtaught import Lessons
from dealwright.pipeline.tenure import Tenure
from dealwright.pipeline.verdict import Verdict
from dealwright.store.intents import Intent
from dealwright.store.review_questions import Asked, answered, answers_of, ask

#: Something that the Action needs is not there, though it is named, or nothing names it.
PARENTS: Final = frozenset({"no_link", "lead_missing", "note_missing", "activity_missing"})

#: The role of a record that an earlier try may have made.
CREATED: Final = "created"


class Look(Enum):
    """What a look for an answer found: one, none, or not the same for all that are one write."""

    ANSWERED = "answered"
    NOTHING = "nothing"
    APART = "apart"


@dataclass(slots=True, kw_only=True)
class Asking:
    """What one try asks people, and what they have answered by now."""

    tenure: Tenure
    delivery_ids: Sequence[int]
    lessons: Lessons
    accounts: AccountBook
    steps: list[Step]
    records: dict[tuple[RecordKind, str], Take | Make] = field(
        default_factory=dict[tuple[RecordKind, str], Take | Make]
    )
    created: dict[RecordKind, Take | Make] = field(default_factory=dict[RecordKind, Take | Make])
    addable: frozenset[NewLabel] = frozenset()
    left_out: frozenset[str] = frozenset()
    open: tuple[Asked, ...] = ()
    _looked: set[str] = field(default_factory=set[str])
    _made: list[tuple[Question, Make]] = field(default_factory=list[tuple[Question, Make]])

    async def look(self, question: Question | None) -> Look:
        """See whether a question is answered: for these Deliveries, or by a teaching."""
        if question is None:
            return Look.NOTHING
        self.open = (Asked(0, question),)
        found, learned = await self.tenure.read(lambda db: self._read(db, question))
        if len(set(found.values())) > 1 or 0 < len(found) < len(self.delivery_ids):
            return Look.APART
        if learned:
            self.accounts.taught = self.lessons.taught
        again = question.same in self._looked
        self._looked.add(question.same)
        if again or not (found or learned):
            return Look.NOTHING
        if found:
            self._obey(question, next(iter(found.values())))
        self.open = ()
        return Look.ANSWERED

    async def recall(self) -> None:
        """Know for whom else a record is made whose answer was lost: nothing is asked any more."""
        found = await self.tenure.read(lambda db: answered(db, self.delivery_ids))
        self._made = [(asked, answer) for asked, answer in found if isinstance(answer, Make)]

    def told(self, told: Told) -> Told:
        """The values as far as people want them written."""
        if not self.left_out:
            return told
        names = (*told.values.get("drop_if_invalid", ()), *sorted(self.left_out))
        return replace(told, values={**told.values, "drop_if_invalid": names})

    def asks_of_meeting(self, result: MeetingResult | None, code: str) -> None:
        """Ask what a Meeting waits for: who its guests are, or which deal is meant."""
        self.open = () if result is None else meeting_questions(result, code)

    async def heed(self) -> None:
        """Know what was taught by now, for work that is seldom and asks only once."""
        if await self.tenure.read(self.lessons.heed):
            self.accounts.taught = self.lessons.taught

    def store(
        self, db: sa.Connection, verdict: Verdict, *, fresh: dict[RecordKind, Record], now_ms: int
    ) -> None:
        """Keep what is asked with the outcome; let others go on that waited for what was made."""
        if verdict.state in STUCK:
            ask(
                db,
                self.delivery_ids,
                connection_id=self.tenure.connection_id,
                code=verdict.code,
                asked=self.open,
            )
        if verdict.state is not State.DELIVERED:
            return
        for question, make in self._made:
            kind = RecordKind(question.kind)
            record = fresh.get(kind)
            own = verdict.record_id if verdict.record_kind == kind else None
            record_id = own if record is None else record.id
            if record_id is not None:
                carry_made(
                    db,
                    self.tenure.connection_id,
                    question,
                    make,
                    record_id=record_id,
                    now_ms=now_ms,
                )

    def _read(self, db: sa.Connection, question: Question) -> tuple[dict[int, Answer], bool]:
        return answers_of(db, self.delivery_ids, same=question.same), self.lessons.heed(db)

    def _obey(self, question: Question, answer: Answer) -> None:
        match answer:
            case Take() | Make() if question.role == CREATED:
                self.created[RecordKind(question.kind)] = answer
            case Take() | Make():
                key = question.key or role_name(question.role)
                self.records[RecordKind(question.kind), key] = answer
                if isinstance(answer, Make):
                    self._made.append((question, answer))
            case AddOption():
                labels = (NewLabel(question.field, folded_label(one)) for one in question.labels)
                self.addable |= frozenset(labels)
                self._say(f"{question.name}: options are added, as {answer.by} decided")
            case LeaveOut():
                named = question.named or question.field
                self.left_out |= {named, *named.split(",")}
                self._say(f"{named}: left out, as {answer.by} decided")

    def _say(self, text: str) -> None:
        self.steps.append(Step(stage="map", text=text))


def question_of(
    error: MappingError | NeedsChoice,
    action: Action | None,
    *,
    references: Sequence[Reference],
    matches: Matches,
) -> Question | None:
    """What an error asks; None where it asks nothing that can be answered for one Delivery."""
    match error:
        case NeedsChoice():
            return _which_record(error, references, matches)
        case NoSuchOption() if action is not None:
            return Question(
                asks=Asks.OPTION,
                kind=action.kind.value,
                field=error.field,
                name=error.name,
                named=error.named,
                labels=error.labels,
            )
        case MappingError(code=code) if code in PARENTS:
            return _which_parent(action, references, matches)
        case MappingError():
            return of_value(error, "" if action is None else action.kind.value)


def which_was_made(error: NeedsChoice, intents: Sequence[Intent]) -> Question | None:
    """Which of the candidates an earlier try made, its answer lost; None where nobody can tell."""
    kinds = {intent.kind for intent in intents}
    if len(kinds) != 1:
        return None
    return Question(asks=Asks.RECORD, kind=kinds.pop(), role=CREATED, candidates=error.candidates)


def meeting_questions(result: MeetingResult, code: str) -> tuple[Asked, ...]:
    """What a Meeting asks that came to nothing: each guest without a person, or the deal."""
    if code == Becomes.SEVERAL_DEALS.code:
        return (Asked(0, Question(asks=Asks.DEAL, kind=RecordKind.DEAL.value)),)
    guests = [one for one in result.participants if one.role in {Role.EXTERNAL, Role.UNKNOWN}]
    asked = tuple(
        Asked(position, _which_guest(one, result))
        for position, one in enumerate(guests, start=1)
        if one.person_id is None
    )
    return asked or (Asked(0, Question(asks=Asks.RECORD, kind=RecordKind.PERSON.value)),)


def _which_guest(one: Seen, result: MeetingResult) -> Question:
    slot = email_key(one.email).value if one.email else one.phone or one.name
    key = email_key(one.email) if one.email else None
    if key is None and one.phone:
        key = phone_keys(one.phone)[0]
    labels = {one.email, one.phone, one.name} - {""}
    conflicts = [conflict for conflict in result.conflicts if conflict.participant in labels]
    suggested = [found.person_id for found in result.suggestions if found.participant in labels]
    candidates = [person for conflict in conflicts for person in conflict.candidates]
    return Question(
        asks=Asks.RECORD,
        kind=RecordKind.PERSON.value,
        key="" if key is None else name_of(key),
        shown=one.email or one.phone or one.name,
        name=one.name,
        role="guest",
        slot=slot,
        candidates=tuple(dict.fromkeys((*candidates, *suggested))),
    )


def _which_record(
    error: NeedsChoice, references: Sequence[Reference], matches: Matches
) -> Question | None:
    for reference in references:
        match = matches.get(reference.role)
        if not isinstance(match, Ambiguous) or match.candidates != error.candidates:
            continue
        return Question(
            asks=Asks.RECORD,
            kind=reference.kind.value,
            key="" if match.key is None else name_of(match.key),
            shown="" if match.key is None else match.key.raw,
            role=reference.role,
            candidates=match.candidates,
        )
    return None


def _which_parent(
    action: Action | None, references: Sequence[Reference], matches: Matches
) -> Question | None:
    missing = [one for one in references if isinstance(matches.get(one.role), Missing)]
    subject = "" if action is None else action.subject
    missing.sort(key=lambda one: (one.role == subject, not one.keys))
    if not missing:
        return None
    reference = missing[0]
    key = reference.keys[0] if reference.keys else None
    return Question(
        asks=Asks.RECORD,
        kind=reference.kind.value,
        key="" if key is None else name_of(key),
        shown="" if key is None else key.raw,
        role=reference.role,
    )

"""ReviewDesk: what people decide of what waits for them; each decision is made once, and audited.

Two who decide at once: one is first, and the other is told what was decided, and by whom.
"""

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

import msgspec
import sqlalchemy as sa

from dealwright.core.clock import from_ms
from dealwright.core.errors import ConfigError, DealwrightError
from dealwright.core.people import Principal
from dealwright.core.question import (
    AddOption,
    Answer,
    Asks,
    LeaveOut,
    Make,
    Question,
    Take,
    option_key,
)
from dealwright.core.record import RecordId, RecordKind
from dealwright.pipeline import meetingacts
from dealwright.pipeline.reviewcarry import (
    ALWAYS,
    ONLY_THIS,
    WAITING,
    carry_along,
    record_teaching,
    teach,
)
from dealwright.pipeline.reviewitem import Do, ReviewItem, Topic
from dealwright.pipeline.reviewknown import options_of
from dealwright.pipeline.reviewqueue import named, waiting_item
from dealwright.store import review_decisions as decisions
from dealwright.store.audit import record
from dealwright.store.delivery_list import drop_deliveries
from dealwright.store.meeting_choices import NEW_PERSON, Choice
from dealwright.store.meetings import StoredMeeting, meeting
from dealwright.store.notify import notify
from dealwright.store.review_questions import put_answer, waiting_for
from dealwright.store.review_teachings import OPTION, NewTeaching

#: For what a decision holds where nothing else is said.
_SCOPES: Final = {
    Do.CHOOSE: WAITING,
    Do.TEACH: ALWAYS,
    Do.CREATE: WAITING,
    Do.MAP_OPTION: ALWAYS,
    Do.ADD_OPTION: WAITING,
}

_LONGEST_REASON: Final = 500


class Decision(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What somebody decides.

    `record_id` is for CHOOSE and TEACH, `option_ids` for MAP_OPTION: one, or one for each label.
    `scope` is only_this, waiting or always; "" what is usual. `reason` is why it is skipped.
    """

    do: Do
    record_id: RecordId | None = None
    option_ids: tuple[int, ...] = ()
    scope: str = ""
    reason: str = ""


class Decided(NamedTuple):
    """What came of it: `along` others went on as well; `teachings` hold from now on."""

    item: str
    along: int
    teachings: tuple[int, ...] = ()


class AlreadyDecided(DealwrightError):
    """Somebody was faster, or the item is asked anew: read the queue again."""

    code = "already_decided"
    status = 409


class _Act(NamedTuple):
    db: sa.Connection
    item: ReviewItem
    decision: Decision
    scope: str
    by: Principal
    now_ms: int

    @property
    def question(self) -> Question:
        """What is asked."""
        return self.item.question or Question(asks=Asks.VALUE)


class _Came(NamedTuple):
    along: int = 0
    teachings: tuple[int, ...] = ()


def decide(
    db: sa.Connection,
    item_id: str,
    decision: Decision,
    *,
    by: Principal,
    now_ms: int,
    version: str = "",
) -> Decided:
    """Decide of one item, for all that its scope says; `version` is that of what was read.

    Raises NotFound, AlreadyDecided, and ConfigError (`invalid_decision`) for what cannot be
    decided of it; then nothing was done.
    """
    item = waiting_item(db, item_id)
    if item is None or (version and version != item.version):
        raise _too_late(db, item_id, item)
    scope = _scope(item, decision)
    if not decisions.claim(db, item.delivery_id, code=item.code, now_ms=now_ms):
        raise _too_late(db, item_id, item)
    act = _Act(db, item, decision, scope, by, now_ms)
    came = _DONE[decision.do](act)
    body = msgspec.to_builtins(msgspec.structs.replace(decision, scope=scope))
    told = decisions.Decision(item_id, by.name, now_ms, came.along, msgspec.json.encode(body))
    decisions.put_decision(
        db,
        told,
        connection_id=item.connection_id,
        delivery_id=item.delivery_id,
        same=item.same,
    )
    record(
        db,
        at_ms=now_ms,
        principal=by,
        action="review.decide",
        target=f"delivery:{item.delivery_id}",
        before={"item": item.id, "code": item.code},
        after={**body, "along": came.along},
    )
    notify(db, item.connection_id)
    return Decided(item_id, came.along, came.teachings)


def _scope(item: ReviewItem, decision: Decision) -> str:
    """For what the decision holds; raises ConfigError where it does not fit the item."""
    scope = decision.scope or _SCOPES.get(decision.do, ONLY_THIS)
    if scope not in {ONLY_THIS, WAITING, ALWAYS}:
        raise _unfit(f"scope is {ONLY_THIS}, {WAITING} or {ALWAYS}, not “{scope[:40]}”")
    if decision.do not in item.may:
        may = ", ".join(sorted(item.may))
        raise _unfit(f"{item.id} cannot be decided by {decision.do}; there are: {may}")
    if decision.do in {Do.CHOOSE, Do.TEACH}:
        _see_record(item, decision.record_id)
    teaches = scope == ALWAYS and decision.do in {Do.CHOOSE, Do.TEACH, Do.CREATE}
    if teaches and (item.question is None or not item.question.key):
        raise _unfit(f"{item.id} has no identifier that could be taught; choose for it alone")
    if decision.do is Do.SKIP and not 0 < len(decision.reason.strip()) <= _LONGEST_REASON:
        raise _unfit(f"say why it is skipped, in 1 to {_LONGEST_REASON} characters")
    return scope


def _see_record(item: ReviewItem, record_id: RecordId | None) -> None:
    kind = item.question.kind if item.question else ""
    wants_text = kind == RecordKind.LEAD.value
    fits = isinstance(record_id, str if wants_text else int) and bool(record_id)
    if not fits or (isinstance(record_id, int) and record_id <= 0):
        raise _unfit(f"say which {kind} it is, by its id")


def _chosen(act: _Act) -> _Came:
    record_id, question, item = act.decision.record_id, act.question, act.item
    if record_id is None:
        return _Came()
    if act.item.topic is Topic.DEAL:
        meetingacts.choose_deal(act.db, _meeting(act), int(record_id), by=act.by, now_ms=act.now_ms)
        return _Came()
    take = Take(record_id=record_id, by=act.by.name)
    teachings: tuple[int, ...] = ()
    if act.scope == ALWAYS:
        new = record_teaching(item.connection_id, question, record_id, act.by)
        teachings = (teach(act.db, new, by=act.by, now_ms=act.now_ms).id,)
    if item.meeting_id is not None:
        choice = Choice(question.slot or "guest", int(record_id), removes=False)
        meetingacts.choose_person(act.db, _meeting(act), choice, by=act.by, now_ms=act.now_ms)
    elif not teachings:
        _answer(act, take)
    return _Came(
        0 if act.scope == ONLY_THIS else _along(act, None if teachings else take), teachings
    )


def _created(act: _Act) -> _Came:
    if act.item.meeting_id is not None:
        choice = Choice(act.question.slot or "guest", NEW_PERSON, removes=False)
        meetingacts.choose_person(act.db, _meeting(act), choice, by=act.by, now_ms=act.now_ms)
        return _Came()
    by = act.by
    _answer(act, Make(scope=act.scope, by=by.name, by_kind=by.kind.value, by_id=by.id))
    # Whoever waits for the same goes on when it is made: until then there is none to take.
    return _Came()


def _mapped(act: _Act) -> _Came:
    question, item = act.question, act.item
    kind = RecordKind(question.kind)
    there = {one.id for one in options_of(act.db, item.connection_id, kind, field=question.field)}
    unknown = [one for one in act.decision.option_ids if there and one not in there]
    if unknown or not act.decision.option_ids:
        raise _unfit(f"say which option of {question.name} it is, by its id")
    new = _option_teachings(item.connection_id, question, act.decision.option_ids, act.by)
    made = tuple(teach(act.db, one, by=act.by, now_ms=act.now_ms).id for one in new)
    return _Came(_along(act, None), made)


def _option_teachings(
    connection_id: int, question: Question, option_ids: Sequence[int], by: Principal
) -> list[NewTeaching]:
    """That the labels of a question mean options, one for each or one for all."""
    if len(option_ids) == 1:
        option_ids = [*option_ids] * len(question.labels)
    if len(option_ids) != len(question.labels):
        raise _unfit(f"name an option for each of {len(question.labels)} labels, in their order")
    return [
        NewTeaching(
            connection_id=connection_id,
            about=OPTION,
            kind=RecordKind(question.kind),
            key=option_key(question.field, label),
            value=str(option_id),
            shown=label,
            taught_by=by.name,
        )
        for label, option_id in zip(question.labels, option_ids, strict=True)
    ]


def _added(act: _Act) -> _Came:
    return _answered(act, AddOption(by=act.by.name))


def _left_out(act: _Act) -> _Came:
    return _answered(act, LeaveOut(by=act.by.name))


def _answered(act: _Act, answer: Answer) -> _Came:
    _answer(act, answer)
    return _Came(0 if act.scope == ONLY_THIS else _along(act, answer))


def _retried(act: _Act) -> _Came:
    if act.item.meeting_id is not None:
        meetingacts.retry(act.db, _meeting(act), by=act.by, now_ms=act.now_ms)
    return _Came(0 if act.scope == ONLY_THIS else _along(act, None))


def _skipped(act: _Act) -> _Came:
    item, message = act.item, f"Skipped by {act.by.name}: {act.decision.reason.strip()}"
    others: list[int] = []
    if act.scope != ONLY_THIS:
        others = [
            one.delivery_id for one in waiting_for(act.db, item.connection_id, same=item.same)
        ]
    ids = [item.delivery_id, *(one for one in others if one != item.delivery_id)]
    dropped = drop_deliveries(act.db, ids, message=message, now_ms=act.now_ms)
    if not dropped:
        raise ConfigError(
            "It may have made a record whose answer was lost; skip it in two minutes.",
            code="invalid_decision",
        )
    return _Came(dropped - 1)


_DONE: Final[dict[Do, Callable[[_Act], _Came]]] = {
    Do.CHOOSE: _chosen,
    Do.TEACH: _chosen,
    Do.CREATE: _created,
    Do.MAP_OPTION: _mapped,
    Do.ADD_OPTION: _added,
    Do.LEAVE_OUT: _left_out,
    Do.RETRY: _retried,
    Do.SKIP: _skipped,
}


def _answer(act: _Act, answer: Answer) -> None:
    same = act.question.same
    put_answer(act.db, [act.item.delivery_id], same=same, answer=answer, now_ms=act.now_ms)


def _along(act: _Act, answer: Answer | None) -> int:
    return carry_along(
        act.db, act.item.connection_id, act.question, answer, by=act.by, now_ms=act.now_ms
    )


def _meeting(act: _Act) -> StoredMeeting:
    if act.item.meeting_id is None:
        raise _unfit(f"{act.item.id} is of no meeting")
    return meeting(act.db, act.item.meeting_id)


def _unfit(what: str) -> ConfigError:
    return ConfigError(f"That cannot be decided: {what}.", code="invalid_decision")


def _too_late(db: sa.Connection, item_id: str, item: ReviewItem | None) -> AlreadyDecided:
    """What was decided meanwhile, and by whom."""
    which = named(item_id)
    delivery_id = which.delivery_id if item is None else item.delivery_id
    last = decisions.last_decision(db, delivery_id or 0, item=item_id)
    if last is not None:
        at = from_ms(last.at_ms).strftime("%Y-%m-%d %H:%M")
        do = msgspec.json.decode(last.body).get("do", "")
        return AlreadyDecided(
            f"{last.decided_by} has already decided {last.item} ({do}, {at} UTC); nothing was done."
        )
    return AlreadyDecided(
        f"{item_id} does not wait, or asks something else by now; nothing was done. Read the queue "
        "again."
    )

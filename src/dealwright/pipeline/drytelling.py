"""DryTelling: what came of one would-be Delivery, as it is shown and kept."""

from collections.abc import Mapping, Sequence
from typing import Final

from dealwright.core.delivery import State
from dealwright.core.foretold import FieldChange, Foretold, Outcome
from dealwright.core.ours import Ours
from dealwright.core.record import RecordId
from dealwright.pipeline.dryscribe import shown_id
from dealwright.pipeline.drytry import Tried
from dealwright.pipeline.drywords import DryWords
from dealwright.pipeline.dryworld import stand_in
from dealwright.pipeline.lanes import Group
from dealwright.pipeline.verdict import Verdict
from dealwright.store.deliveries import NewDelivery

_BY_STATE: Final = {
    State.UNCHANGED: Outcome.SKIP,
    State.HELD: Outcome.HOLD,
    State.FAILED: Outcome.FAIL,
}
_BY_CODE: Final = {"created": Outcome.CREATE, "deleted": Outcome.DELETE}


def told(number: int, group: Group, tried: Tried, *, words: DryWords) -> Foretold:
    """One result of a dry run."""
    verdict, planned = tried.verdict, tried.work.planned
    ours = _ours(tried)
    kind = verdict.record_kind
    named = kind is not None and verdict.record_id is not None
    kept: tuple[str, ...] = () if planned is None else planned.plan.kept
    return Foretold(
        number=number,
        events=tuple(delivery.event_seq for delivery in group.deliveries),
        outcome=Outcome.UNKNOWN if tried.unknown else outcome_of(verdict),
        code=verdict.code,
        message=_sentence(verdict),
        kind=kind,
        record=shown_id(kind, verdict.record_id) if kind and named else "",
        record_id=_plain(verdict.record_id),
        changes=tuple(
            words.change(change, record_id, ours=ours) for change, record_id in tried.scribe.done
        ),
        candidates=_candidates(tried),
        kept=_kept(tried, kept, words),
        tokens=tried.tokens,
        doubts=tuple(
            f"{shown_id(one, record_id)} is as the mirror has it; a delivery looks at it once more"
            for one, record_id in sorted(tried.stale, key=str)
        ),
        trace=tuple(step.text for step in tried.scribe.steps),
    )


def told_failed(number: int, row: NewDelivery) -> Foretold:
    """A result that failed as soon as its Event was mapped."""
    return Foretold(
        number=number,
        events=(row.event_seq,),
        outcome=Outcome.FAIL,
        code=row.code,
        message=row.message,
    )


def outcome_of(verdict: Verdict) -> Outcome:
    """What a Verdict is called in a dry run."""
    if verdict.state is State.DELIVERED:
        return _BY_CODE.get(verdict.code, Outcome.UPDATE)
    return _BY_STATE.get(verdict.state, Outcome.FAIL)


def _plain(record_id: RecordId | None) -> RecordId | None:
    """An id as it is shown: a stand-in as “new-1”."""
    number = stand_in(record_id)
    return record_id if number is None else f"new-{number}"


def _candidates(tried: Tried) -> tuple[RecordId, ...]:
    if tried.verdict.state is not State.HELD:
        return ()
    return tuple(one for one in map(_plain, tried.candidates) if one is not None)


def _sentence(verdict: Verdict) -> str:
    """The sentence of the Delivery, with the stand-in by its name."""
    if verdict.record_kind is None or verdict.record_id is None:
        return verdict.message
    kind = verdict.record_kind
    plain, named = f"{kind} {verdict.record_id}", shown_id(kind, verdict.record_id)
    return verdict.message.replace(plain.capitalize(), named.capitalize(), 1)


def _ours(tried: Tried) -> Mapping[RecordId, Ours]:
    """What of the records that would be changed is of our writing, as they stand."""
    planned, stood = tried.work.planned, tried.scribe.stood
    if planned is None or planned.record is None:
        return {}
    record = planned.record
    wrote = stood[record.id].wrote if record.id in stood else {}
    return {record.id: Ours(record=record, digests=wrote)}


def _kept(tried: Tried, keys: Sequence[str], words: DryWords) -> tuple[FieldChange, ...]:
    planned = tried.work.planned
    if planned is None or planned.record is None:
        return ()
    kind = tried.verdict.record_kind
    ours = Ours(record=planned.record)
    return () if kind is None else tuple(words.kept(kind, key, ours) for key in keys)

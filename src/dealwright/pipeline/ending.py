"""Ending: how a try ends that came to its end, in words."""

from typing import Final

from dealwright.core.delivery import State
from dealwright.core.plan import Change, Create, Delete, Join, Plan
from dealwright.core.record import RecordId, RecordKind
from dealwright.pipeline.planner import Planned
from dealwright.pipeline.verdict import Verdict

_SENTENCES: Final = {
    "created": "was created",
    "updated": "was updated",
    "deleted": "was deleted; Pipedrive's API cannot restore it",
    "already_absent": "is not there, as wanted; nothing was sent",
    "already_there": "is there already, and only new ones are wanted; nothing was sent",
    "not_there": "is not there, and only updates are wanted; nothing was sent",
    "outdated": "has newer values already; nothing was sent",
    "edits_kept": "has values that a person wrote, which stay; nothing was sent",
    "unchanged": "is already as wanted; nothing was sent",
}


def written(planned: Planned, kind: RecordKind, record_id: RecordId | None) -> Verdict:
    """How a Plan that was written out ends."""
    plan = planned.plan
    match _last(plan):
        case Create():
            return ended(State.DELIVERED, "created", kind=kind, record_id=record_id)
        case None:
            return ended(State.UNCHANGED, _why(planned), kind=kind, record_id=record_id)
        case Delete():
            return ended(State.DELIVERED, "deleted", kind=kind, record_id=record_id)
        case _:
            return ended(State.DELIVERED, "updated", kind=kind, record_id=record_id)


def _last(plan: Plan) -> Change | None:
    """The Change that says how it ended; who takes part in a deal is the least of them."""
    if not plan.writes:
        return None
    told = [change for change in plan.changes if not isinstance(change, Join)]
    return told[-1] if told else plan.changes[-1]


def _why(planned: Planned) -> str:
    """Why nothing was sent."""
    if planned.plan.code:
        return planned.plan.code
    if planned.late:
        return "outdated"
    return "edits_kept" if planned.plan.kept else "unchanged"


def ended(state: State, code: str, *, kind: RecordKind, record_id: RecordId | None) -> Verdict:
    """The Verdict of a code for which there is a sentence."""
    named = kind.capitalize() if record_id is None else f"{kind.capitalize()} {record_id}"
    return Verdict(
        state=state,
        code=code,
        message=f"{named} {_SENTENCES[code]}.",
        record_kind=kind,
        record_id=record_id,
    )

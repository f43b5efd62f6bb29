"""Proposing: what each kind of Proposal would do, and doing it once somebody has approved.

Both go the ways that commands and the API go: a Proposal can nothing that a person cannot.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
import sqlalchemy as sa

from dealwright.core.action import Action
from dealwright.core.directives import MappingFaults
from dealwright.core.draft import Draft, draft_faults
from dealwright.core.errors import ConfigError, NotFound
from dealwright.core.people import Principal, PrincipalKind
from dealwright.core.proposal import (
    MappingWish,
    Preview,
    ProposalState,
    ReplayWish,
    RetryWish,
    ReviewWish,
    UndoWish,
    Wish,
    deed,
)
from dealwright.pipeline.estimate import estimate, worst_price
from dealwright.pipeline.outlook import FIRST_GUESS
from dealwright.pipeline.reviewcarry import ALWAYS
from dealwright.pipeline.reviewdesk import Decision, decide
from dealwright.pipeline.reviewitem import Do
from dealwright.pipeline.reviewqueue import waiting_item
from dealwright.pipeline.undoplan import RecordUndo, UndoPlan, plan_undo, queue_undo
from dealwright.store.audit import record
from dealwright.store.connections import connection
from dealwright.store.delivery_list import (
    Delivery,
    DeliveryFilter,
    deliveries_by_id,
    retry_deliveries,
)
from dealwright.store.events import end_of_log
from dealwright.store.mappings import NewMapping, create_mapping, mapping, new_version
from dealwright.store.proposals import (
    Proposal,
    ProposalOver,
    begin_proposal,
    decide_proposal,
    keep_result,
    proposal,
    put_proposal,
)
from dealwright.store.replays import NewReplay, create_replay

#: Deliveries of one Proposal; who wants more proposes several times.
MOST_DELIVERIES = 1_000

#: Decisions that hold for what is still to come.
_LASTING = frozenset({Do.TEACH, Do.MAP_OPTION, Do.ADD_OPTION})


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposing:
    """Proposes, decides and does, for `who`, in one transaction each.

    `free_tokens` is the operator's policy: what costs no more than so many tokens, writes to no
    more records than that, and is not lasting, needs nobody's approval; 0: everything does.
    """

    db: sa.Connection
    who: Principal
    now_ms: int
    actions: Mapping[str, Action]
    free_tokens: int = 0

    def propose(self, wish: Wish, *, reason: str = "") -> Proposal:
        """Look what a Wish would do, and keep it to be approved of; raises what stands in its way.

        A policy approves in the same moment, where it covers this.
        """
        preview = self.preview(wish)
        by, now_ms = self.who.name, self.now_ms
        made = put_proposal(self.db, wish, preview, reason=reason, made_by=by, now_ms=now_ms)
        self._note("proposal.make", made, after={"summary": preview.summary, "reason": reason})
        if self._is_free(preview):
            return self._decided(made, ProposalState.APPROVED, by="policy")
        return proposal(self.db, made, now_ms=now_ms)

    def decide(self, proposal_id: int, *, approve: bool) -> Proposal:
        """Approve of a Proposal, or reject it; raises NotFound, ProposalOver, NotAPerson."""
        if self.who.kind is PrincipalKind.KEY:
            raise NotAPerson(
                "A program cannot approve of a proposal: a person does, signed in or by "
                f"`dealwright proposals approve {proposal_id}`."
            )
        state = ProposalState.APPROVED if approve else ProposalState.REJECTED
        return self._decided(proposal_id, state, by=self.who.name)

    def carry_out(self, proposal_id: int) -> Proposal:
        """Do what was approved of, once.

        Raises NotFound, ProposalOver; ProposalOutdated when it would cost or write more by now, and
        what stands in the way of what is to be done. Nothing is done then.
        """
        begun = begin_proposal(self.db, proposal_id, now_ms=self.now_ms)
        now = self.preview(begun.wish)
        if not begun.preview.covers(now):
            raise ProposalOutdated(
                f"Proposal {proposal_id} was approved for {begun.preview.writes} writes and "
                f"{begun.preview.tokens} tokens; by now it would be {now.writes} and {now.tokens}, "
                "or something else than was shown. Propose it anew."
            )
        result = self._do(begun.wish)
        keep_result(self.db, proposal_id, result)
        self._note("proposal.do", proposal_id, after=result)
        return proposal(self.db, proposal_id, now_ms=self.now_ms)

    def preview(self, wish: Wish) -> Preview:
        """What a Wish would do, as it looks now; raises what stands in its way."""
        match wish:
            case ReplayWish():
                return self._replay_preview(wish)
            case RetryWish():
                return self._retry_preview(wish)
            case ReviewWish():
                return self._review_preview(wish)
            case UndoWish():
                return _undo_preview(plan_undo(self.db, wish.selection))
            case MappingWish():
                return self._mapping_preview(wish)

    def _do(self, wish: Wish) -> dict[str, Any]:
        match wish:
            case ReplayWish():
                made = create_replay(self.db, self._replay_of(wish), now_ms=self.now_ms)
                return {"replay": made.id}
            case RetryWish():
                ids, now_ms = wish.deliveries, self.now_ms
                return {
                    "count": retry_deliveries(self.db, DeliveryFilter(), ids=ids, now_ms=now_ms)
                }
            case ReviewWish():
                decided = decide(
                    self.db,
                    wish.item,
                    _decision(wish),
                    by=self.who,
                    now_ms=self.now_ms,
                    version=wish.version,
                )
                return {"item": decided.item, "along": decided.along}
            case UndoWish():
                plan = plan_undo(self.db, wish.selection)
                undo = queue_undo(self.db, plan, made_by=self.who.name, now_ms=self.now_ms)
                return {"undo": undo.id}
            case MappingWish():
                return self._make_mapping(wish)

    # -- replays and Deliveries

    def _replay_of(self, wish: ReplayWish) -> NewReplay:
        mapping(self.db, wish.mapping_id)
        chosen = mapping(self.db, wish.mapping_id, version=wish.version)
        newest = end_of_log(self.db)
        last = newest if wish.to_event is None else min(wish.to_event, newest)
        if wish.from_event > last:
            raise ConfigError(
                "There is no event in this range. Choose another one.", code="nothing_to_replay"
            )
        return NewReplay(
            connection_id=chosen.connection_id,
            mapping_id=chosen.id,
            mapping_version=chosen.version,
            from_seq=wish.from_event,
            to_seq=last,
        )

    def _replay_preview(self, wish: ReplayWish) -> Preview:
        new = self._replay_of(wish)
        chosen = mapping(self.db, new.mapping_id, version=new.mapping_version)
        found = estimate(
            self.db,
            connection(self.db, new.connection_id),
            chosen,
            actions=self.actions,
            first=new.from_seq,
            last=new.to_seq,
        )
        return Preview(
            connection_id=new.connection_id,
            summary=f"Replay events {new.from_seq} to {new.to_seq} with “{chosen.name}”, version "
            f"{chosen.version}: {found.matching} of {found.events} fit.",
            tokens=found.worst_tokens,
            writes=found.records,
            detail=msgspec.to_builtins(found),
            deeds=(deed("replay", chosen.id, chosen.version),),
        )

    def _retry_preview(self, wish: RetryWish) -> Preview:
        if not 0 < len(wish.deliveries) <= MOST_DELIVERIES:
            raise ConfigError(f"Name one Delivery to {MOST_DELIVERIES:,}.", code="nothing_chosen")
        found = deliveries_by_id(self.db, wish.deliveries)
        if missing := set(wish.deliveries) - {one.id for one in found}:
            raise NotFound(f"There is no delivery {min(missing)}.")
        connection_ids = {one.connection_id for one in found}
        return Preview(
            connection_id=min(connection_ids),
            summary=f"Send {len(found)} Deliveries once more.",
            tokens=sum(self._delivery_price(one) for one in found),
            writes=len(found),
            detail=[
                {"delivery": one.id, "state": one.state, "code": one.code, "message": one.message}
                for one in found
            ],
        )

    def _delivery_price(self, one: Delivery) -> int:
        named = mapping(self.db, one.mapping_id).action if one.mapping_id else ""
        action = self.actions.get(named)
        lanes = len([lane for lane in one.lanes.split("\n") if lane])
        # Meetings, cards and Corrections: what they cost is known only when they are tried.
        return one.tokens if action is None else worst_price(action.kind, lanes)

    # -- decisions, Mappings

    def _review_preview(self, wish: ReviewWish) -> Preview:
        item = waiting_item(self.db, wish.item)
        if item is None:
            raise NotFound(f"Nothing like “{wish.item}” waits in the review queue.")
        _decision(wish)
        written = 0 if wish.do == Do.SKIP.value else item.waiting
        chosen = f" {wish.record_id}" if wish.record_id is not None else ""
        return Preview(
            connection_id=item.connection_id,
            summary=f"{item.asked} → {wish.do.replace('_', ' ')}{chosen}; {item.waiting} wait for "
            "this.",
            tokens=round(written * FIRST_GUESS),
            writes=written,
            detail={"asked": item.asked, "why": item.why, "waiting": item.waiting},
            deeds=(deed("review", item.id, item.version),),
            lasting=wish.do in _LASTING or wish.scope == ALWAYS,
        )

    def _mapping_preview(self, wish: MappingWish) -> Preview:
        draft = self._draft(wish)
        if faults := draft_faults(draft, self.actions):
            raise MappingFaults(faults)
        following = 0
        if wish.mapping_id:
            chosen = mapping(self.db, wish.mapping_id)
            connection_id, following = chosen.connection_id, chosen.version + 1
            told = f"Give “{chosen.name}” its version {following}."
        else:
            connection_id = connection(self.db, wish.connection_id).id
            told = f"Make the mapping “{draft.name}” ({draft.action}), not enabled."
        return Preview(
            connection_id=connection_id,
            summary=told,
            tokens=0,
            writes=0,
            detail={"trigger": wish.trigger, "fields": wish.fields},
            deeds=(deed("mapping", wish.mapping_id, following),),
            # A version holds at once; a new Mapping waits until somebody enables it.
            lasting=bool(following),
        )

    def _draft(self, wish: MappingWish) -> Draft:
        name, action = wish.name.strip(), wish.action
        if wish.mapping_id:
            chosen = mapping(self.db, wish.mapping_id)
            name, action = chosen.name, chosen.action
        if not name:
            raise ConfigError("A mapping needs a name.", code="invalid_config")
        return Draft(name=name, action=action, trigger=wish.trigger, fields=wish.fields)

    def _make_mapping(self, wish: MappingWish) -> dict[str, Any]:
        draft = self._draft(wish)
        if wish.mapping_id:
            made = new_version(
                self.db,
                wish.mapping_id,
                trigger=draft.trigger,
                fields=draft.fields,
                now_ms=self.now_ms,
            )
        else:
            new = NewMapping(
                connection_id=wish.connection_id,
                name=draft.name,
                action=draft.action,
                trigger=draft.trigger,
                fields=draft.fields,
                enabled=False,
            )
            made = create_mapping(self.db, new, now_ms=self.now_ms)
        return {"mapping": made.id, "version": made.version}

    # -- who

    def _is_free(self, preview: Preview) -> bool:
        small = 0 < self.free_tokens >= max(preview.tokens, preview.writes)
        return small and not preview.lasting

    def _decided(self, proposal_id: int, state: ProposalState, *, by: str) -> Proposal:
        decided = decide_proposal(self.db, proposal_id, state=state, by=by, now_ms=self.now_ms)
        self._note(f"proposal.{state.value}", proposal_id, after={"by": by})
        return decided

    def _note(self, action: str, proposal_id: int, *, after: dict[str, Any]) -> None:
        record(
            self.db,
            at_ms=self.now_ms,
            principal=self.who,
            action=action,
            target=f"proposal:{proposal_id}",
            before=None,
            after=after,
        )


class NotAPerson(ProposalOver):
    """Only people approve of what programs propose."""

    code = "not_a_person"


class ProposalOutdated(ProposalOver):
    """It would do more by now than what was approved of: propose it anew."""

    code = "proposal_outdated"


def _decision(wish: ReviewWish) -> Decision:
    try:
        do = Do(wish.do)
    except ValueError:
        raise ConfigError(
            f"“{wish.do}” is no decision; there are {', '.join(Do)}.", code="invalid_decision"
        ) from None
    return Decision(
        do=do,
        record_id=wish.record_id,
        option_ids=wish.option_ids,
        scope=wish.scope,
        reason=wish.note,
    )


def _undo_preview(plan: UndoPlan) -> Preview:
    if not plan.to_do:
        raise ConfigError("There is nothing here that can be undone.", code="nothing_to_undo")
    refused = [why for one in plan.records for why in one.reversal.refused]
    told = f"Undo {plan.selection.summary}: {len(plan.to_do)} records"
    if refused or plan.refused:
        told += f"; {len(refused) + len(plan.refused)} things stay"
    return Preview(
        connection_id=plan.connection_id,
        summary=f"{told}.",
        tokens=plan.tokens,
        writes=len(plan.to_do),
        detail=[_undone(one) for one in plan.records],
        deeds=tuple(
            deed(one.kind, one.record_id, *turned)
            for one in plan.to_do
            for turned in one.reversal.turned
        ),
        lasting=any(one.reversal.removes for one in plan.to_do),
    )


def _undone(one: RecordUndo) -> dict[str, Any]:
    return {
        "kind": one.kind.value,
        "record_id": one.record_id,
        "name": one.name,
        "undone": [part._asdict() for part in one.reversal.turned],
        "stays": [part._asdict() for part in one.reversal.refused],
    }

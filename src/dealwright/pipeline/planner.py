"""Planner: the Plan of one try, of what the account has now and of what is not too old."""

from collections.abc import Container, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, NamedTuple

from dealwright.core.action import Account, Action, Matches
from dealwright.core.errors import MappingError
from dealwright.core.match import Found
from dealwright.core.ours import Ours
from dealwright.core.plan import Plan, Update
from dealwright.core.record import Record, RecordKind
from dealwright.core.schema import Schema
from dealwright.core.written import Told, Written
from dealwright.pipedrive.records import Records
from dealwright.pipeline.accounts import STALE, AccountBook
from dealwright.pipeline.past import Past


class Planned(NamedTuple):
    """A Plan and what it was made of.

    `told` are the values without those named by `late`, which newer Events have written; `record`
    is the one that was found.
    """

    plan: Plan
    told: Told
    late: tuple[str, ...]
    record: Record | None
    schema: Schema | None

    @property
    def sentences(self) -> tuple[str, ...]:
        """What is worth a line of the Trace."""
        if not self.late:
            return self.plan.warnings
        told = f"left out, since a newer event has written it already: {', '.join(self.late)}"
        return (told, *self.plan.warnings)


#: Write rules that look at what stands there, and fields that are written whole with what is added.
_LOOKING: Final = frozenset({"keep_edits", "if_empty", "append"})
_WHOLE: Final = frozenset({"emails", "phones", "label_ids", "participants"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Planner:
    """Plans for one Delivery; `known` is what an Account is before its lists are asked for.

    `mirrored` are the kinds whose records may come out of the mirror.
    """

    records: Records
    accounts: AccountBook
    past: Past
    known: Account
    mirrored: Container[RecordKind] = ()

    async def plan(self, action: Action, told: Told, matches: Matches) -> Planned:
        """Plan, with the lists that the Action needs; raises what stands in the way.

        What was edited within the last minute the mirror may not know: a Plan that would write over
        it is made anew with the record as it stands, for 1 token.
        """
        planned = await self._plan(action, told, matches)
        subject = matches.get(action.subject)
        if action.kind not in self.mirrored or not isinstance(subject, Found):
            return planned
        if not _looks(planned):
            return planned
        record = await self.records.get(action.kind, subject.record.id)
        if record is None or record == subject.record:
            return planned
        now = replace(subject, record=record)
        return await self._plan(action, told, {**matches, action.subject: now})

    async def _plan(self, action: Action, told: Told, matches: Matches) -> Planned:
        subject = matches.get(action.subject)
        record = subject.record if isinstance(subject, Found) else None
        past = Written() if record is None else await self.past.of(action.kind, record.id)
        known = replace(self.known, ours=Ours(record=record, digests=past.wrote))
        while True:
            account = await self.accounts.account(action, told.values, self.records, known=known)
            try:
                fresh, late = told.fresh(past, account.schema)
                plan = action.plan(fresh.values, matches, account)
            except MappingError as error:
                # Perhaps somebody has just added what the list of before lacks.
                if error.code not in STALE or not self.accounts.forget_old():
                    raise
            else:
                return Planned(plan, fresh, late, record, account.schema)


def _looks(planned: Planned) -> bool:
    """Whether a Plan would write over something because of what stands there."""
    updates = [change for change in planned.plan.changes if isinstance(change, Update)]
    rules: Mapping[str, Any] = planned.told.values.get("write_rules", {})
    looking = any(rule in _LOOKING for rule in rules.values())
    return any(looking or _WHOLE.intersection(change.values) for change in updates)

"""Planner: the Plan of one try, of what the account has now and of what is not too old."""

from dataclasses import dataclass, replace
from typing import NamedTuple

from dealwright.core.action import Account, Action, Matches
from dealwright.core.errors import MappingError
from dealwright.core.match import Found
from dealwright.core.ours import Ours
from dealwright.core.plan import Plan
from dealwright.core.record import Record
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Planner:
    """Plans for one Delivery; `known` is what an Account is before its lists are asked for."""

    records: Records
    accounts: AccountBook
    past: Past
    known: Account

    async def plan(self, action: Action, told: Told, matches: Matches) -> Planned:
        """Plan, with the lists that the Action needs; raises what stands in the way."""
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

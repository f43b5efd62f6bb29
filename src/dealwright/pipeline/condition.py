"""Condition: how a Connection is at this moment, in one word, and until when.

Its stored state says whether a person has to do something. `limited` is not stored: it is what
Pipedrive's refusals, the day's tokens and the breaker amount to, and ends with them.
"""

from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa

from dealwright.core.breaker import ABUSE_CODE
from dealwright.core.budget import Budget, Refusal
from dealwright.pipedrive.plans import daily_tokens, plan
from dealwright.pipeline.breaker import clock_time, why_open
from dealwright.store.breaker import breaker
from dealwright.store.budget import budget_of
from dealwright.store.connections import Connection, ConnectionState

#: Why Pipedrive lets nobody ask though it works; anything else that makes us wait is an outage.
_REFUSALS: Final = frozenset({"burst_limited", "budget_exhausted", ABUSE_CODE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """`ok` with `until_ms`: Pipedrive does not answer, and is let be until then.

    `limited`: whoever asks before `until_ms` is refused. `code` is the error's.
    """

    state: ConnectionState
    until_ms: int | None = None
    code: str = ""
    sentence: str = ""

    @property
    def rests(self) -> bool:
        """Whether nothing is asked for want of answers."""
        return self.state is ConnectionState.OK and self.until_ms is not None


def condition(db: sa.Connection, one: Connection, *, now_ms: int) -> Condition:
    """How it is; asks nobody."""
    if one.state is not ConnectionState.OK:
        return _out_of_use(one)
    found = breaker(db, one.id)
    if found.open_until_ms > now_ms:
        return _resting(found.code, found.open_until_ms, why_open(found))
    planned = daily_tokens(plan(one.plan), one.seats)
    budget, _ = budget_of(db, one.id, plan_tokens=planned, now_ms=now_ms)
    if budget.exhausted_until_ms is not None or budget.unspent <= 0:
        return _spent(budget)
    if one.paused_until_ms is not None and one.paused_until_ms > now_ms:
        until = clock_time(one.paused_until_ms)
        return _resting(
            one.pause_code,
            one.paused_until_ms,
            f"Nothing is asked before {until} ({one.pause_code}).",
        )
    return Condition(state=ConnectionState.OK)


def _out_of_use(one: Connection) -> Condition:
    sentence = one.state_reason
    if one.probe_at_ms is not None:
        sentence = f"{sentence} It is looked at again at {clock_time(one.probe_at_ms)}."
    return Condition(state=one.state, until_ms=one.probe_at_ms, sentence=sentence)


def _spent(budget: Budget) -> Condition:
    until_ms = budget.exhausted_until_ms or budget.resets_at_ms
    code = Refusal.SPENT if budget.exhausted_until_ms is None else "budget_exhausted"
    return Condition(
        state=ConnectionState.LIMITED,
        until_ms=until_ms,
        code=code,
        sentence=f"The day's API tokens are spent. It goes on after {clock_time(until_ms)}.",
    )


def _resting(code: str, until_ms: int, sentence: str) -> Condition:
    state = ConnectionState.LIMITED if code in _REFUSALS else ConnectionState.OK
    return Condition(state=state, until_ms=until_ms, code=code, sentence=sentence)

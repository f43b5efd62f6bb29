"""The budget of a company as all processes share it: one row, and a lease for each process.

Connections to the same company spend from the same day: it is counted in the row of the oldest of
them (`company`). Burst window and breaker belong to a token, hence to each Connection's own row.

A process leases tokens before it spends them, so that the row is never below the truth. The lease
of one that died is counted as spent when it ends: nobody knows how much of it was.
"""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, NamedTuple

import sqlalchemy as sa

from dealwright.core.breaker import Breaker
from dealwright.core.budget import (
    Budget,
    Exhausted,
    Refusal,
    Told,
    block,
    exhausted,
    learned,
    may_spend,
    next_midnight_ms,
    turned,
)
from dealwright.core.priority import Priority
from dealwright.store.budget_tables import budget_leases, budgets
from dealwright.store.ledger import Entry, enter, hour_of
from dealwright.store.statements import upsert
from dealwright.store.tables import connections

RESERVE_PERCENT = 20

#: How long Pipedrive counts a call in its window. Source: developers page "Rate limiting".
WINDOW_MS = 2_000


class Side(StrEnum):
    """Who leases: the one drain of a Connection, or a process that serves people."""

    DRAIN = "drain"
    WEB = "web"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """What a process reports of itself, and what it wants.

    `plan_tokens` are plan × seats. `spent`: tokens sent since the last time. `kept`: tokens of its
    lease that it keeps, for calls under way among others. It needs `need` tokens for work of a
    `priority` now (0: it leases nothing), and wants `want`. `unseen`: those of its reported tokens
    that the header `told` may not know of, `known` all tokens of the row that it surely knows of.
    `burst` is what the gate lets through, as headers taught it. Processes that serve people share
    `slice` calls per 2 seconds, or `narrow` beside a drain that works; `standing` calls of ours
    Pipedrive still counts.
    """

    holder: str
    side: Side
    plan_tokens: int
    ttl_ms: int
    spent: int = 0
    kept: int = 0
    need: int = 0
    want: int = 0
    priority: Priority = Priority.NORMAL
    told: Told | None = None
    unseen: int = 0
    known: int | None = None
    exhausted: Exhausted | None = None
    burst: int | None = None
    slice: int = 0
    narrow: int = 0
    standing: int = 0
    entries: tuple[Entry, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """What a process may do until `until_ms`; a `refusal` instead of tokens, with its end.

    `slots` are calls per 2 seconds of a process that serves people, `beside` those that a drain has
    to leave to them.
    """

    budget: Budget
    tokens: int
    slots: int
    beside: int
    until_ms: int
    burst: int | None
    refusal: Refusal | None
    breaker: Breaker

    @property
    def again_ms(self) -> int:
        """When a refusal ends."""
        return self.budget.exhausted_until_ms or self.budget.resets_at_ms


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What a person decides: percent kept for people and other programs, tokens bought on top."""

    reserve_percent: int = RESERVE_PERCENT
    extra_tokens: int = 0


def settle(db: sa.Connection, connection_id: int, *, ask: Ask, now_ms: int) -> Grant:
    """Take a report, bring the day up to date, and lease what is wanted as far as may be.

    In one transaction, and one after the other for all processes.
    """
    ids = company(db, connection_id)
    # Always the company's row before the own one, so that nobody waits in a circle.
    day = make_row(db, ids[0], now_ms)
    row = day if ids[0] == connection_id else make_row(db, connection_id, now_ms)
    leases = _leases(db, ids, ask.holder, now_ms)
    budget = turned(_budget(day, plan_tokens=ask.plan_tokens), now_ms)
    budget = _reported(budget, ask, leases, now_ms)
    tokens, refusal = 0, None
    if ask.need:
        refusal = may_spend(budget, ask.priority, ask.need)
        tokens = block(budget, ask.priority, need=ask.need, want=ask.want)
    grant = Grant(
        budget=replace(budget, leased=budget.leased + tokens),
        tokens=tokens,
        slots=_slots(leases, connection_id, ask),
        beside=sum(one.slots for one in leases.of(connection_id, Side.WEB)),
        until_ms=now_ms + ask.ttl_ms,
        burst=ask.burst or row.burst,
        refusal=refusal,
        breaker=Breaker(
            row.failures, row.breaker_code, row.open_until_ms or 0, row.probe_until_ms or 0
        ),
    )
    _put_lease(db, connection_id, ask, grant, now_ms)
    _put(db, ids[0], budget)
    if grant.burst != row.burst:
        mine = budgets.c.connection_id == connection_id
        db.execute(sa.update(budgets).where(mine).values(burst=grant.burst))
    enter(db, connection_id, entries=list(ask.entries))
    return grant


def company(db: sa.Connection, connection_id: int) -> list[int]:
    """The Connections to the same company, the oldest first, which keeps the day of all of them."""
    its = sa.select(connections.c.company_id).where(connections.c.id == connection_id)
    same = (connections.c.id == connection_id) | (connections.c.company_id == its.scalar_subquery())
    found = db.scalars(sa.select(connections.c.id).where(same).order_by(connections.c.id)).all()
    return list(found) or [connection_id]


def budget_of(
    db: sa.Connection, connection_id: int, *, plan_tokens: int, now_ms: int
) -> tuple[Budget, Terms]:
    """The day as it is at a moment; changes nothing."""
    ids = company(db, connection_id)
    row = db.execute(_one(ids[0])).one_or_none()
    leasing = sa.select(budget_leases.c.tokens, budget_leases.c.expires_at_ms > now_ms).where(
        budget_leases.c.connection_id.in_(ids)
    )
    leased = gone = 0
    for tokens, alive in db.execute(leasing):
        leased, gone = (leased + tokens, gone) if alive else (leased, gone + tokens)
    if row is None:
        reset_ms = next_midnight_ms(now_ms)
        fresh = Budget(planned=plan_tokens, reserve_percent=RESERVE_PERCENT, resets_at_ms=reset_ms)
        return fresh, Terms()
    budget = turned(_budget(row, plan_tokens=plan_tokens), now_ms)
    terms = Terms(reserve_percent=row.reserve_percent, extra_tokens=row.extra_tokens)
    return replace(budget, used=budget.used + gone, leased=leased), terms


def set_terms(
    db: sa.Connection,
    connection_id: int,
    *,
    now_ms: int,
    reserve_percent: int | None = None,
    extra_tokens: int | None = None,
) -> None:
    """Change what a person decides, for all of the company; None leaves it."""
    first = company(db, connection_id)[0]
    make_row(db, first, now_ms)
    wished = {"reserve_percent": reserve_percent, "extra_tokens": extra_tokens}
    changes = {name: value for name, value in wished.items() if value is not None}
    if changes:
        db.execute(sa.update(budgets).where(budgets.c.connection_id == first).values(changes))


def spend(
    db: sa.Connection,
    connection_id: int,
    *,
    at_ms: int,
    purpose: str,
    tokens: int,
    calls: int,
    mapping_id: int = 0,
) -> None:
    """Count calls that were made without a lease: by a command, for a person."""
    entry = Entry(*hour_of(at_ms), purpose, mapping_id, tokens, calls)
    enter(db, connection_id, entries=[entry])
    book(db, connection_id, tokens=tokens, now_ms=at_ms)


def book(db: sa.Connection, connection_id: int, *, tokens: int, now_ms: int) -> None:
    """Count tokens of the day that were spent without a lease."""
    first = company(db, connection_id)[0]
    budget = turned(_budget(make_row(db, first, now_ms), plan_tokens=0), now_ms)
    _put(db, first, replace(budget, used=budget.used + tokens))


def _one(connection_id: int) -> sa.Select[Any]:
    return sa.select(budgets).where(budgets.c.connection_id == connection_id)


def make_row(db: sa.Connection, connection_id: int, now_ms: int) -> Any:
    """The row, made if there is none, and nobody else's before this transaction ends."""
    found = db.execute(_one(connection_id).with_for_update()).one_or_none()
    if found is not None:
        return found
    first = upsert(db, budgets).values(
        connection_id=connection_id,
        reserve_percent=RESERVE_PERCENT,
        extra_tokens=0,
        resets_at_ms=next_midnight_ms(now_ms),
        used=0,
        told_counted=0,
        failures=0,
        breaker_code="",
    )
    db.execute(first.on_conflict_do_nothing(index_elements=["connection_id"]))
    return db.execute(_one(connection_id).with_for_update()).one()


class _Leases(NamedTuple):
    """Leases of other processes; tokens of those that have ended, and whether the asker's has."""

    others: list[Any]
    ended_tokens: int
    own_ended: bool

    def of(self, connection_id: int, side: Side) -> list[Any]:
        """Others' leases of one token: other Connections of a company have their own windows."""
        mine = (one for one in self.others if one.connection_id == connection_id)
        return [one for one in mine if one.side == side]


def _leases(db: sa.Connection, ids: list[int], holder: str, now_ms: int) -> _Leases:
    of_it = budget_leases.c.connection_id.in_(ids)
    found = list(db.execute(sa.select(budget_leases).where(of_it)))
    ended = [one for one in found if one.expires_at_ms <= now_ms]
    if ended:
        over = budget_leases.c.expires_at_ms <= now_ms
        db.execute(sa.delete(budget_leases).where(of_it, over))
    return _Leases(
        others=[one for one in found if one.expires_at_ms > now_ms and one.holder != holder],
        ended_tokens=sum(one.tokens for one in ended),
        own_ended=any(one.holder == holder for one in ended),
    )


def _reported(budget: Budget, ask: Ask, leases: _Leases, now_ms: int) -> Budget:
    # A lease that ended was counted as spent, with all that its process reports of it now.
    spent = leases.ended_tokens + (0 if leases.own_ended else ask.spent)
    leased = ask.kept + sum(one.tokens for one in leases.others)
    budget = replace(budget, used=budget.used + spent, leased=leased)
    if ask.told is not None:
        # What others have reported since the header came, it does not know of.
        counted = max(
            0, min(budget.used - ask.unseen, budget.used if ask.known is None else ask.known)
        )
        budget = learned(budget, replace(ask.told, counted=counted))
    if ask.exhausted is not None and ask.exhausted.until_ms > now_ms:
        budget = exhausted(budget, ask.exhausted, now_ms=now_ms)
    return budget


def _slots(leases: _Leases, connection_id: int, ask: Ask) -> int:
    if ask.side is Side.DRAIN:
        return 0
    taken = sum(one.slots for one in leases.of(connection_id, Side.WEB))
    shared = ask.narrow if leases.of(connection_id, Side.DRAIN) else ask.slice
    # Three quarters at most, so that a second process need not wait for the first.
    return max(0, min(-(-shared * 3 // 4), shared - taken))


def _put_lease(db: sa.Connection, connection_id: int, ask: Ask, grant: Grant, now_ms: int) -> None:
    tokens = ask.kept + grant.tokens
    until_ms = grant.until_ms
    if not tokens and not ask.need:
        if not ask.standing:
            mine = budget_leases.c.holder == ask.holder
            of_it = budget_leases.c.connection_id == connection_id
            db.execute(sa.delete(budget_leases).where(of_it, mine))
            return
        # It has ended, and Pipedrive still counts what it sent.
        until_ms = now_ms + WINDOW_MS
    values = {
        "side": ask.side.value,
        "tokens": tokens,
        "slots": max(grant.slots, ask.standing) if ask.side is Side.WEB else 0,
        "expires_at_ms": until_ms,
    }
    lease = upsert(db, budget_leases).values(
        connection_id=connection_id, holder=ask.holder, **values
    )
    db.execute(lease.on_conflict_do_update(index_elements=["connection_id", "holder"], set_=values))


def _budget(row: Any, *, plan_tokens: int) -> Budget:
    told = None
    if row.told_remaining is not None:
        told = Told(
            limit=row.told_limit,
            remaining=row.told_remaining,
            at_ms=row.told_at_ms,
            counted=row.told_counted,
        )
    return Budget(
        planned=plan_tokens + row.extra_tokens,
        reserve_percent=row.reserve_percent,
        resets_at_ms=row.resets_at_ms,
        used=row.used,
        told=told,
        exhausted_until_ms=row.exhausted_until_ms,
    )


def _put(db: sa.Connection, connection_id: int, budget: Budget) -> None:
    told = budget.told
    db.execute(
        sa.update(budgets)
        .where(budgets.c.connection_id == connection_id)
        .values(
            resets_at_ms=budget.resets_at_ms,
            used=budget.used,
            told_limit=told.limit if told else None,
            told_remaining=told.remaining if told else None,
            told_at_ms=told.at_ms if told else None,
            told_counted=told.counted if told else 0,
            exhausted_until_ms=budget.exhausted_until_ms,
        )
    )

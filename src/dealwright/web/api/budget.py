"""/connections/{id}/budget: the day's API tokens, spent, left and foreseen."""

from datetime import datetime
from typing import Annotated, ClassVar

import sqlalchemy as sa
from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from dealwright.core.clock import from_ms
from dealwright.core.priority import Priority
from dealwright.pipedrive.plans import plan
from dealwright.pipeline.outlook import Outlook, Share, outlook
from dealwright.store.budget import set_terms
from dealwright.store.connections import Connection, connection, set_plan
from dealwright.store.deliveries import unpark
from dealwright.web.api.act import Act, Desk, allowed, configuring
from dealwright.web.api.shapes import Configured, Given, Id, tagged
from dealwright.web.auth.permissions import Permission

router = APIRouter(tags=["Budget"])

READ = allowed(Permission.BUDGET_READ)
Configuring = Annotated[Act, configuring(Permission.BUDGET_WRITE)]


class Spent(BaseModel):
    """What one purpose or Mapping took of the day."""

    name: str
    tokens: int
    calls: int


class Terms(Configured):
    """What people decide of a budget: what the company pays for, and what is kept for people."""

    plan: str
    seats: int
    extra_tokens: int
    reserve_percent: int


class Budget(Terms):
    """A Connection's day, as far as it is known, and what will come of it.

    `ends_at`, `queued` and `moved` are by priority: when its work stops, how much of it waits, and
    how much of that moves to the next day.
    """

    PASSING: ClassVar = frozenset(
        {
            "limit",
            "told_by_pipedrive",
            "spent",
            "spent_by_others",
            "left",
            "reserve",
            "resets_at",
            "exhausted",
            "tokens_an_hour",
            "ends_at",
            "queued",
            "moved",
            "by_purpose",
            "by_mapping",
            "by_hour",
            "resting_because",
        }
    )

    limit: int
    told_by_pipedrive: bool
    spent: int
    spent_by_others: int | None
    left: int
    reserve: int
    resets_at: datetime
    exhausted: bool
    tokens_an_hour: int
    ends_at: dict[str, datetime]
    queued: dict[str, int]
    moved: dict[str, int]
    by_purpose: list[Spent]
    by_mapping: dict[int, Spent]
    by_hour: list[int]
    resting_because: str


class TermsChange(Given):
    """What is to be changed; what is not given stays."""

    plan: Annotated[str, Field(max_length=50)] | None = None
    seats: Annotated[int, Field(ge=1, le=100_000)] | None = None
    extra_tokens: Annotated[int, Field(ge=0, le=10**12)] | None = None
    reserve_percent: Annotated[int, Field(ge=0, le=100)] | None = None


@router.get("/connections/{connection_id}/budget", dependencies=[READ])
async def budget(connection_id: Id, office: Desk, response: Response) -> Budget:
    """The day so far, and what will come of it."""
    now_ms = office.now_ms()
    return tagged(await office.read(lambda db: _budget(db, connection_id, now_ms)), response)


@router.patch("/connections/{connection_id}/budget")
async def change_budget(connection_id: Id, given: TermsChange, act: Configuring) -> Budget:
    """Say what the company pays for, and how much of it is kept for people."""
    if given.plan is not None:
        plan(given.plan)

    def change(db: sa.Connection) -> Budget:
        now_ms = act.office.now_ms()
        before = _budget(db, connection_id, now_ms)
        act.check(before.etag())
        set_plan(db, connection_id, plan=given.plan, seats=given.seats)
        _set_terms(db, connection_id, given, now_ms)
        unpark(db, connection_id, now_ms=now_ms)
        after = _budget(db, connection_id, now_ms)
        act.note(
            db,
            "budget.update",
            f"connection:{connection_id}",
            before=_terms(before),
            after=_terms(after),
        )
        return after

    return tagged(await act.do(change, answer=Budget), act.response)


def _set_terms(db: sa.Connection, connection_id: int, given: TermsChange, now_ms: int) -> None:
    if given.reserve_percent is not None or given.extra_tokens is not None:
        set_terms(
            db,
            connection_id,
            now_ms=now_ms,
            reserve_percent=given.reserve_percent,
            extra_tokens=given.extra_tokens,
        )


def _terms(of: Budget) -> Terms:
    return Terms(
        plan=of.plan,
        seats=of.seats,
        extra_tokens=of.extra_tokens,
        reserve_percent=of.reserve_percent,
    )


def _budget(db: sa.Connection, connection_id: int, now_ms: int) -> Budget:
    one = connection(db, connection_id)
    return _shown(one, outlook(db, one, now_ms=now_ms))


def _shown(one: Connection, day: Outlook) -> Budget:
    known, ahead = day.budget, day.forecast
    return Budget(
        plan=one.plan,
        seats=one.seats,
        extra_tokens=day.terms.extra_tokens,
        reserve_percent=day.terms.reserve_percent,
        limit=known.limit,
        told_by_pipedrive=known.told is not None,
        spent=known.used,
        spent_by_others=known.by_others,
        left=known.unspent,
        reserve=known.floor(Priority.HIGH),
        resets_at=from_ms(known.resets_at_ms),
        exhausted=known.exhausted_until_ms is not None,
        tokens_an_hour=ahead.tokens_an_hour,
        ends_at={_name(key): from_ms(at_ms) for key, at_ms in ahead.ends_at_ms.items()},
        queued={_name(key): count for key, count in day.queued.items()},
        moved={_name(key): count for key, count in ahead.moved.items()},
        by_purpose=[_spent(share) for share in day.by_purpose],
        by_mapping={key: _spent(share) for key, share in day.by_mapping.items()},
        by_hour=list(day.hours),
        resting_because=day.breaker.code,
    )


def _name(priority: Priority) -> str:
    return priority.name.lower()


def _spent(share: Share) -> Spent:
    return Spent(name=share.name, tokens=share.tokens, calls=share.calls)

"""Figures: how the hub is, read from the store at one moment, for whoever watches it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from dealwright.core.budget import DAY_MS, Budget
from dealwright.core.delivery import State
from dealwright.core.forecast import HOUR_MS, Forecast
from dealwright.core.record import RecordKind
from dealwright.pipedrive.plans import daily_tokens, plan
from dealwright.pipeline.condition import Condition, condition
from dealwright.pipeline.outlook import outlook
from dealwright.store.breaker import breaker
from dealwright.store.budget import budget_of
from dealwright.store.connections import Connection, list_connections
from dealwright.store.deliveries import count_by_state
from dealwright.store.events import end_of_log
from dealwright.store.figures import Unfinished, first_unread_ms, oldest_open_ms, unfinished
from dealwright.store.ledger import entries_since, hour_of
from dealwright.store.mirror import MirrorState
from dealwright.store.mirror import state as mirror_state
from dealwright.store.sources import Source, list_sources
from dealwright.store.webhooks import Webhook, alive, webhook


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionFigures:
    """One Connection.

    `behind_events` counts places of the log, those of other Sources included. `spent` are tokens
    and calls of the budget's day by purpose, as the Ledger knows them.
    """

    connection: Connection
    condition: Condition
    by_state: Mapping[State, int]
    unfinished: Sequence[Unfinished]
    oldest_open_ms: int | None
    behind_events: int
    behind_since_ms: int | None
    budget: Budget
    forecast: Forecast
    spent: Mapping[str, tuple[int, int]]
    breaker_open: bool
    mirror: Mapping[RecordKind, MirrorState]
    webhook: Webhook | None
    listening: bool

    def spent_by_reset(self, now_ms: int) -> int:
        """Tokens of the day that everybody will have spent when it ends, at the present pace."""
        to_come = max(0, self.budget.resets_at_ms - now_ms) * self.forecast.tokens_an_hour
        return self.budget.limit - self.budget.unspent + to_come // HOUR_MS


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Everything, as of `at_ms`."""

    at_ms: int
    end_of_log: int
    sources: Sequence[Source]
    connections: Sequence[ConnectionFigures]


def figures(db: sa.Connection, *, now_ms: int) -> Figures:
    """Read all of it in one transaction."""
    end = end_of_log(db)
    return Figures(
        at_ms=now_ms,
        end_of_log=end,
        sources=list_sources(db),
        connections=[_of(db, one, end=end, now_ms=now_ms) for one in list_connections(db)],
    )


def _of(db: sa.Connection, one: Connection, *, end: int, now_ms: int) -> ConnectionFigures:
    planned = daily_tokens(plan(one.plan), one.seats)
    budget, _ = budget_of(db, one.id, plan_tokens=planned, now_ms=now_ms)
    return ConnectionFigures(
        connection=one,
        condition=condition(db, one, now_ms=now_ms),
        by_state=count_by_state(db, one.id),
        unfinished=unfinished(db, one.id),
        oldest_open_ms=oldest_open_ms(db, one.id),
        behind_events=max(0, end - one.position) if one.in_use else 0,
        behind_since_ms=first_unread_ms(db, one.position) if one.in_use else None,
        budget=budget,
        forecast=outlook(db, one, now_ms=now_ms).forecast,
        spent=_spent(db, one.id, began_ms=budget.resets_at_ms - DAY_MS),
        breaker_open=breaker(db, one.id).open_until_ms > now_ms,
        mirror=mirror_state(db, one.id),
        webhook=webhook(db, one.id),
        listening=alive(db, one.id, now_ms),
    )


def _spent(db: sa.Connection, connection_id: int, *, began_ms: int) -> dict[str, tuple[int, int]]:
    first = hour_of(began_ms)
    spent: dict[str, tuple[int, int]] = {}
    for entry in entries_since(db, connection_id, day=first[0]):
        if (entry.day, entry.hour) >= first:
            tokens, calls = spent.get(entry.purpose, (0, 0))
            spent[entry.purpose] = (tokens + entry.tokens, calls + entry.calls)
    return spent

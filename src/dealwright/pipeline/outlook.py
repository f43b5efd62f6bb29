"""Outlook: a Connection's day of API tokens as people want to see it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from dealwright.core.breaker import Breaker
from dealwright.core.budget import DAY_MS, Budget
from dealwright.core.forecast import HOUR_MS, Forecast, Pace, forecast
from dealwright.core.priority import Priority
from dealwright.pipedrive.plans import daily_tokens, plan
from dealwright.store.breaker import breaker
from dealwright.store.budget import Terms, budget_of, company
from dealwright.store.connections import Connection
from dealwright.store.ledger import Entry, entries_since, hour_of
from dealwright.store.queue import queued_by_priority, usual_tokens

#: What a Delivery is thought to cost before any was made: a search, a look and a write.
FIRST_GUESS = 26.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """What one purpose or Mapping took of the day."""

    name: str
    tokens: int
    calls: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """The day so far and what will come of it; `hours` are our tokens by hour since the reset.

    `listed` are the tokens that the Ledger knows of; it follows what was spent with a short delay.
    `by_siblings` is what other Connections to the same company spent of them.
    """

    budget: Budget
    terms: Terms
    breaker: Breaker
    forecast: Forecast
    queued: Mapping[Priority, int]
    by_purpose: Sequence[Share]
    by_mapping: Mapping[int, Share]
    hours: Sequence[int]
    listed: int
    by_siblings: int


def outlook(db: sa.Connection, connection: Connection, *, now_ms: int) -> Outlook:
    """Read everything of one Connection at one moment."""
    tokens = daily_tokens(plan(connection.plan), connection.seats)
    budget, terms = budget_of(db, connection.id, plan_tokens=tokens, now_ms=now_ms)
    began_ms = budget.resets_at_ms - DAY_MS
    entries = _since(db, connection.id, began_ms)
    sharing = [one for one in company(db, connection.id) if one != connection.id]
    shared = [entry for one in sharing for entry in _since(db, one, began_ms)]
    last_hour = [
        entry for one in (connection.id, *sharing) for entry in _since(db, one, now_ms - HOUR_MS)
    ]
    queued = queued_by_priority(db, connection.id)
    guess = usual_tokens(db, connection.id)
    pace = Pace(
        last_hour=_last_hour(last_hour, now_ms),
        per_delivery=FIRST_GUESS if guess is None else guess,
        queued=queued,
    )
    return Outlook(
        budget=budget,
        terms=terms,
        breaker=breaker(db, connection.id),
        forecast=forecast(budget, pace, now_ms=now_ms),
        queued=queued,
        by_purpose=[share for _, share in _shares(entries, "purpose")],
        by_mapping={int(key): share for key, share in _shares(entries, "mapping_id") if int(key)},
        hours=_hours(entries, began_ms, now_ms),
        listed=sum(entry.tokens for entry in (*entries, *shared)),
        by_siblings=sum(entry.tokens for entry in shared),
    )


def _since(db: sa.Connection, connection_id: int, began_ms: int) -> list[Entry]:
    first = hour_of(began_ms)
    found = entries_since(db, connection_id, day=first[0])
    return [entry for entry in found if (entry.day, entry.hour) >= first]


def _shares(entries: Sequence[Entry], key: str) -> list[tuple[str, Share]]:
    tokens: Counter[str] = Counter()
    calls: Counter[str] = Counter()
    for entry in entries:
        name = str(getattr(entry, key))
        tokens[name] += entry.tokens
        calls[name] += entry.calls
    names = sorted(calls, key=lambda name: (-tokens[name], name))
    return [(name, Share(name=name, tokens=tokens[name], calls=calls[name])) for name in names]


def _hours(entries: Sequence[Entry], began_ms: int, now_ms: int) -> list[int]:
    spent: Counter[tuple[str, int]] = Counter()
    for entry in entries:
        spent[entry.day, entry.hour] += entry.tokens
    return [spent[hour_of(at_ms)] for at_ms in range(began_ms, now_ms + 1, HOUR_MS)]


def _last_hour(entries: Sequence[Entry], now_ms: int) -> int:
    """Tokens of the last sixty minutes: of the hour before, as much as belongs to them."""
    part = 1 - now_ms % HOUR_MS / HOUR_MS
    present = hour_of(now_ms)
    return round(
        sum(entry.tokens * (1 if (entry.day, entry.hour) == present else part) for entry in entries)
    )

"""Ledger: every call has a price and a purpose, and is added up by day."""

from collections import Counter
from typing import NamedTuple

import sqlalchemy as sa

from dealwright.pipedrive.client import CallRecord
from dealwright.store.ledger import spend


class Entry(NamedTuple):
    """A line of the Ledger: the tokens and calls of one purpose on one day (UTC)."""

    day: str
    purpose: str
    tokens: int
    calls: int


def entries(calls: list[CallRecord]) -> list[Entry]:
    """Add up calls by the day on which they were made and by purpose."""
    tokens: Counter[tuple[str, str]] = Counter()
    counts: Counter[tuple[str, str]] = Counter()
    for record in calls:
        # Pipedrive's day ends at midnight of its servers; which zone that is, is not documented.
        key = (record.at.date().isoformat(), record.purpose)
        tokens[key] += record.call.tokens
        counts[key] += 1
    return [Entry(*key, tokens[key], counts[key]) for key in counts]


def post(db: sa.Connection, connection_id: int, *, calls: list[CallRecord]) -> None:
    """Write calls into the Ledger, in the transaction of what they were made for."""
    for day, purpose, tokens, count in entries(calls):
        spend(db, connection_id, day=day, purpose=purpose, tokens=tokens, calls=count)

"""Outcome: how a try is written down: that it begins, and in one transaction all of its end."""

from dataclasses import replace
from typing import NamedTuple

import msgspec
import sqlalchemy as sa

from dealwright.core.delivery import State
from dealwright.pipedrive.client import CallRecord
from dealwright.pipeline.lanes import Group
from dealwright.pipeline.tenure import Tenure
from dealwright.pipeline.verdict import Verdict
from dealwright.store.attempts import add_attempt
from dealwright.store.connections import is_in_use
from dealwright.store.deliveries import Outcome, finish, mark_sending


class Tried(NamedTuple):
    """One try that is over."""

    group: Group
    verdict: Verdict
    at_ms: int
    duration_ms: int
    calls: list[CallRecord]
    trace: bytes


class Overtaken(Exception):
    """A person has switched the Connection off, or dropped what was to be sent."""


def store_begin(db: sa.Connection, *, group: Group, tenure: Tenure) -> None:
    """Say that a try begins; raises Overtaken when a person was faster."""
    if not is_in_use(db, tenure.connection_id):
        raise Overtaken
    if mark_sending(db, group.ids, now_ms=tenure.now_ms) < len(group.ids):
        raise Overtaken


def store_outcome(db: sa.Connection, *, tried: Tried, now_ms: int) -> None:
    """Write down what a try did: to the leader all of it, to those merged into it the result."""
    verdict = tried.verdict
    leader, *followers = tried.group.ids
    tokens = sum(record.call.tokens for record in tried.calls)
    next_at_ms = None if verdict.wait_s is None else due_ms(verdict, now_ms)
    outcome = Outcome(
        state=verdict.state,
        code="" if verdict.state is State.QUEUED else verdict.code,
        message="" if verdict.state is State.QUEUED else verdict.message,
        record_kind=verdict.record_kind,
        record_id=verdict.record_id,
        tokens=tokens,
        next_at_ms=next_at_ms,
        trace=tried.trace,
        counts=verdict.counts,
    )
    finish(db, [leader], outcome, now_ms=now_ms)
    if followers:
        ended = verdict.state in {State.DELIVERED, State.UNCHANGED}
        merged = replace(outcome, tokens=0, written_by=leader if ended else None)
        finish(db, followers, merged, now_ms=now_ms)
    add_attempt(
        db,
        leader,
        at_ms=tried.at_ms,
        duration_ms=tried.duration_ms,
        code=verdict.code,
        tokens=tokens,
        calls=msgspec.json.encode([record.call for record in tried.calls]),
    )


def due_ms(verdict: Verdict, now_ms: int) -> int:
    """When the next try of a verdict with `wait_s` is due."""
    return now_ms + int((verdict.wait_s or 0.0) * 1000)

"""Delivery: its states, its retry schedule and its Trace, all as data."""

from datetime import timedelta
from enum import StrEnum

import msgspec


class State(StrEnum):
    """Where a Delivery stands. Every state but the first two has a `code` and a sentence."""

    QUEUED = "queued"
    SENDING = "sending"
    DELIVERED = "delivered"
    UNCHANGED = "unchanged"
    WAITING = "waiting"
    HELD = "held"
    FAILED = "failed"
    DROPPED = "dropped"


#: States from which nothing follows by itself.
ENDED = frozenset({State.DELIVERED, State.UNCHANGED, State.FAILED, State.DROPPED})

#: States that wait for a person.
STUCK = frozenset({State.HELD, State.FAILED})

#: What may follow what; anything else is a defect.
FOLLOWS: dict[State, frozenset[State]] = {
    State.QUEUED: frozenset(
        {State.SENDING, State.WAITING, State.HELD, State.FAILED, State.DROPPED}
    ),
    State.SENDING: frozenset(
        {
            State.DELIVERED,
            State.UNCHANGED,
            State.WAITING,
            State.HELD,
            State.FAILED,
            State.QUEUED,
            # A rule has decided that nothing is to be written.
            State.DROPPED,
        }
    ),
    State.WAITING: frozenset({State.SENDING, State.HELD, State.DROPPED}),
    State.HELD: frozenset({State.QUEUED, State.DROPPED}),
    State.FAILED: frozenset({State.QUEUED, State.DROPPED}),
    State.DELIVERED: frozenset[State](),
    State.UNCHANGED: frozenset[State](),
    State.DROPPED: frozenset[State](),
}

#: How long to wait before each next try, before jitter: quick at first, three days in all.
RETRY_SCHEDULE = tuple(
    timedelta(seconds=seconds)
    for seconds in (5, 15, 60, 300, 900, 3600, 3 * 3600, 6 * 3600, 12 * 3600, 24 * 3600, 24 * 3600)
)


class Step(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One line of a Trace: at which `stage` (map, match, plan, write), and the sentence."""

    stage: str
    text: str


class Call(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One request of an Attempt: never a secret, never a body. `tokens` is its price."""

    method: str
    path: str
    status: int | None
    tokens: int
    duration_ms: int


class Trace(msgspec.Struct, frozen=True, kw_only=True):
    """Why: keys tried, hits, the rule that chose, what was sent and what differed."""

    steps: tuple[Step, ...] = ()

"""Put off: for how long what has to wait does, so that not all come back at one moment."""

from dataclasses import replace
from random import Random
from typing import Final

from dealwright.core.budget import CODES
from dealwright.pipeline.pace import Pace
from dealwright.pipeline.verdict import Verdict

#: Codes of waits that end with the day of the budget, and over how many seconds they spread then.
DAY_CODES: Final = frozenset({*CODES, "budget_exhausted"})
DAY_JITTER_S: Final = 60.0


def put_off(verdict: Verdict, *, unsure: bool, pace: Pace, random: Random) -> Verdict:
    """A Verdict with its wait spread; `unsure`: something that was sent may still arrive."""
    if verdict.wait_s is None:
        return verdict
    if verdict.code in DAY_CODES:
        # The day begins at one moment for all hubs; they need not all come in its first second.
        return replace(verdict, wait_s=verdict.wait_s + DAY_JITTER_S * random.random())
    wait_s = verdict.wait_s * (1 + pace.jitter * random.random())
    if unsure:
        # The lost Create may still arrive; looking before that would not see it.
        wait_s = max(wait_s, pace.settle_s)
    return replace(verdict, wait_s=wait_s)

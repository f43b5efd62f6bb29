"""Breaker: how long Pipedrive is let be once it blocks us or does not answer, as data."""

from typing import NamedTuple

#: So many calls in a row without an answer, and nobody asks any more for a while.
OUTAGE_AFTER = 5

#: Seconds for the first, second, … time in a row; the last counts for all further ones.
OUTAGE_OPEN_S = (30.0, 60.0, 120.0, 300.0)

#: After a page of Cloudflare instead of an answer. Source: developers page "Rate limiting": going
#: on prolongs the block.
ABUSE_OPEN_S = (600.0, 1200.0, 2400.0, 3600.0)

ABUSE_CODE = "abuse_blocked"

#: How long the one call that tries again may take.
PROBE_S = 60.0


class Breaker(NamedTuple):
    """Open until a moment, for the `times`-th time in a row; then one call tries, as a probe."""

    times: int = 0
    code: str = ""
    open_until_ms: int = 0
    probe_until_ms: int = 0

    @property
    def closed(self) -> bool:
        """Whether everybody may ask."""
        return self.times == 0


def opened(before: Breaker, *, code: str, now_ms: int, asked_s: float) -> Breaker:
    """The Breaker after one more failure; `asked_s` is how long we were told to wait."""
    schedule = ABUSE_OPEN_S if code == ABUSE_CODE else OUTAGE_OPEN_S
    wait_s = max(schedule[min(before.times, len(schedule) - 1)], asked_s)
    return Breaker(before.times + 1, code, now_ms + int(wait_s * 1000))

"""Pace: how often, how long and how many at once, as data."""

from dataclasses import dataclass
from datetime import timedelta

from dealwright.core.delivery import RETRY_SCHEDULE


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """Figures of the engine. The defaults are for a real account; proofs scale them down.

    `retries`: waits before each next try, lengthened by up to `jitter` of themselves. `settle_s`:
    how long a Create whose answer was lost may still arrive at Pipedrive, hence when we look for
    it. `recent_s`: how long Pipedrive's search may not know what we made. `outage_s`: the longest
    pause of a Connection that does not answer. `fresh_s`: how old the mirror may be when it says
    that nobody is there; `trust_s`: how long a record counts that only polls have spoken of, which
    do not tell that it was deleted; `reconcile_s`: how often what was changed lately is looked at
    once more. `batch` events are routed in one transaction, `window` open Deliveries looked at,
    at most `lanes` of them done side by side (as far as the gate is wide), `group` merged into one
    write. A drain gives way after `slice_s`; its lease lives `lease_s`; work is looked for every
    `poll_s`.
    """

    retries: tuple[timedelta, ...] = RETRY_SCHEDULE
    jitter: float = 0.2
    settle_s: float = 10.0
    recent_s: float = 120.0
    outage_s: float = 300.0
    fresh_s: float = 60.0
    trust_s: float = 3600.0
    reconcile_s: float = 3600.0
    batch: int = 1000
    window: int = 5000
    lanes: int = 32
    group: int = 1000
    slice_s: float = 20.0
    lease_s: float = 30.0
    poll_s: float = 0.25

    def retry_after_s(self, attempts: int) -> float | None:
        """Seconds to wait after the `attempts`-th failed try (from 1); None after the last."""
        if attempts > len(self.retries):
            return None
        return self.retries[attempts - 1].total_seconds()

    def outage_pause_s(self, failures: int) -> float:
        """Seconds that a Connection rests after so many failures in a row (from 1)."""
        longest = len(self.retries)
        wait = self.retries[min(failures, longest) - 1].total_seconds() if longest else 0.0
        return min(wait, self.outage_s)

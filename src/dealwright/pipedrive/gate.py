"""Gate: how fast one token may ask. A rolling window, kept well below Pipedrive's own."""

import asyncio
from collections import deque

from dealwright.core.clock import Clock
from dealwright.pipedrive.plans import Plan
from dealwright.pipedrive.wire import Limits, Request

WINDOW_S = 2.0

# Rounding must not send anybody to sleep for nothing.
_TINY_S = 1e-6

#: This part of a window at most is ours; clocks and ways differ a little.
MOST = 0.9

#: Half of what Pipedrive allows for searches on every plan.
SEARCH_BURST = 5


class Gate:
    """The one door for all requests of a token; whoever comes first goes first.

    `burst` is the number of requests per 2 seconds to start with; afterwards the headers of the
    answers lead: to half of what they allow, and to more as far as they show that no other program
    uses the same token.
    """

    # https://pipedrive.readme.io/docs/core-api-concepts-rate-limiting: 2 s, rolling, per token.
    def __init__(self, clock: Clock, *, burst: int) -> None:
        self._clock = clock
        self._start = burst
        self._share_of_window = burst
        self._all = _Window(burst)
        self._learned: int | None = None
        self._told: int | None = None
        self._cap: int | None = None
        self._beside = 0
        self._searches = _Window(SEARCH_BURST)

    @classmethod
    def for_plan(cls, clock: Clock, plan: Plan) -> "Gate":
        """Start at half of what the plan allows an API token."""
        return cls(clock, burst=plan.burst // 2)

    @classmethod
    def for_app(cls, clock: Clock, plan: Plan) -> "Gate":
        """Start at half of what the plan allows a token of OAuth, which is four times as much."""
        return cls(clock, burst=plan.oauth_burst // 2)

    @property
    def burst(self) -> int:
        """Requests per 2 seconds that pass at present."""
        return self._all.limit

    @property
    def learned(self) -> int | None:
        """What the headers taught us to let through; None while they said nothing."""
        return self._learned

    @property
    def window(self) -> int:
        """Requests per 2 seconds that Pipedrive allows, as far as is known."""
        if self._told is not None:
            return self._told
        # A share is at least half of it.
        return 2 * min(self._start, self._share_of_window)

    @property
    def standing(self) -> int:
        """Requests that Pipedrive still counts in its window."""
        return self._all.in_window(self._clock.monotonic_s())

    def resume(self, burst: int) -> None:
        """Go on with what another process has learned from headers."""
        if self._learned is None:
            self._learn(burst)

    def cap(self, slots: int) -> None:
        """Let no more through than so many, whatever the headers allow."""
        self._cap = slots
        self._narrow()

    def leave(self, slots: int) -> None:
        """Leave so many of Pipedrive's window to other processes of this hub."""
        self._beside = slots
        self._narrow()

    @property
    def search_burst(self) -> int:
        """Searches per 2 seconds that pass at present; each is a request as well."""
        return self._searches.limit

    async def enter(self, request: Request) -> None:
        """Return when the request may be sent, which is then at once."""
        if not request.is_search:
            await self._take(self._all)
            return
        # Searches queue among themselves first, so that they hold up nothing else.
        async with self._searches.turn:
            await self._until_free(self._searches)
            await self._take(self._all)
            self._searches.sent.append(self._clock.monotonic_s())

    def follow(self, request: Request, limits: Limits) -> None:
        """Learn from the headers of an answer; what they do not say changes nothing."""
        window = self._searches if request.is_search else self._all
        if limits.limit and request.is_search:
            self._searches.limit = min(max(1, limits.limit // 2), SEARCH_BURST)
        elif limits.limit:
            self._told = limits.limit
            self._learned = self._share(limits.limit, limits.remaining)
            self._learn(self._learned)
        if limits.remaining == 0 and limits.reset_s is not None:
            window.pause(self._clock.monotonic_s(), limits.reset_s)

    def pause(self, seconds: float) -> None:
        """Let nothing pass for so long, at most one window: Pipedrive said “too many”."""
        now_s = self._clock.monotonic_s()
        self._all.pause(now_s, seconds)
        self._searches.pause(now_s, seconds)

    def _share(self, limit: int, remaining: int | None) -> int:
        """What is ours of a window: half of it, or most of what others leave."""
        half = max(1, limit // 2)
        if remaining is None:
            return half
        others = max(0, limit - remaining - self.standing)
        return max(half, int(limit * MOST) - others)

    def _learn(self, burst: int) -> None:
        self._share_of_window = burst
        self._narrow()

    def _narrow(self) -> None:
        most = self.window - self._beside if self._cap is None else self._cap
        self._all.limit = max(1, min(self._share_of_window, most))

    async def _take(self, window: "_Window") -> None:
        async with window.turn:
            await self._until_free(window)
            window.sent.append(self._clock.monotonic_s())

    async def _until_free(self, window: "_Window") -> None:
        while (wait_s := window.wait_s(self._clock.monotonic_s())) > 0:
            await self._clock.sleep(wait_s)


class _Window:
    """When requests were sent, as far as it still counts. `turn` is the queue before it."""

    def __init__(self, limit: int) -> None:
        self.limit = max(1, limit)
        self.sent: deque[float] = deque()
        self.turn = asyncio.Lock()
        self._paused_until_s = float("-inf")

    def in_window(self, now_s: float) -> int:
        """How many were sent within the last window."""
        while self.sent and self.sent[0] + WINDOW_S <= now_s:
            self.sent.popleft()
        return len(self.sent)

    def wait_s(self, now_s: float) -> float:
        """Seconds until one more may go; 0 for now."""
        self.in_window(now_s)
        free_at_s = self._paused_until_s
        if len(self.sent) >= self.limit:
            free_at_s = max(free_at_s, self.sent[-self.limit] + WINDOW_S)
        wait_s = free_at_s - now_s
        return wait_s if wait_s > _TINY_S else 0.0

    def pause(self, now_s: float, seconds: float) -> None:
        """Close for so long, at most one window; an earlier, longer pause stays."""
        self._paused_until_s = max(self._paused_until_s, now_s + min(seconds, WINDOW_S))

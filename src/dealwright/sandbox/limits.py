"""Money and haste: the daily token budget, the 2-second windows, and what persistence earns."""

from collections import deque

from dealwright.sandbox.answers import Answer, Header, gateway_refusal
from dealwright.sandbox.clock import DAY_MS

WINDOW_MS = 2_000
SEARCH_PER_WINDOW = 10
# Source: changelog "daily API limit for POST/PUT endpoints" (2019).
WRITES_PER_DAY = 10_000
_CLOUDFLARE_PAGE = (
    b"<!DOCTYPE html>\n<html><head><title>Access denied | Cloudflare</title></head>"
    b"<body><h1>Error 1015</h1><p>You are being rate limited.</p></body></html>\n"
)


class Ledger:
    """Tokens of one company; starts anew at midnight UTC of the sandbox's clock."""

    def __init__(self, *, daily: int) -> None:
        self.daily = daily
        self.spent = 0
        self.spent_ever = 0
        self._day = -1

    def remaining(self, now_ms: int) -> int:
        """Tokens left today."""
        self._turn(now_ms)
        return max(0, self.daily - self.spent)

    def charge(self, tokens: int, now_ms: int) -> None:
        """Spend tokens."""
        self._turn(now_ms)
        self.spent += tokens
        self.spent_ever += tokens

    def reset_in_s(self, now_ms: int) -> int:
        """Seconds until the budget is whole again."""
        return (DAY_MS - now_ms % DAY_MS + 999) // 1000

    def _turn(self, now_ms: int) -> None:
        today = now_ms // DAY_MS
        if today != self._day:
            self._day = today
            self.spent = 0


class Window:
    """A rolling window of 2 seconds."""

    __slots__ = ("_hits", "limit")

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._hits: deque[int] = deque()

    def take(self, now_ms: int) -> bool:
        """Use one place; False if there is none."""
        hits = self._hits
        horizon = now_ms - WINDOW_MS
        while hits and hits[0] <= horizon:
            hits.popleft()
        if len(hits) >= self.limit:
            return False
        hits.append(now_ms)
        return True

    def remaining(self) -> int:
        """Places left, as of the last `take`."""
        return max(0, self.limit - len(self._hits))

    def reset_s(self, now_ms: int) -> int:
        """Whole seconds until a place is free; at least 1."""
        if not self._hits:
            return 1
        return max(1, (self._hits[0] + WINDOW_MS - now_ms + 999) // 1000)


class Abuse:
    """Counts calls that keep coming after a 429; enough of them and Cloudflare steps in."""

    __slots__ = ("_blocked_until", "_refused")

    def __init__(self) -> None:
        self._refused = 0
        self._blocked_until = 0

    def blocked(self, now_ms: int) -> bool:
        """Whether the token stands before Cloudflare's page."""
        return now_ms < self._blocked_until

    def refused(self, now_ms: int, *, after: int, minutes: int) -> None:
        """One more 429; the `after`-th in a row blocks the token."""
        self._refused += 1
        if self._refused >= after:
            self._refused = 0
            self._blocked_until = now_ms + minutes * 60_000

    def obeyed(self) -> None:
        """A call went through: the count starts again."""
        self._refused = 0


def daily_refusal(ledger: Ledger, now_ms: int) -> Answer:
    """429 when the day's tokens are gone. Source: a live answer of 2026-08."""
    seconds = str(ledger.reset_in_s(now_ms)).encode()
    return gateway_refusal(
        429, "daily request budget exceeded", headers=((b"retry-after", seconds),)
    ).answer


def burst_refusal() -> Answer:
    """429 of a 2-second window; nobody has published the body."""
    return gateway_refusal(429, "rate limit exceeded").answer


def abuse_page() -> Answer:
    """403 in HTML, from Cloudflare. Source: developers page "Rate limiting"."""
    return Answer(403, _CLOUDFLARE_PAGE, content_type=b"text/html; charset=UTF-8")


def rate_headers(window: Window, now_ms: int) -> tuple[Header, ...]:
    """The three headers of the 2-second window."""
    return (
        (b"x-ratelimit-limit", str(window.limit).encode()),
        (b"x-ratelimit-remaining", str(window.remaining()).encode()),
        (b"x-ratelimit-reset", str(window.reset_s(now_ms)).encode()),
    )


def writes_header(writes: Ledger, now_ms: int) -> Header:
    """What the old fair-use rule leaves: shown with POST and PUT, not enforced."""
    return (b"x-daily-requests-left", str(writes.remaining(now_ms)).encode())


def day_headers(ledger: Ledger, now_ms: int) -> tuple[Header, ...]:
    """The two undocumented but live headers of the daily budget."""
    return (
        (b"x-daily-ratelimit-token-limit", str(ledger.daily).encode()),
        (b"x-daily-ratelimit-token-remaining", str(ledger.remaining(now_ms)).encode()),
    )

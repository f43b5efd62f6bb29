"""Limits: how many requests a second a Source, a key, a person or an address may make.

A token bucket for each, in this process: twice a second's worth at once, refilled steadily.
Headers: https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers/.
"""

import math
from collections.abc import Hashable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final
from uuid import uuid4

from dealwright.core.clock import Clock
from dealwright.core.errors import DealwrightError
from dealwright.core.people import Principal
from dealwright.web.addon.paths import CALLED
from dealwright.web.answers import HeaderPair
from dealwright.web.auth.tries import address_key
from dealwright.web.problem import problem_response

_KEPT: Final = 10_000
_PLACE: Final = "dealwright.asker"
#: What asks whether the hub lives is never kept waiting; Google asks for many, and is counted by
#: the user whom it asks for.
_ALWAYS: Final = frozenset({"/livez", "/readyz"}) | CALLED


class TooManyRequests(DealwrightError):
    """Faster than the limit: come back in `retry_after_s`."""

    code = "too_many_requests"
    status = 429

    def __init__(self, standing: "Standing") -> None:
        #: What the answer says of it.
        self.headers = standing.headers()
        self.retry_after_s = standing.reset_s
        super().__init__(
            f"More than {standing.per_s:,} requests a second of this {standing.whose}. "
            f"Come back in {standing.reset_s} s."
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How a bucket stands; `reset_s` is when there is something in it again."""

    whose: str
    per_s: int
    left: int
    reset_s: int

    def headers(self) -> tuple[HeaderPair, ...]:
        """The same for the asker."""
        whose = self.whose.replace(" ", "-")
        return (
            (b"ratelimit-policy", f'"{whose}";q={self.per_s};w=1'.encode()),
            (b"ratelimit", f'"{whose}";r={self.left};t={self.reset_s}'.encode()),
        )


class Buckets:
    """One bucket for each of many, all with the same rate; 0 per second: no limit."""

    __slots__ = ("_buckets", "_clock", "_most", "_per_s", "_whose")

    def __init__(self, clock: Clock, *, whose: str, per_s: int) -> None:
        self._clock = clock
        self._whose = whose
        self._per_s = per_s
        self._most = 2.0 * per_s
        self._buckets: dict[Hashable, tuple[float, float]] = {}

    @property
    def is_on(self) -> bool:
        """Whether there is a limit at all."""
        return self._per_s > 0

    def take(self, key: Hashable) -> None:
        """Take one; raises TooManyRequests when there is none."""
        if not self._per_s:
            return
        now_s = self._clock.monotonic_s()
        left, at_s = self._buckets.get(key, (self._most, now_s))
        left = min(self._most, left + (now_s - at_s) * self._per_s)
        if left < 1.0:
            self._buckets[key] = (left, now_s)
            raise TooManyRequests(self._standing(left))
        if len(self._buckets) >= _KEPT and key not in self._buckets:
            self._forget(now_s)
        self._buckets[key] = (left - 1.0, now_s)

    def check(self, key: Hashable) -> None:
        """Raise TooManyRequests where a `take` would; takes nothing."""
        if key in self._buckets and self.standing(key).left < 1:
            raise TooManyRequests(self.standing(key))

    def standing(self, key: Hashable) -> Standing:
        """How one stands."""
        now_s = self._clock.monotonic_s()
        left, at_s = self._buckets.get(key, (self._most, now_s))
        return self._standing(min(self._most, left + (now_s - at_s) * self._per_s))

    def _standing(self, left: float) -> Standing:
        missing = max(0.0, 1.0 - left)
        reset_s = max(1, math.ceil(missing / self._per_s)) if missing and self._per_s else 0
        return Standing(whose=self._whose, per_s=self._per_s, left=int(left), reset_s=reset_s)

    def _forget(self, now_s: float) -> None:
        """Drop those that are full again, or else the half that was used longest ago."""
        full = [
            key
            for key, (left, at_s) in self._buckets.items()
            if left + (now_s - at_s) * self._per_s >= self._most
        ]
        for key in full or sorted(self._buckets, key=self._used_at)[: _KEPT // 2]:
            del self._buckets[key]

    def _used_at(self, key: Hashable) -> float:
        return self._buckets[key][1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """Requests a second; 0: any number."""

    per_source: int = 0
    per_asker: int = 0
    per_address: int = 0


class Limits:
    """All buckets of the web side."""

    __slots__ = ("_addresses", "askers", "sources")

    def __init__(self, clock: Clock, rates: Rates) -> None:
        self.sources = Buckets(clock, whose="source", per_s=rates.per_source)
        self.askers = Buckets(clock, whose="key or person", per_s=rates.per_asker)
        self._addresses = Buckets(clock, whose="address", per_s=rates.per_address)

    def knock(self, scope: Any) -> None:
        """Let an address try a key that is not known yet; raises TooManyRequests.

        Only `missed` takes from the bucket, so who has a key is never kept out by it.
        """
        self._addresses.check(_address(scope))

    def missed(self, scope: Any) -> None:
        """Note that an address came with a key, a signature or a path that is none."""
        try:
            self._addresses.take(_address(scope))
        except TooManyRequests:
            return

    async def admit(self, app: Any, scope: Any, receive: Any, send: Any) -> None:
        """Answer a request to pages or the API, unless its address asks too often."""
        if scope["path"] in _ALWAYS:
            await app(scope, receive, send)
            return
        try:
            self._addresses.take(_address(scope))
        except TooManyRequests as error:
            refusal = problem_response(error, request_id=uuid4().hex)
            refusal.raw_headers.extend(error.headers)
            await refusal(scope, receive, send)
            return
        scope[_PLACE] = asker = _Asker(self.askers)
        await app(scope, receive, asker.told(send))


def charge(scope: Any, who: Principal) -> None:
    """Charge whoever was recognised; raises TooManyRequests."""
    asker: _Asker | None = scope.get(_PLACE)
    if asker is not None:
        asker.charge((who.kind, who.id))


class _Asker:
    """Whose request it turned out to be; nobody's so far."""

    __slots__ = ("_buckets", "_key")

    def __init__(self, buckets: Buckets) -> None:
        self._buckets = buckets
        self._key: Hashable = None

    def charge(self, key: Hashable) -> None:
        self._key = key
        self._buckets.take(key)

    def told(self, send: Any) -> Any:
        """`send`, which adds how the asker stands."""

        async def sending(message: Any) -> None:
            if message["type"] == "http.response.start" and self._key and self._buckets.is_on:
                standing = self._buckets.standing(self._key).headers()
                message = {**message, "headers": [*message["headers"], *standing]}
            await send(message)

        return sending


def _address(scope: Any) -> str:
    client = scope.get("client")
    return _house(client[0] if client else "")


@lru_cache(maxsize=4_096)
def _house(address: str) -> str:
    return address_key(address)

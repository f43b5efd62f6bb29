"""Breaker of a process: lets calls through, or not, and tells the other processes."""

import sqlalchemy as sa

from dealwright.core.breaker import ABUSE_CODE, OUTAGE_AFTER, PROBE_S, Breaker, opened
from dealwright.core.clock import Clock, from_ms, to_ms
from dealwright.core.errors import RateLimited, Unavailable, UpstreamError
from dealwright.store.breaker import breaker, close_breaker, open_breaker, take_probe
from dealwright.store.engine import Store

#: Whoever is not the probe looks again after so long.
LOOK_AGAIN_S = 2.0

_WHY = {
    ABUSE_CODE: "Pipedrive's front door blocks this token for a while",
    "": "Pipedrive does not answer",
}


class Fuse:
    """What this process knows of the Breaker of a Connection."""

    def __init__(self, store: Store, *, connection_id: int, clock: Clock) -> None:
        self._store = store
        self._connection_id = connection_id
        self._clock = clock
        self._failures = 0
        self._known = Breaker()
        self._probing_until_ms = 0
        self._to_close = False

    @property
    def closed(self) -> bool:
        """Whether calls pass without a question."""
        return self._known.closed and not self._to_close

    @property
    def tense(self) -> bool:
        """Whether an answer would be news."""
        return self._failures > 0 or not self._known.closed

    def learn(self, found: Breaker) -> None:
        """Take over what another process has met."""
        if not self._probing_until_ms and not self._to_close:
            self._known = found

    async def enter(self) -> None:
        """Return when a call may be made; raises RateLimited (`circuit_open`)."""
        await self.tell()
        if self._known.closed:
            return
        now_ms = to_ms(self._clock.now())
        if now_ms < max(self._known.open_until_ms, self._probing_until_ms):
            raise self._open(now_ms)
        taken, found = await self._store.write(lambda db: self._probe(db, now_ms))
        self._known = found
        if taken:
            self._probing_until_ms = now_ms + int(PROBE_S * 1000)
        elif not found.closed:
            raise self._open(now_ms)

    async def tell(self) -> None:
        """Let the other processes know that Pipedrive answers again."""
        if self._to_close:
            await self._store.write(lambda db: close_breaker(db, self._connection_id))
            self._to_close = False

    def answered(self) -> None:
        """Take note of an answer, of whatever kind."""
        self._failures = 0
        if self._known.closed:
            return
        # A late answer of a call that was under way when we were blocked does not end the block.
        if self._probing_until_ms or self._known.code != ABUSE_CODE:
            self._known, self._probing_until_ms, self._to_close = Breaker(), 0, True

    async def failed(self, error: UpstreamError) -> None:
        """Take note of a call that went wrong; opens when it is time to."""
        blocked = error.code == ABUSE_CODE
        if not blocked and not isinstance(error, Unavailable):
            self.answered()
            return
        self._failures += 1
        if not blocked and not self._probing_until_ms and self._failures < OUTAGE_AFTER:
            return
        now_ms = to_ms(self._clock.now())
        if self._known.open_until_ms > now_ms:
            # Calls that were under way when it opened say nothing new.
            return
        asked_s = getattr(error, "retry_after_s", None) or 0.0
        self._known = opened(self._known, code=error.code, now_ms=now_ms, asked_s=asked_s)
        self._probing_until_ms, self._to_close = 0, False
        known = self._known
        await self._store.write(
            lambda db: open_breaker(db, self._connection_id, found=known, now_ms=now_ms)
        )

    def _probe(self, db: sa.Connection, now_ms: int) -> tuple[bool, Breaker]:
        taken = take_probe(db, self._connection_id, now_ms=now_ms)
        return taken, breaker(db, self._connection_id)

    def _open(self, now_ms: int) -> RateLimited:
        wait_s = max((self._known.open_until_ms - now_ms) / 1000, LOOK_AGAIN_S)
        return RateLimited(why_open(self._known), retry_after_s=wait_s, code="circuit_open")


def why_open(found: Breaker) -> str:
    """A Breaker that is open, in a sentence."""
    why = _WHY.get(found.code, _WHY[""])
    return f"{why}. Nothing is asked before {clock_time(found.open_until_ms)}; then one call tries."


def clock_time(at_ms: int) -> str:
    """A moment as sentences name it."""
    return f"{from_ms(at_ms):%H:%M} UTC"

"""Purse: what this process may spend of a Connection's day, leased from the store in blocks."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import NamedTuple
from uuid import uuid4

import structlog

from dealwright.core.budget import Exhausted, Refusal, Told
from dealwright.core.clock import Clock, to_ms
from dealwright.core.errors import RateLimited, UpstreamError
from dealwright.core.priority import Priority
from dealwright.pipedrive.allowance import Cause
from dealwright.pipedrive.client import CallRecord
from dealwright.pipedrive.gate import WINDOW_S, Gate
from dealwright.pipeline.breaker import Fuse, clock_time
from dealwright.pipeline.ledger import Tally
from dealwright.store.budget import Ask, Grant, Side, settle
from dealwright.store.engine import Store

_log = structlog.get_logger(__name__)

#: Every priority, and those less urgent, whose tokens it may use as well: what is leased for a
#: priority leaves that priority's floor untouched.
_MAY_USE: Mapping[Priority, tuple[Priority, ...]] = MappingProxyType(
    {mine: tuple(other for other in Priority if other >= mine) for mine in Priority}
)

#: A process that was refused asks the store again after so long: a header may tell better.
LOOK_AGAIN_S = 10.0

#: Told so much less than we thought (a part of the day's limit, at least so many tokens), we give
#: back what we have leased: another program spends as well.
_SURPRISE = 100
_LEAST_SURPRISE = 200

#: Processes that serve people share a fifth of Pipedrive's window, and beside a drain that works a
#: tenth, which the drain never takes; at least so many calls.
WEB_PART = 5
NARROW_PART = 10
LEAST_WEB_SLOTS = 4

#: How often a place of the window is asked for, before somebody else has to wait for it.
_TURNS_FOR_SLOTS = 5

#: Pipedrive's own word for a day that is spent.
EXHAUSTED = "budget_exhausted"

_SENTENCES = {
    Refusal.SPENT: "The day's API tokens are spent.",
    Refusal.RESERVED: (
        "What is left of the day's API tokens is kept for people and other integrations."
    ),
    Refusal.LOW_PRIORITY: "Work of this priority has had its part of the day's API tokens.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Style:
    """How a process leases: for so long, so many tokens at first and at most."""

    side: Side
    ttl_s: float
    first: int
    most: int


DRAIN = Style(side=Side.DRAIN, ttl_s=15.0, first=60, most=4_000)
WEB = Style(side=Side.WEB, ttl_s=5.0, first=30, most=60)


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """Work of a priority, and all that is less urgent, may spend nothing before a moment."""

    priority: Priority
    code: str
    message: str
    until_ms: int


class _Heard(NamedTuple):
    """The last header: what it told, how much of what we spent it knows of, and when it came.

    `known`: all tokens of the row that it knows of for certain.
    """

    told: Told
    included: int
    at: int
    known: int


class Purse:
    """The Allowance of a Connection in this process.

    What is sent is counted in the store's row before it is sent; the Ledger follows with the next
    block. Everything that was leased and not spent goes back by `flush`.
    """

    def __init__(
        self,
        store: Store,
        *,
        connection_id: int,
        clock: Clock,
        gate: Gate,
        plan_tokens: int,
        style: Style = DRAIN,
    ) -> None:
        self.plan_tokens = plan_tokens
        self._store = store
        self._connection_id = connection_id
        self._clock = clock
        self._gate = gate
        self._style = style
        self._fuse = Fuse(store, connection_id=connection_id, clock=clock)
        self._holder = uuid4().hex
        self._turn = asyncio.Lock()
        self._tally = Tally()
        self._blocks: dict[Priority, int] = {}
        self._under_way = 0
        # Tokens of calls that are over, in all and as far as the row knows.
        self._charged = 0
        self._reported = 0
        # All that the row counted as used when it heard of those.
        self._used = 0
        self._heard: _Heard | None = None
        self._heard_told = True
        # What was left of the day when we last asked, and all that we had spent by then.
        self._unspent: int | None = None
        self._surprise = 0
        self._valid_until_s = float("-inf")
        self._want = style.first
        self._refused: Refused | None = None
        self._ask_again_s = float("-inf")

    @property
    def refused(self) -> Refused | None:
        """What was refused a short while ago, with all that is less urgent."""
        if self._clock.monotonic_s() < self._ask_again_s:
            return self._refused
        return None

    def begin(self, *, plan_tokens: int) -> None:
        """Ask the store anew where we were refused: a person may have changed what counts."""
        self.plan_tokens = plan_tokens
        self._ask_again_s = float("-inf")

    async def claim(self, tokens: int, cause: Cause) -> None:
        """Take tokens of what is leased; leases more when there are too few.

        Raises RateLimited (`budget_spent`, `budget_reserved`, `budget_low_priority`,
        `circuit_open`) and StoreUnavailable.
        """
        if self._take(tokens, cause.priority):
            return
        async with self._turn:
            asked = not self._fuse.closed
            if asked:
                await self._fuse.enter()
            if self._take(tokens, cause.priority, passed=True):
                return
            self._refuse(cause.priority)
            await self._lease(tokens, cause.priority)
            if not asked and not self._fuse.closed:
                # The row has just told that another process has opened the breaker.
                await self._enter_late(tokens, cause)

    def unclaim(self, tokens: int, cause: Cause) -> None:
        """Put back what was claimed for a call that was not sent."""
        self._under_way -= tokens
        self._blocks[cause.priority] = self._blocks.get(cause.priority, 0) + tokens

    def mark(self) -> int:
        """Tokens of the calls that are over: a header of a call sent now knows of all of them."""
        return self._charged

    def charge(self, record: CallRecord, *, claimed: int, mark: int) -> None:
        """Count a call that was sent, and hear what its headers told."""
        cost = record.call.tokens
        # What a refused call did not cost is given back with the next report.
        self._under_way -= claimed
        self._charged += cost
        self._tally.add(record)
        told = record.limits
        if told is None or told.day_remaining is None:
            return
        if self._heard is None or mark >= self._heard.at or self._is_less(told.day_remaining, mark):
            known = Told(
                limit=told.day_limit,
                remaining=told.day_remaining,
                at_ms=to_ms(self._clock.now()),
            )
            included = mark + cost
            since = included - self._reported
            self._heard = _Heard(known, included, self._charged, self._used + since)
            self._heard_told = False
            self._look_for_others(told.day_remaining)

    def answered(self) -> None:
        """Pipedrive works."""
        if self._fuse.tense:
            self._fuse.answered()

    async def failed(self, error: UpstreamError) -> None:
        """Open the breaker, or write down that the day is spent, so that nobody else asks."""
        await self._fuse.failed(error)
        if isinstance(error, RateLimited) and error.code == EXHAUSTED:
            until_ms = to_ms(self._clock.now()) + int(error.retry_after_s * 1000)
            said = Exhausted(until_ms, named=not error.assumed)
            async with self._turn:
                self._blocks.clear()
                await self._settle(exhausted=said)

    async def flush(self) -> None:
        """Give back what is not spent, and write what the row and the Ledger do not know yet."""
        async with self._turn:
            await self._fuse.tell()
            self._valid_until_s = float("-inf")
            self._want = self._style.first
            if self._blocks or self._tally or not self._heard_told:
                self._blocks.clear()
                await self._settle()

    # -- tokens

    def _take(self, tokens: int, priority: Priority, *, passed: bool = False) -> bool:
        if not (passed or self._fuse.closed) or self._clock.monotonic_s() >= self._valid_until_s:
            return False
        for mine in _MAY_USE[priority]:
            left = self._blocks.get(mine, 0)
            if left >= tokens:
                self._blocks[mine] = left - tokens
                self._under_way += tokens
                return True
        return False

    def _refuse(self, priority: Priority) -> None:
        known = self.refused
        if known is not None and priority >= known.priority:
            raise self._refusal(known)

    async def _enter_late(self, tokens: int, cause: Cause) -> None:
        try:
            await self._fuse.enter()
        except RateLimited:
            self.unclaim(tokens, cause)
            raise

    async def _lease(self, tokens: int, priority: Priority) -> None:
        for _ in range(_TURNS_FOR_SLOTS):
            grant = await self._settle(need=tokens, priority=priority)
            if grant.refusal is not None:
                now_ms = to_ms(self._clock.now())
                self._refused = _refused(grant, grant.refusal, priority)
                self._ask_again_s = self._clock.monotonic_s() + LOOK_AGAIN_S
                _log.info(
                    "budget.refused",
                    connection_id=self._connection_id,
                    priority=priority.name,
                    code=grant.refusal.value,
                    seconds=(grant.again_ms - now_ms) // 1000,
                )
                raise self._refusal(self._refused)
            if self._refused is not None and priority >= self._refused.priority:
                self._refused = None
            if grant.slots or self._style.side is Side.DRAIN:
                self._blocks[priority] -= tokens
                self._under_way += tokens
                self._want = min(self._want * 2, self._style.most)
                return
            # Other processes that serve people have all places of this window.
            await self._clock.sleep(WINDOW_S / 2)
        raise RateLimited(
            "Pipedrive is busy with other requests of this hub. It is tried again by itself.",
            retry_after_s=2 * WINDOW_S,
        )

    async def _settle(
        self,
        *,
        need: int = 0,
        priority: Priority = Priority.NORMAL,
        exhausted: Exhausted | None = None,
    ) -> Grant:
        """Report to the row, and take what it grants; raises StoreUnavailable."""
        begun_s, now_ms = self._clock.monotonic_s(), to_ms(self._clock.now())
        tally, self._tally = self._tally, Tally()
        charged, heard = self._charged, self._heard
        window = self._gate.window
        ask = Ask(
            holder=self._holder,
            side=self._style.side,
            plan_tokens=self.plan_tokens,
            ttl_ms=int(self._style.ttl_s * 1000),
            spent=charged - self._reported,
            kept=sum(self._blocks.values()) + self._under_way,
            need=need,
            want=self._want,
            priority=priority,
            told=None if heard is None or self._heard_told else heard.told,
            unseen=0 if heard is None else charged - heard.included,
            known=None if heard is None else heard.known,
            exhausted=exhausted,
            burst=self._gate.learned,
            slice=max(LEAST_WEB_SLOTS, window // WEB_PART),
            narrow=max(LEAST_WEB_SLOTS, window // NARROW_PART),
            standing=self._gate.standing,
            entries=tuple(tally.entries()),
        )
        try:
            grant = await self._store.write(
                lambda db: settle(db, self._connection_id, ask=ask, now_ms=now_ms)
            )
        except BaseException:
            self._tally.merge(tally)
            raise
        self._reported, self._used = charged, grant.budget.used
        self._heard_told = self._heard_told or self._heard is heard
        self._accept(grant, priority, begun_s)
        return grant

    def _accept(self, grant: Grant, priority: Priority, begun_s: float) -> None:
        if grant.tokens:
            self._blocks[priority] = self._blocks.get(priority, 0) + grant.tokens
            # A third of the lease is left when it is renewed.
            self._valid_until_s = begun_s + self._style.ttl_s * 2 / 3
        budget = grant.budget
        self._unspent = budget.unspent + self._reported
        self._surprise = max(_LEAST_SURPRISE, budget.limit // _SURPRISE)
        self._fuse.learn(grant.breaker)
        if grant.burst is not None:
            self._gate.resume(grant.burst)
        if self._style.side is Side.DRAIN:
            self._gate.leave(max(LEAST_WEB_SLOTS, grant.beside))
        elif grant.slots:
            self._gate.cap(grant.slots)

    # -- headers

    def _is_less(self, remaining: int, mark: int) -> bool:
        heard = self._heard
        return heard is not None and remaining + mark < heard.told.remaining + heard.included

    def _look_for_others(self, remaining: int) -> None:
        """Give back what is leased when far less is left than we thought: others spend as well."""
        if self._unspent is None:
            return
        thought = self._unspent - self._charged - self._under_way
        if remaining < thought - self._surprise:
            self._blocks.clear()

    def _refusal(self, known: Refused) -> RateLimited:
        now_ms = to_ms(self._clock.now())
        return RateLimited(
            known.message,
            retry_after_s=max(1.0, (known.until_ms - now_ms) / 1000),
            code=known.code,
        )


def _refused(grant: Grant, refusal: Refusal, priority: Priority) -> Refused:
    until_ms = grant.again_ms
    # What is refused for want of tokens at all is refused to everybody who is less urgent; the
    # reserve and the margins stop at a priority.
    return Refused(
        priority=priority,
        code=refusal.value,
        message=f"{_SENTENCES[refusal]} It goes on after {clock_time(until_ms)}.",
        until_ms=until_ms,
    )

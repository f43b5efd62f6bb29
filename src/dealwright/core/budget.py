"""Budget: the API tokens of one Connection's day: who may spend, and how many at once.

Pipedrive tells what is left in headers that may be missing, and other programs spend from the same
day. So what is left is the smaller truth: what the headers told less what we spent since, or, while
they say nothing, plan × seats less what we spent ourselves; and what processes have leased counts
as spent.
"""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import NamedTuple

from dealwright.core.priority import Priority, floor

DAY_MS = 86_400_000
QUARTER_MS = 900_000

#: Midnight is on a quarter of an hour in every time zone; how far off a told one may be.
_MIDNIGHT_SLACK_MS = 5_000

#: A lease is never smaller (one store write has to carry a few calls), and never takes more than
#: this part of what may still be spent, so that several processes come to the end together.
_PART = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a header said: tokens left of `limit`, at a moment.

    `counted` is how many of our own tokens it knows of, as `Budget.used` counts them.
    """

    limit: int | None
    remaining: int
    at_ms: int
    counted: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """A Connection's day.

    `planned`: plan × seats and what was bought on top. `used`: what our processes have sent.
    `leased`: what they may send without asking again. `exhausted_until_ms`: Pipedrive itself said
    that the day is spent.
    """

    planned: int
    reserve_percent: int
    resets_at_ms: int
    used: int = 0
    leased: int = 0
    told: Told | None = None
    exhausted_until_ms: int | None = None

    @property
    def limit(self) -> int:
        """Tokens of the whole day, for everybody."""
        if self.told is None or self.told.limit is None:
            return self.planned
        return self.told.limit

    @property
    def unspent(self) -> int:
        """Tokens that nobody has spent, leased ones included."""
        if self.told is None:
            return max(0, self.limit - self.used)
        return max(0, self.told.remaining - (self.used - self.told.counted))

    @property
    def left(self) -> int:
        """Tokens that can still be leased, the reserve included."""
        return max(0, self.unspent - self.leased)

    @property
    def by_others(self) -> int | None:
        """What other programs have spent today; None while no header said."""
        if self.told is None or self.told.limit is None:
            return None
        return max(0, self.told.limit - self.told.remaining - self.told.counted)

    def floor(self, priority: Priority) -> int:
        """Tokens that work of a priority leaves."""
        return floor(priority, limit=self.limit, reserve_percent=self.reserve_percent)


class Refusal(StrEnum):
    """Why nothing may be spent; the code that a Delivery waits with."""

    SPENT = "budget_spent"
    RESERVED = "budget_reserved"
    LOW_PRIORITY = "budget_low_priority"


#: Codes of Deliveries that wait for the next day of the budget.
CODES: tuple[str, ...] = tuple(refusal.value for refusal in Refusal)


def may_spend(budget: Budget, priority: Priority, tokens: int) -> Refusal | None:
    """None when work of a priority may spend so many tokens, else why it may not."""
    if budget.exhausted_until_ms is not None or budget.left < tokens:
        return Refusal.SPENT
    if budget.left - tokens >= budget.floor(priority):
        return None
    if priority <= Priority.MEETING:
        return Refusal.SPENT
    return Refusal.RESERVED if priority <= Priority.NORMAL else Refusal.LOW_PRIORITY


def block(budget: Budget, priority: Priority, *, need: int, want: int) -> int:
    """How many tokens to lease to a process that needs some now and wants more for later.

    Never so many that less than the priority's floor would be left; 0 when not even `need` fits.
    """
    if may_spend(budget, priority, need) is not None:
        return 0
    above = budget.left - budget.floor(priority)
    return min(above, max(need, min(want, above // _PART)))


def turned(budget: Budget, now_ms: int) -> Budget:
    """The Budget as it is at a moment: a new day begins at the reset, a refusal ends."""
    if now_ms >= budget.resets_at_ms:
        days = (now_ms - budget.resets_at_ms) // DAY_MS + 1
        return replace(
            budget,
            resets_at_ms=budget.resets_at_ms + days * DAY_MS,
            used=0,
            told=None,
            exhausted_until_ms=None,
        )
    if budget.exhausted_until_ms is not None and now_ms >= budget.exhausted_until_ms:
        return replace(budget, exhausted_until_ms=None)
    return budget


def learned(budget: Budget, told: Told) -> Budget:
    """The Budget after a header, which leads: unless a later one is known already.

    An older one that says less is believed: answers overtake each other on their way.
    """
    if told.at_ms < budget.resets_at_ms - DAY_MS + _MIDNIGHT_SLACK_MS:
        # Of a call that was under way at midnight: it may tell what was left of the day before,
        # and whoever believed that would ask nothing more until the next one.
        return budget
    known = budget.told
    if known is not None and told.at_ms < known.at_ms:
        mine = replace(budget, told=told)
        if mine.unspent >= budget.unspent:
            return budget
    return replace(budget, told=told)


class Exhausted(NamedTuple):
    """Pipedrive said that the day is spent; until when, it `named`, or else we guess."""

    until_ms: int
    named: bool = True


def exhausted(budget: Budget, said: Exhausted, *, now_ms: int) -> Budget:
    """The Budget after Pipedrive said that the day is spent.

    A moment that can be a midnight is learned as the reset: nobody says in which zone the day ends.
    """
    until_ms = said.until_ms
    nearest_ms = round(until_ms / QUARTER_MS) * QUARTER_MS
    is_midnight = said.named and abs(until_ms - nearest_ms) <= _MIDNIGHT_SLACK_MS
    known = max(budget.exhausted_until_ms or 0, until_ms)
    if is_midnight and now_ms < nearest_ms <= now_ms + DAY_MS:
        return replace(
            budget, resets_at_ms=nearest_ms, exhausted_until_ms=max(until_ms, nearest_ms)
        )
    return replace(budget, exhausted_until_ms=min(known, budget.resets_at_ms))


def next_midnight_ms(now_ms: int) -> int:
    """The end of the UTC day: what is taken for the reset until Pipedrive tells another."""
    return (now_ms // DAY_MS + 1) * DAY_MS

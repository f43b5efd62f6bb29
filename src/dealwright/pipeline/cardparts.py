"""Parts: each asked for by itself, within its time; what fails is named and the rest is shown."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

from dealwright.cards.known import Finding, Part
from dealwright.core.clock import from_ms
from dealwright.core.errors import (
    ConfigError,
    DealwrightError,
    NotFound,
    RateLimited,
    Unauthorized,
    UpstreamError,
)
from dealwright.pipeline.cardmirror import Seen
from dealwright.pipeline.cardpace import CardPace
from dealwright.store.connections import ConnectionState

T = TypeVar("T")

SLOW: Final = "Pipedrive did not answer in time."

#: What a refusal of the whole account is on a card.
_REFUSED: Final = {"payment_required": Finding.PAYMENT, "reauth": Finding.REAUTH}

#: What the stored state of a Connection is on a card.
OUT_OF_USE: Final = {
    ConnectionState.REAUTH: Finding.REAUTH,
    ConnectionState.PAYMENT_REQUIRED: Finding.PAYMENT,
    ConnectionState.LIMITED: Finding.LIMITED,
    ConnectionState.ERROR: Finding.ERROR,
    ConnectionState.DISABLED: Finding.ERROR,
}


@dataclass(slots=True, kw_only=True)
class Asking:
    """What is asked for one card: until when, what failed, and how old what is shown is.

    `quiet`: nobody is asked, for the account as a whole is closed to us.
    """

    pace: CardPace
    until_s: float
    missing: dict[Part, str] = field(default_factory=dict[Part, str])
    errors: list[DealwrightError] = field(default_factory=list[DealwrightError])
    as_of_ms: list[int] = field(default_factory=list[int])
    quiet: bool = False

    @property
    def refused(self) -> Unauthorized | None:
        """That the account as a whole is closed to us."""
        found = (one for one in self.errors if isinstance(one, Unauthorized))
        return next((one for one in found if one.code in _REFUSED), None)

    async def call(self, ask: Callable[[], Awaitable[T]]) -> T:
        """One call within its time and the card's; raises TimeoutError as well."""
        left_s = self.until_s - asyncio.get_running_loop().time()
        async with asyncio.timeout(max(min(self.pace.call_s, left_s), 0)):
            return await ask()

    async def part(self, part: Part, ask: Callable[[], Awaitable[T]], otherwise: T) -> T:
        """A part, or `otherwise` and why."""
        if self.quiet:
            return otherwise
        try:
            return await self.call(ask)
        except TimeoutError:
            self.missing[part] = SLOW
        except (UpstreamError, ConfigError, NotFound) as error:
            self.missing[part] = str(error)
            self.errors.append(error)
        return otherwise

    async def belonging(
        self, part: Part, seen: Seen, ask: Callable[[], Awaitable[tuple[Any, ...]]]
    ) -> tuple[Any, ...]:
        """Records around a person: what is known for sure, else asked for, else what was known."""
        if seen.sure:
            return seen.items
        found = await self.part(part, ask, None)
        if found is not None:
            return found
        if seen.items and seen.at_ms is not None:
            self.as_of_ms.append(seen.at_ms)
        return seen.items


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """Why nobody can be shown: the state of a Connection in one word, a sentence, until when."""

    finding: Finding
    says: str
    until_ms: int | None = None

    @property
    def until(self) -> Any:
        """The moment, if it is known."""
        return None if self.until_ms is None else from_ms(self.until_ms)


def trouble_of(error: Exception, *, now_ms: int) -> Trouble:
    """What an error means for a card."""
    match error:
        case TimeoutError():
            return Trouble(finding=Finding.ERROR, says=SLOW)
        case RateLimited():
            until_ms = now_ms + int(max(error.retry_after_s, 1.0) * 1000)
            return Trouble(finding=Finding.LIMITED, says=str(error), until_ms=until_ms)
        case Unauthorized():
            return Trouble(finding=_REFUSED.get(error.code, Finding.ERROR), says=str(error))
        case _:
            return Trouble(finding=Finding.ERROR, says=str(error))

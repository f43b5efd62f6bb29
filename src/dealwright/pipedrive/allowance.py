"""Allowance: who is asked before a call is sent, and told what became of it."""

from typing import TYPE_CHECKING, NamedTuple, Protocol

from dealwright.core.errors import RateLimited, UpstreamError
from dealwright.core.priority import Priority

if TYPE_CHECKING:
    from dealwright.pipedrive.client import CallRecord


class Cause(NamedTuple):
    """What calls are made for: a purpose of the Ledger, how urgent, and the Mapping (0: none)."""

    purpose: str
    priority: Priority = Priority.NORMAL
    mapping_id: int = 0


class Allowance(Protocol):
    """What a token may spend; shared by all Clients of a Connection in a process."""

    async def claim(self, tokens: int, cause: Cause) -> None:
        """Return when so many tokens may be spent, which are then taken.

        Raises RateLimited: nothing may be sent now.
        """
        ...

    def unclaim(self, tokens: int, cause: Cause) -> None:
        """Give back tokens that were claimed for a call that was not sent."""
        ...

    def mark(self) -> int:
        """A number to remember when a call is sent, for `charge`."""
        ...

    def charge(self, record: "CallRecord", *, claimed: int, mark: int) -> None:
        """Take note of a call that was sent, of what it cost and what its headers told."""
        ...

    def answered(self) -> None:
        """Take note that Pipedrive works."""
        ...

    async def failed(self, error: UpstreamError) -> None:
        """Take note of a call that went wrong; what all others have to know is stored."""
        ...


class Unlimited:
    """Allows everything: for single calls that a person makes."""

    async def claim(self, tokens: int, cause: Cause) -> None:
        """Allow it."""

    def unclaim(self, tokens: int, cause: Cause) -> None:
        """Nothing was taken."""

    def mark(self) -> int:
        """Nothing to remember."""
        return 0

    def charge(self, record: "CallRecord", *, claimed: int, mark: int) -> None:
        """Nobody counts."""

    def answered(self) -> None:
        """Nobody cares."""

    async def failed(self, error: UpstreamError) -> None:
        """Whoever called is told by the error."""


UNLIMITED = Unlimited()


class Capped:
    """Another Allowance, of which one piece of work takes so much at most.

    Claiming more raises RateLimited (`look_spent`).
    """

    def __init__(self, inner: Allowance, *, at_most: int) -> None:
        self._inner = inner
        self._left = at_most

    async def claim(self, tokens: int, cause: Cause) -> None:
        """Take from both."""
        if tokens > self._left:
            raise RateLimited(
                "The tokens that this look may spend are spent. Let it have more.",
                retry_after_s=0.0,
                code="look_spent",
            )
        await self._inner.claim(tokens, cause)
        self._left -= tokens

    def unclaim(self, tokens: int, cause: Cause) -> None:
        """Give back to both."""
        self._left += tokens
        self._inner.unclaim(tokens, cause)

    def mark(self) -> int:
        """The other's."""
        return self._inner.mark()

    def charge(self, record: "CallRecord", *, claimed: int, mark: int) -> None:
        """The other keeps the account."""
        self._inner.charge(record, claimed=claimed, mark=mark)

    def answered(self) -> None:
        """Tell the other."""
        self._inner.answered()

    async def failed(self, error: UpstreamError) -> None:
        """Tell the other."""
        await self._inner.failed(error)

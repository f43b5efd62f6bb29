"""Accept: append to the log, durably, and wake the worker. Nothing else happens at the door."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

from dealwright.store.append import EventRow, RejectRow

Append = Callable[[Sequence[EventRow], Sequence[RejectRow]], Awaitable[None]]
"""Returns once the rows are on the disk; raises StoreUnavailable when they are not."""


class Accepting(Protocol):
    """A way into the log: `Acceptor.accept`, or something around it."""

    async def __call__(self, events: Sequence[EventRow], rejects: Sequence[RejectRow] = ()) -> None:
        """Store all or none; raises StoreUnavailable."""
        ...


class Acceptor:
    """Where every Event enters the hub.

    `append` is the Appender's; `wake` tells the drains that the log has grown and never blocks.
    """

    __slots__ = ("_append", "_wake")

    def __init__(self, append: Append, wake: Callable[[], None]) -> None:
        self._append = append
        self._wake = wake

    async def accept(self, events: Sequence[EventRow], rejects: Sequence[RejectRow] = ()) -> None:
        """Store all or none, in this order; what returns may be acknowledged.

        Raises StoreUnavailable (`store_unavailable`, `overloaded`): the sender shall come again.
        """
        await self._append(events, rejects)
        if events:
            self._wake()

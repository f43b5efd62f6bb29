"""Watch: who is told of every call of a Client, whatever it was for: counters and traces."""

from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from dealwright.pipedrive.client import CallRecord
    from dealwright.pipedrive.wire import Request


class Spared(StrEnum):
    """Why a call was not made.

    `hit`, `miss`: the mirror knew who it is, or that nobody is; `polled`: after one poll for all
    who waited. `duplicate`: a Create whose answer was lost was found instead of being repeated.
    """

    HIT = "hit"
    MISS = "miss"
    POLLED = "polled"
    DUPLICATE = "duplicate"


class Watch(Protocol):
    """Told of calls in the event loop; must neither block nor raise."""

    def waited(self, request: "Request", seconds: float) -> None:
        """A call stood before the gate for so long."""
        ...

    def called(self, request: "Request", record: "CallRecord") -> None:
        """A call was sent, and is over."""
        ...

    def spared(self, why: Spared) -> None:
        """A call was not needed."""
        ...


class Unwatched:
    """Nobody is told."""

    def waited(self, request: "Request", seconds: float) -> None:
        """Do nothing."""

    def called(self, request: "Request", record: "CallRecord") -> None:
        """Do nothing."""

    def spared(self, why: Spared) -> None:
        """Do nothing."""


UNWATCHED = Unwatched()


class Several:
    """Tells several."""

    def __init__(self, *watches: Watch) -> None:
        self._watches = watches

    def waited(self, request: "Request", seconds: float) -> None:
        """Tell each."""
        for watch in self._watches:
            watch.waited(request, seconds)

    def called(self, request: "Request", record: "CallRecord") -> None:
        """Tell each."""
        for watch in self._watches:
            watch.called(request, record)

    def spared(self, why: Spared) -> None:
        """Tell each."""
        for watch in self._watches:
            watch.spared(why)

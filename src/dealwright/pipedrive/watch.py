"""Watch: who is told of every call of a Client, whatever it was for: counters and traces."""

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from dealwright.pipedrive.client import CallRecord
    from dealwright.pipedrive.wire import Request


class Watch(Protocol):
    """Told of calls in the event loop; must neither block nor raise."""

    def waited(self, request: "Request", seconds: float) -> None:
        """A call stood before the gate for so long."""
        ...

    def called(self, request: "Request", record: "CallRecord") -> None:
        """A call was sent, and is over."""
        ...


class Unwatched:
    """Nobody is told."""

    def waited(self, request: "Request", seconds: float) -> None:
        """Do nothing."""

    def called(self, request: "Request", record: "CallRecord") -> None:
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

"""What was called: the newest calls, and what all of them cost."""

from collections import deque
from collections.abc import Iterator

from msgspec import Struct

KEPT = 100_000


class LoggedCall(Struct, kw_only=True, frozen=True, gc=False):
    """One call. `status` 0: no answer reached the caller; `fault`: a rule struck.

    `query_token`: the token came in the address, as `?api_token=`, which is not kept here.
    """

    index: int
    at: str
    method: str
    path: str
    query: str
    template: str | None
    status: int
    cost: int
    fault: bool = False
    query_token: bool = False


class CallLog:
    """The newest calls; older ones are forgotten, their cost is not."""

    def __init__(self) -> None:
        self._calls: deque[LoggedCall] = deque(maxlen=KEPT)
        self.count = 0
        self.total_cost = 0

    def __iter__(self) -> Iterator[LoggedCall]:
        return iter(self._calls)

    def add(self, call: LoggedCall) -> None:
        """Write a call down."""
        self._calls.append(call)
        self.count += 1
        self.total_cost += call.cost

    def since(self, index: int) -> list[LoggedCall]:
        """The calls from this index on."""
        first = self.count - len(self._calls)
        skip = max(0, index - first)
        return list(self._calls)[skip:]

    def clear(self) -> None:
        """Forget everything."""
        self._calls.clear()
        self.count = 0
        self.total_cost = 0

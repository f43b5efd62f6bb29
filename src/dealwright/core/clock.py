"""Time as a value: a Clock is handed in, and moments are stored as milliseconds."""

from datetime import UTC, datetime, timedelta
from typing import Protocol

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Clock(Protocol):
    """What the time is, and how to wait for it. Tests move it with `advance()`."""

    def now(self) -> datetime:
        """The present moment, aware and in UTC."""
        ...

    def monotonic_s(self) -> float:
        """Seconds that never go backwards; only differences mean something."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Return once `seconds` have passed on this clock."""
        ...


def to_ms(moment: datetime) -> int:
    """Milliseconds since 1970 of an aware moment: how every table stores time."""
    # By hand, for this runs a dozen times an event: dividing durations takes three times as long.
    since = moment - EPOCH
    return since.days * 86_400_000 + since.seconds * 1000 + since.microseconds // 1000


def from_ms(milliseconds: int) -> datetime:
    """The aware UTC moment that `to_ms` gave the number for."""
    return EPOCH + timedelta(milliseconds=milliseconds)

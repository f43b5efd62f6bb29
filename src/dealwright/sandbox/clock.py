"""The sandbox's clock, and the four ways Pipedrive writes a moment."""

import re
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import lru_cache

DAY_MS = 86_400_000
_RFC3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)\Z")
_RFC3339_WHOLE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:Z|[+-]\d\d:\d\d)\Z")


_LATEST_MS = int(datetime(9000, 1, 1, tzinfo=UTC).timestamp() * 1000)


class ClockError(ValueError):
    """A time to which the clock cannot be moved."""


class Clock:
    """A clock that a test can hold still and that anybody can move.

    Without a start it follows the machine's time, shifted by every `advance`; with one it
    stands still until it is moved; with `follow` it shows what that callable says, shifted.
    """

    def __init__(
        self,
        start: datetime | None = None,
        *,
        follow: Callable[[], datetime] | None = None,
    ) -> None:
        self._follow = follow
        self._frozen_ms = None if start is None else int(start.timestamp() * 1000)
        self._offset_ms = 0
        self._listeners: list[Callable[[], None]] = []

    def now_ms(self) -> int:
        """Milliseconds since 1970, UTC."""
        if self._follow is not None:
            return int(self._follow().timestamp() * 1000) + self._offset_ms
        still = self._frozen_ms
        return (time.time_ns() // 1_000_000 if still is None else still) + self._offset_ms

    def now(self) -> datetime:
        """The same as an aware UTC datetime."""
        return datetime.fromtimestamp(self.now_ms() / 1000, UTC)

    def advance(self, seconds: float) -> None:
        """Move forward (or back, if negative); everything that waits for a time is told.

        Raises ClockError for a time before 1970 or after 9000, which no calendar here writes.
        """
        if not 0 <= self.now_ms() + seconds * 1000 <= _LATEST_MS:
            raise ClockError("The clock goes from 1970 to 9000.")
        self._offset_ms += int(seconds * 1000)
        for listener in self._listeners:
            listener()

    def set(self, moment: datetime) -> None:
        """Move to an aware moment; a running clock runs on from there."""
        self.advance((int(moment.timestamp() * 1000) - self.now_ms()) / 1000)

    def on_move(self, listener: Callable[[], None]) -> None:
        """Call `listener` after each move."""
        self._listeners.append(listener)


def _moment(ms: int) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=ms)


@lru_cache(maxsize=65_536)
def _written_second(second: int) -> str:
    return _moment(second * 1000).strftime("%Y-%m-%dT%H:%M:%SZ")


def rfc3339(ms: int | None) -> str | None:
    """v2's form, `2026-11-22T09:00:00Z`."""
    return None if ms is None else _written_second(ms // 1000)


def rfc3339_ms(ms: int | None) -> str | None:
    """The form of v1 leads and of webhooks, `2026-11-22T09:00:00.123Z`."""
    return None if ms is None else f"{_written_second(ms // 1000)[:-1]}.{ms % 1000:03d}Z"


def spaced(ms: int | None) -> str | None:
    """v1's form, `2026-11-22 09:00:00`, UTC without saying so."""
    return None if ms is None else _written_second(ms // 1000)[:-1].replace("T", " ")


def day(ms: int) -> str:
    """The UTC day, `2026-11-22`."""
    return _written_second(ms // 1000)[:10]


def parse_rfc3339(text: str) -> int | None:
    """Milliseconds of an RFC 3339 text, or None if it is not one."""
    if not _RFC3339.match(text):
        return None
    try:
        return int(datetime.fromisoformat(text).timestamp() * 1000)
    except ValueError:
        return None


def parse_whole_rfc3339(text: str) -> int | None:
    """As `parse_rfc3339`, refusing fractions of a second as `updated_since` does."""
    return parse_rfc3339(text) if _RFC3339_WHOLE.match(text) else None


def parse_spaced(text: str) -> int | None:
    """Milliseconds of v1's `YYYY-MM-DD HH:MM:SS` (UTC), or None if it is not that."""
    try:
        return int(datetime.strptime(text + "+0000", "%Y-%m-%d %H:%M:%S%z").timestamp() * 1000)
    except ValueError:
        return None

"""SystemClock: the time of the machine, for everything that is not a test."""

import asyncio
import time
from datetime import UTC, datetime


class SystemClock:
    """The Clock of the machine (`dealwright.core.clock.Clock`)."""

    def now(self) -> datetime:
        """The present moment, aware and in UTC."""
        return datetime.now(UTC)  # noqa: TID251 - this is the Clock that others are handed

    def monotonic_s(self) -> float:
        """Seconds that never go backwards."""
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Return once `seconds` have passed."""
        await asyncio.sleep(seconds)  # noqa: TID251 - this is the Clock that others are handed

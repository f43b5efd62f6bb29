"""Erasures that go on for longer than a request, in tasks of their own."""

import asyncio
from typing import Final

import structlog

from dealwright.pipeline.privacyerase import Eraser
from dealwright.pipeline.privacylist import sweep
from dealwright.store.privacy import unfinished

_log = structlog.get_logger(__name__)


#: What was begun so long ago and is not done, nobody does any more.
_LEFT_MS: Final = 3_600_000


async def tend(eraser: Eraser) -> int:
    """Take persons out of the mirrors who are suppressed, and end what a crash has left.

    How many persons it were. Raises StoreUnavailable.
    """
    before_ms = eraser.now_ms - _LEFT_MS
    for one in await eraser.store.read(unfinished):
        if one.made_at_ms < before_ms:
            await eraser.run(one.id)
    return await sweep(eraser.store, eraser.vault)


class Erasures:
    """Runs them; what breaks off stands in the store, and goes on when it is asked for."""

    def __init__(self, eraser: Eraser) -> None:
        self.eraser = eraser
        self._tasks: dict[int, asyncio.Task[None]] = {}

    def go_on(self, number: int) -> None:
        """Do an erasure from where it is, unless this process does."""
        if number not in self._tasks:
            task = asyncio.create_task(self._run(number))
            self._tasks[number] = task
            task.add_done_callback(lambda _: self._tasks.pop(number, None))

    async def idle(self) -> None:
        """Wait until everything that was begun has ended."""
        await asyncio.gather(*self._tasks.values())

    async def close(self) -> None:
        """Stop; what is under way goes on another time."""
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _run(self, number: int) -> None:
        try:
            await self.eraser.run(number)
        except Exception:  # noqa: BLE001 - it stands in the store how far it is
            _log.exception("privacy.erasure_broke_off", erasure_id=number)

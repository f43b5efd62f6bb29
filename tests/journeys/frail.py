"""Frail: a Store that dies between two writes, as a process does that is killed."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import sqlalchemy as sa

from dealwright.store.engine import Store

T = TypeVar("T")


class Killed(BaseException):
    """The process is no more; nothing of ours may catch this."""


@dataclass(slots=True)
class Frail:
    """A Store whose process dies at one of its writes, before it is kept or after.

    `dies_in`: so many writes from now; None: never. Dead, it does nothing until `revive`.
    """

    store: Store
    dies_in: int | None = None
    kept: bool = False
    dead: bool = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self.store, name)

    async def read(self, fn: Callable[[sa.Connection], T]) -> T:
        """Read, while alive."""
        self._breathe()
        return await self.store.read(fn)

    async def write(self, fn: Callable[[sa.Connection], T]) -> T:
        """Write, or die before or after."""
        self._breathe()
        if self.dies_in == 0:
            self.dead = True
            if self.kept:
                await self.store.write(fn)
            raise Killed
        if self.dies_in is not None:
            self.dies_in -= 1
        return await self.store.write(fn)

    def revive(self) -> None:
        """Be the Store of the next process."""
        self.dead, self.dies_in = False, None

    def _breathe(self) -> None:
        if self.dead:
            raise Killed

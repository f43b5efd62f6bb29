"""Tenure: one drain's hold on a Connection. Whoever lost it can write nothing more."""

from collections.abc import Callable
from typing import TypeVar

import sqlalchemy as sa

from dealwright.core.clock import Clock, to_ms
from dealwright.store.engine import Store
from dealwright.store.leases import check_fence, lease, release, renew

T = TypeVar("T")


class Tenure:
    """A lease on one Connection with its fencing number.

    `holder` is the same for every drain of one machine's worker, so that a restarted one need not
    wait for the lease of the one that died.
    """

    def __init__(
        self, store: Store, *, connection_id: int, holder: str, clock: Clock, lease_s: float
    ) -> None:
        self._store = store
        self.clock = clock
        self._holder = holder
        self._lease_ms = int(lease_s * 1000)
        self._until_ms = 0
        self._last: int | None = None
        self.connection_id = connection_id
        self.fence: int | None = None

    async def begin(self) -> bool:
        """Take the lease, or make sure that we have it still; False when another drain has it."""
        now_ms = self.now_ms
        if self.fence is not None and now_ms < self._until_ms:
            return True
        self.fence = await self._store.write(
            lambda db: lease(
                db, self.connection_id, holder=self._holder, now_ms=now_ms, ttl_ms=self._lease_ms
            )
        )
        self._until_ms = now_ms + self._lease_ms
        return self.fence is not None

    def unbroken(self) -> bool:
        """Whether nobody had the Connection since we asked this last."""
        # Every lease makes the next number: one more than ours was is ours again.
        last, self._last = self._last, self.fence
        return last is not None and self.fence in {last, last + 1}

    async def end(self, *, idle_until_ms: int = 0) -> None:
        """Give the lease back, for whoever comes next; until when only what is new counts."""
        fence, self.fence = self.fence, None
        if fence is not None:
            await self._store.write(
                lambda db: release(db, self.connection_id, fence=fence, idle_until_ms=idle_until_ms)
            )

    def lost(self) -> None:
        """Forget the lease: another drain has it."""
        self.fence = None

    async def keep(self) -> None:
        """Renew the lease for as long as this is awaited; raises FenceLost when it is lost."""
        while True:
            await self.clock.sleep(self._lease_ms / 3000)
            await self.write(lambda _: None)

    async def read(self, fn: Callable[[sa.Connection], T]) -> T:
        """Read what is quickly read, in one transaction with all who ask now; anybody may."""
        return await self._store.look(fn)

    async def survey(self, fn: Callable[[sa.Connection], T]) -> T:
        """Read much, beside all who want little."""
        return await self._store.read(fn)

    async def write(self, fn: Callable[[sa.Connection], T]) -> T:
        """Write in one transaction; raises FenceLost, and stores nothing, when another drains."""
        fence = self.held_fence
        now_ms = self.now_ms
        renewing = now_ms > self._until_ms - 2 * self._lease_ms // 3

        def fenced(db: sa.Connection) -> T:
            if renewing:
                renew(db, self.connection_id, fence=fence, now_ms=now_ms, ttl_ms=self._lease_ms)
            else:
                check_fence(db, self.connection_id, fence=fence)
            return fn(db)

        result = await self._store.write(fenced)
        if renewing:
            self._until_ms = now_ms + self._lease_ms
        return result

    @property
    def held_fence(self) -> int:
        """The fencing number of the lease that we have."""
        if self.fence is None:
            raise RuntimeError("a drain writes only while it has the lease")
        return self.fence

    @property
    def now_ms(self) -> int:
        """The present moment as the store writes it."""
        return to_ms(self.clock.now())

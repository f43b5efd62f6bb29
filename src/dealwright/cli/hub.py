"""The hub as a command sees it: settings, store, vault and clock, opened for one piece of work."""

import asyncio
from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

import sqlalchemy as sa

from dealwright import parts
from dealwright.core.clock import Clock, to_ms
from dealwright.core.people import CLI
from dealwright.pipeline.clock import SystemClock
from dealwright.pipeline.wake import SocketWaker, socket_path
from dealwright.settings import Settings, load_settings
from dealwright.store.audit import record
from dealwright.store.engine import Store
from dealwright.store.notify import EVERY, notify
from dealwright.store.secrets import Vault

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Hub:
    """What every command needs."""

    settings: Settings
    store: Store
    vault: Vault
    clock: Clock

    def now_ms(self) -> int:
        """The present moment, as tables store it."""
        return to_ms(self.clock.now())

    async def read(self, look: Callable[[sa.Connection], T]) -> T:
        """Look something up in the store."""
        return await self.store.read(look)

    async def write(self, change: Callable[[sa.Connection], T]) -> T:
        """Change something in the store, all of it or nothing; the worker looks at it at once."""

        def told(db: sa.Connection) -> T:
            changed = change(db)
            notify(db, EVERY)
            return changed

        changed = await self.store.write(told)
        self.wake(EVERY)
        return changed

    def note(
        self,
        db: sa.Connection,
        action: str,
        target: str,
        *,
        before: Any = None,
        after: Any = None,
    ) -> None:
        """Put what a command changes into the audit log, in the transaction that changes it.

        `before` and `after` are what JSON can hold, and never a secret.
        """
        record(
            db,
            at_ms=self.now_ms(),
            principal=CLI,
            action=action,
            target=target,
            before=before,
            after=after,
        )

    def wake(self, connection_id: int | None = None) -> None:
        """Tell the worker on this machine, if there is one, that there is something to do."""
        waker = SocketWaker(socket_path(self.settings.data))
        waker.wake(connection_id)
        waker.close()


@contextmanager
def opened(settings: Settings) -> Generator[Hub]:
    """Open the store of these settings, brought up to date, and close it afterwards."""
    store = parts.open_store(settings)
    try:
        hub = Hub(
            settings=settings,
            store=store,
            vault=parts.open_vault(settings),
            clock=SystemClock(),
        )
        parts.check_vault(store, hub.vault, now_ms=hub.now_ms())
        yield hub
    finally:
        store.close()


def with_hub(work: Callable[[Hub], Awaitable[T]]) -> T:
    """Do one piece of work with the operator's hub."""
    with opened(load_settings()) as hub:
        return asyncio.run(_awaited(work(hub)))


async def _awaited(work: Awaitable[T]) -> T:
    return await work

"""Visit: a few calls to an account for somebody who waits, within the Connection's budget."""

from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from dealwright.core.clock import Clock
from dealwright.core.priority import Priority
from dealwright.pipedrive.client import CallRecord
from dealwright.pipedrive.records import Records
from dealwright.pipeline.drain import Dial
from dealwright.pipeline.spending import spending
from dealwright.store.connections import Connection, credentials
from dealwright.store.engine import Store

Visit = Callable[[Connection], AbstractAsyncContextManager[Records]]
"""Opens the account of a Connection."""


def visits(store: Store, clock: Clock, *, dial: Dial) -> Visit:
    """How processes that serve people open accounts; raises NotFound (`no_credentials`)."""

    @asynccontextmanager
    async def visit(one: Connection) -> AsyncGenerator[Records]:
        sealed = await store.read(lambda db: credentials(db, one.id))
        client = dial(one, sealed)
        try:
            async with spending(client, store, of=one, clock=clock) as paying:
                yield Records(paying.for_purpose("setup", _unheard, priority=Priority.MEETING))
        finally:
            await client.close()

    return visit


def _unheard(_: CallRecord) -> None:
    """The Purse writes the Ledger; nobody else wants to know."""

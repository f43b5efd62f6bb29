"""Spending: calls of a command or a check, within the same day's budget as those of the drains."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from dealwright.core.clock import Clock
from dealwright.pipedrive.client import Client
from dealwright.pipedrive.plans import daily_tokens, plan
from dealwright.pipeline.budget import WEB, Purse
from dealwright.store.connections import Connection
from dealwright.store.engine import Store


@asynccontextmanager
async def spending(
    client: Client, store: Store, *, of: Connection, clock: Clock
) -> AsyncGenerator[Client]:
    """A Client of a Connection whose calls are taken from its day before they are sent.

    They stand in the Ledger under their purposes when this ends; nobody else need write them down.
    Every call may raise RateLimited with a code of the budget's, and StoreUnavailable.
    """
    purse = Purse(
        store,
        connection_id=of.id,
        clock=clock,
        gate=client.gate,
        plan_tokens=daily_tokens(plan(of.plan), of.seats),
        style=WEB,
    )
    try:
        yield client.within(purse)
    finally:
        await purse.flush()

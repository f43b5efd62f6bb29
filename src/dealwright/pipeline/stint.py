"""Stint: one run of a drain while its lease is kept, whoever started it."""

import asyncio
import contextlib
import gc
import sys
from collections.abc import Generator

from dealwright.pipeline.drain import Drain, Sweep
from dealwright.store.leases import FenceLost

#: How long a Connection is let be whose drain broke off, and how long that grows.
FIRST_REST_S = 1.0
LONGEST_REST_S = 30.0

_SWITCH_S = 0.0005


def longer(rest_s: float) -> float:
    """The rest after the next break: twice as long as the last."""
    return min(max(rest_s * 2, FIRST_REST_S), LONGEST_REST_S)


async def stint(drain: Drain) -> Sweep:
    """Run a drain while its lease is kept; not `mine` when another took it meanwhile."""
    run = asyncio.create_task(drain.run())
    keep = asyncio.create_task(drain.keep())
    try:
        await asyncio.wait((run, keep), return_when=asyncio.FIRST_COMPLETED)
        if run.done():
            return run.result()
        with contextlib.suppress(FenceLost):
            keep.result()
        return Sweep(mine=False)
    finally:
        run.cancel()
        keep.cancel()
        await asyncio.gather(run, keep, return_exceptions=True)


@contextlib.contextmanager
def tuned() -> Generator[None]:
    """Have the interpreter work as a worker wants it: collect seldom, change threads soon."""
    # What lives now lives as long as the process, and the values of a backlog live until they are
    # delivered: a collector that looks at them again and again cost as much as all the routing.
    collecting, switching = gc.get_threshold(), sys.getswitchinterval()
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 50)
    # The store's threads give the interpreter away for each statement, the loop for each send. To
    # wait up to 5 ms until it comes back cost a third of all events a second.
    sys.setswitchinterval(_SWITCH_S)
    try:
        yield
    finally:
        sys.setswitchinterval(switching)
        gc.set_threshold(*collecting)
        gc.unfreeze()

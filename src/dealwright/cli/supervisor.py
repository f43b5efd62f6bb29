"""Several processes as one command: started together, watched, and ended together."""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import structlog

from dealwright.core.clock import Clock
from dealwright.core.errors import DealwrightError

#: A child that fails sooner after its start is not started again: it would fail again. One that
#: was killed, as by a system that is short of memory, is.
TOO_SOON_S = 5.0
#: How long a child may take to finish what it is doing when it is asked to end.
PATIENCE_S = 20.0
#: The pause before a restart, doubled each time up to a longest while the child is killed soon
#: after each start: it would be killed again, and starting costs as much as working.
RESTART_AFTER_S = 1.0
LONGEST_PAUSE_S = 60.0
#: A child that ran for so long is well: the pauses begin anew.
WELL_S = 60.0

_log = structlog.get_logger("dealwright.serve")


class ChildFailed(DealwrightError):
    """A process of the hub ended by itself, right after its start; its own message says why."""

    code = "child_failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Child:
    """One process: what people call it, and the arguments of `dealwright` that start it.

    `environment` is what it has beside its parent's.
    """

    name: str
    arguments: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict[str, str])


async def supervise(children: Sequence[Child], clock: Clock, *, tied: bool = False) -> None:
    """Run the children until SIGINT or SIGTERM; start anew what ends by itself.

    `tied` to its own parent, it also ends when that is gone. Raises ChildFailed when one does not
    stand up; the others are ended then.
    """
    ended = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    if tied:
        when_parent_is_gone(ended.set)
    keepers = [asyncio.create_task(_keep(child, clock)) for child in children]
    waiter = asyncio.create_task(ended.wait())
    try:
        done, _ = await asyncio.wait({waiter, *keepers}, return_when=asyncio.FIRST_COMPLETED)
        for task in done - {waiter}:
            await task
    finally:
        for task in (waiter, *keepers):
            task.cancel()
        await asyncio.gather(waiter, *keepers, return_exceptions=True)


async def _keep(child: Child, clock: Clock) -> None:
    pause_s = 0.0
    while True:
        began_s = clock.monotonic_s()
        async with _running(child) as process:
            _log.info("child.started", child=child.name, pid=process.pid)
            code = await process.wait()
        ran_s = clock.monotonic_s() - began_s
        if code >= 0 and ran_s < TOO_SOON_S:
            raise ChildFailed(f"The {child.name} process ended at once (with {code}).")
        pause_s = next_pause_s(pause_s, ran_s=ran_s)
        _log.warning("child.ended", child=child.name, code=code, restart_after_s=pause_s)
        await clock.sleep(pause_s)


def next_pause_s(before_s: float, *, ran_s: float) -> float:
    """The pause before a restart, from the one before (0: there was none) and how long it ran."""
    if not before_s or ran_s >= WELL_S:
        return RESTART_AFTER_S
    return min(before_s * 2, LONGEST_PAUSE_S)


@asynccontextmanager
async def _running(child: Child) -> AsyncGenerator[asyncio.subprocess.Process]:
    # A session of its own: Ctrl-C reaches the parent alone, which ends the children in order.
    # The pipe is never written to: it closes when the parent is gone, however it went.
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "dealwright", *child.arguments),
        stdin=asyncio.subprocess.PIPE,
        start_new_session=True,
        env={**os.environ, **child.environment},
    )
    try:
        yield process
    finally:
        await _ended(process)


async def _ended(process: asyncio.subprocess.Process) -> None:
    if process.returncode is not None:
        return
    with contextlib.suppress(ProcessLookupError):
        process.terminate()
    try:
        await asyncio.wait_for(process.wait(), PATIENCE_S)
    except TimeoutError:
        process.kill()
        await process.wait()


def when_parent_is_gone(end: Callable[[], None]) -> None:
    """Call `end`, once, when the process that started this one has gone."""
    loop = asyncio.get_running_loop()
    descriptor = sys.stdin.fileno()

    def look() -> None:
        if not os.read(descriptor, 1024):
            loop.remove_reader(descriptor)
            end()

    loop.add_reader(descriptor, look)

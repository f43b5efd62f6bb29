"""Where a scene is played: the hub's own hands, its address, and Pipedrive; and what it leaves."""

from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import sqlalchemy as sa
from rich.console import Console

from dealwright.cli.demo.pipedrive import Pipedrive
from dealwright.cli.demo.place import DemoFailed
from dealwright.cli.hub import Hub

#: How long the hub, its mirror too, may take for what a scene waits for.
PATIENCE_S = 60.0
LOOK_AGAIN_S = 0.2


class Stand(NamedTuple):
    """What every scene is given."""

    hub: Hub
    url: str
    pipedrive: Pipedrive
    folder: Path
    console: Console
    connection_id: int
    write_key: str


class Hint(NamedTuple):
    """A command for whoever looks around afterwards, and what it shows."""

    command: str
    remark: str = ""


#: Plays, prints, and judges itself: raises DemoFailed when something is not as it must be.
Scene = Callable[[Stand], Awaitable[Sequence[Hint]]]


def title(stand: Stand, words: str) -> None:
    """Begin a scene, or a part of one."""
    stand.console.print()
    stand.console.rule(f"[bold]{words}[/bold]", align="left", style="dim")


def judge(faults: Sequence[str]) -> None:
    """Raise DemoFailed with all that is wrong, if anything is."""
    if faults:
        raise DemoFailed("Not all is as it must be:\n" + "\n".join(f"  - {one}" for one in faults))


async def until(stand: Stand, done: Callable[[sa.Connection], bool], failing: str) -> None:
    """Wait until something is so in the hub's store; raises DemoFailed with `failing` if not."""
    clock = stand.hub.clock
    deadline_s = clock.monotonic_s() + PATIENCE_S
    while not await stand.hub.read(done):
        if clock.monotonic_s() > deadline_s:
            raise DemoFailed(f"{failing} after {PATIENCE_S:.0f} s.")
        await clock.sleep(LOOK_AGAIN_S)

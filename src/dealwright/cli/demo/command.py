"""`dealwright demo`: the whole of it, without an account and without a network."""

import asyncio
import os
import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import AsyncExitStack
from datetime import date
from pathlib import Path
from shutil import which
from typing import Annotated

import sqlalchemy as sa
import typer
from rich.console import Console

from dealwright.cli.connecting import Wish, connected
from dealwright.cli.connections import turned_on
from dealwright.cli.demo.check import faults
from dealwright.cli.demo.pipedrive import looking_into
from dealwright.cli.demo.place import (
    DemoFailed,
    Stage,
    alone,
    hub_process,
    new_token,
    sandbox_process,
)
from dealwright.cli.demo.play import Player, sdk_for
from dealwright.cli.demo.report import Ending, print_report
from dealwright.cli.demo.story import story
from dealwright.cli.examples import examples
from dealwright.cli.hub import Hub, opened
from dealwright.cli.output import console_of
from dealwright.cli.sources import added
from dealwright.core.delivery import State
from dealwright.core.secret import Secret
from dealwright.pipeline.clock import SystemClock
from dealwright.settings import load_settings
from dealwright.store.delivery_list import DeliveryFilter, find_deliveries
from dealwright.store.events import count_rejects
from dealwright.store.ledger import Spent, spent

EXAMPLES = examples(
    "dealwright demo",
    "DEMO_EXIT=1 dealwright demo  # ends with 0 if all is as it must be, else with 1",
)

ALL = DeliveryFilter()

#: The output is made for this; a wider terminal does not stretch it.
WIDTH = 100


def demo(
    *,
    stay: Annotated[
        bool | None,
        typer.Option("--stay/--exit", help="Keep serving afterwards; at a terminal it does."),
    ] = None,
) -> None:
    """Play a small company's story: sandbox, hub, Segment's SDK, and an outage in the middle.

    Needs no account and no network, and leaves nothing behind. At the end it shows what Pipedrive
    holds, what became of the events, and what it cost.
    """
    console = console_of(sys.stdout)
    console.width = min(console.width, WIDTH) if console.is_terminal else WIDTH
    if stay is None:
        stay = console.is_terminal and os.environ.get("DEMO_EXIT") != "1"
    with tempfile.TemporaryDirectory(prefix="dealwright-demo-") as folder:
        alone(Path(folder))
        asyncio.run(_demo(Path(folder), console, stays=stay))


async def _demo(folder: Path, console: Console, *, stays: bool) -> None:
    clock, token = SystemClock(), new_token()
    console.rule(
        "[bold]Dealwright[/bold]: a maker of coffee machines and its customers", style="dim"
    )
    async with AsyncExitStack() as stack:
        with console.status("Starting a Pipedrive sandbox and the hub …"):
            sandbox = await stack.enter_async_context(sandbox_process(folder, token, clock))
            hub = stack.enter_context(opened(load_settings()))
            write_key, connection_id = await _set_up(hub, sandbox, token, console)
            address = await stack.enter_async_context(hub_process(folder, clock))
        console.print(f"[green]✓[/green] The hub at {address.url}, where Segment's SDK sends to")
        pipedrive = await stack.enter_async_context(looking_into(sandbox.url))
        refused: list[str] = []
        player = Player(
            sdk=sdk_for(address.url, write_key, refused),
            pipedrive=pipedrive,
            hub=hub,
            connection_id=connection_id,
            console=console,
            refused=refused,
        )
        await _told(player)
        if stays:
            await _stay(console, folder, sandbox, address)


async def _set_up(hub: Hub, sandbox: Stage, token: str, console: Console) -> tuple[str, int]:
    wish = Wish(
        base_url=sandbox.url, token=Secret(token), plan="premium", seats=5, name="tallinncoffee"
    )
    made, user, _ = await connected(hub, wish)
    await turned_on(hub, made.name, "now")
    _, key = await added(hub, "webshop")
    console.print(
        f"[green]✓[/green] A Pipedrive sandbox at {sandbox.url}, connected as {user.name} "
        f"of {made.company_name}"
    )
    return key, made.id


async def _told(player: Player) -> None:
    """Tell the story, print the report, and judge it. Raises DemoFailed when something is wrong."""
    told, began = story(), player.hub.clock.now()
    before = await player.pipedrive.state()
    await player.play(told)
    now = await player.pipedrive.state()
    ending = Ending(
        story=told,
        before=before,
        now=now,
        deliveries=await player.hub.read(lambda db: find_deliveries(db, ALL, limit=10_000)),
        rejected=await player.hub.read(count_rejects),
        spent=await _ledger(player, {began.date(), player.hub.clock.now().date()}),
        cost=await player.pipedrive.spent(),
    )
    print_report(player.console, ending)
    wrong = [*faults(told.wanted, before, now), *_uncounted(ending)]
    player.console.print()
    if wrong:
        raise DemoFailed("Not all is as it must be:\n" + "\n".join(f"  - {one}" for one in wrong))
    wanted = told.wanted
    player.console.print(
        f"[green]✓[/green] All {len(wanted.people)} persons, {len(wanted.organizations)} "
        f"organizations and {len(wanted.activities)} activities are there, each exactly once."
    )


async def _ledger(player: Player, days: set[date]) -> list[Spent]:
    """What the Ledger says of these days; a demo may play over midnight."""

    def look(db: sa.Connection) -> list[Spent]:
        lines = (spent(db, player.connection_id, day=day.isoformat()) for day in days)
        return [line for day in lines for line in day]

    return await player.hub.read(look)


def _uncounted(ending: Ending) -> list[str]:
    wanted, failed = ending.story.wanted, ending.count(State.FAILED)
    found: list[str] = []
    if failed != wanted.failed:
        found.append(f"{failed} Deliveries failed, not {wanted.failed}.")
    if ending.rejected != wanted.rejected:
        found.append(f"{ending.rejected} events were refused, not {wanted.rejected}.")
    return found


async def _stay(console: Console, folder: Path, sandbox: Stage, address: Stage) -> None:
    _print_next(console, folder, sandbox, address)
    ended = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    await ended.wait()
    console.print("\nEnding …")


def _path() -> Iterator[tuple[str, str]]:
    # `make demo` runs out of .venv, which the other terminal need not have activated.
    if which("dealwright") is None:
        yield f'export PATH="{Path(sys.executable).parent}:$PATH"', ""


def _print_next(console: Console, folder: Path, sandbox: Stage, address: Stage) -> None:
    console.print()
    console.rule("[bold]Look around[/bold], in another terminal", align="left", style="dim")
    lines = (
        *_path(),
        (f"export DEALWRIGHT_DATA={folder}", ""),
        ("dealwright deliveries", "what became of each event"),
        ("dealwright deliveries 1", "why, call by call"),
        ("dealwright events --rejected", "what was refused"),
        (f"curl {sandbox.url}/_sandbox/state", "all that Pipedrive holds"),
        (f"curl {address.url}/readyz", "the hub"),
    )
    for command, remark in lines:
        console.print(f"    {command:<50} [dim]{remark}[/dim]", soft_wrap=True)
    console.print("\nIt serves until Ctrl-C; then all of it is removed.")

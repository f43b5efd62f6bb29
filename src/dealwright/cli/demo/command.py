"""`dealwright demo`: the whole of it, without an account and without a network."""

import asyncio
import os
import signal
import sys
import tempfile
from collections.abc import Iterable, Iterator
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
from dealwright.cli.demo.meetings import Recorders, Stand, Told, recorders_added, talked
from dealwright.cli.demo.meetings import faults as wrong_with
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
from dealwright.cli.demo.talkreport import print_talks
from dealwright.cli.demo.talks import FAMILY_IN_PIPEDRIVE as FAMILY
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

    Then three conversations: a meeting that Fathom posts, a call that two persons may have made,
    and a transcript. Needs no account and no network, and leaves nothing behind. It shows what
    Pipedrive holds, what became of the events, what it cost, and where each meeting's page is.
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
            pipedrive = await stack.enter_async_context(looking_into(sandbox.url))
            await pipedrive.has(FAMILY)
            hub = stack.enter_context(opened(load_settings()))
            write_key, connection_id = await _set_up(hub, sandbox, token, console)
            keys = await recorders_added(hub, connection_id)
            address = await stack.enter_async_context(hub_process(folder, clock))
        console.print(f"[green]✓[/green] The hub at {address.url}, where Segment's SDK sends to")
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
        told = await _talked(Stand(hub, address.url, pipedrive, folder), keys, console)
        if stays:
            await _stay(console, _places(folder, sandbox, address, told))


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


async def _talked(stand: Stand, keys: Recorders, console: Console) -> Told:
    """Tell of three conversations; raises DemoFailed when something is wrong."""
    console.print()
    console.rule("[bold]Three conversations[/bold]", align="left", style="dim")
    told = await talked(stand, keys, console)
    print_talks(console, told)
    if wrong := wrong_with(told):
        raise DemoFailed("Not all is as it must be:\n" + "\n".join(f"  - {one}" for one in wrong))
    console.print(
        "\n[green]✓[/green] Two meetings stand in Pipedrive, each once; a call waits for a person."
    )
    return told


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


async def _stay(console: Console, lines: Iterable[tuple[str, str]]) -> None:
    _print_next(console, lines)
    ended = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    await ended.wait()
    console.print("\nEnding …")


def _path() -> Iterator[tuple[str, str]]:
    # `make demo` runs out of .venv, which the other terminal need not have activated.
    if which("dealwright") is None:
        yield f'export PATH="{Path(sys.executable).parent}:$PATH"', ""


def _places(folder: Path, sandbox: Stage, address: Stage, told: Told) -> Iterator[tuple[str, str]]:
    yield from _path()
    yield f"export DEALWRIGHT_DATA={folder}", ""
    yield f"export DEALWRIGHT_HOST=localhost DEALWRIGHT_PORT={os.environ['DEALWRIGHT_PORT']}", ""
    yield "dealwright deliveries", "what became of each event"
    yield "dealwright deliveries 1", "why, call by call"
    yield "dealwright events --rejected", "what was refused"
    yield "dealwright meeting list", "what became of each conversation"
    yield f"dealwright meeting show {told.call.id}", "the call"
    yield "dealwright users setup-link", "make an owner, who may see the pages above"
    yield f"curl {sandbox.url}/_sandbox/state", "all that Pipedrive holds"
    yield f"curl {address.url}/readyz", "the hub"


def _print_next(console: Console, lines: Iterable[tuple[str, str]]) -> None:
    console.print()
    console.rule("[bold]Look around[/bold], in another terminal", align="left", style="dim")
    for command, remark in lines:
        console.print(f"    {command:<50} [dim]{remark}[/dim]", soft_wrap=True)
    console.print("\nIt serves until Ctrl-C; then all of it is removed.")

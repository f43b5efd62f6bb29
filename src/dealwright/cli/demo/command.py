"""`dealwright demo`: the whole of it, without an account and without a network."""

import asyncio
import os
import signal
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from shutil import which
from typing import Annotated

import typer
from rich.console import Console

from dealwright.app import build_registrar
from dealwright.cli.connecting import Wish, connected
from dealwright.cli.connections import turned_on
from dealwright.cli.demo.pipedrive import looking_into
from dealwright.cli.demo.place import Stage, alone, hub_process, new_token, sandbox_process
from dealwright.cli.demo.scene_card import card
from dealwright.cli.demo.scene_events import events
from dealwright.cli.demo.scene_meetings import meetings
from dealwright.cli.demo.scene_trust import trusted
from dealwright.cli.demo.stand import Hint, Scene, Stand
from dealwright.cli.demo.talks import FAMILY_IN_PIPEDRIVE as FAMILY
from dealwright.cli.examples import examples
from dealwright.cli.hub import Hub, opened
from dealwright.cli.output import console_of
from dealwright.cli.sources import added
from dealwright.core.record import RecordKind
from dealwright.core.secret import Secret
from dealwright.pipeline.clock import SystemClock
from dealwright.settings import load_settings
from dealwright.store.connections import Connection
from dealwright.store.crawls import want_crawl

EXAMPLES = examples(
    "dealwright demo",
    "DEMO_EXIT=1 dealwright demo  # ends with 0 if all is as it must be, else with 1",
)

#: The story, in its order; each plays, prints and judges itself.
SCENES: tuple[Scene, ...] = (events, meetings, trusted, card)

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
    and a transcript. A change of a mapping is tried before it is made, explained, and taken back.
    At its end stands the contact card of the buyer. Needs no account and no network, and leaves
    nothing behind. It shows what Pipedrive holds, what became of the events, what it cost, and
    where each meeting's page and the card are.
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
            write_key, made = await _connected(hub, sandbox, token, console)
            address = await stack.enter_async_context(hub_process(folder, clock))
            await _mirrored(hub, made)
        console.print(
            f"[green]✓[/green] The hub at {address.url}, where Segment's SDK sends to\n"
            "[green]✓[/green] It mirrors who is who, notes too; Pipedrive's webhooks tell it what "
            "changes"
        )
        stand = Stand(hub, address.url, pipedrive, folder, console, made.id, write_key)
        hints = [hint for scene in SCENES for hint in await scene(stand)]
        if stays:
            await _stay(console, _places(folder, sandbox, address, hints))


async def _connected(
    hub: Hub, sandbox: Stage, token: str, console: Console
) -> tuple[str, Connection]:
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
    return key, made


async def _mirrored(hub: Hub, made: Connection) -> None:
    """Have what a card shows beside persons, organizations, deals and activities mirrored too."""
    region, kinds = made.defaults.region, (RecordKind.NOTE,)
    await hub.write(
        lambda db: want_crawl(db, made.id, kinds=kinds, now_ms=hub.now_ms(), region=region)
    )
    await build_registrar(hub.settings, hub.store, hub.clock).switch_on(made.id)
    hub.wake(made.id)


async def _stay(console: Console, lines: Iterable[Hint]) -> None:
    _print_next(console, lines)
    ended = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    await ended.wait()
    console.print("\nEnding …")


def _path() -> Iterator[Hint]:
    # `make demo` runs out of .venv, which the other terminal need not have activated.
    if which("dealwright") is None:
        yield Hint(f'export PATH="{Path(sys.executable).parent}:$PATH"')


def _places(folder: Path, sandbox: Stage, address: Stage, hints: Iterable[Hint]) -> Iterator[Hint]:
    yield from _path()
    yield Hint(f"export DEALWRIGHT_DATA={folder} DEALWRIGHT_PUBLIC_URL={address.url}")
    yield from hints
    yield Hint(f"curl {sandbox.url}/_sandbox/state", "all that Pipedrive holds")
    yield Hint(f"curl {address.url}/readyz", "the hub")


def _print_next(console: Console, lines: Iterable[Hint]) -> None:
    console.print()
    console.rule("[bold]Look around[/bold], in another terminal", align="left", style="dim")
    for command, remark in lines:
        console.print(f"    {command:<50} [dim]{remark}[/dim]", soft_wrap=True)
    console.print("\nIt serves until Ctrl-C; then all of it is removed.")

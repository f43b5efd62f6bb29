"""The command `dealwright`: puts the commands together, one file each."""

import os
import sys
from collections.abc import Sequence
from importlib.metadata import version as version_of
from typing import Annotated, NoReturn

import typer

from dealwright.cli import failure
from dealwright.cli.lazy import Entry, LazyGroup
from dealwright.core.errors import DealwrightError


def _entry(panel: str, name: str, at: str, text: str) -> Entry:
    return Entry(name=name, panel=panel, at=f"dealwright.cli.{at}", help=text)


SETTING_UP = "Set up"
RUNNING = "Run"
LOOKING = "Look and mend"
TRYING = "Try"

ENTRIES = (
    _entry(
        TRYING,
        "demo",
        "demo.command:demo",
        "Play a small company's story: sandbox, hub, Segment's SDK, and an outage in the middle.",
    ),
    _entry(
        TRYING,
        "sandbox",
        "sandbox:sandbox",
        "Start a Pipedrive over HTTP, for trying things without an account.",
    ),
    _entry(
        TRYING,
        "map",
        "map:map",
        "Show the fields that a mapping makes of an event, or every fault with its path.",
    ),
    _entry(
        TRYING,
        "trigger",
        "trigger:trigger",
        "Check a trigger, and tell for each event of a file whether it fires, and why not.",
    ),
    _entry(
        SETTING_UP,
        "connect",
        "connect:connect",
        "Connect a Pipedrive account, or give a Connection a new API token.",
    ),
    _entry(
        SETTING_UP,
        "import",
        "import_segment:app",
        "Bring along what another tool was told.",
    ),
    _entry(
        SETTING_UP,
        "connections",
        "connections:app",
        "Pipedrive accounts, and whether events are written to them.",
    ),
    _entry(
        SETTING_UP,
        "webhooks",
        "webhooks:app",
        "Whether Pipedrive tells the hub what people change.",
    ),
    _entry(
        SETTING_UP,
        "sources",
        "sources:app",
        "Where events come from: each Source has a write key.",
    ),
    _entry(SETTING_UP, "users", "users:app", "Who may use the hub, and as what."),
    _entry(SETTING_UP, "keys", "keys:app", "API keys: with them programs use the management API."),
    _entry(SETTING_UP, "mappings", "mappings:app", "Which events do what in Pipedrive."),
    _entry(
        SETTING_UP,
        "config",
        "config:app",
        "The configuration as a file, for version control.",
    ),
    _entry(
        RUNNING,
        "serve",
        "serve:serve",
        "Run the hub: take events in, and write them to Pipedrive.",
    ),
    _entry(
        RUNNING,
        "meeting",
        "meeting:app",
        "Meetings and calls: what came of them, and files of them brought in.",
    ),
    _entry(RUNNING, "send", "send:send", "Send the events of a file, as if an SDK had."),
    _entry(
        RUNNING,
        "mirror",
        "mirror:app",
        "The local copy of who is who in an account: what it knows, and filling it.",
    ),
    _entry(
        RUNNING,
        "replay",
        "replay:app",
        "Read a range of the log once more, with a chosen version of a Mapping.",
    ),
    _entry(
        RUNNING,
        "undo",
        "undo:app",
        "Take back what was written to Pipedrive.",
    ),
    _entry(
        RUNNING,
        "duplicates",
        "duplicates:app",
        "Records that are likely one: find them, merge them, say that they are not.",
    ),
    _entry(
        RUNNING,
        "mcp",
        "mcp:mcp",
        "Serve the hub's tools over stdio, for a program on this machine; it starts this itself.",
    ),
    _entry(RUNNING, "db", "db:app", "The schema of the store."),
    _entry(
        RUNNING,
        "secrets",
        "secrets:app",
        "The keys that tokens and passwords are sealed with.",
    ),
    _entry(
        RUNNING,
        "privacy",
        "privacy:app",
        "Find, export and erase somebody; and whom nothing is taken in of.",
    ),
    _entry(
        RUNNING,
        "backup",
        "backup:backup",
        "Write the whole store into one file, as it is at this moment, while the hub runs.",
    ),
    _entry(
        RUNNING,
        "restore",
        "backup:restore",
        "Make the store what a backup holds; the hub must not run.",
    ),
    _entry(
        LOOKING,
        "card",
        "card:app",
        "Contact cards: whose an address is, and what cards show.",
    ),
    _entry(
        LOOKING,
        "events",
        "events:events",
        "Show the newest events, or with --rejected the newest that could not be taken.",
    ),
    _entry(
        LOOKING,
        "deliveries",
        "deliveries:app",
        "What became of the events; sending some of them again, or putting them aside.",
    ),
    _entry(
        LOOKING,
        "explain",
        "explain:explain",
        "Tell why something is as it is: a record, an event, a Delivery or a meeting.",
    ),
    _entry(
        LOOKING,
        "review",
        "review:app",
        "What waits for a person: looking at it, and deciding.",
    ),
    _entry(
        LOOKING,
        "proposals",
        "proposals:app",
        "What programs propose to have done: looking at it, and approving.",
    ),
    _entry(
        LOOKING,
        "drift",
        "drift:app",
        "What was renamed or deleted in Pipedrive: who depends on it, and the mend.",
    ),
    _entry(
        LOOKING,
        "alerts",
        "alerts:app",
        "What is wrong, and whether it is said where you would hear it.",
    ),
    _entry(
        LOOKING,
        "budget",
        "budget:app",
        "The day's API tokens: spent, left, kept for people, and when they will end.",
    ),
    _entry(
        LOOKING,
        "report",
        "report:report",
        "Tell what the hub has done, week by week and Mapping by Mapping, and what it has spared.",
    ),
    _entry(LOOKING, "audit", "audit:audit", "Show what was changed, by whom, newest first."),
    _entry(
        LOOKING,
        "doctor",
        "doctor:doctor",
        "Look at settings, store, clocks, Connections and waiting work, and say what to do.",
    ),
)


class Commands(LazyGroup):
    """All of them."""

    entries = ENTRIES


app = typer.Typer(
    name="dealwright",
    cls=Commands,
    help="Customer events into Pipedrive: without duplicates, and within budget.",
    epilog="New here? [bold]dealwright demo[/bold] shows all of it, without an account.",
    rich_markup_mode="rich",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


def _say_version(wanted: bool) -> None:  # noqa: FBT001 - Typer's signature of a callback
    if wanted:
        typer.echo(f"dealwright {version_of('dealwright')}")
        raise typer.Exit


@app.callback()
def dealwright(
    *,
    version: Annotated[
        bool,
        typer.Option(
            "--version", help="Say which version this is.", callback=_say_version, is_eager=True
        ),
    ] = False,
) -> None:
    """The options of the command itself."""


def run(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run one command line and leave with 0, 1 (it failed) or 2 (it was used wrongly)."""
    if os.environ.get("NO_COLOR"):
        # Typer's name for it; its own console, of the help texts, would still write bold and dim.
        os.environ["_TYPER_FORCE_DISABLE_TERMINAL"] = "1"
    try:
        app(args=arguments, prog_name="dealwright")
    except DealwrightError as error:
        failure.told(error)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
    finally:
        _hand_over()
    sys.exit(0)


def _hand_over() -> None:
    """Print what is left; a reader that has gone, as `head` does, is no reason to complain."""
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())

"""The command `dealwright`: puts the commands together, one file each."""

import inspect
import sys
from collections.abc import Sequence
from typing import NoReturn

import typer

from dealwright.cli import (
    connect,
    connections,
    db,
    deliveries,
    doctor,
    events,
    failure,
    import_segment,
    mapping_files,
    mappings,
    sandbox,
    send,
    serve,
    sources,
    trigger,
)
from dealwright.cli import map as map_command
from dealwright.cli.demo import command as demo
from dealwright.core.errors import DealwrightError

SETTING_UP = "Set up"
RUNNING = "Run"
LOOKING = "Look and mend"
TRYING = "Try"

app = typer.Typer(
    name="dealwright",
    help="Customer events into Pipedrive: without duplicates, and within budget.",
    epilog="New here? [bold]dealwright demo[/bold] shows all of it, without an account.",
    rich_markup_mode="rich",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command(rich_help_panel=TRYING, epilog=demo.EXAMPLES)(demo.demo)
app.command(rich_help_panel=TRYING, epilog=sandbox.EXAMPLES)(sandbox.sandbox)
app.command(rich_help_panel=TRYING, epilog=map_command.EXAMPLES)(map_command.map)
app.command(rich_help_panel=TRYING, epilog=trigger.EXAMPLES)(trigger.trigger)
app.command(rich_help_panel=SETTING_UP, epilog=connect.EXAMPLES)(connect.connect)
app.add_typer(import_segment.app, name="import", rich_help_panel=SETTING_UP)
app.add_typer(connections.app, name="connections", rich_help_panel=SETTING_UP)
app.add_typer(sources.app, name="sources", rich_help_panel=SETTING_UP)
mappings.app.command("add", epilog=mapping_files.ADD)(mapping_files.add)
mappings.app.command("change")(mapping_files.change)
mappings.app.command("test", epilog=mapping_files.TEST)(mapping_files.run_cases)
app.add_typer(mappings.app, name="mappings", rich_help_panel=SETTING_UP)
app.command(rich_help_panel=RUNNING, epilog=serve.EXAMPLES)(serve.serve)
app.command(rich_help_panel=RUNNING, epilog=send.EXAMPLES)(send.send)
app.add_typer(db.app, name="db", rich_help_panel=RUNNING)
app.command(rich_help_panel=LOOKING, epilog=events.EXAMPLES)(events.events)
app.command(rich_help_panel=LOOKING, epilog=deliveries.EXAMPLES)(deliveries.deliveries)
app.command(rich_help_panel=LOOKING)(doctor.doctor)


def _folded(group: typer.Typer) -> None:
    """Let help texts flow to the width of the terminal: the lines of a docstring are ours."""
    for command in group.registered_commands:
        paragraphs = inspect.cleandoc(command.callback.__doc__ or "").split("\n\n")
        command.help = "\n\n".join(" ".join(part.split()) for part in paragraphs)
    for inner in group.registered_groups:
        if inner.typer_instance is not None:
            _folded(inner.typer_instance)


_folded(app)


def run(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run one command line and leave with 0, 1 (it failed) or 2 (it was used wrongly)."""
    try:
        app(args=arguments, prog_name="dealwright")
    except DealwrightError as error:
        failure.told(error)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
    sys.exit(0)

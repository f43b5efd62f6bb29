"""`dealwright send`: events from a file, into the hub."""

import asyncio
import sys
from contextlib import AbstractAsyncContextManager
from typing import Annotated

import typer
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

from dealwright.cli.doors import Door, Sent, door_to_hub, door_to_url
from dealwright.cli.examples import examples
from dealwright.cli.hub import with_hub
from dealwright.cli.lines import opened
from dealwright.cli.output import Json, Output, console_of, counted
from dealwright.core.event import EventType
from dealwright.pipeline.importing import Read, batches
from dealwright.pipeline.lines import Lines
from dealwright.pipeline.table_rows import read_columns, rows

EXAMPLES = examples(
    "dealwright send events.jsonl",
    "zcat old.gz | dealwright send - --source import",
    "dealwright send events.jsonl.gz --url https://hub.example --write-key …",
    "dealwright send people.csv --map userId=Id --map traits.email=E-mail --map 'traits.*=*'",
)


def send(
    file: Annotated[
        str,
        typer.Argument(
            help="JSON lines, one event each, or a .csv table; also gzip, or - for standard input."
        ),
    ],
    *,
    columns: Annotated[
        list[str] | None,
        typer.Option(
            "--map",
            metavar="FIELD=COLUMN",
            help="Of a table: the event's field and the column for it, such as "
            "traits.email=E-mail; traits.*=* takes all others; repeatable. Without it the columns "
            "are named as the fields.",
        ),
    ] = None,
    kind: Annotated[
        EventType, typer.Option("--type", help="Of a table: what its rows are.")
    ] = EventType.IDENTIFY,
    event: Annotated[
        str | None, typer.Option(help="Of a table: its rows are track calls of this event.")
    ] = None,
    source: Annotated[
        str | None, typer.Option(help="The Source; not needed when there is only one.")
    ] = None,
    url: Annotated[
        str | None, typer.Option(help="A hub elsewhere: goes through its HTTP door.")
    ] = None,
    write_key: Annotated[
        str | None,
        typer.Option(envvar="DEALWRIGHT_WRITE_KEY", help="The write key, with --url."),
    ] = None,
    json: Json = False,
) -> None:
    """Send the events of a file, as if an SDK had.

    Without --url they go straight into this hub's log. Lines that are no event are kept as
    rejects and counted; sending a file again does no harm when its events have a messageId. The
    rows of a table become events by --map; empty cells are left out.
    """
    out = Output(json=json)
    read = _reader(file, columns, kind, event)
    if url is not None:
        sent = asyncio.run(_through(door_to_url(url, write_key), file, read))
    else:
        sent = with_hub(lambda hub: _through(door_to_hub(hub, source), file, read))
    out.say(
        f"[green]✓[/green] {counted(sent.accepted, 'event')} taken, {sent.rejected:,} refused.",
        accepted=sent.accepted,
        rejected=sent.rejected,
    )
    if sent.rejected:
        out.hint("Why: dealwright events --rejected")


def _reader(file: str, columns: list[str] | None, kind: EventType, event: str | None) -> Read:
    """Tables by their name's end, or by what is said of their columns; else JSON lines."""
    if columns is None and event is None and not file.removesuffix(".gz").endswith(".csv"):
        return Lines.stripped
    fixed = {"type": str(kind)} if event is None else {"type": "track", "event": event}
    wanted = read_columns(columns or [], fixed)
    return lambda lines: rows(lines.text, wanted)


async def _through(opening: AbstractAsyncContextManager[Door], file: str, read: Read) -> Sent:
    total = Sent()
    async with opening as door:
        with opened(file) as lines, _progress() as progress:
            task = progress.add_task("Sending", total=lines.size, events=0)
            for batch in batches(read(lines)):
                total += await door(batch)
                progress.update(task, completed=lines.read_so_far(), events=total.accepted)
            progress.update(task, completed=lines.size)
    return total


def _progress() -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.fields[events]:,} events"),
        TimeElapsedColumn(),
        console=console_of(sys.stderr),
        transient=True,
    )

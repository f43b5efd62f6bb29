"""`dealwright send`: events from a file, into the hub."""

import asyncio
from collections.abc import Iterator
from contextlib import AbstractAsyncContextManager
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

from dealwright.cli.doors import Door, Sent, door_to_hub, door_to_url
from dealwright.cli.examples import examples
from dealwright.cli.hub import with_hub
from dealwright.cli.lines import Lines, opened
from dealwright.cli.output import Json, Output, counted

#: A batch ends at whichever comes first; both are below what the door takes at once.
BATCH_EVENTS = 500
BATCH_BYTES = 400_000


EXAMPLES = examples(
    "dealwright send events.jsonl",
    "zcat old.gz | dealwright send - --source import",
    "dealwright send events.jsonl.gz --url https://hub.example --write-key …",
)


def send(
    file: Annotated[
        str, typer.Argument(help="JSON lines, one event each; also gzip, or - for standard input.")
    ],
    *,
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
    rejects and counted; sending a file again does no harm when its events have a messageId.
    """
    out = Output(json=json)
    if url is not None:
        sent = asyncio.run(_through(door_to_url(url, write_key), file))
    else:
        sent = with_hub(lambda hub: _through(door_to_hub(hub, source), file))
    out.say(
        f"[green]✓[/green] {counted(sent.accepted, 'event')} taken, {sent.rejected:,} refused.",
        accepted=sent.accepted,
        rejected=sent.rejected,
    )
    if sent.rejected:
        out.hint("Why: dealwright events --rejected")


async def _through(opening: AbstractAsyncContextManager[Door], file: str) -> Sent:
    total = Sent()
    async with opening as door:
        with opened(file) as lines, _progress() as progress:
            task = progress.add_task("Sending", total=lines.size, events=0)
            for batch in batches(lines):
                total += await door(batch)
                progress.update(task, completed=lines.read_so_far(), events=total.accepted)
            progress.update(task, completed=lines.size)
    return total


def batches(lines: Lines) -> Iterator[list[bytes]]:
    """The lines in groups that one request, or one transaction, takes."""
    batch: list[bytes] = []
    size = 0
    for line in lines.stripped():
        if batch and (len(batch) >= BATCH_EVENTS or size + len(line) > BATCH_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(line)
        size += len(line) + 1
    if batch:
        yield batch


def _progress() -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.fields[events]:,} events"),
        TimeElapsedColumn(),
        console=Console(stderr=True),
        transient=True,
    )

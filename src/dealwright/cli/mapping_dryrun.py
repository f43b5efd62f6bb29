"""`dealwright mappings dry-run`: what a Mapping would do, told without doing it."""

import re
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Annotated, Final

import msgspec
import sqlalchemy as sa
import typer
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

from dealwright.actionbook import actions
from dealwright.cli.account import account_of
from dealwright.cli.asking import confirm
from dealwright.cli.documents import document
from dealwright.cli.dryrun_view import COLUMNS, MOST_ROWS, row_of, told
from dealwright.cli.examples import examples
from dealwright.cli.hub import Hub, with_hub
from dealwright.cli.output import Json, Output, console_of
from dealwright.cli.ranges import first_of, last_of
from dealwright.core.draft import read_draft
from dealwright.core.errors import ConfigError
from dealwright.core.foretold import Foretold, Summary
from dealwright.core.foretoldcsv import csv_lines
from dealwright.core.mapping import Mapping
from dealwright.core.priority import Priority
from dealwright.pipedrive.records import Records
from dealwright.pipeline import dryruns
from dealwright.pipeline.dryevents import Span, newest, of_lines, see_that_it_fits
from dealwright.pipeline.dryrun import USUAL
from dealwright.pipeline.lines import unpacked
from dealwright.store.connections import (
    Connection,
    connection,
    connection_by_name,
    list_connections,
)
from dealwright.store.dry_runs import DryRunState, end_dry_run
from dealwright.store.events import end_of_log
from dealwright.store.mappings import mapping
from dealwright.store.sources import list_sources, source_by_name

#: What may be spent to verify where nobody says how much.
VERIFY_TOKENS: Final = 1_000

EXAMPLES = examples(
    "dealwright mappings dry-run 3  # the newest 1,000 events, at no cost",
    "dealwright mappings dry-run 3@2 --from 2026-11-01 --to 2026-11-08",
    "dealwright mappings dry-run person.json --last 200  # before it is added",
    "dealwright mappings dry-run deal.toml --of 3 --csv > foretold.csv",
    "dealwright mappings dry-run 3 --events new.jsonl --verify",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the command was asked to look at."""

    last: int | None
    start: str | None
    end: str | None
    events: Path | None
    source: str | None


@dataclass(slots=True, kw_only=True)
class _Seen:
    """What came by: the first results for the table, and all lines for programs."""

    out: Output
    csv: bool
    shown: list[Foretold]
    count: int = 0

    def hear(self, one: Foretold) -> None:
        self.count += 1
        if self.csv:
            sys.stdout.write("".join(csv_lines([one], headed=self.count == 1)))
        elif self.out.json:
            self.out.line(msgspec.to_builtins(one))
        elif len(self.shown) < MOST_ROWS:
            self.shown.append(one)


def dry_run(
    tried: Annotated[
        str,
        typer.Argument(metavar="MAPPING|FILE", help="A Mapping, as 3 or 3@2; or a file."),
    ],
    *,
    last: Annotated[int | None, typer.Option(min=1, help="So many of the newest events.")] = None,
    start: Annotated[
        str | None, typer.Option("--from", help="An event's number, or a time: 2026-11-01T08:00Z.")
    ] = None,
    end: Annotated[
        str | None, typer.Option("--to", help="The same, for the last one; else the newest.")
    ] = None,
    events: Annotated[
        Path | None, typer.Option(help="A file of events, one JSON a line, as if they came now.")
    ] = None,
    source: Annotated[str | None, typer.Option(help="The Source that those events are of.")] = None,
    of: Annotated[
        int | None, typer.Option(help="The Mapping whose next version the file would be.")
    ] = None,
    account: Annotated[
        str | None,
        typer.Option("--connection", help="The Connection of a file; not needed for the only one."),
    ] = None,
    verify: Annotated[
        bool, typer.Option("--verify", help="Look up in Pipedrive what is not known for sure.")
    ] = False,
    max_tokens: Annotated[
        int, typer.Option(min=1, help="What --verify may spend at most.")
    ] = VERIFY_TOKENS,
    yes: Annotated[bool, typer.Option("--yes", help="Spend those tokens without asking.")] = False,
    csv: Annotated[bool, typer.Option("--csv", help="Print a table for a spreadsheet.")] = False,
    json: Json = False,
) -> None:
    """Show what a Mapping, or a file that may become one, would do; nothing is written.

    Every event goes the way of a delivery, over the mirror: what would be created, updated, left
    or held, which fields would change, what people would lose, and the API tokens it would take.
    It costs none of them unless it is to --verify.
    """
    out, asked = (
        Output(json=json),
        Asked(last=last, start=start, end=end, events=events, source=source),
    )
    seen = _Seen(out=out, csv=csv, shown=[])
    if verify and not yes:
        confirm(f"Verifying may spend {max_tokens:,} API tokens at most. Go on?", err=True)

    async def run(hub: Hub) -> tuple[int, Summary]:
        wanted = await hub.read(lambda db: _wanted(db, hub, tried, asked, (account, of)))
        wanted = replace(wanted, verify_tokens=max_tokens if verify else 0, made_by="cli")
        return await _run(hub, wanted, seen)

    number, summary = with_hub(run)
    if csv:
        return
    out.table(map(row_of, seen.shown), COLUMNS, empty="No event of these is for this Mapping.")
    told(out, number, summary, left=seen.count - len(seen.shown))


def _wanted(
    db: sa.Connection,
    hub: Hub,
    tried: str,
    asked: Asked,
    whose: tuple[str | None, int | None],
) -> dryruns.Wanted:
    known = re.fullmatch(r"(\d+)(?:@(\d+))?", tried)
    if known is not None:
        found = mapping(db, int(known[1]))
        version = None if known[2] is None else int(known[2])
        one = mapping(db, found.id, version=version)
        wanted = dryruns.Wanted(connection=connection(db, one.connection_id), mapping=one, total=0)
    else:
        wanted = _of_file(db, tried, *whose)
    if asked.events is not None:
        return _with_given(db, hub, wanted, asked)
    span = _span(db, asked)
    return replace(wanted, span=span, total=see_that_it_fits(db, span))


def _of_file(db: sa.Connection, file: str, name: str | None, of: int | None) -> dryruns.Wanted:
    draft = read_draft(document(file))
    dryruns.see_that_it_fits(draft, actions())
    current: Mapping | None = None if of is None else mapping(db, of)
    if current is not None and current.action != draft.action:
        raise ConfigError(
            f"Mapping {current.id} does {current.action}, the file {draft.action}: "
            "try it without --of."
        )
    one = _connection(db, name) if current is None else connection(db, current.connection_id)
    made = dryruns.drafted(draft, of=current, connection=one)
    return dryruns.Wanted(connection=one, mapping=made, total=0, draft=True)


def _connection(db: sa.Connection, name: str | None) -> Connection:
    if name is not None:
        return connection_by_name(db, name)
    known = list_connections(db)
    if len(known) != 1:
        names = ", ".join(one.name for one in known) or "none yet"
        raise ConfigError(f"Choose the Connection with --connection; there is: {names}.")
    return known[0]


def _span(db: sa.Connection, asked: Asked) -> Span:
    if asked.start is None:
        if asked.end is not None:
            raise ConfigError("Say where the range begins: --from.")
        return newest(db, asked.last or USUAL)
    if asked.last is not None:
        raise ConfigError("Say either --last or --from.")
    return Span(first=first_of(db, asked.start), last=last_of(db, asked.end))


def _with_given(
    db: sa.Connection, hub: Hub, wanted: dryruns.Wanted, asked: Asked
) -> dryruns.Wanted:
    if asked.events is None or asked.start or asked.end or asked.last:
        raise ConfigError("Say either --events or a range of the log.")
    try:
        with asked.events.open("rb") as file:
            lines = list(unpacked(file, None).stripped())
    except OSError as error:
        reason = error.strerror or "it ends too early"
        raise ConfigError(
            f"{asked.events} cannot be read: {reason}.", code="unreadable_file"
        ) from error
    given = of_lines(
        lines,
        source_id=_source_id(db, wanted.connection, asked.source),
        after=end_of_log(db),
        clock=hub.clock,
        max_event_bytes=hub.settings.max_event_bytes,
    )
    return replace(wanted, given=given, total=len(given))


def _source_id(db: sa.Connection, one: Connection, name: str | None) -> int:
    if name is not None:
        return source_by_name(db, name).id
    heard = [source for source in list_sources(db) if one.hears(source.id)]
    if len(heard) != 1:
        names = ", ".join(source.name for source in heard) or "none yet"
        raise ConfigError(f"Choose the Source of the events with --source; there is: {names}.")
    return heard[0].id


async def _run(hub: Hub, wanted: dryruns.Wanted, seen: _Seen) -> tuple[int, Summary]:
    runs = dryruns.DryRuns(
        hub.store, clock=hub.clock, actions=actions(), open_account=account_in(hub)
    )
    now_ms = hub.now_ms()
    begun = await hub.store.write(lambda db: dryruns.begin(db, wanted, now_ms=now_ms))
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeElapsedColumn(),
        console=console_of(sys.stderr),
        transient=True,
        disable=not sys.stderr.isatty(),
    )
    with bar:
        task = bar.add_task("Trying", total=wanted.total)

        def hear(one: Foretold) -> None:
            seen.hear(one)
            bar.advance(task, len(one.events))

        try:
            return begun.id, await runs.run(begun.id, wanted, heard=hear)
        except BaseException:
            await hub.store.write(
                lambda db: end_dry_run(
                    db, begun.id, state=DryRunState.INTERRUPTED, now_ms=hub.now_ms()
                )
            )
            raise


def account_in(hub: Hub) -> dryruns.OpenAccount:
    """How a dry run that is to verify asks Pipedrive: with little urgency, in the Ledger."""
    return partial(_account, hub)


@asynccontextmanager
async def _account(hub: Hub, one: Connection) -> AsyncGenerator[Records]:
    async with account_of(hub, one, purpose="dry_run", priority=Priority.LOW) as account:
        yield account.records

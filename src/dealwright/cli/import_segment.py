"""`dealwright import segment`: a Segment destination becomes a Connection with its Mappings."""

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import msgspec
import sqlalchemy as sa
import typer
from rich.markup import escape

from dealwright.actionbook import actions
from dealwright.cli.account import account_of
from dealwright.cli.connect import TOKEN_VARIABLE
from dealwright.cli.connecting import Wish, connected
from dealwright.cli.documents import document
from dealwright.cli.examples import examples
from dealwright.cli.hub import Hub, with_hub
from dealwright.cli.mapping_files import told
from dealwright.cli.output import Json, Output, bold, counted
from dealwright.core.errors import ConfigError
from dealwright.core.mapping import Mapping
from dealwright.core.record import RecordKind
from dealwright.core.schema import Schema
from dealwright.core.secret import Secret
from dealwright.core.segment_export import Export, read_export
from dealwright.core.segment_import import Imported, Verdict, bring
from dealwright.pipedrive.plans import plan
from dealwright.pipedrive.urls import account_url, sandbox_url
from dealwright.pipeline.accounts import AccountBook
from dealwright.pipeline.bringing import bring_in, schemas_of
from dealwright.store.connections import Connection, connection

app = typer.Typer(help="Bring along what another tool was told.", no_args_is_help=True)

SIGNS = {
    Verdict.DIFFERS: "[yellow]≠[/yellow]",
    Verdict.CHANGED: "[cyan]→[/cyan]",
    Verdict.LEFT_OUT: "[yellow]–[/yellow]",
    Verdict.NOT_MADE: "[red]✗[/red]",
    Verdict.LOOK: "[yellow]![/yellow]",
}

EXAMPLES = examples(
    "dealwright import segment destination.json subscriptions.json --dry-run",
    "dealwright import segment destination.json subscriptions.json --plan growth --seats 12",
    "dealwright import segment export.json --lost not-imported.json",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What came of an import: the Connection, and which Mappings were made or there already."""

    connection: Connection
    made: list[str]
    there: list[str]
    imported: Imported


@app.callback()
def group() -> None:
    """Bring along what another tool was told."""


@app.command(epilog=EXAMPLES)
def segment(
    files: Annotated[
        list[str],
        typer.Argument(help="What Segment's public API answers, JSON; - for standard input."),
    ],
    *,
    domain: Annotated[
        str | None, typer.Option(help="The company's domain; else the one in the export.")
    ] = None,
    url: Annotated[str | None, typer.Option(help="A sandbox instead, on this machine.")] = None,
    token: Annotated[
        str | None,
        typer.Option(
            envvar=TOKEN_VARIABLE,
            help="The API token; else the one in the export, or asked for where that is masked.",
            show_envvar=True,
        ),
    ] = None,
    plan_name: Annotated[str, typer.Option("--plan", help="The company's plan.")] = "lite",
    seats: Annotated[int, typer.Option(min=1, help="The company's seats.")] = 1,
    name: Annotated[str | None, typer.Option(help="What you call the Connection.")] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only the report: nothing is called or stored.")
    ] = False,
    lost: Annotated[
        Path | None, typer.Option(help="Write what could not be brought into this file, as JSON.")
    ] = None,
    json: Json = False,
) -> None:
    """Make a Connection and Mappings of a Segment destination, and report what differs and why.

    Mappings are enabled where they were enabled in Segment. No event is written before you switch
    the Connection on. Done twice, Mappings that are there already stay as they are.
    """
    out = Output(json=json)
    export = read_export(document(file) for file in files)
    if dry_run:
        imported = bring(export, actions(), {})
        _report(out, imported)
        out.hint("Match fields and custom fields are checked by the real import: it reads them.")
    else:
        wish = Wish(
            base_url=_base_url(export, domain, url),
            token=_token(export, token),
            plan=plan(plan_name).key,
            seats=seats,
            name=name,
            presets=False,
        )
        result = with_hub(lambda hub: _imported(hub, export, wish))
        imported = result.imported
        _report(out, imported)
        _tell(out, result)
    if lost is not None:
        lost.write_bytes(msgspec.json.format(msgspec.json.encode(imported.lost), indent=2))


async def _imported(hub: Hub, export: Export, wish: Wish) -> Result:
    made = (await connected(hub, wish)).made
    imported = bring(export, actions(), await _schemas(hub, made))

    def change(db: sa.Connection) -> Result:
        def note(brought: Mapping) -> None:
            hub.note(db, "mapping.create", f"mapping:{brought.id}", after=told(brought))

        arrived = bring_in(db, made.id, imported, note=note, now_ms=hub.now_ms())
        return Result(
            connection=connection(db, made.id),
            made=[one.name for one in arrived.made],
            there=list(arrived.there),
            imported=imported,
        )

    return await hub.write(change)


async def _schemas(hub: Hub, made: Connection) -> dict[RecordKind, Schema]:
    book = AccountBook(hub.store, connection_id=made.id, clock=hub.clock)
    async with account_of(hub, made) as pipedrive:
        return await schemas_of(book, pipedrive.records)


def _base_url(export: Export, domain: str | None, url: str | None) -> str:
    if url is not None:
        return sandbox_url(url)
    chosen = domain or export.domain
    if not chosen:
        raise ConfigError("The export has no domain: give --domain, or --url for a sandbox.")
    return account_url(chosen)


def _token(export: Export, given: str | None) -> Secret:
    if given and given.strip():
        return Secret(given.strip())
    if export.token is not None:
        return export.token
    if sys.stdin.isatty():
        typed = typer.prompt("The export masks the API token. API token", hide_input=True)
        return Secret(str(typed).strip())
    raise ConfigError(f"The export masks the API token: give --token, or set {TOKEN_VARIABLE}.")


def _report(out: Output, imported: Imported) -> None:
    for note in imported.notes:
        where = " ".join(part for part in (note.mapping, note.place) if part)
        about = f"{bold(where)}: " if where else ""
        out.say(
            f"{SIGNS[note.verdict]} {about}{escape(note.text)}",
            verdict=str(note.verdict),
            mapping=note.mapping,
            place=note.place,
            text=note.text,
        )
    if not imported.notes:
        out.hint("Nothing differs.")


def _tell(out: Output, result: Result) -> None:
    made = result.connection
    kept = f", {len(result.there)} there already" if result.there else ""
    lost = len(result.imported.lost)
    out.say(
        f"[green]✓[/green] {bold(made.name)} has {counted(len(result.made), 'new Mapping')}{kept}"
        f"; {lost or 'none'} could not be brought.",
        connection=made.name,
        made=result.made,
        there=result.there,
        lost=[one.name for one in result.imported.lost],
    )
    out.hint(f"Look: dealwright mappings list. Then: dealwright connections on {made.name}")

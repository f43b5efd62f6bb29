"""`dealwright webhooks`: whether Pipedrive tells the hub what people change."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated

import sqlalchemy as sa
import typer
from rich.markup import escape

from dealwright import app as hub_app
from dealwright.cli.examples import examples
from dealwright.cli.hub import Hub, with_hub
from dealwright.cli.moments import moment
from dealwright.cli.output import Json, Output, bold, column, names, prose
from dealwright.core.errors import ConfigError, DealwrightError
from dealwright.pipeline.standing import Standing, standing
from dealwright.pipeline.webhooks import Registrar
from dealwright.store.connections import Connection, connection_by_name, list_connections
from dealwright.store.webhooks import Webhook, webhook

app = typer.Typer(help="Whether Pipedrive tells the hub what people change.", no_args_is_help=True)

Name = Annotated[
    str | None,
    typer.Argument(help="The Connection, as `connections list` names it; none means all."),
]

COLUMNS = (
    names("name", "Connection"),
    column("state", "Webhook"),
    column("heard", "Last message"),
    column("checked", "Checked"),
    prose("sentence", "What is so"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Done:
    """What came of one Connection: an error, or nothing to say."""

    name: str
    error: DealwrightError | None = None


@app.command(epilog=examples("dealwright webhooks status", "dealwright webhooks status acme"))
def status(name: Name = None, *, json: Json = False) -> None:
    """Show whether webhooks are registered, and when they were heard last. Asks nobody."""
    rows = with_hub(lambda hub: hub.read(lambda db: _rows(db, hub, name)))
    Output(json=json).table(
        rows, COLUMNS, empty="No Connection yet. Make one: dealwright connect --domain yourcompany"
    )


@app.command(epilog=examples("dealwright webhooks on", "dealwright webhooks on acme"))
def on(name: Name = None, *, json: Json = False) -> None:
    """Have Pipedrive tell what changes; without being told so, the worker does it by itself."""
    done = with_hub(lambda hub: _each(hub, name, Registrar.switch_on, "webhook.on"))
    _tell(Output(json=json), done, "is told by Pipedrive what changes", registered=True)


@app.command(epilog=examples("dealwright webhooks off acme"))
def off(name: Name = None, *, json: Json = False) -> None:
    """Have Pipedrive tell nothing more; the hub asks for what has changed instead."""
    done = with_hub(lambda hub: _each(hub, name, Registrar.switch_off, "webhook.off"))
    _tell(Output(json=json), done, "is told nothing by Pipedrive any more", registered=False)


async def _each(
    hub: Hub, name: str | None, work: Callable[[Registrar, int], Awaitable[Webhook]], action: str
) -> list[_Done]:
    registrar = hub_app.build_registrar(hub.settings, hub.store, hub.clock)
    done: list[_Done] = []
    for found in await hub.read(lambda db: _chosen(db, name)):
        try:
            await work(registrar, found.id)
            await hub.write(lambda db, id=found.id: hub.note(db, action, f"connection:{id}"))
        except DealwrightError as error:
            done.append(_Done(name=found.name, error=error))
        else:
            done.append(_Done(name=found.name))
    hub.wake()
    return done


def _tell(out: Output, done: list[_Done], sentence: str, *, registered: bool) -> None:
    if not done:
        raise ConfigError("There is no Connection yet: make one with dealwright connect.")
    for one in done:
        if one.error is None:
            said = f"[green]✓[/green] {bold(one.name)} {sentence}."
            out.say(said, name=one.name, registered=registered)
        else:
            code, message = one.error.code, str(one.error)
            said = f"[red]✗[/red] {bold(one.name)}: {escape(message)} ({code})"
            out.say(said, name=one.name, code=code, message=message)
    if any(one.error for one in done):
        raise typer.Exit(1)


def _chosen(db: sa.Connection, name: str | None) -> list[Connection]:
    return list_connections(db) if name is None else [connection_by_name(db, name)]


def _rows(db: sa.Connection, hub: Hub, name: str | None) -> list[dict[str, object]]:
    return [_row(db, one, hub) for one in _chosen(db, name)]


def _row(db: sa.Connection, one: Connection, hub: Hub) -> dict[str, object]:
    known = webhook(db, one.id)
    stands: Standing = standing(db, one, public_url=hub.settings.public_url, now_ms=hub.now_ms())
    return {
        "name": one.name,
        "state": stands.state,
        "code": stands.code,
        "sentence": stands.sentence,
        "address": known.address if known else "",
        "heard": moment(known.heard_at_ms if known else None),
        "checked": moment(known.checked_at_ms if known else None),
    }

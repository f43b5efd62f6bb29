"""`dealwright connections`: Pipedrive accounts, and whether events are written to them."""

from collections.abc import Iterator
from typing import Annotated, cast

import sqlalchemy as sa
import typer
from rich.markup import escape

from dealwright.actionbook import actions
from dealwright.cli import care, catalogue
from dealwright.cli.examples import examples
from dealwright.cli.hub import Hub, with_hub
from dealwright.cli.moments import moment
from dealwright.cli.output import Json, Output, bold, column, figures, names
from dealwright.core.delivery import State
from dealwright.core.errors import ConfigError
from dealwright.pipeline.condition import condition
from dealwright.pipeline.switch import mirror_usual, switch_off, switch_on
from dealwright.store.connections import (
    Connection,
    connection_by_name,
    list_connections,
    set_listens,
)
from dealwright.store.deliveries import count_by_state
from dealwright.store.events import end_of_log
from dealwright.store.sources import list_sources, source_by_name

app = typer.Typer(
    help="Pipedrive accounts, and whether events are written to them.", no_args_is_help=True
)

Name = Annotated[str, typer.Argument(help="The Connection, as `connections list` names it.")]
Start = Annotated[
    str,
    typer.Option(
        "--from",
        metavar="WHERE",
        help="now (the end of the log), beginning, last (where it stopped), or an event's number.",
    ),
]

WithoutMirror = Annotated[
    bool, typer.Option("--no-mirror", help="Do not copy who is who; events are searched for.")
]

COLUMNS = (
    names("name", "Connection"),
    column("shown", "State"),
    column("delivering", "Events"),
    names("company", "Company"),
    names("listens_to", "Listens to"),
    figures("open", "Open"),
    figures("failed", "Failed"),
)


@app.command("list")
def listed(*, json: Json = False) -> None:
    """Show the Connections, with their state and what they listen to."""
    rows = with_hub(lambda hub: hub.read(lambda db: _rows(db, hub.now_ms())))
    empty = "No Connection yet. Make one: dealwright connect --domain yourcompany"
    out = Output(json=json)
    out.table(rows, COLUMNS, empty=empty)
    for row in rows:
        for sentence in _advice(row):
            out.hint(f"{escape(str(row['name']))}: {escape(sentence)}")


@app.command(
    "on",
    epilog=examples(
        "dealwright connections on acme  # only what comes from now on",
        "dealwright connections on acme --from beginning  # all that the log still holds",
    ),
)
def switched_on(
    name: Name,
    *,
    start: Start = "now",
    without_mirror: WithoutMirror = False,
    json: Json = False,
) -> None:
    """Write events to this account, from now on unless told otherwise.

    Beside the first Deliveries its persons, organizations, deals and activities are copied into the
    mirror: 10 tokens for each 500 of them, once, and only what the day's budget can spare.
    """
    position = with_hub(lambda hub: turned_on(hub, name, start, mirrored=not without_mirror))
    out = Output(json=json)
    out.say(
        f"[green]✓[/green] Events are written to {bold(name)}, from number {position + 1:,} on.",
        name=name,
        delivering=True,
        position=position,
    )
    if not without_mirror:
        out.hint("How far its mirror is: dealwright mirror status")


@app.command("off")
def switched_off(name: Name, *, json: Json = False) -> None:
    """Stop writing events to this account; they go on being stored."""
    with_hub(lambda hub: hub.write(lambda db: _switch_off(db, hub, name)))
    out = Output(json=json)
    out.say(f"Events are no longer written to {bold(name)}.", name=name, delivering=False)
    out.hint(f"To go on where it stopped: dealwright connections on {escape(name)} --from last")


@app.command(
    epilog=examples(
        "dealwright connections listen acme website shop",
        "dealwright connections listen acme  # all, also later ones",
    ),
)
def listen(
    name: Name,
    sources: Annotated[
        list[str] | None, typer.Argument(help="The Sources it listens to; none means all.")
    ] = None,
    *,
    json: Json = False,
) -> None:
    """Choose the Sources whose events this account gets."""
    names = sources or []
    with_hub(lambda hub: hub.write(lambda db: _listen(db, hub, name, names)))
    heard = ", ".join(names) or "all Sources"
    Output(json=json).say(f"{bold(name)} listens to {escape(heard)}.", name=name, sources=names)


app.command("reconnect", epilog=care.RECONNECT)(care.reconnected)
app.command("disconnect", epilog=care.DISCONNECT)(care.disconnected)
app.command("set", epilog=care.SET)(care.changed)
app.command("scopes")(care.scopes)
app.command("catalogue", epilog=catalogue.CATALOGUE)(catalogue.shown)
app.command("match", epilog=catalogue.MATCH)(catalogue.match)


async def turned_on(hub: Hub, name: str, start: str, *, mirrored: bool = True) -> int:
    """Turn event delivery on; `start` is what `--from` takes. Returns the position.

    `mirrored`: the drain is to fill its mirror, if nothing of it was yet.
    """

    def change(db: sa.Connection) -> int:
        found = connection_by_name(db, name)
        if mirrored:
            mirror_usual(db, found.id, now_ms=hub.now_ms())
        position = switch_on(db, found.id, start=_start(db, found, start))
        after = {"delivering": True, "position": position}
        hub.note(db, "connection.on", f"connection:{found.id}", after=after)
        return position

    return await hub.write(change)


def _start(db: sa.Connection, found: Connection, start: str) -> int | None:
    end = end_of_log(db)
    named = {"now": None, "beginning": 0, "last": found.position}
    if start in named:
        return named[start]
    # An event's number is the first to be read; a position is the last that was.
    if start.isascii() and start.isdecimal() and 0 < int(start) <= end + 1:
        return int(start) - 1
    raise ConfigError(
        f"--from {start}: give now, beginning, last, or an event's number from 1 to {end + 1:,}."
    )


def _switch_off(db: sa.Connection, hub: Hub, name: str) -> None:
    found = connection_by_name(db, name)
    switch_off(db, found.id)
    hub.note(db, "connection.off", f"connection:{found.id}", after={"delivering": False})


def _listen(db: sa.Connection, hub: Hub, name: str, sources: list[str]) -> None:
    ids = tuple(source_by_name(db, source).id for source in sources)
    found = connection_by_name(db, name)
    set_listens(db, found.id, source_ids=ids or None)
    hub.note(
        db,
        "connection.listen",
        f"connection:{found.id}",
        before={"listens_to": found.listens_to},
        after={"listens_to": ids or None},
    )


def _rows(db: sa.Connection, now_ms: int) -> list[dict[str, object]]:
    sources = {source.id: source.name for source in list_sources(db)}
    return [
        _row(db, connection, sources) | _rest(db, connection, now_ms)
        for connection in list_connections(db)
    ]


def _rest(db: sa.Connection, one: Connection, now_ms: int) -> dict[str, object]:
    """How it is at this moment: blocked, down, or the day is spent; and until when."""
    found = condition(db, one, now_ms=now_ms)
    return {
        "shown": "resting" if found.rests else str(found.state),
        "rests_until": None if found.until_ms is None else moment(found.until_ms),
        "rests_because": found.code,
        "reason": found.sentence,
    }


def _advice(row: dict[str, object]) -> Iterator[str]:
    if row["reason"]:
        yield f"{row['reason']}"
    if row["missing"]:
        yield (
            f"not granted to the app: {', '.join(cast('list[str]', row['missing']))}. Add it in "
            "Pipedrive's Developer Hub, then: dealwright connections reconnect"
        )


def _row(db: sa.Connection, one: Connection, sources: dict[int, str]) -> dict[str, object]:
    counts = count_by_state(db, one.id)
    heard = "all" if one.listens_to is None else ", ".join(sources[i] for i in one.listens_to)
    return {
        "id": one.id,
        "name": one.name,
        "state": str(one.state),
        "auth": str(one.auth),
        "missing": care.missing_scopes(one, webhooks=False),
        "delivering": one.delivering,
        "company": one.company_name,
        "url": one.base_url,
        "plan": one.plan,
        "seats": one.seats,
        "listens_to": heard,
        "position": one.position,
        "actions": [key for key in actions() if one.does(key)],
        "run": str(one.run),
        "on_dashboard": one.shown,
        "default": one.is_default,
        "open": counts[State.QUEUED] + counts[State.SENDING] + counts[State.WAITING],
        "failed": counts[State.FAILED] + counts[State.HELD],
    }

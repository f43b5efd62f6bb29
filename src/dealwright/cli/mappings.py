"""`dealwright mappings`: which events do what in Pipedrive."""

from typing import Annotated

import msgspec
import sqlalchemy as sa
import typer
from rich.markup import escape
from rich.syntax import Syntax

from dealwright.actionbook import actions as every_action
from dealwright.cli import mapping_dryrun, mapping_files
from dealwright.cli.asking import confirm
from dealwright.cli.examples import examples
from dealwright.cli.hub import Hub, with_hub
from dealwright.cli.output import Json, Output, bold, column, counted, figures, names, prose
from dealwright.core.errors import ConfigError
from dealwright.core.mapping import Mapping
from dealwright.core.priority import OF_MAPPINGS
from dealwright.pipeline import presets
from dealwright.pipeline.unmapping import unmap
from dealwright.store.connections import Connection, connection_by_name, list_connections
from dealwright.store.deliveries import unpark
from dealwright.store.mappings import (
    list_mappings,
    mapping,
    rename_mapping,
    set_enabled,
    set_priority,
)

app = typer.Typer(help="Which events do what in Pipedrive.", no_args_is_help=True)
app.command("add", epilog=mapping_files.ADD)(mapping_files.add)
app.command("change")(mapping_files.change)
app.command("test", epilog=mapping_files.TEST)(mapping_files.run_cases)
app.command("dry-run", epilog=mapping_dryrun.EXAMPLES)(mapping_dryrun.dry_run)

Id = Annotated[int, typer.Argument(help="The Mapping's number, as `mappings list` shows it.")]
OfConnection = Annotated[
    str | None, typer.Option("--connection", help="Only this Connection; all when not given.")
]

COLUMNS = (
    figures("id", "Id"),
    names("connection", "Connection"),
    prose("name", "Mapping"),
    column("action", "Action"),
    column("enabled", "State"),
    column("priority", "Priority"),
    prose("trigger", "Trigger"),
)


@app.command("list")
def listed(*, connection: OfConnection = None, json: Json = False) -> None:
    """Show the Mappings."""
    rows = with_hub(lambda hub: hub.read(lambda db: _rows(db, connection)))
    empty = "No Mapping yet. The usual ones: dealwright mappings presets --enable"
    Output(json=json).table(rows, COLUMNS, empty=empty)


@app.command(
    "presets",
    epilog=examples(
        "dealwright mappings presets --enable",
        "dealwright mappings presets upsert_deal upsert_note --enable",
    ),
)
def preset(
    actions: Annotated[
        list[str] | None, typer.Argument(help="Whose presets; without one, the usual three.")
    ] = None,
    *,
    enable: Annotated[
        bool, typer.Option("--enable", help="Make the ones that are lacking, and enable them.")
    ] = False,
    connection: OfConnection = None,
    json: Json = False,
) -> None:
    """Show the ready-made Mappings, which do what Segment's presets do; or enable them."""
    out = Output(json=json)
    if not enable:
        out.table(
            [
                {
                    "name": p.name,
                    "action": p.action,
                    "trigger": p.trigger,
                    "usual": "yes" if p.enabled else "no",
                }
                for p in presets.presets(0, every_action())
            ],
            (
                column("name", "Preset"),
                column("action", "Action"),
                column("usual", "Usual"),
                prose("trigger", "Trigger"),
            ),
        )
        out.hint("To have the usual ones: dealwright mappings presets --enable")
        out.hint("To have another: dealwright mappings presets ACTION --enable")
        return
    done = with_hub(lambda hub: _enable_presets(hub, connection, actions or []))
    what = ", ".join(actions) if actions else "the usual presets"
    for name in done:
        out.say(f"[green]✓[/green] {bold(name)} has {what}, enabled.", connection=name)


@app.command()
def show(id: Id, *, json: Json = False) -> None:
    """Show one Mapping with its trigger and its fields."""
    found = with_hub(lambda hub: hub.read(lambda db: mapping(db, id)))
    out = Output(json=json)
    if json:
        out.line(_facts(found))
        return
    out.say(f"{bold(found.name)} ({found.action}, version {found.version})")
    out.say(f"when {escape(found.trigger)}")
    fields = msgspec.json.format(msgspec.json.encode(found.fields), indent=2).decode()
    out.console.print(Syntax(fields, "json", background_color="default"))


@app.command()
def enable(id: Id, *, json: Json = False) -> None:
    """Let a Mapping act on the events that are routed from now on."""
    _switch(id, Output(json=json), enabled=True)


@app.command()
def disable(id: Id, *, json: Json = False) -> None:
    """Keep a Mapping from acting; what it has queued is still done."""
    _switch(id, Output(json=json), enabled=False)


@app.command(
    epilog=examples(
        "dealwright mappings priority 3 low  # stops first when the day's API tokens run short",
    ),
)
def priority(
    id: Id,
    level: Annotated[str, typer.Argument(metavar="LEVEL", help="high, normal or low.")],
    *,
    json: Json = False,
) -> None:
    """Say how urgent a Mapping is, also for what it has queued.

    The more urgent goes first, and goes on for longer when the day's API tokens run short.
    """
    chosen = OF_MAPPINGS.get(level.strip().lower())
    if chosen is None:
        raise typer.BadParameter(f"{level}: choose one of {', '.join(OF_MAPPINGS)}.")

    def change(db: sa.Connection, hub: Hub) -> Mapping:
        before = mapping(db, id)
        set_priority(db, id, priority=chosen)
        unpark(db, before.connection_id, now_ms=hub.now_ms(), mapping_id=id)
        return _noted(db, hub, before)

    found = with_hub(lambda hub: hub.write(lambda db: change(db, hub)))
    Output(json=json).say(
        f"{bold(found.name)} has {found.priority.name.lower()} priority.",
        id=id,
        name=found.name,
        priority=found.priority.name.lower(),
    )


@app.command(epilog=examples("dealwright mappings rename 3 “People of the shop”"))
def rename(
    id: Id,
    name: Annotated[str, typer.Argument(help="What you call it from now on.")],
    *,
    json: Json = False,
) -> None:
    """Give a Mapping another name; it stays what it is."""
    if not name.strip():
        raise ConfigError("A Mapping needs a name: say what it does.")

    def change(db: sa.Connection, hub: Hub) -> Mapping:
        before = mapping(db, id)
        rename_mapping(db, id, name=name.strip())
        return _noted(db, hub, before)

    found = with_hub(lambda hub: hub.write(lambda db: change(db, hub)))
    Output(json=json).say(f"Mapping {id} is {bold(found.name)}.", id=id, name=found.name)


@app.command()
def delete(
    id: Id,
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    json: Json = False,
) -> None:
    """Delete a Mapping: what it has queued is dropped, what it has done stays."""
    found = with_hub(lambda hub: hub.read(lambda db: mapping(db, id)))
    if not yes:
        confirm(f"Delete “{found.name}”, and drop what it has queued?", err=True)

    def change(db: sa.Connection, hub: Hub) -> int:
        dropped = unmap(db, id, now_ms=hub.now_ms())
        hub.note(db, "mapping.delete", f"mapping:{id}", before=mapping_files.told(found))
        return dropped

    dropped = with_hub(lambda hub: hub.write(lambda db: change(db, hub)))
    Output(json=json).say(
        f"{bold(found.name)} is deleted. Dropped: {counted(dropped, 'Delivery', 'Deliveries')}.",
        id=id,
        name=found.name,
        dropped=dropped,
    )


def _noted(db: sa.Connection, hub: Hub, before: Mapping) -> Mapping:
    after = mapping(db, before.id)
    was, now = mapping_files.told(before), mapping_files.told(after)
    hub.note(db, "mapping.update", f"mapping:{before.id}", before=was, after=now)
    return after


def _switch(id: int, out: Output, *, enabled: bool) -> None:
    def change(db: sa.Connection, hub: Hub) -> Mapping:
        before = mapping(db, id)
        set_enabled(db, id, enabled=enabled)
        return _noted(db, hub, before)

    found = with_hub(lambda hub: hub.write(lambda db: change(db, hub)))
    state = "enabled" if enabled else "disabled"
    out.say(f"{bold(found.name)} is {state}.", id=id, name=found.name, enabled=enabled)


async def _enable_presets(hub: Hub, name: str | None, actions: list[str]) -> list[str]:
    def change(db: sa.Connection) -> list[str]:
        chosen = _connections(db, name)
        if not chosen:
            raise ConfigError(
                "There is no Connection that could have them. Make one, with the usual presets: "
                "dealwright connect --domain yourcompany"
            )
        for one in chosen:
            there = every_action()
            wanted = presets.usual(one.id, there)
            if actions:
                wanted = presets.named(one.id, there, actions)
            presets.enable(db, wanted, now_ms=hub.now_ms())
            after = {"actions": [preset.action for preset in wanted]}
            hub.note(db, "mapping.presets", f"connection:{one.id}", after=after)
        return [one.name for one in chosen]

    return await hub.write(change)


def _connections(db: sa.Connection, name: str | None) -> list[Connection]:
    return list_connections(db) if name is None else [connection_by_name(db, name)]


def _rows(db: sa.Connection, name: str | None) -> list[dict[str, object]]:
    return [
        {**_facts(found), "connection": one.name}
        for one in _connections(db, name)
        for found in list_mappings(db, one.id)
    ]


def _facts(found: Mapping) -> dict[str, object]:
    return {
        "id": found.id,
        "name": found.name,
        "action": found.action,
        "enabled": found.enabled,
        "priority": found.priority.name.lower(),
        "version": found.version,
        "trigger": found.trigger,
        "fields": found.fields,
    }

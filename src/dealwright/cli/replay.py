"""`dealwright replay`: read a range of the log once more, with a chosen version of a Mapping."""

import sys
from dataclasses import asdict, dataclass
from typing import Annotated

import sqlalchemy as sa
import typer
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

from dealwright.actionbook import actions
from dealwright.cli.examples import examples
from dealwright.cli.hub import Hub, with_hub
from dealwright.cli.moments import moment
from dealwright.cli.output import Json, Output, column, console_of, counted, figures
from dealwright.cli.ranges import first_of, last_of
from dealwright.core.errors import ConfigError
from dealwright.core.mapping import Mapping
from dealwright.pipeline.estimate import Estimate, estimate
from dealwright.store.connections import Connection, connection
from dealwright.store.mappings import mapping as mapping_version
from dealwright.store.replays import (
    NewReplay,
    Replay,
    ReplayState,
    create_replay,
    list_replays,
    open_backfill,
    replay,
    set_replay_state,
)

app = typer.Typer(
    help="Read a range of the log once more, with a chosen version of a Mapping.\n\n"
    "Tells first how many events would be written and what that costs. The worker then does it, "
    "after everything new, with the least priority of the budget; it goes on after a restart. "
    "Records that the events have become are found again, and values that are newer stay.",
    epilog=examples(
        "dealwright replay --from 2026-11-01 --mapping 3 --dry-run  # how much, and what it costs",
        "dealwright replay --from 2026-11-01 --to 2026-11-08 --mapping 3",
        "dealwright replay --from 120400 --to 120500 --mapping 3 --version 2 --yes",
        "dealwright replay list",
        "dealwright replay pause 4",
    ),
)

COLUMNS = (
    figures("id", "Id"),
    figures("mapping_id", "Mapping"),
    figures("mapping_version", "Version"),
    figures("from_seq", "From"),
    figures("to_seq", "To"),
    figures("read", "Read"),
    figures("made", "Deliveries"),
    column("state", "State"),
    column("begun", "Begun"),
)

#: How often a Replay that is watched is looked at.
LOOK_S = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """What is to be replayed: a version of a Mapping, and the range of the log."""

    connection: Connection
    mapping: Mapping
    first: int
    last: int


Number = Annotated[int, typer.Argument(help="The Replay, as `replay list` names it.")]


@app.callback(invoke_without_command=True)
def begin(
    context: typer.Context,
    start: Annotated[
        str | None, typer.Option("--from", help="An event's number, or a time: 2026-11-01T08:00Z.")
    ] = None,
    end: Annotated[
        str | None, typer.Option("--to", help="The same, for the last one; else the newest.")
    ] = None,
    *,
    mapping: Annotated[int | None, typer.Option(help="The Mapping's number.")] = None,
    version: Annotated[int | None, typer.Option(help="Which of it; else the newest.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only tell the price.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    watch: Annotated[
        bool, typer.Option("--watch/--no-watch", help="Show how far it is until it has ended.")
    ] = True,
    json: Json = False,
) -> None:
    """Tell the price of a replay, and begin it if that is wanted."""
    if context.invoked_subcommand is not None:
        return
    if start is None or mapping is None:
        raise ConfigError("Say what is to be replayed: --from and --mapping.")
    out = Output(json=json)
    found, price = with_hub(
        lambda hub: hub.read(lambda db: _priced(db, mapping, version, start, end))
    )
    _tell(out, found, price)
    if dry_run or not price.matching:
        return
    if not yes and not (sys.stdin.isatty() and typer.confirm("Replay these?")):
        raise ConfigError("Nothing was replayed: answer yes, or give --yes.")
    new = NewReplay(
        connection_id=found.connection.id,
        mapping_id=found.mapping.id,
        mapping_version=found.mapping.version,
        from_seq=found.first,
        to_seq=found.last,
    )
    begun = with_hub(lambda hub: hub.write(lambda db: _begun(db, hub, new)))
    out.say(f"Replay {begun.id} has begun; the worker does it.", id=begun.id)
    out.hint("How far it is: dealwright replay list")
    if watch and sys.stderr.isatty():
        out.hint("Ctrl-C ends the watching, not the replay.")
        with_hub(lambda hub: _watch(hub, begun))


@app.command("list")
def show(*, json: Json = False) -> None:
    """Show the replays, the newest first."""
    found = with_hub(lambda hub: hub.read(list_replays))
    Output(json=json).table(map(_row, found), COLUMNS, empty="Nothing was replayed yet.")


@app.command()
def pause(number: Number, *, json: Json = False) -> None:
    """Read no further for now; what was read already is still delivered."""
    _turn(number, ReplayState.PAUSED, Output(json=json))


@app.command()
def resume(number: Number, *, json: Json = False) -> None:
    """Go on with a replay that was paused."""
    _turn(number, ReplayState.RUNNING, Output(json=json))


@app.command()
def cancel(number: Number, *, json: Json = False) -> None:
    """End a replay; what it has not begun to deliver is dropped."""
    _turn(number, ReplayState.CANCELLED, Output(json=json))


def _turn(number: int, state: ReplayState, out: Output) -> None:
    found = with_hub(lambda hub: hub.write(lambda db: _turned(db, hub, number, state)))
    out.say(f"Replay {found.id} is {found.state}.", id=found.id, state=str(found.state))


def _begun(db: sa.Connection, hub: Hub, new: NewReplay) -> Replay:
    made = create_replay(db, new, now_ms=hub.now_ms())
    after = {"mapping": made.mapping_id, "from": made.from_seq, "to": made.to_seq}
    hub.note(db, "replay.create", f"replay:{made.id}", after=after)
    return made


def _turned(db: sa.Connection, hub: Hub, number: int, state: ReplayState) -> Replay:
    found = set_replay_state(db, number, state=state, now_ms=hub.now_ms())
    hub.note(db, f"replay.{state.value}", f"replay:{number}", after={"state": state.value})
    return found


def _priced(
    db: sa.Connection, mapping_id: int, version: int | None, start: str, end: str | None
) -> tuple[Chosen, Estimate]:
    chosen = mapping_version(db, mapping_id, version=version)
    found = Chosen(
        connection=connection(db, chosen.connection_id),
        mapping=chosen,
        first=first_of(db, start),
        last=last_of(db, end),
    )
    if found.last < found.first:
        raise ConfigError(
            f"The log has no events from {found.first:,} to {found.last:,}.", code="invalid_value"
        )
    price = estimate(
        db,
        found.connection,
        chosen,
        actions=actions(),
        first=found.first,
        last=found.last,
    )
    return found, price


def _tell(out: Output, found: Chosen, price: Estimate) -> None:
    about = "about " if price.sampled else ""
    text = (
        f"{about}{counted(price.events, 'event')} from {found.first:,} to {found.last:,}; "
        f"{about}{price.matching:,} are for “{found.mapping.name}” version {found.mapping.version} "
        f"and {counted(price.records, 'record')}."
    )
    facts = {**asdict(price), "from": found.first, "to": found.last}
    out.say(text[:1].upper() + text[1:], **facts)
    out.hint(
        f"Likely {price.likely_tokens:,} API tokens or less with a complete mirror, at worst "
        f"{price.worst_tokens:,}. The budget paces it: dealwright budget"
    )
    if price.failing:
        out.hint(f"{about}{price.failing:,} of them fail with this version.")


async def _watch(hub: Hub, begun: Replay) -> None:
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.fields[left]:,} to deliver"),
        TimeElapsedColumn(),
        console=console_of(sys.stderr),
        transient=True,
    )
    with bar:
        task = bar.add_task("Replaying", total=begun.to_seq - begun.from_seq + 1, left=0)
        while True:
            at, left = await hub.read(
                lambda db: (replay(db, begun.id), open_backfill(db, begun.connection_id))
            )
            bar.update(task, completed=at.position - at.from_seq + 1, left=left)
            if at.state is not ReplayState.RUNNING:
                return
            await hub.clock.sleep(LOOK_S)


def _row(one: Replay) -> dict[str, object]:
    return {
        **asdict(one),
        "state": str(one.state),
        "read": one.position - one.from_seq + 1,
        "begun": moment(one.created_at_ms),
    }

"""`dealwright undo`: take back what was written to Pipedrive; told first, with its price."""

import sys
from typing import Annotated, Any

import msgspec
import sqlalchemy as sa
import typer
from typer.core import TyperGroup

from dealwright.cli import undo_view
from dealwright.cli.examples import examples
from dealwright.cli.hub import Hub, with_hub
from dealwright.cli.moments import moment, read_moment_ms
from dealwright.cli.output import Json, Output, column, figures, prose
from dealwright.core.correction import CorrectionKind, Selection
from dealwright.core.errors import ConfigError
from dealwright.core.people import CLI
from dealwright.core.record import RecordId, RecordKind
from dealwright.pipeline.undoplan import UndoPlan, plan_undo, queue_undo
from dealwright.store.connections import connection_by_name
from dealwright.store.corrections import (
    Correction,
    correction,
    correction_states,
    list_corrections,
)
from dealwright.store.delivery_list import Delivery, DeliveryFilter, find_deliveries


class _Numbered(TyperGroup):
    """A group whose first argument may be the number of a Delivery."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """`undo 17` is `undo --delivery 17`."""
        if args and args[0].isdecimal():
            args = ["--delivery", *args]
        return super().parse_args(ctx, args)


app = typer.Typer(
    cls=_Numbered,
    help="Take back what was written to Pipedrive.\n\n"
    "Tells first what would be put back, field by field, what it costs, and what stays and why: "
    "what somebody else has changed since is never written over. Then each record is read once "
    "more and written in one go. An undo can be undone.",
    epilog=examples(
        "dealwright undo 4711 --dry-run  # what undoing one delivery would do",
        "dealwright undo --mapping 3@2  # all that version 2 of mapping 3 has written",
        "dealwright undo --replay 4 --remove-created",
        "dealwright undo --since 2026-11-22T08:00Z --connection acme",
        "dealwright undo --record person:42",
        "dealwright undo --undo 7  # undo an undo",
        "dealwright undo show 7",
    ),
)

COLUMNS = (
    figures("id", "Id"),
    column("summary", "What"),
    column("made_by", "By"),
    column("begun", "Begun"),
    prose("states", "Deliveries"),
)
RESULTS = (
    figures("id", "Delivery"),
    column("state", "State"),
    column("code", "Code"),
    prose("message", "What became of it"),
)

Number = Annotated[int, typer.Argument(help="The undo, as `undo list` names it.")]


@app.callback(invoke_without_command=True)
def begin(
    context: typer.Context,
    *,
    delivery: Annotated[int | None, typer.Option(help="One Delivery: `undo 17` for short.")] = None,
    mapping: Annotated[
        str | None, typer.Option(help="A Mapping's number, or one version of it: 3@2.")
    ] = None,
    replay: Annotated[int | None, typer.Option("--replay", "--run", help="A replay.")] = None,
    meeting: Annotated[int | None, typer.Option(help="A meeting.")] = None,
    record: Annotated[str | None, typer.Option(help="A record, such as person:42.")] = None,
    undo: Annotated[int | None, typer.Option(help="An undo, as `undo list` names it.")] = None,
    since: Annotated[str | None, typer.Option(help="A time: 2026-11-01T08:00Z.")] = None,
    until: Annotated[str | None, typer.Option(help="The same, of the end.")] = None,
    named: Annotated[
        str | None, typer.Option("--connection", help="Only what was written there.")
    ] = None,
    remove_created: Annotated[
        bool,
        typer.Option("--remove-created", help="Delete what was made, where nobody touched it."),
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only tell what it would do.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    json: Json = False,
) -> None:
    """Tell what an undo would do, and begin it if that is wanted."""
    if context.invoked_subcommand is not None:
        return
    mapping_id, version = _mapping(mapping)
    kind, record_id = _record(record)
    selection = Selection(
        delivery=delivery,
        mapping_id=mapping_id,
        mapping_version=version,
        replay=replay,
        meeting=meeting,
        undo=undo,
        record_kind=kind,
        record_id=record_id,
        since_ms=None if since is None else read_moment_ms(since),
        until_ms=None if until is None else read_moment_ms(until),
        remove_created=remove_created,
    )
    _do(selection, named, Output(json=json), dry_run=dry_run, yes=yes)


@app.command("list")
def show_all(*, json: Json = False) -> None:
    """Show the undos, the newest first."""

    def look(db: sa.Connection) -> list[dict[str, object]]:
        return [_row(db, one) for one in list_corrections(db, kind=CorrectionKind.UNDO)]

    found = with_hub(lambda hub: hub.read(look))
    Output(json=json).table(found, COLUMNS, empty="Nothing was undone yet.")


@app.command("show")
def show_one(number: Number, *, json: Json = False) -> None:
    """Show what became of each record of an undo."""

    def look(db: sa.Connection) -> list[Delivery]:
        found = correction(db, number, kind=CorrectionKind.UNDO)
        return find_deliveries(db, DeliveryFilter(correction_id=found.id), limit=10_000)

    found = with_hub(lambda hub: hub.read(look))
    rows = [
        {"id": one.id, "state": str(one.state), "code": one.code, "message": one.message}
        for one in reversed(found)
    ]
    Output(json=json).table(rows, RESULTS, empty="It has no Deliveries any more.")


def _do(selection: Selection, named: str | None, out: Output, *, dry_run: bool, yes: bool) -> None:
    plan = with_hub(lambda hub: hub.read(lambda db: _planned(db, selection, named)))
    undo_view.told(out, plan)
    if dry_run or not plan.to_do:
        return
    if not yes and not (sys.stdin.isatty() and typer.confirm("Undo these?")):
        raise ConfigError("Nothing was undone: answer yes, or give --yes.")
    made = with_hub(lambda hub: hub.write(lambda db: begun(db, hub, plan)))
    out.say(f"Undo {made.id} has begun; the worker does it.", id=made.id)
    out.hint(f"What becomes of it: dealwright undo show {made.id}")


def _planned(db: sa.Connection, selection: Selection, named: str | None) -> UndoPlan:
    if named is not None:
        at = connection_by_name(db, named).id
        selection = msgspec.structs.replace(selection, connection_id=at)
    return plan_undo(db, selection)


def begun(db: sa.Connection, hub: Hub, plan: UndoPlan) -> Correction:
    """Have an undo done as it was shown; it stands in the audit log."""
    made = queue_undo(db, plan, made_by=CLI.name, now_ms=hub.now_ms())
    after = {"what": made.summary, "records": len(plan.to_do)}
    hub.note(db, "undo.create", f"undo:{made.id}", after=after)
    return made


def _row(db: sa.Connection, one: Correction) -> dict[str, object]:
    states = correction_states(db, one.id)
    return {
        "id": one.id,
        "summary": one.summary,
        "made_by": one.made_by,
        "begun": moment(one.made_at_ms),
        "states": ", ".join(f"{count} {state}" for state, count in states.items()),
    }


def _mapping(written: str | None) -> tuple[int | None, int | None]:
    if written is None:
        return None, None
    number, _, version = written.partition("@")
    if not number.isdecimal() or (version and not version.isdecimal()):
        raise ConfigError(
            f"--mapping {written}: expected a number such as 3, or 3@2 for its version 2.",
            code="invalid_value",
        )
    return int(number), int(version) if version else None


def _record(written: str | None) -> tuple[RecordKind | None, RecordId | None]:
    if written is None:
        return None, None
    kind, _, number = written.partition(":")
    if kind not in set(RecordKind) or not number:
        raise ConfigError(
            f"--record {written}: expected a kind and a number, such as person:42.",
            code="invalid_value",
        )
    return RecordKind(kind), int(number) if number.isdecimal() else number

"""`dealwright duplicates`: records that are likely one: found, shown, merged, told apart."""

from typing import Annotated

import sqlalchemy as sa
import typer

from dealwright.cli.asking import confirm
from dealwright.cli.examples import examples
from dealwright.cli.hub import Hub, with_hub
from dealwright.cli.moments import moment
from dealwright.cli.output import Json, Output, column, counted, figures, names, prose
from dealwright.core.correction import CorrectionKind
from dealwright.core.people import CLI
from dealwright.core.record import RecordKind
from dealwright.core.twins import IN_WORDS
from dealwright.pipeline.duplicates import KINDS, find_duplicates, say_apart
from dealwright.pipeline.mergeplan import Fate, MergePlan, merge_price, plan_merge, queue_merge
from dealwright.pipeline.report import RECKONING, value_report
from dealwright.store.connections import Connection, connection_by_name, list_connections
from dealwright.store.corrections import Correction, correction_states, list_corrections
from dealwright.store.duplicates import Duplicates, group_of, list_duplicates

app = typer.Typer(
    no_args_is_help=True,
    help="Records that are likely one: find them, merge them, say that they are not.\n\n"
    "They are found in the mirror, for no tokens; a worker looks once a week by itself. Nothing is "
    "merged that a person has not chosen, and a merge cannot be undone.",
    epilog=examples(
        "dealwright duplicates find acme",
        "dealwright duplicates list --kind person",
        "dealwright duplicates show 7",
        "dealwright duplicates merge 7 --into 42 --dry-run",
        "dealwright duplicates not-same 7",
        "dealwright duplicates prevented",
    ),
)

Number = Annotated[int, typer.Argument(min=1, help="As `duplicates list` names it.")]
Kind = Annotated[
    RecordKind | None, typer.Option("--kind", help="Only person, organization or deal.")
]
Named = Annotated[str | None, typer.Option("--connection", help="Only this Connection.")]
Into = Annotated[int | None, typer.Option(min=1, help="The record that stays.")]
Only = Annotated[
    list[int] | None, typer.Option("--only", help="A record that goes; else all others. Repeat.")
]

LOOKS = (
    names("connection", "Connection"),
    column("kind", "Kind"),
    figures("records", "Records"),
    figures("groups", "Duplicates"),
)
GROUPS = (
    figures("id", "Id"),
    names("connection", "Connection"),
    column("kind", "Kind"),
    column("records", "Records"),
    figures("score", "Likely"),
    prose("why", "Why"),
    figures("tokens", "Tokens"),
)
FIELDS = (
    figures("record", "Record"),
    column("field", "Field"),
    prose("gone", "Has"),
    prose("before", "Stays before"),
    prose("after", "Stays after"),
    column("fate", "Its value is"),
)
MERGES = (
    figures("id", "Id"),
    column("summary", "What"),
    column("made_by", "By"),
    column("begun", "Begun"),
    prose("states", "Deliveries"),
)
PREVENTED = (
    column("week", "Week of"),
    names("connection", "Connection"),
    names("name", "Mapping"),
    figures("duplicates_prevented", "Prevented"),
)


@app.command()
def find(
    connection: Annotated[
        str | None, typer.Argument(help="A Connection, as `connections list` names it.")
    ] = None,
    *,
    kind: Kind = None,
    json: Json = False,
) -> None:
    """Look through the mirror now; costs no tokens."""
    kinds = KINDS if kind is None else (kind,)

    async def look(hub: Hub) -> list[dict[str, object]]:
        rows: list[dict[str, object]] = []
        for one in await hub.read(lambda db: _chosen(db, connection)):
            looked = await find_duplicates(hub.store, one.id, now_ms=hub.now_ms(), kinds=kinds)
            for told in looked:
                number = await hub.read(lambda db, one=one, told=told: _count(db, one, told.kind))
                rows.append(
                    {
                        "connection": one.name,
                        "kind": told.kind.value,
                        "records": told.records,
                        "groups": number,
                    }
                )
        return rows

    out = Output(json=json)
    out.table(with_hub(look), LOOKS)
    out.hint("What they are: dealwright duplicates list")


@app.command("list")
def show_all(
    *,
    connection: Named = None,
    kind: Kind = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="At most so many.")] = 50,
    json: Json = False,
) -> None:
    """Show what is likely one, the surest first, with the price of merging it."""

    def look(db: sa.Connection) -> list[dict[str, object]]:
        known = {one.id: one.name for one in _chosen(db, connection)}
        only = None if connection is None else next(iter(known))
        found = list_duplicates(db, connection_id=only, kind=kind, limit=limit)
        return [_row(one, known[one.connection_id]) for one in found]

    rows = with_hub(lambda hub: hub.read(look))
    Output(json=json).table(rows, GROUPS, empty="No duplicates are known. `find` looks for them.")


@app.command("show")
def show_one(number: Number, *, into: Into = None, json: Json = False) -> None:
    """Show why records are likely one, and what merging them would do."""

    def look(db: sa.Connection) -> tuple[Duplicates, MergePlan]:
        return group_of(db, number), plan_merge(db, number, into=into)

    found, plan = with_hub(lambda hub: hub.read(look))
    out = Output(json=json)
    for pair in found.group.pairs:
        why = ", ".join(IN_WORDS[sign] for sign in pair.signs)
        out.say(
            f"{found.kind} {pair.one} and {pair.other}: {pair.score} of 100: {why}.",
            one=pair.one,
            other=pair.other,
            score=pair.score,
            signs=[sign.value for sign in pair.signs],
        )
    _tell(out, plan)


@app.command()
def merge(
    number: Number,
    *,
    into: Into = None,
    only: Only = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only tell what it would do.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    json: Json = False,
) -> None:
    """Merge records in Pipedrive, after telling what is lost. It cannot be undone.

    Without --into the one stays that most of the senders' ids are linked to, then the one on which
    most hangs, then the oldest.
    """
    out = Output(json=json)
    plan = with_hub(
        lambda hub: hub.read(lambda db: plan_merge(db, number, into=into, only=only or ()))
    )
    _tell(out, plan)
    if dry_run:
        return
    if not yes:
        confirm("Merge them? It cannot be undone.", err=json)

    def begin(db: sa.Connection, hub: Hub) -> Correction:
        # As it was told: who stays is not chosen anew.
        told = plan_merge(
            db,
            number,
            into=plan.into.record_id,
            only=[twin.record_id for twin in plan.going],
        )
        made = queue_merge(db, told, made_by=CLI.name, now_ms=hub.now_ms())
        hub.note(db, "merge.create", f"merge:{made.id}", after={"what": made.summary})
        return made

    made = with_hub(lambda hub: hub.write(lambda db: begin(db, hub)))
    out.say(f"Merge {made.id} has begun; the worker does it.", id=made.id)
    out.hint("What becomes of it: dealwright duplicates merges")


@app.command()
def merges(*, json: Json = False) -> None:
    """Show the merges, the newest first."""

    def look(db: sa.Connection) -> list[dict[str, object]]:
        found = list_corrections(db, kind=CorrectionKind.MERGE)
        return [_merge_row(db, one) for one in found]

    found = with_hub(lambda hub: hub.read(look))
    Output(json=json).table(found, MERGES, empty="Nothing was merged yet.")


@app.command("not-same")
def not_same(
    number: Number,
    records: Annotated[
        list[int] | None,
        typer.Argument(help="One: it is none of the others. Several: each is another. None: all."),
    ] = None,
    *,
    json: Json = False,
) -> None:
    """Say that records are not the same; it is remembered for good."""

    def say(db: sa.Connection, hub: Hub) -> int:
        told = say_apart(db, number, records or (), said_by=CLI.name, now_ms=hub.now_ms())
        after = {"records": records or "all", "pairs": told}
        hub.note(db, "duplicates.not_same", f"duplicates:{number}", after=after)
        return told

    pairs = with_hub(lambda hub: hub.write(lambda db: say(db, hub)))
    out = Output(json=json)
    out.say(f"{counted(pairs, 'pair')} will not be taken for one again.", pairs=pairs)


@app.command()
def prevented(
    *,
    weeks: Annotated[
        int, typer.Option(min=1, max=60, help="So many weeks, this one included.")
    ] = 12,
    connection: Named = None,
    json: Json = False,
) -> None:
    """Tell which duplicates were never made, by week and Mapping: those of `dealwright report`."""
    found = with_hub(
        lambda hub: hub.read(
            lambda db: value_report(db, weeks=weeks, now_ms=hub.now_ms(), connection=connection)
        )
    )
    rows = [
        {
            "week": row.week.isoformat(),
            "connection": row.connection,
            "name": row.name,
            "duplicates_prevented": row.duplicates_prevented,
        }
        for row in found.rows
        if row.duplicates_prevented
    ]
    out = Output(json=json)
    out.table(rows, PREVENTED, empty="None in these weeks.")
    out.hint(next(text for text in RECKONING if text.startswith("Duplicates prevented")))


def _chosen(db: sa.Connection, name: str | None) -> list[Connection]:
    return list_connections(db) if name is None else [connection_by_name(db, name)]


def _count(db: sa.Connection, one: Connection, kind: RecordKind) -> int:
    return len(list_duplicates(db, connection_id=one.id, kind=kind, limit=100_000))


def _row(one: Duplicates, connection: str) -> dict[str, object]:
    signs = dict.fromkeys(sign for pair in one.group.pairs for sign in pair.signs)
    return {
        "id": one.id,
        "connection": connection,
        "kind": one.kind.value,
        "records": ", ".join(map(str, one.group.ids)),
        "score": one.group.score,
        "why": ", ".join(IN_WORDS[sign] for sign in signs),
        "tokens": (len(one.group.ids) - 1) * merge_price(one.kind),
    }


def _merge_row(db: sa.Connection, one: Correction) -> dict[str, object]:
    states = correction_states(db, one.id)
    return {
        "id": one.id,
        "summary": one.summary,
        "made_by": one.made_by,
        "begun": moment(one.made_at_ms),
        "states": ", ".join(f"{count} {state}" for state, count in states.items()),
    }


_FATES = {Fate.LOST: "lost", Fate.TAKEN_OVER: "taken over", Fate.ADDED: "added"}


def _tell(out: Output, plan: MergePlan) -> None:
    rows = [
        {
            "record": twin.record_id,
            "field": one.field,
            "gone": one.gone,
            "before": one.before,
            "after": one.after,
            "fate": one.fate.value if out.json else _FATES[one.fate],
        }
        for twin in plan.going
        for one in twin.fields
    ]
    out.table(rows, FIELDS, empty="They hold the same values.")
    going = ", ".join(str(twin.record_id) for twin in plan.going)
    kind, into = plan.group.kind, plan.into
    out.say(
        f"{kind.capitalize()} {going} would become part of {into.record_id} "
        f"({into.name}): {counted(plan.lost, 'value')} lost, {counted(plan.links, 'link')} moved; "
        f"{counted(plan.tokens, 'API token')}.",
        into=into.record_id,
        going=[twin.record_id for twin in plan.going],
        lost=plan.lost,
        links=plan.links,
        tokens=plan.tokens,
    )

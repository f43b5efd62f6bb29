"""`dealwright drift`: what was renamed or deleted in Pipedrive, who depends on it, and the mend."""

from typing import Annotated

import typer

from dealwright.actionbook import actions
from dealwright.cli.examples import examples
from dealwright.cli.hub import Hub, with_hub
from dealwright.cli.moments import moment
from dealwright.cli.output import Json, Output, bold, column, counted, figures, prose
from dealwright.core.people import CLI
from dealwright.pipeline.drifthold import told_of
from dealwright.pipeline.driftmend import let_be, mend
from dealwright.store.drift import Drift, DriftState, drift, held_by_drift, list_drifts

app = typer.Typer(
    help="What was renamed or deleted in Pipedrive: who depends on it, and the mend.",
    no_args_is_help=True,
)

COLUMNS = (
    figures("id", "Id"),
    column("subject", "Of"),
    prose("what", "What"),
    column("ref", "Named"),
    column("mend", "Proposed"),
    column("state", "State"),
    column("since", "Since"),
)

Number = Annotated[int, typer.Argument(help="The drift, as `drift list` names it.")]
With = Annotated[str, typer.Option("--with", help="Write this instead of what is proposed.")]


@app.command("list")
def listed(
    *,
    every: Annotated[bool, typer.Option("--all", help="Those that are over, too.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=1_000, help="At most so many.")] = 50,
    json: Json = False,
) -> None:
    """Show what has changed under Mappings, Sources of meetings and Connections, newest first."""
    states = () if every else (DriftState.OPEN,)
    found = with_hub(lambda hub: hub.read(lambda db: list_drifts(db, states=states, limit=limit)))
    Output(json=json).table(
        [_row(one) for one in found], COLUMNS, empty="Nothing has changed that anybody depends on."
    )


@app.command()
def show(number: Number, *, json: Json = False) -> None:
    """Show one drift, its mend, and how many Deliveries wait for it."""
    found, held = with_hub(lambda hub: _with_held(hub, number))
    _tell(Output(json=json), found, held=held)


@app.command(
    epilog=examples("dealwright drift accept 3", "dealwright drift accept 3 --with 'Gold+'")
)
def accept(number: Number, *, with_: With = "", json: Json = False) -> None:
    """Write what is proposed, as the Mapping's next version; what was held for it goes on."""

    async def do(hub: Hub) -> Drift:
        now_ms = hub.now_ms()
        return await hub.write(
            lambda db: mend(db, number, actions=actions(), by=CLI, now_ms=now_ms, with_=with_)
        )

    _tell(Output(json=json), with_hub(do), held=0)


@app.command()
def ignore(number: Number, *, json: Json = False) -> None:
    """Let a drift be: what is held for it is tried again, and fails as it would have."""

    async def do(hub: Hub) -> Drift:
        now_ms = hub.now_ms()
        return await hub.write(lambda db: let_be(db, number, by=CLI, now_ms=now_ms))

    _tell(Output(json=json), with_hub(do), held=0)


async def _with_held(hub: Hub, number: int) -> tuple[Drift, int]:
    found = await hub.read(lambda db: drift(db, number))
    held = await hub.read(lambda db: held_by_drift(db, found.connection_id))
    return found, held.get(found.subject_id, 0)


def _row(one: Drift) -> dict[str, object]:
    return {
        "id": one.id,
        "subject": f"{one.subject.value} {one.subject_id}",
        "what": one.sentence,
        "ref": one.ref,
        "mend": one.mend,
        "breaks": one.breaks,
        "state": one.state.value,
        "since": moment(one.since_ms),
    }


def _tell(out: Output, one: Drift, *, held: int) -> None:
    mended = f"\n  Version {one.mended_version} mends it." if one.mended_version else ""
    waits = f"\n  {counted(held, 'Delivery', 'Deliveries')} wait for it." if held else ""
    told = told_of(one) if one.state is DriftState.OPEN else one.sentence
    title = f"Drift {one.id} of {one.subject.value} {one.subject_id} is {bold(one.state.value)}."
    out.say(f"{title}\n  {told}{mended}{waits}", **_row(one), held=held)

"""`dealwright proposals`: what programs propose to have done, and a person's word on it."""

from collections.abc import Mapping
from typing import Annotated

import typer
from rich.markup import escape

from dealwright.actionbook import actions
from dealwright.cli.examples import examples
from dealwright.cli.hub import Hub, with_hub
from dealwright.cli.moments import moment
from dealwright.cli.output import Json, Output, bold, column, counted, figures
from dealwright.core.people import CLI
from dealwright.pipeline.proposing import Proposing
from dealwright.store.proposals import Proposal, list_proposals, proposal

app = typer.Typer(
    help="What programs propose to have done: looking at it, and approving.", no_args_is_help=True
)

COLUMNS = (
    figures("id", "Id"),
    column("state", "State"),
    column("summary", "What"),
    figures("tokens", "Tokens"),
    figures("writes", "Writes"),
    column("made_by", "By"),
    column("made", "At"),
)

Number = Annotated[int, typer.Argument(help="The proposal, as `proposals list` names it.")]


@app.command("list")
def listed(
    *,
    limit: Annotated[int, typer.Option(min=1, max=1_000, help="At most so many.")] = 20,
    json: Json = False,
) -> None:
    """Show what was proposed, the newest first."""
    found = with_hub(
        lambda hub: hub.read(lambda db: list_proposals(db, now_ms=hub.now_ms(), limit=limit))
    )
    out = Output(json=json)
    out.table([_row(one) for one in found], COLUMNS, empty="Nothing was proposed.")


@app.command()
def show(number: Number, *, json: Json = False) -> None:
    """Show one proposal: what it would do, and what came of it."""
    found = with_hub(lambda hub: hub.read(lambda db: proposal(db, number, now_ms=hub.now_ms())))
    _tell(Output(json=json), found)


@app.command(epilog=examples("dealwright proposals show 4", "dealwright proposals approve 4 --run"))
def approve(
    number: Number,
    *,
    run: Annotated[bool, typer.Option("--run", help="And have it done at once.")] = False,
    json: Json = False,
) -> None:
    """Approve of a proposal: whoever made it may have it done then, once, as it was shown."""
    _tell(Output(json=json), with_hub(lambda hub: _decided(hub, number, approve=True)))
    if run:
        _tell(Output(json=json), with_hub(lambda hub: _done(hub, number)))


@app.command()
def reject(number: Number, *, json: Json = False) -> None:
    """Let a proposal be, for good."""
    _tell(Output(json=json), with_hub(lambda hub: _decided(hub, number, approve=False)))


@app.command()
def run(number: Number, *, json: Json = False) -> None:
    """Have done what was approved of."""
    _tell(Output(json=json), with_hub(lambda hub: _done(hub, number)))


async def _decided(hub: Hub, number: int, *, approve: bool) -> Proposal:
    now_ms = hub.now_ms()
    return await hub.write(
        lambda db: Proposing(db=db, who=CLI, now_ms=now_ms, actions=actions()).decide(
            number, approve=approve
        )
    )


async def _done(hub: Hub, number: int) -> Proposal:
    now_ms = hub.now_ms()
    return await hub.write(
        lambda db: Proposing(db=db, who=CLI, now_ms=now_ms, actions=actions()).carry_out(number)
    )


def _row(one: Proposal) -> dict[str, object]:
    return {
        "id": one.id,
        "state": one.state.value,
        "summary": one.preview.summary,
        "tokens": one.preview.tokens,
        "writes": one.preview.writes,
        "made_by": one.made_by,
        "made": moment(one.made_at_ms),
    }


def _tell(out: Output, one: Proposal) -> None:
    by = f" by {one.decided_by}" if one.decided_by else ""
    text = (
        f"Proposal {one.id} is {bold(one.state.value)}{escape(by)}: {escape(one.preview.summary)}"
    )
    tokens, writes = counted(one.preview.tokens, "API token"), counted(one.preview.writes, "write")
    price = f"At most {tokens} and {writes}."
    why = f"\n  “{escape(one.reason)}” ({escape(one.made_by)})" if one.reason else ""
    came = f"\n  Done: {_in_words(one.result)}" if one.result else ""
    out.say(f"{text}\n  {price}{why}{came}", **_row(one), reason=one.reason, result=one.result)


def _in_words(result: Mapping[str, object]) -> str:
    return ", ".join(f"{what} {which}" for what, which in result.items())

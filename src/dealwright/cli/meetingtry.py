"""`dealwright meeting simulate|retro`: other settings tried, and past meetings logged anew."""

from collections.abc import Sequence
from typing import Annotated, Any

import msgspec
import typer

from dealwright.cli.account import account_of
from dealwright.cli.asking import confirm
from dealwright.cli.examples import examples
from dealwright.cli.hub import Hub, with_hub
from dealwright.cli.meetingkeep import since_of
from dealwright.cli.meetingsources import pairs_of
from dealwright.cli.output import Json, Output, column, counted, names, prose
from dealwright.core.people import CLI
from dealwright.core.priority import Priority
from dealwright.parts import own_address
from dealwright.pipeline.meetingretro import Chosen, Overlay, Retro, chosen, laid_over, retro
from dealwright.pipeline.meetingsimulate import Difference, Simulator
from dealwright.pipeline.pace import Pace
from dealwright.store.connections import connection
from dealwright.store.meeting_list import MeetingFilter
from dealwright.store.meetings import StoredMeeting
from dealwright.store.sources import source_by_name

Since = Annotated[str, typer.Option(help="Meetings that began since: 30d, 12h, or 2026-11-18.")]
Where = Annotated[str | None, typer.Option("--source", help="Only of this Source.")]

WOULD_BE = (
    column("meeting", "Id"),
    names("title", "Meeting"),
    column("what", "What"),
    prose("before", "Is"),
    prose("after", "Would be"),
)


def simulate(
    *,
    since: Since = "30d",
    given: Annotated[
        list[str], typer.Option("--set", help="KEY=VALUE, as `sources settings` takes it.")
    ],
    source: Where = None,
    yes: Annotated[bool, typer.Option("--yes", help="Spend the tokens without asking.")] = False,
    json: Json = False,
) -> None:
    """Show what other settings would make of past meetings; nothing is written."""
    out = Output(json=json)
    overlay = laid_over(pairs_of(given))

    async def run(hub: Hub) -> list[Difference]:
        where = await _where(hub, since=since, source=source, state=None)
        found = await hub.read(lambda db: chosen(db, where))
        _tell_price(out, found)
        if found.tokens and not yes:
            confirm("Go on?", err=True)
        return await _simulated(hub, found.meetings, overlay)

    told = with_hub(run)
    rows = [msgspec.to_builtins(one) for one in told]
    out.table(rows, WOULD_BE, empty="Nothing would be otherwise.")


def log_again(
    *,
    since: Since = "30d",
    state: Annotated[
        str | None, typer.Option(help="Only of this state: needs_review, skipped, synced.")
    ] = None,
    source: Where = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    json: Json = False,
) -> None:
    """Log past meetings anew: those that are unfinished, lack an activity, or are of a state."""
    if not yes:
        confirm("Notes and activities are written or updated in Pipedrive. Go on?", err=True)

    async def run(hub: Hub) -> Retro:
        where = await _where(hub, since=since, source=source, state=state)
        return await hub.write(lambda db: retro(db, where, by=CLI, now_ms=hub.now_ms()))

    told = with_hub(run)
    facts: dict[str, Any] = msgspec.to_builtins(told)
    left = f"; {told.left} wait for their summary or have no Connection" if told.left else ""
    Output(json=json).say(
        f"[green]✓[/green] {counted(told.queued, 'meeting')} to be logged anew{left}.", **facts
    )


async def _where(hub: Hub, *, since: str, source: str | None, state: str | None) -> MeetingFilter:
    of = None
    if source is not None:
        of = (await hub.read(lambda db: source_by_name(db, source))).id
    return MeetingFilter(source_id=of, state=state, since_ms=since_of(hub, since))


async def _simulated(
    hub: Hub, meetings: Sequence[StoredMeeting], overlay: Overlay
) -> list[Difference]:
    found: list[Difference] = []
    for connection_id in sorted({one.connection_id for one in meetings if one.connection_id}):
        home = await hub.read(lambda db, number=connection_id: connection(db, number))
        pages = [(one.id, one.public_id) for one in meetings if one.connection_id == home.id]
        async with account_of(hub, home, purpose="simulate", priority=Priority.MEETING) as account:
            simulator = Simulator(
                store=hub.store,
                connection_id=home.id,
                client=account.records.client,
                clock=hub.clock,
                pace=Pace(),
                defaults=home.defaults,
                base_url=own_address(hub.settings),
            )
            found += await simulator.differences(pages, overlay)
    return found


def _tell_price(out: Output, found: Chosen) -> None:
    out.hint(
        f"{counted(len(found.meetings), 'meeting')}: at most {found.tokens:,} tokens of the "
        "Connection's day."
    )


def register(app: typer.Typer) -> None:
    """Add these commands to `dealwright meeting`."""
    app.command(
        epilog=examples(
            "dealwright meeting simulate --since 30d --set deal_rule=open_only_latest_created"
        )
    )(simulate)
    app.command(
        "retro",
        epilog=examples("dealwright meeting retro --since 30d --state needs_review --yes"),
    )(log_again)

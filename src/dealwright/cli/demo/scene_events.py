"""The first scene: a webshop's events become records, through an outage."""

from collections.abc import Sequence
from datetime import date

import sqlalchemy as sa

from dealwright.cli.demo.check import faults
from dealwright.cli.demo.play import Player, sdk_for
from dealwright.cli.demo.report import Ending, print_report
from dealwright.cli.demo.stand import Hint, Stand, judge
from dealwright.cli.demo.story import story
from dealwright.core.delivery import State
from dealwright.store.delivery_list import DeliveryFilter, find_deliveries
from dealwright.store.events import count_rejects
from dealwright.store.ledger import Spent, spent

ALL = DeliveryFilter()


async def events(stand: Stand) -> Sequence[Hint]:
    """Tell the story through Segment's SDK, and print what stands in Pipedrive and what it cost."""
    told, began = story(), stand.hub.clock.now()
    before = await stand.pipedrive.state()
    refused: list[str] = []
    player = Player(
        sdk=sdk_for(stand.url, stand.write_key, refused),
        pipedrive=stand.pipedrive,
        hub=stand.hub,
        connection_id=stand.connection_id,
        console=stand.console,
        refused=refused,
    )
    await player.play(told)
    now = await stand.pipedrive.state()
    ending = Ending(
        story=told,
        before=before,
        now=now,
        deliveries=await stand.hub.read(lambda db: find_deliveries(db, ALL, limit=10_000)),
        rejected=await stand.hub.read(count_rejects),
        spent=await _ledger(stand, {began.date(), stand.hub.clock.now().date()}),
        cost=await stand.pipedrive.spent(),
    )
    print_report(stand.console, ending)
    stand.console.print()
    judge([*faults(told.wanted, before, now), *_uncounted(ending)])
    wanted = told.wanted
    stand.console.print(
        f"[green]✓[/green] All {len(wanted.people)} persons, {len(wanted.organizations)} "
        f"organizations and {len(wanted.activities)} activities are there, each exactly once."
    )
    return (
        Hint("dealwright deliveries", "what became of each event"),
        Hint("dealwright deliveries 1", "why, call by call"),
        Hint("dealwright events --rejected", "what was refused"),
    )


async def _ledger(stand: Stand, days: set[date]) -> list[Spent]:
    """What the Ledger says of these days; a demo may play over midnight."""

    def look(db: sa.Connection) -> list[Spent]:
        lines = (spent(db, stand.connection_id, day=day.isoformat()) for day in days)
        return [line for day in lines for line in day]

    return await stand.hub.read(look)


def _uncounted(ending: Ending) -> list[str]:
    wanted, failed = ending.story.wanted, ending.count(State.FAILED)
    found: list[str] = []
    if failed != wanted.failed:
        found.append(f"{failed} Deliveries failed, not {wanted.failed}.")
    if ending.rejected != wanted.rejected:
        found.append(f"{ending.rejected} events were refused, not {wanted.rejected}.")
    return found

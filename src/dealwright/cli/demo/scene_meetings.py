"""The second scene: a meeting that Fathom posts, a call that two may have made, a transcript."""

from collections.abc import Sequence

from dealwright.cli.demo.meetings import faults, recorders_added, talked
from dealwright.cli.demo.stand import Hint, Stand, judge, title
from dealwright.cli.demo.talkreport import print_talks


async def meetings(stand: Stand) -> Sequence[Hint]:
    """Have three conversations told, and print what became of each."""
    title(stand, "Three conversations")
    keys = await recorders_added(stand.hub, stand.connection_id)
    told = await talked(stand, keys)
    print_talks(stand.console, told)
    judge(faults(told))
    stand.console.print(
        "\n[green]✓[/green] Two meetings stand in Pipedrive, each once; a call waits for a person."
    )
    return (
        Hint("dealwright meeting list", "what became of each conversation"),
        Hint(f"dealwright meeting show {told.call.id}", "the call"),
    )

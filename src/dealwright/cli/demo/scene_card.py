"""The last scene: an e-mail of the buyer's is opened, and her contact card stands beside it."""

from collections.abc import Sequence
from urllib.parse import urlencode

import aiohttp
import sqlalchemy as sa
from rich.panel import Panel

from dealwright.cli.card_lines import card_for, card_lines
from dealwright.cli.demo.cardcheck import Shown, faults
from dealwright.cli.demo.cast import BUYER
from dealwright.cli.demo.stand import Hint, Stand, judge, title, until
from dealwright.cli.first_owner import first_owners_link
from dealwright.cli.hub import Hub
from dealwright.store.mirror import state
from dealwright.store.webhooks import alive

#: Whose card is asked for before, so that the account's lists are known: nobody's.
STRANGER = "somebody@elsewhere.example"


async def card(stand: Stand) -> Sequence[Hint]:
    """Show the buyer's card out of the mirror, and where it is on the web."""
    title(stand, f"{BUYER.name} writes an e-mail: her card")
    with stand.console.status("The mirror looks once more at what was changed …"):
        await _until_it_is_told(stand)
    _, lists = await card_for(stand.hub, STRANGER)
    shown = Shown(*await card_for(stand.hub, BUYER.email))
    path = f"/card?{urlencode({'email': BUYER.email}, safe='@')}"
    link = await first_owners_link(stand.hub, stand.url, then=path)
    lines = "\n".join(card_lines(shown.card))
    stand.console.print(Panel(lines, border_style="dim", padding=(0, 1)), highlight=False)
    tokens, calls = shown.cost
    spent = lists.found.tokens if lists.found else 0
    stand.console.print(
        f"[green]✓[/green] This card cost {tokens} API tokens and {calls} calls: the mirror holds "
        "all of it.\n"
        "  [dim]The account's own lists (fields, users, stages, types) were read before, for "
        f"{spent} tokens an hour.[/dim]\n"
        "[green]✓[/green] Gmail, Thunderbird and the browser's side panel show the same card. On "
        "the web:"
    )
    stand.console.print(f"    [underline]{link}[/underline]", soft_wrap=True)
    stand.console.print(
        "    [dim]Say who the demo's owner is, with a password; the card opens, signed in.[/dim]"
    )
    judge([*faults(shown), *await _not_there(link)])
    return (Hint(f"dealwright card {BUYER.email}", "her card, as above"),)


async def _until_it_is_told(stand: Stand) -> None:
    """Wait until every kind is mirrored whole, and Pipedrive's webhooks can be relied on."""
    await until(
        stand,
        lambda db: _is_told(db, stand.connection_id, stand.hub),
        "The mirror does not know all",
    )


def _is_told(db: sa.Connection, connection_id: int, hub: Hub) -> bool:
    known = state(db, connection_id).values()
    return all(one.complete for one in known) and alive(db, connection_id, hub.now_ms())


async def _not_there(link: str) -> list[str]:
    async with aiohttp.ClientSession() as session, session.get(link) as answer:
        return [] if answer.status == 200 else [f"{link} answered {answer.status}."]

"""What the demo prints at the end: the records, the Deliveries, and what it has cost."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rich.console import Console
from rich.padding import Padding

from dealwright.cli.demo.pipedrive import State as Records
from dealwright.cli.demo.price import SEARCH_TOKENS, WRITE_TOKENS, elsewhere
from dealwright.cli.demo.story import Story
from dealwright.cli.output import Column, column, drawn, figures
from dealwright.core.delivery import State
from dealwright.store.ledger import Spent

#: Rows of each kind that are shown; the rest is counted.
SHOWN = 5

MEANINGS = {
    State.DELIVERED: "written",
    State.UNCHANGED: "Pipedrive already held all of it: nothing sent",
    State.FAILED: "wrong on purpose: due_date “next Tuesday”; can be mended and sent again",
    State.HELD: "needs a person",
    State.DROPPED: "put aside",
    State.QUEUED: "not begun",
    State.SENDING: "being written",
    State.WAITING: "waits for Pipedrive",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """How the story ended. `calls` and `cost` are the sandbox's own account of the story."""

    story: Story
    before: Records
    now: Records
    counts: Mapping[State, int]
    rejected: int
    spent: Sequence[Spent]
    calls: int
    cost: int


def print_report(console: Console, ending: Ending) -> None:
    """Print everything, in a hundred columns."""
    _print_records(console, ending)
    _print_deliveries(console, ending)
    _print_cost(console, ending)


def _print_records(console: Console, ending: Ending) -> None:
    known = {person.id for person in ending.before.persons}
    people = [p for p in ending.now.persons if p.id not in known]
    names = {p.id: p.name for p in ending.now.persons}
    organizations = {o.id: o.name for o in ending.now.organizations}
    known = {activity.id for activity in ending.before.activities}
    activities = [a for a in ending.now.activities if a.id not in known]
    known = {one.id for one in ending.before.organizations}
    companies = [o for o in ending.now.organizations if o.id not in known]

    _section(console, "What Pipedrive holds now")
    _print_some(
        console,
        "persons",
        [
            {
                "id": p.id,
                "name": p.name,
                "email": ", ".join(e.value for e in p.emails),
                "phone": ", ".join(f.value for f in p.phones),
            }
            for p in people
        ],
        (
            figures("id", "Id"),
            column("name", "Person"),
            column("email", "E-mail"),
            column("phone", "Phone"),
        ),
    )
    _print_some(
        console,
        "organizations",
        [{"id": o.id, "name": o.name} for o in companies],
        (figures("id", "Id"), column("name", "Organization")),
    )
    _print_some(
        console,
        "activities",
        [
            {
                "id": a.id,
                "subject": a.subject,
                "type": a.type,
                "due": a.due_date,
                "who": names.get(a.person_id or 0, ""),
                "where": organizations.get(a.org_id or 0, ""),
            }
            for a in activities
        ],
        (
            figures("id", "Id"),
            column("subject", "Activity"),
            column("type", "Type"),
            column("due", "Due"),
            column("who", "Person"),
            column("where", "Organization"),
        ),
    )


def _print_some(
    console: Console, what: str, rows: Sequence[Mapping[str, Any]], columns: Sequence[Column]
) -> None:
    console.print(Padding(drawn(rows[:SHOWN], columns), (0, 0, 0, 2)))
    if len(rows) > SHOWN:
        console.print(f"    [dim]… and {len(rows) - SHOWN} more {what}[/dim]")


def _print_deliveries(console: Console, ending: Ending) -> None:
    _section(console, "What became of the events")
    rows = [
        {"state": str(state), "number": number, "means": MEANINGS[state]}
        for state, number in ending.counts.items()
        if number
    ]
    columns = (column("state", "Deliveries"), figures("number", "Number"), column("means", ""))
    console.print(Padding(drawn(rows, columns), (0, 0, 0, 2)))
    events = ending.story.events
    repeats = len(events) - len({event.message_id for event in events})
    console.print(
        f"    {len(events)} events were sent. {repeats} repeated a messageId and made nothing, "
        f"{ending.rejected} was refused\n    at the door (a track call without a name); page views "
        "and orders have no Mapping."
    )


def _print_cost(console: Console, ending: Ending) -> None:
    _section(console, "What it cost, in Pipedrive's API tokens")
    events, tokens = elsewhere(ending.story.events)
    ours = sum(spent.tokens for spent in ending.spent)
    rows = [
        {"who": "This hub", "tokens": ours, "how": f"{ending.calls} calls, setting up included"},
        {
            "who": "Segment's design",
            "tokens": tokens,
            "how": f"{events} events, each 1 or 2 searches × {SEARCH_TOKENS} + a write × "
            f"{WRITE_TOKENS} (v1)",
        },
    ]
    columns = (column("who", ""), figures("tokens", "Tokens"), column("how", "Computed from"))
    console.print(Padding(drawn(rows, columns), (0, 0, 0, 2)))
    identifies = {e.message_id for e in events_of(ending.story, "identify")}
    console.print(
        f"    That is {tokens / max(ours, 1):.1f} times as much. And with its default settings, "
        f"which match by Pipedrive's id,\n    it makes a person of each identify: "
        f"{len(identifies)} persons here instead of {len(ending.story.wanted.people)}."
    )
    agrees = "agrees with" if ours == ending.cost else f"is [red]not[/red] the {ending.cost} of"
    console.print(f"    [dim]The hub's Ledger {agrees} the sandbox's own account.[/dim]")


def events_of(story: Story, call: str) -> list[Any]:
    """The events of one call of the SDK."""
    return [event for event in story.events if event.call == call]


def _section(console: Console, title: str) -> None:
    console.print()
    console.rule(f"[bold]{title}[/bold]", align="left", style="dim")

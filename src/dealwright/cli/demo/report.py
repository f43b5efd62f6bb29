"""What the demo prints at the end: the records, the Deliveries, and what it has cost."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rich.console import Console
from rich.padding import Padding

from dealwright.cli.demo.pipedrive import State as Records
from dealwright.cli.demo.price import elsewhere
from dealwright.cli.demo.story import Story
from dealwright.cli.output import Column, column, counted, drawn, figures, names, prose
from dealwright.core.delivery import State
from dealwright.core.peer import SEARCH_TOKENS, WRITE_TOKENS
from dealwright.store.delivery_list import Delivery
from dealwright.store.ledger import Spent

#: Rows of each kind that are shown; the rest is counted.
SHOWN = 4

MEANINGS = {
    State.DELIVERED: "written",
    State.UNCHANGED: "Pipedrive already held all of it: nothing sent",
    State.FAILED: "wrong on purpose; can be mended and sent again",
    State.HELD: "needs a person",
    State.DROPPED: "put aside",
    State.QUEUED: "not begun",
    State.SENDING: "being written",
    State.WAITING: "waits for Pipedrive",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """How the story ended. `cost` is the sandbox's own account, in tokens."""

    story: Story
    before: Records
    now: Records
    deliveries: Sequence[Delivery]
    rejected: int
    spent: Sequence[Spent]
    cost: int

    def count(self, state: State) -> int:
        """How many Deliveries are in this state."""
        return sum(one.state is state for one in self.deliveries)


def print_report(console: Console, ending: Ending) -> None:
    """Print everything, in a hundred columns."""
    _section(console, "What Pipedrive holds now")
    _print_people(console, ending)
    _print_organizations(console, ending)
    _print_activities(console, ending)
    _section(console, "What became of the events")
    _print_deliveries(console, ending)
    _section(console, "What it cost, in Pipedrive's API tokens")
    _print_cost(console, ending)


def _print_people(console: Console, ending: Ending) -> None:
    rows = [
        {
            "id": person.id,
            "name": person.name,
            "email": ", ".join(point.value for point in person.emails),
            "phone": ", ".join(point.value for point in person.phones),
        }
        for person in _new(ending.before.persons, ending.now.persons)
    ]
    columns = (
        figures("id", "Id"),
        column("name", "Person"),
        names("email", "E-mail"),
        column("phone", "Phone"),
    )
    _print_some(console, rows, columns, more=counted(len(rows) - SHOWN, "more person"))


def _print_organizations(console: Console, ending: Ending) -> None:
    new = _new(ending.before.organizations, ending.now.organizations)
    rows = [{"id": one.id, "name": one.name} for one in new]
    columns = (figures("id", "Id"), column("name", "Organization"))
    _print_some(console, rows, columns, more=counted(len(rows) - SHOWN, "more organization"))


def _print_activities(console: Console, ending: Ending) -> None:
    people = {person.id: person.name for person in ending.now.persons}
    organizations = {one.id: one.name for one in ending.now.organizations}
    rows = [
        {
            "id": activity.id,
            "subject": activity.subject,
            "due": activity.due_date,
            "who": people.get(activity.person_id or 0, ""),
            "where": organizations.get(activity.org_id or 0, ""),
        }
        for activity in _new(ending.before.activities, ending.now.activities)
    ]
    columns = (
        figures("id", "Id"),
        names("subject", "Activity"),
        column("due", "Due"),
        names("who", "Person"),
        names("where", "Organization"),
    )
    more = counted(len(rows) - SHOWN, "more activity", "more activities")
    _print_some(console, rows, columns, more=more)


def _new(before: Iterable[Any], now: Iterable[Any]) -> list[Any]:
    known = {record.id for record in before}
    return [record for record in now if record.id not in known]


def _print_some(
    console: Console, rows: Sequence[Mapping[str, Any]], columns: Sequence[Column], *, more: str
) -> None:
    console.print(Padding(drawn(rows[:SHOWN], columns, width=console.width - 2), (0, 0, 0, 2)))
    if len(rows) > SHOWN:
        console.print(f"    [dim]… and {more}[/dim]")


def _print_deliveries(console: Console, ending: Ending) -> None:
    merged = sum(one.written_by is not None for one in ending.deliveries)
    meanings = dict(MEANINGS)
    if merged:
        meanings[State.DELIVERED] = f"written, {merged} of them together with another, in one call"
    rows = [
        {"state": str(state), "number": ending.count(state), "means": means}
        for state, means in meanings.items()
        if ending.count(state)
    ]
    columns = (column("state", "Deliveries"), figures("number", "Number"), prose("means", ""))
    console.print(Padding(drawn(rows, columns, width=console.width - 2), (0, 0, 0, 2)))
    events = ending.story.events
    repeats = len(events) - len({event.message_id for event in events})
    console.print(
        f"    {len(events)} events were sent: {repeats} repeated a messageId and made nothing, "
        f"{ending.rejected} was refused at the door,\n"
        "    page views and orders are stored, and no Mapping asks for them."
    )


def _print_cost(console: Console, ending: Ending) -> None:
    events, tokens = elsewhere(ending.story.events)
    ours = sum(spent.tokens for spent in ending.spent)
    calls = sum(spent.calls for spent in ending.spent)
    rows = [
        {"who": "This hub", "tokens": ours, "how": f"{calls} calls, as its Ledger has them"},
        {
            "who": "Segment's design",
            "tokens": tokens,
            "how": f"the {events} that can be written: each 1 or 2 searches × {SEARCH_TOKENS}, and "
            f"a write × {WRITE_TOKENS} (API v1)",
        },
    ]
    columns = (column("who", ""), figures("tokens", "Tokens"), prose("how", "Computed from"))
    console.print(Padding(drawn(rows, columns, width=console.width - 2), (0, 0, 0, 2)))
    people = len(ending.story.wanted.people)
    identifies = {e.message_id for e in ending.story.events if e.call == "identify"}
    console.print(
        f"    That design needs {tokens / max(ours, 1):.1f} times as many; with its default "
        f"settings it would also have made\n    a person of each identify: {len(identifies)} "
        f"instead of {people}. The sandbox's own account is {ending.cost:,} tokens"
        + _difference(ours, ending.cost)
    )


def _difference(ours: int, theirs: int) -> str:
    if ours == theirs:
        return " too."
    # Nobody says whether an answer of 503 is free; the Ledger would rather be too high.
    return ":\n    the hub counts the calls that were answered 503 as well, to be careful."


def _section(console: Console, title: str) -> None:
    console.print()
    console.rule(f"[bold]{title}[/bold]", align="left", style="dim")

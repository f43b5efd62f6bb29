"""How the clauses of a trigger are shown: what is true, and what the event has there."""

from collections.abc import Iterable

import msgspec
from rich.markup import escape

from dealwright.core.trigger import Clause

#: A longer value is cut.
SHOWN = 60


def lines_of(clauses: Iterable[Clause]) -> list[str]:
    """A line for each clause, marked as true or not."""
    return [line_of(clause) for clause in clauses]


def line_of(clause: Clause) -> str:
    """`✗ type = "track"  type is "identify"`."""
    mark = "[green]✓[/green]" if clause.holds else "[red]✗[/red]"
    held = ", ".join(f"{path} is {_shown(value)}" for path, value in clause.fields)
    return f"{mark} {escape(clause.text)}  [dim]{escape(held)}[/dim]"


def facts_of(clause: Clause) -> dict[str, object]:
    """The same for programs."""
    return {"text": clause.text, "holds": clause.holds, "fields": dict(clause.fields)}


def _shown(value: object) -> str:
    text = "missing" if value is None else msgspec.json.encode(value).decode()
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"

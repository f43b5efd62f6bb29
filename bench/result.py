"""Result: what a benchmark found, beside what it should have."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from rich.console import Console
from rich.table import Table


@dataclass(frozen=True, kw_only=True)
class Goal:
    """A bound on one figure: at most, or at least."""

    at_most: float | None = None
    at_least: float | None = None

    def met_by(self, figure: float) -> bool:
        """Whether the figure is within."""
        return (self.at_most is None or figure <= self.at_most) and (
            self.at_least is None or figure >= self.at_least
        )

    def __str__(self) -> str:
        return f"≤ {self.at_most:g}" if self.at_most is not None else f"≥ {self.at_least:g}"


@dataclass(frozen=True, kw_only=True)
class Result:
    """Figures by name (the unit is in the name), and goals for some of them."""

    name: str
    figures: Mapping[str, float]
    goals: Mapping[str, Goal] = field(default_factory=dict[str, Goal])
    notes: tuple[str, ...] = ()


def show(result: Result) -> None:
    """Print the table for people and, last, the JSON line for programs."""
    table = Table("figure", "measured", "goal", "", title=f"bench {result.name}")
    for name, figure in result.figures.items():
        goal = result.goals.get(name)
        sign = "" if goal is None else "met" if goal.met_by(figure) else "MISSED"
        table.add_row(name, f"{figure:,.10g}", str(goal or ""), sign)
    console = Console()
    console.print(table)
    for note in result.notes:
        console.print(f"[dim]{note}[/dim]")
    line = {
        "name": result.name,
        "figures": dict(result.figures),
        "goals": {name: str(goal) for name, goal in result.goals.items()},
        "met": all(goal.met_by(result.figures[name]) for name, goal in result.goals.items()),
    }
    print(json.dumps(line, ensure_ascii=False), flush=True)

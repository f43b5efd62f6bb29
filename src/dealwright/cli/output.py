"""What a command prints: tables and sentences for people, JSON lines with `--json`."""

import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any, TextIO

import msgspec
import typer
from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from dealwright.cli.moments import words

#: The option that every command with an answer has.
Json = Annotated[bool, typer.Option("--json", help="Print JSON, one line for each thing.")]

Row = Mapping[str, Any]

#: Characters that a table has between two columns, and the least that a soft column can do with:
#: where there is less, rows are shown one below the other.
BETWEEN = 3
LEAST = 16

#: How the states of a Delivery and of a Connection are coloured.
COLOURS = {
    "delivered": "green",
    "unchanged": "green",
    "ok": "green",
    "on": "green",
    "waiting": "yellow",
    "resting": "yellow",
    "limited": "yellow",
    "queued": "cyan",
    "sending": "cyan",
    "held": "magenta",
    "failed": "red",
    "error": "red",
    "reauth": "red",
    "payment_required": "red",
    "off": "dim",
    "dropped": "dim",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column of a table: the key of the row that it shows, and its heading."""

    key: str
    title: str
    right: bool = False
    wrap: bool = False
    cut: bool = False


def column(key: str, title: str) -> Column:
    """A column of words, which stay whole."""
    return Column(key=key, title=title)


def names(key: str, title: str) -> Column:
    """A column of names, which are cut where the terminal is narrow."""
    return Column(key=key, title=title, cut=True)


def figures(key: str, title: str) -> Column:
    """A column of numbers, aligned right."""
    return Column(key=key, title=title, right=True)


def prose(key: str, title: str) -> Column:
    """A column of sentences, which may take several lines."""
    return Column(key=key, title=title, wrap=True)


def console_of(stream: TextIO) -> Console:
    """A console on a stream; with NO_COLOR set it writes no control characters at all."""
    # https://no-color.org: any value but the empty one. Rich would still write bold and dim.
    system = None if os.environ.get("NO_COLOR") else "auto"
    return Console(file=stream, highlight=False, soft_wrap=False, color_system=system)


@dataclass(slots=True, kw_only=True)
class Output:
    """Where a command's answer goes; `json` decides in which form."""

    json: bool = False
    console: Console = field(default_factory=lambda: console_of(sys.stdout))

    def say(self, sentence: str, **facts: object) -> None:
        """Say what was done: the sentence to people, the facts to programs."""
        if self.json:
            self.line(facts)
        else:
            self.console.print(sentence, soft_wrap=True)

    def hint(self, sentence: str) -> None:
        """Say what to do next; programs do not need it."""
        if sentence and not self.json:
            self.console.print(f"[dim]{sentence}[/dim]", soft_wrap=True)

    def table(
        self, rows: Iterable[Row], columns: Sequence[Column], *, title: str = "", empty: str = ""
    ) -> None:
        """Show rows; `empty` is the sentence for when there are none."""
        if self.json:
            for row in rows:
                self.line(row)
            return
        listed = list(rows)
        if not listed:
            self.console.print(empty or "Nothing yet.", soft_wrap=True)
            return
        width = self.console.width
        if fits(listed, columns, width):
            self.console.print(drawn(listed, columns, width=width, title=title))
        else:
            self._below_each_other(listed, columns)

    def _below_each_other(self, rows: Sequence[Row], columns: Sequence[Column]) -> None:
        room = max(len(one.title) for one in columns) + BETWEEN
        for row in rows:
            for one in columns:
                value = cell(row.get(one.key))
                self.console.print(Text.assemble((one.title.ljust(room), "bold"), value))
            self.console.print()

    def line(self, facts: Mapping[str, object]) -> None:
        """Write one JSON line."""
        sys.stdout.write(msgspec.json.encode(facts, enc_hook=str).decode() + "\n")


def drawn(rows: Iterable[Row], columns: Sequence[Column], *, width: int, title: str = "") -> Table:
    """Make a table of rows, not wider than `width` where names and sentences can give way."""
    table = Table(box=box.SIMPLE_HEAD, title=title or None, title_justify="left", pad_edge=False)
    table.title_style = "bold"
    lines = [[cell(row.get(one.key)) for one in columns] for row in rows]
    wanted = _wanted(lines, columns)
    for one, chars in zip(columns, _widths(columns, wanted, width), strict=True):
        table.add_column(
            one.title,
            justify="right" if one.right else "left",
            no_wrap=not one.wrap,
            overflow="fold" if one.wrap else "ellipsis",
            width=chars,
        )
    for line in lines:
        table.add_row(*line)
    return table


def fits(rows: Iterable[Row], columns: Sequence[Column], width: int) -> bool:
    """Whether a table of these rows is still one that can be read at this width."""
    wanted = _wanted([[cell(row.get(one.key)) for one in columns] for row in rows], columns)
    return sum(_widths(columns, wanted, width)) + BETWEEN * len(columns) <= width


def _wanted(lines: Sequence[Sequence[Text]], columns: Sequence[Column]) -> list[int]:
    return [
        max([len(one.title), *(len(line[i]) for line in lines)]) for i, one in enumerate(columns)
    ]


def _widths(columns: Sequence[Column], wanted: Sequence[int], width: int) -> list[int]:
    """Give every column what it wants; where that is too much, soft ones share what is left."""
    given = list(wanted)
    soft = [i for i, one in enumerate(columns) if one.wrap or one.cut]
    room = (
        width
        - BETWEEN * len(columns)
        - sum(wanted[i] for i in range(len(columns)) if i not in soft)
    )
    # The most modest first: what it leaves goes to those that want more.
    for left, i in zip(range(len(soft), 0, -1), sorted(soft, key=lambda i: wanted[i]), strict=True):
        given[i] = min(wanted[i], max(LEAST, room // left))
        room -= given[i]
    return given


def cell(value: object) -> Text:
    """A value as a table shows it: thousands apart, states in their colour, nothing as a dash."""
    match value:
        case None | "":
            return Text("–", style="dim")
        case bool():
            return cell("on" if value else "off")
        case int():
            return Text(f"{value:,}")
        case datetime():
            return Text(words(value))
        case str():
            return Text(value, style=COLOURS.get(value, ""))
        case _:
            return Text(str(value))


def counted(number: int, one: str, many: str = "") -> str:
    """A number with its noun: “1 event”, “3 events”."""
    return f"{number:,} {one if number == 1 else many or f'{one}s'}"


def bold(text: str) -> str:
    """A name in a sentence; what it contains is never read as markup."""
    return f"[bold]{escape(text)}[/bold]"

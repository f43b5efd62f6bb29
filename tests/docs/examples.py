"""The examples of a page: fenced blocks with a title, and the rows of tables."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

PAGES = Path(__file__).resolve().parents[2] / "docs"
FENCE = re.compile(r'^```\w+ title="([^"]+)"\n(.*?)^```$', re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, kw_only=True)
class Example:
    """A mapping, the event that stands before it, and what the page says comes out."""

    event: str
    mapping: str
    kind: str
    outcome: str


def page(name: str) -> str:
    return (PAGES / name).read_text(encoding="utf-8")


def blocks(text: str) -> list[tuple[str, str]]:
    """Title and content of every fenced block that has a title."""
    return FENCE.findall(text)


def examples(text: str) -> Iterator[Example]:
    """Every outcome with the event and the mapping that stand before it."""
    last = {"event": "", "mapping": ""}
    for title, content in blocks(text):
        if title in last:
            last[title] = content
        elif title in {"result", "faults"}:
            yield Example(**last, kind=title, outcome=content)


def table(text: str, heading: str) -> list[tuple[str, ...]]:
    """The cells of the table that begins with this heading, code marks taken off."""
    start = text.index(heading)
    rows = text[start : text.index("\n\n", start)].splitlines()[2:]
    return [tuple(cell.strip().strip("`") for cell in row.strip("|").split(" | ")) for row in rows]

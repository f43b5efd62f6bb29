"""Written text in neutral form: headings, paragraphs and list items with bold, italic and times.

Whatever a text came as (Markdown, HTML, lines), its HTML is written here, from these values, with
the tags `h4 p b i ul ol li a br` (MEETINGS 5.1) and no link but to the Meeting's own page.
"""

from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum
from itertools import groupby, islice
from typing import Final

import msgspec

from dealwright.meetings.summary.clean import attribute, clean, escaped, visible

#: Much more than a note can hold: the rest of a text is not looked at.
_MAX_CHARACTERS: Final = 200_000
_MAX_BLOCKS: Final = 4_000
_DEEPEST: Final = 3


class Run(msgspec.Struct, frozen=True):
    """Words in one style. `at`: seconds from the start, where the text linked to the recording."""

    text: str
    bold: bool = False
    italic: bool = False
    at: float | None = None


class Kind(StrEnum):
    """What a Block is."""

    HEADING = "heading"
    PARAGRAPH = "paragraph"
    ITEM = "item"


class Block(msgspec.Struct, frozen=True):
    """A heading, a paragraph or an item of a list; `depth` of an item counts from 0."""

    kind: Kind
    runs: tuple[Run, ...]
    depth: int = 0
    ordered: bool = False

    @property
    def text(self) -> str:
        """The words without style."""
        return "".join(run.text for run in self.runs)


def heading(text: str) -> Block:
    """A heading of plain text."""
    return Block(Kind.HEADING, (Run(text),))


def paragraph(*runs: Run) -> Block:
    """A paragraph."""
    return Block(Kind.PARAGRAPH, runs)


def item(*runs: Run) -> Block:
    """An item of a bulleted list."""
    return Block(Kind.ITEM, runs)


def tidied(blocks: Iterable[Block]) -> tuple[Block, ...]:
    """The blocks with clean words (MEETINGS 3.6, rules 8 and 9); empty ones are left out."""
    made: list[Block] = []
    room = _MAX_CHARACTERS
    for block in islice(blocks, _MAX_BLOCKS):
        runs = _clean_runs(_cut(block.runs, room)) if room > 0 else ()
        room -= len(block.text)
        if any(run.text.strip() for run in runs):
            made.append(msgspec.structs.replace(block, runs=runs))
    return tuple(made)


def html_of(blocks: Sequence[Block], *, page_url: str) -> str:
    """The HTML of clean blocks; times become links to the Meeting's page."""
    parts: list[str] = []
    for is_list, group in groupby(blocks, key=lambda block: block.kind is Kind.ITEM):
        if is_list:
            parts.append(_list(list(group), page_url))
        else:
            parts.extend(_alone(block, page_url) for block in group)
    return "".join(parts)


def linked(page_url: str, at: float, text: str) -> str:
    """A link to a moment of the Meeting's page; `text` is HTML."""
    return f'<a href="{attribute(page_url)}?t={max(0, int(at))}">{text}</a>'


def _clean_runs(runs: Iterable[Run]) -> tuple[Run, ...]:
    # Neighbours of one style are one text: half an address in each is an address.
    seen = _merged(msgspec.structs.replace(run, text=visible(run.text)) for run in runs)
    return _trimmed(msgspec.structs.replace(run, text=clean(run.text)) for run in seen)


def _cut(runs: tuple[Run, ...], room: int) -> Iterator[Run]:
    for run in runs:
        yield run if len(run.text) <= room else msgspec.structs.replace(run, text=run.text[:room])


def _merged(runs: Iterable[Run]) -> tuple[Run, ...]:
    made: list[Run] = []
    for run in runs:
        last = made[-1] if made else None
        if last is not None and (last.bold, last.italic, last.at) == (run.bold, run.italic, run.at):
            made[-1] = msgspec.structs.replace(last, text=last.text + run.text)
        elif run.text:
            made.append(run)
    return tuple(made)


def _trimmed(runs: Iterable[Run]) -> tuple[Run, ...]:
    made = list(runs)
    while made and not made[0].text.strip():
        made.pop(0)
    while made and not made[-1].text.strip():
        made.pop()
    if made:
        made[0] = msgspec.structs.replace(made[0], text=made[0].text.lstrip())
        made[-1] = msgspec.structs.replace(made[-1], text=made[-1].text.rstrip())
    return tuple(made)


def _alone(block: Block, page_url: str) -> str:
    tag = "h4" if block.kind is Kind.HEADING else "p"
    return f"<{tag}>{_inline(block.runs, page_url)}</{tag}>"


def _inline(runs: Iterable[Run], page_url: str) -> str:
    made: list[str] = []
    for run in runs:
        text = escaped(run.text).replace("\n", "<br>")
        text = f"<i>{text}</i>" if run.italic else text
        text = f"<b>{text}</b>" if run.bold else text
        made.append(text if run.at is None else linked(page_url, run.at, text))
    return "".join(made)


def _list(items: list[Block], page_url: str) -> str:
    """Nested lists; an item deeper than its predecessor is a list inside of it."""
    made: list[str] = []
    open_tags: list[str] = []
    for each in items:
        depth = min(each.depth, len(open_tags), _DEEPEST)
        while len(open_tags) > depth + 1:
            made.append(f"</li></{open_tags.pop()}>")
        tag = "ol" if each.ordered else "ul"
        if len(open_tags) == depth + 1:
            made.append("</li>")
            if open_tags[-1] != tag:
                made.append(f"</{open_tags.pop()}>")
        if len(open_tags) == depth:
            open_tags.append(tag)
            made.append(f"<{tag}>")
        made.append(f"<li>{_inline(each.runs, page_url)}")
    while open_tags:
        made.append(f"</li></{open_tags.pop()}>")
    return "".join(made)

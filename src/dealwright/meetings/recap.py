"""A recap in Markdown whose parts can be told apart by their shape: overview, topics, next steps.

Headings come in every language; a part is known by its English name, else by how it is built.
"""

import re
from typing import Final, NamedTuple

from dealwright.meetings.meeting import ActionItem, Bullet, Section
from dealwright.meetings.texts import block, line

_HEADING: Final = re.compile(r"(#{1,6})\s+(.*?)\s*#*")
_ITEM: Final = re.compile(r"(?:[-*+•]|\d{1,3}[.)])\s+(.*)")
_LINK: Final = re.compile(r"!?\[([^\[\]]*)\]\([^()\s]*(?:\s[^()]*)?\)")
_MARKS: Final = re.compile(r"(\*\*|__|`)")
_OVERVIEW: Final = frozenset({"quick recap", "overview", "recap", "meeting overview"})
_STEPS: Final = frozenset({"next steps", "action items"})


class Recap(NamedTuple):
    """The parts of a recap; each may be empty."""

    overview: tuple[str, ...] = ()
    sections: tuple[Section, ...] = ()
    steps: tuple[ActionItem, ...] = ()


class _Part(NamedTuple):
    level: int
    title: str
    lines: list[str]


def recap_of(markdown: str) -> Recap | None:
    """The parts of a Markdown text; None where its shape is not that of a recap."""
    parts = _parts(block(markdown))
    headed = [part.level for part in parts if part.level]
    if not headed:
        return None
    top = min(headed)
    overview: list[str] = []
    sections: list[Section] = []
    steps: list[ActionItem] = []
    for part in parts:
        title = part.title.casefold()
        if part.level > top:
            sections.append(_section(part))
        elif title in _STEPS or (part.lines and all(map(_ITEM.fullmatch, part.lines))):
            steps += [ActionItem(text=plain(item)) for item in part.lines]
        elif title in _OVERVIEW or not overview:
            overview += [plain(item) for item in part.lines]
        elif part.lines:
            sections.append(_section(part))
    return Recap(tuple(filter(None, overview)), tuple(sections), tuple(steps))


def plain(written: str) -> str:
    """One line of Markdown as text: without the mark of a list, emphasis, and targets of links."""
    text = line(written) if len(written) < 500 else written.strip()
    hit = _ITEM.fullmatch(text)
    return _MARKS.sub("", _LINK.sub(r"\1", hit[1] if hit else text)).strip()


def section(title: str | None, text: str | None) -> Section:
    """A titled part with one bullet a line."""
    return _section(_Part(2, line(title), _lines(block(text))))


def _section(part: _Part) -> Section:
    bullets = (Bullet(text=text) for text in map(plain, part.lines) if text)
    return Section(title=plain(part.title), bullets=tuple(bullets))


def _parts(text: str) -> list[_Part]:
    found = [_Part(0, "", [])]
    for one in _lines(text):
        if hit := _HEADING.fullmatch(one):
            found.append(_Part(len(hit[1]), hit[2], []))
        else:
            found[-1].lines.append(one)
    return found if found[0].lines else found[1:]


def _lines(text: str) -> list[str]:
    return [one.strip() for one in text.split("\n") if one.strip()]

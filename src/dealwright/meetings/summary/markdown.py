"""Markdown, HTML and plain text of Sources as Blocks.

Source: MEETINGS 3.6, rules 7 and 8: markdown-it-py without HTML, then an allow-list; headings of
any level become one; links keep their text, and their time where they carry one.
"""

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Final, Literal, NamedTuple

import nh3
from markdown_it import MarkdownIt
from markdown_it.token import Token

from dealwright.meetings.meeting import Text
from dealwright.meetings.summary.clean import visible
from dealwright.meetings.summary.rich import Block, Kind, Run, tidied

_TIME: Final = re.compile(
    r"[?&#](?:t|ts|time|timestamp|start|seek)="
    r"(?:(?P<seconds>\d{1,6}(?:\.\d+)?)s?|"
    r"(?:(?P<h>\d{1,2})h)?(?:(?P<m>\d{1,3})m)?(?:(?P<s>\d{1,5})s)?|"
    r"(?P<clock>\d{1,2}(?::\d{2}){1,2}))(?=[&#]|$)"
)
_BOLD: Final = {"b", "strong", "th"}
_ITALIC: Final = {"i", "em"}
_OF_LIST: Final = {"ul", "ol"}
_BLOCKS: Final = {"p", "div", "li", "tr", "h1", "h2", "h3", "h4", "h5", "h6"}
#: More than a note can hold: the rest of one text is not looked at.
_LONGEST: Final = 90_000
_SPACE: Final = re.compile(r"[ \n\r\t\f]+")
_ALLOWED: Final = nh3.Cleaner(
    tags={"a", "br", "td"} | _BLOCKS | _BOLD | _ITALIC | _OF_LIST,
    attributes={"a": {"href"}},
    clean_content_tags={"script", "style", "title", "noscript", "template"},
    link_rel=None,
    url_schemes={"http", "https"},
)


def blocks_of(text: Text) -> tuple[Block, ...]:
    """The Blocks of a text, with clean words; an unknown format is plain text."""
    written = visible(text.text[:_LONGEST])
    if text.format == "markdown":
        return tidied(_Walk().blocks(_MARKDOWN.parse(written)))
    if text.format == "html":
        return tidied(_of_html(written))
    return tidied(_of_lines(written))


def moment_of(href: str) -> float | None:
    """The seconds that a link to a recording names, or None."""
    found = _TIME.search(href)
    if found is None:
        return None
    if found["seconds"] is not None:
        return float(found["seconds"])
    if found["clock"] is not None:
        total = 0
        for part in found["clock"].split(":"):
            total = total * 60 + int(part)
        return float(total)
    parts = (found["h"], found["m"], found["s"])
    if parts == (None, None, None):
        return None
    hours, minutes, seconds = (int(part or 0) for part in parts)
    return float(hours * 3600 + minutes * 60 + seconds)


def _of_lines(written: str) -> Iterator[Block]:
    for part in re.split(r"\n\s*\n", written.replace("\r\n", "\n")):
        yield Block(Kind.PARAGRAPH, (Run(part),))


def _parser() -> MarkdownIt:
    made = MarkdownIt("commonmark", {"html": False}).enable("table").disable("autolink")
    # A link that is refused stays as words, its scheme with it; none of them is kept anyway.
    made.validateLink = lambda url: bool(url) or True
    return made


_MARKDOWN: Final = _parser()


class _Lists:
    """Where in nested lists the reader stands."""

    def __init__(self) -> None:
        self._kinds: list[bool] = []
        self.first = False

    def enter(self, *, ordered: bool) -> None:
        self._kinds.append(ordered)

    def leave(self) -> None:
        if self._kinds:
            self._kinds.pop()

    def block(self, runs: tuple[Run, ...]) -> Block:
        """A paragraph, or an item when inside a list."""
        if not self._kinds:
            return Block(Kind.PARAGRAPH, runs)
        return Block(Kind.ITEM, runs, len(self._kinds) - 1, self._kinds[-1])


class _Walk:
    """A way through the tokens of Markdown, block by block."""

    def __init__(self) -> None:
        self._lists = _Lists()
        self._is_heading = False
        self._row: list[Run] | None = None

    def blocks(self, tokens: list[Token]) -> Iterator[Block]:
        for token in tokens:
            if token.type == "inline":
                yield from self._words(_inline(token))
            elif token.type == "tr_close":
                yield Block(Kind.ITEM, tuple(self._row or ()))
                self._row = None
            elif token.type in {"fence", "code_block"}:
                yield self._lists.block((Run(token.content.rstrip()),))
            else:
                self._step(token)

    def _step(self, token: Token) -> None:
        match token.type:
            case "bullet_list_open" | "ordered_list_open":
                self._lists.enter(ordered=token.type.startswith("ordered"))
            case "bullet_list_close" | "ordered_list_close":
                self._lists.leave()
            case "heading_open" | "heading_close":
                self._is_heading = token.type == "heading_open"
            case "tr_open":
                self._row = []
            case _:
                pass

    def _words(self, runs: tuple[Run, ...]) -> Iterator[Block]:
        if self._row is not None:
            self._row.extend((*([Run(" – ")] if self._row else ()), *runs))
        else:
            yield Block(Kind.HEADING, runs) if self._is_heading else self._lists.block(runs)


class _Style(NamedTuple):
    bold: int = 0
    italic: int = 0
    at: float | None = None

    def run(self, text: str) -> Run:
        return Run(text, self.bold > 0, self.italic > 0, self.at)


def _inline(token: Token) -> tuple[Run, ...]:
    return tuple(_runs(token.children or []))


def _runs(children: list[Token]) -> Iterator[Run]:
    style = _Style()
    for child in children:
        match child.type:
            case "strong_open" | "strong_close":
                style = style._replace(bold=style.bold + child.nesting)
            case "em_open" | "em_close":
                style = style._replace(italic=style.italic + child.nesting)
            case "link_open":
                style = style._replace(at=moment_of(str(child.attrs.get("href", ""))))
            case "link_close":
                style = style._replace(at=None)
            case "softbreak" | "hardbreak":
                yield style.run("\n")
            case _:
                yield style.run(child.content)


class _Reader(HTMLParser):
    """Sanitised HTML as Blocks."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.blocks: list[Block] = []
        self._runs: list[Run] = []
        self._lists = _Lists()
        self._style = _Style()
        self._is_heading = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _BLOCKS or tag in _OF_LIST:
            self.flush()
        if tag in _OF_LIST:
            self._lists.enter(ordered=tag == "ol")
        elif tag == "a":
            self._style = self._style._replace(at=moment_of(dict(attrs).get("href") or ""))
        elif tag == "br":
            self._runs.append(self._style.run("\n"))
        elif tag in {"td", "th"} and self._runs:
            self._runs.append(Run(" – "))
        self._is_heading = self._is_heading or (tag[0] == "h" and tag[1:].isdigit())
        self._turn(tag, 1)

    def handle_endtag(self, tag: str) -> None:
        self._turn(tag, -1)
        if tag in _BLOCKS or tag in _OF_LIST:
            self.flush()
        if tag in _OF_LIST:
            self._lists.leave()
        elif tag == "a":
            self._style = self._style._replace(at=None)

    def handle_data(self, data: str) -> None:
        self._runs.append(self._style.run(_SPACE.sub(" ", data)))

    def flush(self) -> None:
        """End the block that is being read."""
        runs = tuple(self._runs)
        self._runs.clear()
        if runs:
            made = self._lists.block(runs)
            self.blocks.append(Block(Kind.HEADING, runs) if self._is_heading else made)
        self._is_heading = False

    def _turn(self, tag: str, by: Literal[-1, 1]) -> None:
        if tag in _BOLD:
            self._style = self._style._replace(bold=max(0, self._style.bold + by))
        elif tag in _ITALIC:
            self._style = self._style._replace(italic=max(0, self._style.italic + by))


def _of_html(written: str) -> list[Block]:
    reader = _Reader()
    reader.feed(_ALLOWED.clean(written))
    reader.close()
    reader.flush()
    return reader.blocks

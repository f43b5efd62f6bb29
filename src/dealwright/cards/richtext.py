"""Formatted text of Pipedrive for the two that show it: Google's few tags, and the web page.

Card text knows <b> <i> <u> <s> <a href> <br>; lists keep their numbers and nesting as text, links
go to https, mailto or tel and never have a user part. Both start from nh3's output, which is
balanced, so that what is unescaped here was never somebody's markup.
"""

import html
import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Final
from urllib.parse import urlsplit

import nh3

_INLINE: Final = {
    "b": "b", "strong": "b", "i": "i", "em": "i", "u": "u", "ins": "u", "s": "s", "strike": "s",
    "del": "s",
}  # fmt: skip
_HEADINGS: Final = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_BLOCKS: Final = _HEADINGS | frozenset({"p", "div", "blockquote", "pre", "table", "tr", "hr"})
_LISTS: Final = frozenset({"ul", "ol"})
_CELLS: Final = frozenset({"td", "th"})
_OTHER: Final = frozenset({"a", "br", "img", "li", "tbody", "thead"})
_TAGS: Final = set(_INLINE) | _BLOCKS | _LISTS | _CELLS | _OTHER
_SCHEMES: Final = {"http", "https", "mailto", "tel"}
_READER: Final = nh3.Cleaner(
    tags=_TAGS,
    attributes={"a": {"href"}, "img": {"alt"}, "ol": {"start"}},
    url_schemes=_SCHEMES,
    link_rel=None,
)
_WEB: Final = nh3.Cleaner(
    tags=_TAGS - {"img"} - _HEADINGS,
    attributes={"a": {"href"}, "ol": {"start"}},
    url_schemes=_SCHEMES,
    link_rel="noopener noreferrer nofollow",
)
_IMAGE: Final = re.compile(r'<img(?: alt="([^"]*)")?>')
_HEADING: Final = re.compile(r"<(/?)h[1-6]>")
_TAG: Final = re.compile("<[^>]*>")
_SPACE: Final = re.compile(r"[ \t\r\n\f]+")
_DEEPEST: Final = 8
_UNSENDABLE: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff]")
#: What nobody reads on a card; a note of Pipedrive has at most 100 KB.
_LONGEST: Final = 120_000
#: So many characters of HTML are read for each that is shown; the rest is certainly cut.
_MARKUP_SHARE: Final = 12
_CHUNK: Final = 2000


def sendable(text: str) -> str:
    """A text without what no answer can carry: halves of surrogate pairs, control characters."""
    return _UNSENDABLE.sub("", text)


def safe_link(target: str) -> str:
    """A link that a card may have: https, mailto or tel, and no user part; "" for others."""
    target = sendable(target)
    try:
        parts = urlsplit(target.strip())
        host = parts.hostname
    except ValueError:
        return ""
    if parts.scheme in ("mailto", "tel"):
        return target.strip()
    if parts.scheme not in ("http", "https") or not host or parts.username is not None:
        return ""
    return "https" + target.strip()[len(parts.scheme) :]


def card_text(written: str, *, limit: int) -> tuple[str, bool]:
    """HTML in the tags of card text, of at most about `limit` characters; whether it was cut."""
    drawn = _Drawing(limit=limit)
    reader = _Reader(drawn)
    read = min(_LONGEST, limit * _MARKUP_SHARE)
    clean = _READER.clean(sendable(written[:read]))
    for start in range(0, len(clean), _CHUNK):
        if drawn.cut:
            break
        reader.feed(clean[start : start + _CHUNK])
    else:
        reader.close()
    return drawn.finished(), drawn.cut or len(written) > read


def web_html(written: str) -> str:
    """HTML for the web page: no images (one tells its owner who looks), no headings, no style."""
    cleaned = _READER.clean(sendable(written[:_LONGEST]))
    worded = _IMAGE.sub(lambda hit: f"[{hit[1]}]" if hit[1] else "", cleaned)
    return _WEB.clean(_HEADING.sub(lambda hit: "</b></p>" if hit[1] else "<p><b>", worded))


def text_lines(written: str, *, limit: int = _LONGEST) -> list[str]:
    """The words line by line, where nothing can be bold or be clicked; lists keep their marks."""
    marked, _ = card_text(written, limit=limit)
    return [html.unescape(_TAG.sub("", line)).strip() for line in marked.split("<br>")]


@dataclass(slots=True, kw_only=True)
class _Drawing:
    """The card text so far, which tags are open, and whether the limit has been met."""

    limit: int
    out: list[str] = field(default_factory=list[str])
    open: list[str] = field(default_factory=list[str])
    size: int = 0
    cut: bool = False
    fresh: bool = True

    def words(self, text: str) -> None:
        if self.cut or not text:
            return
        room = self.limit - self.size
        if len(text) > room:
            text, self.cut = text[: max(room, 0)].rstrip() + "…", True
        self._put(html.escape(text, quote=True))
        self.fresh = False

    def line(self) -> None:
        """Begin a new line, once."""
        if not self.fresh and not self.cut:
            self._put("<br>")
            self.fresh = True

    def force_line(self) -> None:
        if not self.cut and self.out:
            self._put("<br>")
            self.fresh = True

    def begin(self, tag: str, opening: str) -> None:
        if not self.cut:
            self._put(opening)
            self.open.append(tag)

    def end(self, tag: str) -> None:
        if tag in self.open:
            while (last := self.open.pop()) != tag:
                self.out.append(f"</{last}>")
            self.out.append(f"</{tag}>")

    def finished(self) -> str:
        while self.open:
            self.out.append(f"</{self.open.pop()}>")
        text = "".join(self.out)
        while text.endswith("<br>"):
            text = text.removesuffix("<br>")
        return text.strip()

    def _put(self, markup: str) -> None:
        self.out.append(markup)
        self.size += len(markup)


class _Reader(HTMLParser):
    """Reads nh3's output, tag by tag, into a _Drawing."""

    def __init__(self, drawn: _Drawing) -> None:
        super().__init__(convert_charrefs=True)
        self._drawn = drawn
        self._lists: list[int | None] = []
        self._links: list[bool] = []
        self._cells = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if inline := _INLINE.get(tag):
            self._drawn.begin(inline, f"<{inline}>")
        elif tag == "a":
            self._begin_link(safe_link(given.get("href", "")))
        elif tag == "br":
            self._drawn.force_line()
        elif tag == "img":
            self._drawn.words(f"[{given['alt']}]" if given.get("alt") else "")
        elif tag in _LISTS:
            self._drawn.line()
            self._lists.append(_start(given.get("start", "1")) if tag == "ol" else None)
        elif tag == "li":
            self._begin_item()
        else:
            self._begin_block(tag)

    def handle_endtag(self, tag: str) -> None:
        if inline := _INLINE.get(tag):
            self._drawn.end(inline)
        elif tag == "a":
            if self._links and self._links.pop():
                self._drawn.end("a")
        elif tag in _LISTS:
            if self._lists:
                self._lists.pop()
            self._drawn.line()
        elif tag in _HEADINGS:
            self._drawn.end("b")
            self._drawn.line()
        elif tag in _BLOCKS or tag == "li":
            self._drawn.line()

    def handle_data(self, data: str) -> None:
        text = _SPACE.sub(" ", data)
        self._drawn.words(text.lstrip(" ") if self._drawn.fresh else text)

    def _begin_link(self, target: str) -> None:
        # A link in a link is none: nh3 lets it pass, Google does not say.
        usable = bool(target) and not any(self._links)
        if usable:
            self._drawn.begin("a", f'<a href="{html.escape(target, quote=True)}">')
        self._links.append(usable)

    def _begin_item(self) -> None:
        self._drawn.line()
        depth = min(len(self._lists), _DEEPEST)
        number = self._lists[-1] if self._lists else None
        mark = ("• " if depth < 2 else "◦ ") if number is None else f"{number}. "
        if number is not None:
            self._lists[-1] = number + 1
        self._drawn.words("\u00a0\u00a0" * max(depth - 1, 0) + mark)
        self._drawn.fresh = True

    def _begin_block(self, tag: str) -> None:
        if tag in _CELLS:
            self._drawn.words(" | " if self._cells else "")
            self._cells += 1
            return
        if tag in _BLOCKS:
            self._drawn.line()
            self._cells = 0
        if tag in _HEADINGS:
            self._drawn.begin("b", "<b>")
        if tag == "blockquote":
            self._drawn.words("❝ ")
            self._drawn.fresh = True


def _start(written: str) -> int:
    return int(written) if written.isascii() and written.isdecimal() and len(written) < 7 else 1

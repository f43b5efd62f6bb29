"""HTML of notes: what Pipedrive keeps of it, or plain text made into it.

nh3 (ammonia) is pure: text in, text out.
Source: two independent write-ups of Pipedrive's sanitiser; styles and comments vanish, links get
`rel`. 100 KB: https://developers.pipedrive.com/changelog (notes, 2023-11-15; activities, 2025-09).
"""

import html
import re
from enum import StrEnum
from typing import Final

import nh3

from dealwright.core.errors import MappingError

MAX_BYTES: Final = 100_000

_TAG_NAMES: Final = (
    "a b blockquote br code del div em font h1 h2 h3 h4 h5 h6 hr i img ins li ol p pre s span "
    "strike strong sub sup table tbody td tfoot th thead tr u ul"
)
_TAGS: Final = frozenset(_TAG_NAMES.split())
_ATTRIBUTES: Final = {
    "a": {"href", "title"},
    "img": {"src", "alt", "width", "height"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan"},
}
_CLEANER: Final = nh3.Cleaner(
    tags=set(_TAGS), attributes=_ATTRIBUTES, url_schemes={"http", "https", "mailto", "tel"}
)

# A tag or a character reference; “a < b” is neither.
_MARKUP: Final = re.compile(
    rf"</?(?:{'|'.join(sorted(_TAGS))}|script|style|iframe|!--)\b[^<>]*/?>|<!--|&(?:[a-z]+|#\d+);",
    re.IGNORECASE,
)
_TAG: Final = re.compile(r"<[^>]*>")


class TextFormat(StrEnum):
    """How a text is meant; AUTO: as HTML if there is any markup in it."""

    AUTO = "auto"
    HTML = "html"
    TEXT = "text"


def note_html(text: str, *, field: str, meant: TextFormat = TextFormat.AUTO) -> str:
    """The HTML of a note; plain text is escaped and keeps its line breaks.

    Raises MappingError (`content_too_long`) above 100 KB.
    """
    if meant is TextFormat.HTML or (meant is TextFormat.AUTO and _MARKUP.search(text)):
        made = _CLEANER.clean(text)
    else:
        lines = html.escape(text, quote=False).replace("\r\n", "\n").replace("\r", "\n")
        made = lines.replace("\n", "<br>")
    size = len(made.encode())
    if size > MAX_BYTES:
        raise MappingError(
            f"{field}: {size:,} bytes of HTML, and Pipedrive takes {MAX_BYTES:,}; send less.",
            code="content_too_long",
            path=field,
        )
    return made


def same_html(one: str | None, other: str | None) -> bool:
    """Whether both say the same after Pipedrive's clean-up."""
    return _CLEANER.clean(one or "") == _CLEANER.clean(other or "")


def plain(written: str | None) -> str:
    """The words of HTML, white space made even: enough to tell notes apart."""
    return " ".join(html.unescape(_TAG.sub(" ", written or "")).split())
